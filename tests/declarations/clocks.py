"""Days on which the clocks of Paris, or the calendar, play tricks; a card declared then (F5)."""

from datetime import UTC, date, datetime

from declarations.declarer import Faits, declare
from declarations.enums import DeclarationKind
from declarations.models import Declaration
from tests.factories import CarteFactory, assure_ready
from vitale_portal.dates import PARIS


def clock(text: str, fold: int = 0) -> datetime:
    """The instant the clocks of Paris show so; ``fold=1``: the second time they do."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold).astimezone(UTC)


def declared_at(now: datetime) -> Declaration:
    assure = assure_ready()
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    faits = Faits(kind=DeclarationKind.PERTE, facts_on=date(2026, 1, 5))
    return declare(carte=carte, author=assure, faits=faits, user=assure.user, now=now)


def read_again(declaration: Declaration) -> Declaration:
    return Declaration.objects.for_holder(declaration.author).get(pk=declaration.pk)


# Declared, the form leaves, online opens again: by the clocks of Paris.
CLOCKS: dict[str, tuple[datetime, str, str]] = {
    "an ordinary day": (clock("2026-11-02 10:00:00"), "2026-11-06 10:00:00", "2026-11-07 10:00:00"),
    "the eve of the spring change": (
        clock("2026-03-28 23:59:59"),
        "2026-04-02 00:59:59",
        "2026-04-03 00:59:59",
    ),
    "the evening of the spring change": (
        clock("2026-03-29 23:59:59"),
        "2026-04-02 23:59:59",
        "2026-04-03 23:59:59",
    ),
    "the second before the spring change": (
        clock("2026-03-29 01:59:59"),
        "2026-04-02 02:59:59",
        "2026-04-03 02:59:59",
    ),
    "the second of the spring change": (
        clock("2026-03-29 03:00:00"),
        "2026-04-02 03:00:00",
        "2026-04-03 03:00:00",
    ),
    "due on the eve of the spring change, open after": (
        clock("2026-03-24 23:59:59"),
        "2026-03-28 23:59:59",
        "2026-03-30 00:59:59",
    ),
    "due in the hour that is not": (
        clock("2026-03-25 02:30:00"),
        "2026-03-29 03:30:00",
        "2026-03-30 03:30:00",
    ),
    "the eve of the autumn change": (
        clock("2026-10-24 23:59:59"),
        "2026-10-28 22:59:59",
        "2026-10-29 22:59:59",
    ),
    "the evening of the autumn change": (
        clock("2026-10-25 23:59:59"),
        "2026-10-29 23:59:59",
        "2026-10-30 23:59:59",
    ),
    "the hour that comes twice, first": (
        clock("2026-10-25 02:30:00"),
        "2026-10-29 01:30:00",
        "2026-10-30 01:30:00",
    ),
    "the hour that comes twice, second": (
        clock("2026-10-25 02:30:00", fold=1),
        "2026-10-29 02:30:00",
        "2026-10-30 02:30:00",
    ),
    "due on the eve of the autumn change, open after": (
        clock("2026-10-20 23:59:59"),
        "2026-10-24 23:59:59",
        "2026-10-25 22:59:59",
    ),
    "due on a 29 February": (clock("2028-02-25 12:00:00"), "2028-02-29 12:00:00", "2028-03-01 12:00:00"),
    "on a 29 February": (clock("2028-02-29 23:59:59"), "2028-03-04 23:59:59", "2028-03-05 23:59:59"),
    "over the end of a short February": (
        clock("2027-02-25 00:00:00"),
        "2027-03-01 00:00:00",
        "2027-03-02 00:00:00",
    ),
    "over the end of a month of 30": (
        clock("2026-11-30 23:59:59"),
        "2026-12-04 23:59:59",
        "2026-12-05 23:59:59",
    ),
    "over the end of a month of 31": (
        clock("2026-08-28 00:00:00"),
        "2026-09-01 00:00:00",
        "2026-09-02 00:00:00",
    ),
    "the last second of a year": (
        clock("2026-12-31 23:59:59"),
        "2027-01-04 23:59:59",
        "2027-01-05 23:59:59",
    ),
    "due the last second of a year": (
        clock("2026-12-27 23:59:59"),
        "2026-12-31 23:59:59",
        "2027-01-01 23:59:59",
    ),
}
