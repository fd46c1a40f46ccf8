"""Emptying the database after a test that commits."""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from tests.append_only import disarmed, execute

# Made with the tables, the same for all tests.
STAY = {ContentType._meta.db_table, Permission._meta.db_table}  # noqa: SLF001 -- Django's documented name


def empty_tables() -> None:
    """Delete every row of every table but those that stay. Foreign keys are checked at the end."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - STAY
    some = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})"  # noqa: S608 -- names of our own tables
        for table in sorted(tables)
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(some)
            filled = [table for (table,) in cursor.fetchall()]
        with disarmed():
            if connection.vendor == "postgresql":  # as it begins on SQLite
                execute("SET CONSTRAINTS ALL DEFERRED")
            execute(*(f"DELETE FROM {table}" for table in filled))  # noqa: S608
