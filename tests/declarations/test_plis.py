"""Paper forms: when they leave, and what holds them (F5, F6)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import Assure, Lettre, Message
from carte.commandes import submit_commande
from declarations import plis
from declarations.enums import PLI_MOVES
from declarations.plis import send_due
from tests.declarations.situations import AGAIN, DUE, declared_form, stands
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AdresseFactory,
    AssureFactory,
    PliFactory,
    assure_ready,
    whole_draft,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root", "paper")]
SECOND = timedelta(seconds=1)


def test_table_of_moves_is_that_of_f5_and_f6() -> None:
    moves = {(a.value, b.value): {actor.value for actor in actors} for (a, b), actors in PLI_MOVES.items()}
    assert moves == {
        ("PLANNED", "SENT"): {"SYSTEM"},
        ("PLANNED", "CANCELLED"): {"SYSTEM"},
        ("CANCELLED", "PLANNED"): {"SYSTEM"},
        ("SENT", "NPAI"): {"AGENT"},
        ("SENT", "RETURNED"): {"AGENT"},
        ("SENT", "CLOSED"): {"AGENT"},
        ("NPAI", "RETURNED"): {"AGENT"},
        ("NPAI", "CLOSED"): {"AGENT"},
    }


# --- Leaving -----------------------------------------------------------------------------------


def test_form_leaves_at_its_due_time_with_all_that_goes_with_it(assure: Assure, paper: list[str]) -> None:
    """F5, F6. The renderer checks it is not entered inside a transaction."""
    pli = declared_form(assure)
    assert (send_due(DUE - SECOND), stands(pli)) == (0, ("PLANNED", 0))
    assert (send_due(DUE), stands(pli)) == (1, ("SENT", 1))
    adresse = assure.adresses.get()
    assert (pli.sent_at, pli.adresse, pli.adresse_lines) == (
        DUE,
        adresse,
        [str(assure), "12 RUE DES LILAS", "01000 Bourg-en-Bresse"],
    )
    assert (bytes(pli.pdf), paper) == (b"%PDF-1.7 pdf/pli.html 1 False", ["pdf/pli.html"])
    event = pli.events.get()
    assert (event.number, event.from_state, event.to_state) == (1, "PLANNED", "SENT")
    assert (event.actor, event.by, event.at) == ("SYSTEM", None, DUE)


def test_form_leaves_once_however_often_the_sweep_runs(assure: Assure, paper: list[str]) -> None:
    declared_form(assure)
    assert [send_due(DUE + n * SECOND) for n in range(3)] == [1, 0, 0]
    assert (len(paper), Message.objects.filter(notice="pli_sent").count()) == (1, 1)


@pytest.mark.parametrize("account", [True, False], ids=["message", "F10 the form is the letter"])
def test_form_that_leaves_is_told_in_the_inbox(*, account: bool) -> None:
    pli = PliFactory(unasked=True, assure=assure_ready(user=account))
    assert (send_due(NOW), stands(pli)) == (1, ("SENT", 1))
    told = [(m.assure, m.notice) for m in Message.objects.all()]
    assert (told, Lettre.objects.count()) == ([(pli.assure, "pli_sent")] if account else [], 0)


def test_beat_stopped_three_days_then_sends_each_form_once(paper: list[str]) -> None:
    """Section 10: caught up, once; an order sent meanwhile, once online was open again, kept its own."""
    forms = [declared_form(assure_ready()) for _ in range(4)]
    keeper = forms[2]
    submit_commande(commande=whole_draft(author=keeper.assure), now=AGAIN)
    late = DUE + 3 * DAY
    assert [send_due(late), send_due(late + SECOND)] == [3, 0]
    found = [stands(pli) for pli in forms]
    assert found == [("SENT", 1), ("SENT", 1), ("CANCELLED", 1), ("SENT", 1)]
    assert [pli.sent_at for pli in forms] == [late, late, None, late]
    assert len(paper) == 3


def test_form_waits_for_no_other_that_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """F6: however many wait for an address, those that have one leave."""
    monkeypatch.setattr(plis, "BATCH", 2)
    for _ in range(3):
        PliFactory(unasked=True, assure=AssureFactory(), due_at=NOW - 30 * DAY)
    ready = PliFactory(unasked=True)
    assert sum(send_due(NOW + n * SECOND) for n in range(3)) == 1
    assert stands(ready) == ("SENT", 1)


def no_address(assure: Assure) -> None:
    assure.adresses.all().delete()


def returned(assure: Assure) -> None:
    assure.adresses.update(npai_since=NOW - DAY)


def waiting(assure: Assure) -> None:
    no_address(assure)
    AdresseFactory(assure=assure, given_at=DUE, usable_at=DUE + 48 * HOUR)


def over(assure: Assure) -> None:
    ends = {"kind": "PROVISOIRE", "ends_at": DUE}
    assure.adresses.update(**ends)


HELD: dict[str, Callable[[Assure], None]] = {
    "F6 none": no_address,
    "F6 a new one waits": waiting,
    "F6 provisional, over this second": over,
    "B4 mail came back": returned,
}


@pytest.mark.parametrize("without", HELD.values(), ids=HELD)
def test_form_is_held_until_there_is_an_address(
    assure: Assure, without: Callable[[Assure], None], paper: list[str]
) -> None:
    pli = declared_form(assure)
    without(assure)
    assert ([send_due(DUE), send_due(DUE + HOUR)], stands(pli), paper) == ([0, 0], ("PLANNED", 0), [])
    assure.adresses.filter(usable_at__gt=DUE).delete()
    given = AdresseFactory(assure=assure, voie="1 PLACE NEUVE", given_at=DUE, usable_at=DUE + 48 * HOUR)
    usable = DUE + 48 * HOUR
    assert (send_due(usable - SECOND), send_due(usable), stands(pli)) == (0, 1, ("SENT", 1))
    assert (pli.adresse, pli.adresse_lines[1], pli.sent_at) == (given, "1 PLACE NEUVE", usable)


def test_form_goes_to_the_address_usable_as_it_leaves(assure: Assure) -> None:
    """F6: not the one of the day of the declaration, nor one that still waits."""
    pli = declared_form(assure)
    moved_in = AdresseFactory(assure=assure, voie="1 PLACE NEUVE", given_at=NOW, usable_at=NOW + 48 * HOUR)
    AdresseFactory(assure=assure, voie="9 RUE À VENIR", given_at=DUE - HOUR, usable_at=DUE + SECOND)
    send_due(DUE)
    stands(pli)
    assert (pli.adresse, pli.adresse_lines[1]) == (moved_in, "1 PLACE NEUVE")
