"""The window by the clock (F5): 96 then 120 elapsed hours, half-open to the second, shown in Paris time."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from carte.eligibilite import Answer, examine, facts_for
from carte.enums import CommandeState, Regle, Verdict
from carte.models import Carte
from declarations.enums import PliState
from declarations.fenetre import pli_of, reperes
from declarations.models import Declaration, PliPapier
from declarations.plis import send_due
from tests.declarations.clocks import CLOCKS, declared_at, read_again
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    CommandeFactory,
    DeclarationFactory,
    PliFactory,
)
from vitale_portal.dates import paris, weekday_datetime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("paper")]
SECOND = timedelta(seconds=1)


def asked(declaration: Declaration, now: datetime) -> Answer:
    return examine(facts_for(declaration.author, declaration.carte.beneficiaire), now)


@pytest.mark.parametrize(("now", "due", "again"), CLOCKS.values(), ids=CLOCKS)
def test_window_is_elapsed_time_whatever_the_clocks_do(now: datetime, due: str, again: str) -> None:
    declaration = declared_at(now)
    carte = Carte.objects.get()
    assert (carte.form_due_at - now, carte.online_again_at - now) == (96 * HOUR, 120 * HOUR)
    shown = [f"{paris(at):%Y-%m-%d %H:%M:%S}" for at in (carte.form_due_at, carte.online_again_at)]
    assert shown == [due, again]
    assert PliPapier.objects.get(declaration=declaration).due_at == carte.form_due_at


@pytest.mark.parametrize("now", [case[0] for case in CLOCKS.values()], ids=CLOCKS)
def test_order_is_open_then_not_then_open_to_the_second(now: datetime) -> None:
    """F5, E11: from +96 h ≤ now < +120 h."""
    declaration = declared_at(now)
    due, again = now + 96 * HOUR, now + 120 * HOUR
    moments = (now, due - SECOND, due, due + SECOND, again - SECOND, again, again + SECOND)
    found = [(answer.verdict, answer.until) for answer in (asked(declaration, at) for at in moments)]
    open_, closed = (Verdict.OPEN, None), (Verdict.MAY_DRAFT, again)
    assert found == [open_, open_, closed, closed, closed, open_, open_]


SENT_AT = {"before the form left": None, "after it left": 96 * HOUR, "it left late": 168 * HOUR}


@pytest.mark.parametrize("after", SENT_AT.values(), ids=SENT_AT)
def test_order_opens_again_whether_the_form_left_or_not(after: timedelta | None) -> None:
    """F5: the gate compares times; a sweep late or early moves nothing."""
    declaration = declared_at(NOW)
    if after:
        assert send_due(NOW + after) == 1
    rules = [asked(declaration, NOW + at * HOUR).has(Regle.PAPER_FORM_LEAVING) for at in (95, 96, 119, 120)]
    assert rules == [False, True, True, False]


@pytest.mark.parametrize("now", [case[0] for case in CLOCKS.values()], ids=CLOCKS)
def test_page_tells_the_hour_it_reopens(client: Client, now: datetime) -> None:
    declaration = declared_at(now)
    with time_machine.travel(now + 96 * HOUR, tick=False):
        client.force_login(declaration.author.user, backend="accounts.sign_in.CodePersonnelBackend")
        page = client.get(declaration.get_absolute_url()).content.decode()
    assert page.count(f"<strong>{weekday_datetime(now + 120 * HOUR)}</strong>") == 1


# --- As one reads it ---------------------------------------------------------------------------

OPPOSED, OPEN_UNTIL = "Carte en opposition", "Commande en ligne ouverte jusqu’à"
LEAVES, AGAIN = "Le formulaire papier part", "Commande en ligne rouverte"
LEFT_SHUT, LEFT = "Formulaire papier parti, commande interrompue", "Formulaire papier parti"
STATUSES: dict[str, tuple[timedelta, str, list[str]]] = {
    "at once": (0 * HOUR, LEAVES, ["done", "current", "ahead", "ahead"]),
    "a second before it leaves": (96 * HOUR - SECOND, LEAVES, ["done", "current", "ahead", "ahead"]),
    "it leaves": (96 * HOUR, LEFT_SHUT, ["done", "done", "current", "ahead"]),
    "a second after it left": (96 * HOUR + SECOND, LEFT_SHUT, ["done", "done", "current", "ahead"]),
    "a second before it reopens": (120 * HOUR - SECOND, LEFT_SHUT, ["done", "done", "current", "ahead"]),
    "it reopens": (120 * HOUR, LEFT, ["done", "done", "done", "done"]),
    "a second after it reopened": (120 * HOUR + SECOND, LEFT, ["done", "done", "done", "done"]),
}


@pytest.mark.parametrize(("after", "form", "statuses"), STATUSES.values(), ids=STATUSES)
def test_timeline_says_what_is_behind_and_what_comes(
    after: timedelta, form: str, statuses: list[str]
) -> None:
    """F5: while orders are shut, that they reopen is still ahead."""
    declaration = declared_at(NOW)
    send_due(NOW + min(after, 96 * HOUR))
    found = reperes(read_again(declaration), NOW + after)
    labels = [OPPOSED, OPEN_UNTIL, form, AGAIN]
    instants = [NOW, NOW + 96 * HOUR, NOW + 96 * HOUR, NOW + 120 * HOUR]
    assert [(r.label, r.at) for r in found] == list(zip(labels, instants, strict=True))
    assert [r.status for r in found] == statuses


HELD: dict[str, tuple[timedelta, list[str]]] = {
    "due": (96 * HOUR, ["done", "done", "current", "ahead"]),
    "open again": (120 * HOUR, ["done", "done", "current", "done"]),
}


@pytest.mark.parametrize(("after", "statuses"), HELD.values(), ids=HELD)
def test_timeline_does_not_say_a_held_form_left(after: timedelta, statuses: list[str]) -> None:
    """F6: it waits for an address, nobody knows until when."""
    declaration = read_again(declared_at(NOW))
    found = reperes(declaration, NOW + after)
    assert [r.status for r in found] == statuses
    assert [(r.label, r.at) for r in found] == [
        (OPPOSED, NOW),
        (OPEN_UNTIL, NOW + 96 * HOUR),
        (LEAVES, None),
        (AGAIN, NOW + 120 * HOUR),
    ]


def test_timeline_tells_when_a_late_form_really_left() -> None:
    declaration = declared_at(NOW)
    send_due(NOW + 7 * DAY)
    found = reperes(read_again(declaration), NOW + 8 * DAY)
    assert [(r.label, r.status) for r in found[2:]] == [(LEFT, "done"), (AGAIN, "done")]
    assert [r.at for r in found] == [NOW, NOW + 96 * HOUR, NOW + 7 * DAY, NOW + 120 * HOUR]


WITHOUT = {"no form was planned": False, "an order cancelled it": True}


@pytest.mark.parametrize("cancelled", WITHOUT.values(), ids=WITHOUT)
def test_timeline_without_a_form_is_the_opposition_alone(*, cancelled: bool) -> None:
    declaration = DeclarationFactory()
    if cancelled:
        order = CommandeFactory(author=declaration.author, state=CommandeState.SUBMITTED)
        PliFactory(declaration=declaration, state=PliState.CANCELLED, cancelled_by=order)
    found = read_again(declaration)
    assert [(r.label, r.at, r.status) for r in reperes(found, NOW)] == [(OPPOSED, NOW - DAY, "done")]
    assert (pli_of(found) is None) is not cancelled
