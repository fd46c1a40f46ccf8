"""INSERT … SELECT: rows made of rows the database has, whatever their number. The ORM has no words for it."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Expression, F, Model, QuerySet, Value


def insert_from(model: type[Model], rows: QuerySet[Any], columns: Mapping[str, Any]) -> int:
    """Write one row of ``model`` for each of ``rows``; return how many.

    ``columns`` gives the value of each field, or an expression on the row it comes from. Fields left out are
    NULL: defaults of the model are Python's. Nothing is sent to the database but what it does not know.
    """
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in columns}  # noqa: SLF001 -- Django's documented name
    values = [
        value if isinstance(value, Expression | F) else Value(value, output_field=_plain(fields[name]))
        for name, value in columns.items()
    ]
    sql, params = rows.values_list(*values).query.sql_with_params()
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields.values())
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {sql}", params)
        return int(cursor.rowcount)


def _plain(field: Any) -> Any:
    """Give the field whose values a column holds: of a foreign key, that of the key."""
    return getattr(field, "target_field", field)
