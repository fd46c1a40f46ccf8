"""Changes of hour, 29 February, year's end: lots, windows, purges and what is read of them (section 10)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template

from carte.brouillons import draft_clock
from carte.echeances import correction_milestones
from carte.effacements import erasure_due
from carte.enums import CommandeState
from carte.fabrication import next_lot_at
from tests.factories import CommandeFactory, assure_ready
from vitale_portal.dates import PARIS, age_on, birthday, long_datetime


def in_paris(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold)


def read(instant: datetime) -> str:
    """What a person reads, with plain spaces."""
    return long_datetime(instant).replace("\N{NO-BREAK SPACE}", " ")


# A delay counts elapsed time from an instant: what the clock shows at its end, and the hours that passed.
# From (Paris), days, until (Paris).
ELAPSED = {
    "window over the change to summer": ("2027-03-26 10:00", 4, "30 mars 2027 à 11 h 00"),
    "window over the change to winter": ("2026-10-23 10:00", 4, "27 octobre 2026 à 9 h 00"),
    "from the hour told twice, the first": ("2026-10-25 02:30", 1, "26 octobre 2026 à 1 h 30"),
    "window over 29 February": ("2028-02-27 12:00", 4, "2 mars 2028 à 12 h 00"),
    "window over 28 February of a common year": ("2027-02-27 12:00", 4, "3 mars 2027 à 12 h 00"),
    "window over the year's end": ("2026-12-30 23:59", 4, "3 janvier 2027 à 23 h 59"),
    "30 days over the change to winter": ("2026-10-01 00:30", 30, "30 octobre 2026 à 23 h 30"),
    "60 days over the year's end": ("2026-11-02 10:00", 60, "1er janvier 2027 à 10 h 00"),
}


@pytest.mark.parametrize(("start", "days", "end"), ELAPSED.values(), ids=ELAPSED)
def test_delay_is_elapsed_time_and_is_read_on_the_clock_of_its_end(start: str, days: int, end: str) -> None:
    since = in_paris(start).astimezone(UTC)
    assert read(since + timedelta(days=days)) == end


TWICE = {0: "25 octobre 2026 à 2 h 30", 1: "25 octobre 2026 à 2 h 30"}


@pytest.mark.parametrize(("fold", "text"), TWICE.items())
def test_hour_told_twice_is_two_instants_read_alike(fold: int, text: str) -> None:
    instant = in_paris("2026-10-25 02:30", fold).astimezone(UTC)
    assert (read(instant), instant.hour) == (text, fold)


# Drafts and corrections: 30 days; delivered: two months of the calendar; refused: 30 days (C3, D2, P6).
PURGES = {
    "draft over the change to winter": ("draft", "2026-10-01 12:00", "31 octobre 2026 à 11 h 00"),
    "draft over 29 February": ("draft", "2028-02-01 12:00", "2 mars 2028 à 12 h 00"),
    "draft over the year's end": ("draft", "2026-12-15 08:00", "14 janvier 2027 à 8 h 00"),
    "correction over the change to summer": ("correction", "2027-03-01 12:00", "31 mars 2027 à 13 h 00"),
    "delivered on 31 December": ("DELIVERED", "2026-12-31 10:00", "28 février 2027 à 10 h 00"),
    "31 December before a leap year": (
        "DELIVERED",
        "2027-12-31 10:00",
        "29 février 2028 à 10 h 00",
    ),
    "delivered on 29 February": ("DELIVERED", "2028-02-29 10:00", "29 avril 2028 à 10 h 00"),
    "delivered before the change to winter": ("DELIVERED", "2026-09-15 10:00", "15 novembre 2026 à 10 h 00"),
    "refused at the year's end": ("REJECTED", "2026-12-31 23:30", "30 janvier 2027 à 23 h 30"),
    "cancelled before the change to summer": ("CANCELLED", "2027-03-10 10:00", "9 avril 2027 à 11 h 00"),
}


def purge_at(what: str, now: datetime) -> datetime | None:
    clocks = {"draft": draft_clock, "correction": correction_milestones}
    if what in clocks:
        found: datetime = clocks[what](now)["deadline_at"]
        return found
    return erasure_due(CommandeState(what), now)


@pytest.mark.parametrize(("what", "start", "end"), PURGES.values(), ids=PURGES)
def test_purge_comes_when_it_is_due(what: str, start: str, end: str) -> None:
    due = purge_at(what, in_paris(start).astimezone(UTC))
    assert due is not None
    assert read(due) == end


# 18 h in Paris on a working day, whatever UTC says; the holidays of the turn of the year are skipped (D5).
LOTS = {
    "eve of the change to winter": ("2026-10-23 17:59:59", "23 octobre 2026 à 18 h 00", 16),
    "after the change to winter": ("2026-10-25 12:00", "26 octobre 2026 à 18 h 00", 17),
    "after the change to summer": ("2027-03-28 12:00", "30 mars 2027 à 18 h 00", 16),
    "29 February": ("2028-02-28 18:00", "29 février 2028 à 18 h 00", 17),
    "New Year's Eve": ("2026-12-31 17:00", "31 décembre 2026 à 18 h 00", 17),
    "New Year's Eve, too late": ("2026-12-31 18:00", "4 janvier 2027 à 18 h 00", 17),
}


@pytest.mark.parametrize(("accepted", "lot", "utc_hour"), LOTS.values(), ids=LOTS)
def test_lot_keeps_its_hour_in_paris(accepted: str, lot: str, utc_hour: int) -> None:
    found = next_lot_at(in_paris(accepted).astimezone(UTC))
    assert (read(found), found.astimezone(UTC).hour) == (lot, utc_hour)


BIRTHDAYS = {
    "29 February, common year": (date(2012, 2, 29), 15, "2027-03-01 00:00"),
    "29 February, leap year": (date(2012, 2, 29), 16, "2028-02-29 00:00"),
    "day of the change to summer": (date(2015, 3, 28), 12, "2027-03-28 00:00"),
    "day of the change to winter": (date(2014, 10, 25), 12, "2026-10-25 00:00"),
    "1 January": (date(2011, 1, 1), 16, "2027-01-01 00:00"),
}


@pytest.mark.parametrize(("born", "age", "at"), BIRTHDAYS.values(), ids=BIRTHDAYS)
def test_age_changes_at_midnight_in_paris(born: date, age: int, at: str) -> None:
    instant = in_paris(at)
    found = [age_on(born, instant.astimezone(UTC) + timedelta(seconds=n)) for n in (-1, 0)]
    assert (birthday(born, age), found) == (instant, [age - 1, age])


@pytest.mark.django_db
def test_message_tells_the_hour_of_its_instant() -> None:
    """A card that came back on the eve of the change to summer: until when an address is awaited (D8)."""
    commande = CommandeFactory(author=assure_ready(), state=CommandeState.RETURNED)
    commande.deadline_at = in_paris("2027-03-27 10:00").astimezone(UTC) + timedelta(days=60)
    text = Template("{% include 'emails/commande_returned/message.txt' %}").render(
        Context({"commande": commande})
    )
    assert "avant le 26 mai 2027 à 11 h 00." in text.replace("\N{NO-BREAK SPACE}", " ")
