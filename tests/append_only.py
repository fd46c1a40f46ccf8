"""What the triggers of the trace refuse, done all the same: by who owns the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TABLES = ("accounts_trace", "accounts_traceseal", "accounts_tracepurge")


def execute(*statements: str) -> None:
    """Say this to the database."""
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


@contextmanager
def disarmed() -> Iterator[None]:
    """Without the triggers, which stand again afterwards."""
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE", *(f"ALTER TABLE {t} DISABLE TRIGGER USER" for t in TABLES))
        yield
        execute("SET CONSTRAINTS ALL IMMEDIATE", *(f"ALTER TABLE {t} ENABLE TRIGGER USER" for t in TABLES))
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    execute(*(f"DROP TRIGGER {name}" for name, _sql in triggers))
    yield
    execute(*(sql for _name, sql in triggers))
