"""What a check is, and what it finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model


@dataclass(frozen=True)
class Anomaly:
    """One thing that is not as it should be: of which row, what was expected, what is there."""

    row: str
    expected: str
    found: str


Find = Callable[[datetime], Iterable[Anomaly]]


@dataclass(frozen=True)
class Question:
    """One question put to the whole database: the rule it proves, in words, and how it is asked."""

    rule: str
    says: str
    find: Find


def model_of(event: type[Model]) -> type[Model]:
    """Give the class of the rows whose events these are."""
    subject: Any = event._meta.get_field("subject")  # noqa: SLF001 -- Django's documented name
    model: type[Model] = subject.related_model
    return model


def name_column(model: type[Model], through: str = "") -> str:
    """Give the column people know a row by: its reference where it has one, else its number."""
    names = {field.name for field in model._meta.concrete_fields}  # noqa: SLF001
    return through + ("reference" if "reference" in names else "pk")


def named(model: type[Model], value: object) -> str:
    """Name a row: what it is, and its reference or number."""
    return f"{model._meta.verbose_name} {value}"  # noqa: SLF001


def shown(*parts: object) -> str:
    """Put figures and states together for a line; an empty one shows as a dash."""
    return " ".join("–" if part is None or part == "" else str(part) for part in parts)


def in_turn(*finds: Find) -> Find:
    """Ask several questions as one."""

    def find(now: datetime) -> Iterator[Anomaly]:
        for one in finds:
            yield from one(now)

    return find
