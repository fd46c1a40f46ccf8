"""The window as a calendar: instants in UTC, words in Paris time (F5)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from accounts.models import Assure
from declarations.fenetre import calendar
from declarations.models import Declaration
from tests.declarations.clocks import CLOCKS, declared_at, read_again
from tests.factories import (
    HOUR,
    NOW,
    DeclarationFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("paper")]
SECOND = timedelta(seconds=1)


def instants_of(declaration: Declaration, now: datetime) -> list[datetime]:
    """The starts of the events, as a calendar program reads them."""
    agenda = Calendar.from_ical(calendar(declaration, now))
    return [event.decoded("dtstart") for event in agenda.walk("VEVENT")]


@pytest.mark.parametrize("now", [case[0] for case in CLOCKS.values()], ids=CLOCKS)
def test_calendar_gives_the_instants_in_utc(now: datetime) -> None:
    declaration = read_again(declared_at(now))
    found = instants_of(declaration, now)
    due, again = now + 96 * HOUR, now + 120 * HOUR
    assert (found, {at.utcoffset() for at in found}) == ([due, due, again], {timedelta(0)})
    starts = [line for line in calendar(declaration, now).decode().split("\r\n") if "DTSTART" in line]
    assert starts == [f"DTSTART:{at:%Y%m%dT%H%M%SZ}" for at in (due, due, again)]


def test_calendar_without_a_form_is_empty() -> None:
    assert instants_of(read_again(DeclarationFactory()), NOW) == []


AHEAD = {"at once": (0 * HOUR, 3), "as it leaves": (96 * HOUR, 1), "as it reopens": (120 * HOUR, 0)}


@pytest.mark.parametrize(("after", "events"), AHEAD.values(), ids=AHEAD)
def test_calendar_keeps_what_is_still_ahead(after: timedelta, events: int) -> None:
    declaration = read_again(declared_at(NOW))
    agenda = Calendar.from_ical(calendar(declaration, NOW + after))
    found = agenda.walk("VEVENT")
    assert (len(found), len({str(event["UID"]) for event in found})) == (events, events)
    assert [event.decoded("DTSTAMP") for event in found] == [NOW] * events


def test_calendar_reads_in_plain_french() -> None:
    declaration = read_again(declared_at(NOW))
    agenda = Calendar.from_ical(calendar(declaration, NOW))
    found = [(str(e["SUMMARY"]), str(e["DESCRIPTION"])) for e in agenda.walk("VEVENT")]
    left = "vendredi 6 novembre 2026 à 10 h 00"
    assert [(a, b.replace("\u00a0", " ").strip()) for a, b in found] == [
        ("Carte Vitale : fin de la commande en ligne, avant le formulaire papier", f"{left}."),
        (
            "Carte Vitale : le formulaire papier part",
            f"{left}. La commande en ligne s’interrompt une journée.",
        ),
        (
            "Carte Vitale : la commande en ligne rouvre",
            "samedi 7 novembre 2026 à 10 h 00. Même si le formulaire est parti.",
        ),
    ]


@pytest.mark.parametrize("holder", ["author", "other parent"])
def test_calendar_is_served_as_a_file(client: Client, assure: Assure, holder: str) -> None:
    declaration = declared_at(NOW)
    if holder == "other parent":
        declaration.carte.beneficiaire.rattachements.create(assure=assure, lien="AYANT_DROIT")
    user = declaration.author.user if holder == "author" else assure.user
    with time_machine.travel(NOW, tick=False):
        client.force_login(user, backend="accounts.sign_in.CodePersonnelBackend")
        response = client.get(f"{declaration.get_absolute_url()}calendrier.ics")
    assert response.content == calendar(read_again(declaration), NOW)
    assert (response["Content-Type"], response["Content-Disposition"]) == (
        "text/calendar; charset=utf-8",
        f'attachment; filename="carte-vitale-{declaration.reference}.ics"',
    )
