"""Rows written by COPY, with the columns a model has today."""

import json
from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Any

from django.db import models

LINES_A_BATCH = 5_000


class Table:
    """The columns of a model: those that vary from row to row first, then the others, the same in all."""

    def __init__(self, model: type[models.Model], varying: tuple[str, ...], **same: Any) -> None:
        fields = {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001 -- Django's documented name
        others = {name: field for name, field in fields.items() if name not in varying}
        self.model = model
        self.name = model._meta.db_table  # noqa: SLF001
        self.columns = [fields[name].column for name in varying] + [f.column for f in others.values()]
        values = [same[name] if name in same else field.get_default() for name, field in others.items()]
        self.tail = "".join("\t" + copied(value) for value in values) + "\n"

    def write(self, cursor: Any, lines: Iterable[str]) -> None:
        """Write rows, each the text of its varying columns."""
        rows = iter(lines)
        with cursor.copy(f"COPY {self.name} ({', '.join(self.columns)}) FROM STDIN") as copy:
            while batch := list(islice(rows, LINES_A_BATCH)):
                copy.write(self.tail.join(batch) + self.tail)


def copied(value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list | dict):
        return json.dumps(value)
    return value.isoformat() if isinstance(value, date) else str(value)
