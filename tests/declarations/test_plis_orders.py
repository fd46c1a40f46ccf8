"""Orders and paper forms: an order in time cancels the form, its failure puts it back (F5, D6)."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Assure
from carte.commandes import OrderRefused, submit_commande
from carte.enums import CarteState, CommandeState, PieceKind
from carte.models import Commande
from declarations.declarer import Faits, declare
from declarations.enums import DeclarationKind
from declarations.models import PliPapier
from declarations.plis import send_due
from tests.declarations.situations import AGAIN, DUE, declared_form, stands, window
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AgentFactory,
    CarteFactory,
    PieceFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
    whole_draft,
)
from vitale_portal.transitions import Actor, Step, move

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root", "paper")]
SECOND = timedelta(seconds=1)


HOURS = {
    "as soon as declared": NOW,
    "the second before it is due": DUE - SECOND,
    "once online is open again": AGAIN,
    "long after": NOW + 60 * DAY,
}


@pytest.mark.parametrize("at", HOURS.values(), ids=HOURS)
def test_order_sent_while_the_form_has_not_left_cancels_it(assure: Assure, at: Any) -> None:
    """F5: whatever the hour."""
    pli = declared_form(assure)
    order = submit_commande(commande=whole_draft(author=assure), now=at)
    assert (stands(pli), pli.cancelled_by, window(pli)) == (("CANCELLED", 1), order, (None, None))
    event = pli.events.get()
    assert (event.actor, event.by, event.at, event.to_state) == ("SYSTEM", None, at, "CANCELLED")
    assert (send_due(at + 60 * DAY), stands(pli)) == (0, ("CANCELLED", 1))


@pytest.mark.parametrize("at", [DUE, AGAIN - SECOND], ids=["E11 due", "E11 the last second"])
def test_order_refused_by_e11_leaves_the_form(assure: Assure, at: Any) -> None:
    pli = declared_form(assure)
    draft = whole_draft(author=assure)
    with pytest.raises(OrderRefused):
        submit_commande(commande=draft, now=at)
    assert (stands(pli), window(pli)) == (("PLANNED", 0), (DUE, AGAIN))


def test_order_sent_once_the_form_left_leaves_it_so(assure: Assure) -> None:
    pli = declared_form(assure)
    send_due(DUE)
    submit_commande(commande=whole_draft(author=assure), now=AGAIN)
    assert (stands(pli), window(pli)) == (("SENT", 1), (DUE, AGAIN))


def test_order_of_the_other_parent_cancels_the_form(assure: Assure) -> None:
    child = ayant_droit(assure, other := assure_ready())
    carte = CarteFactory(beneficiaire=child)
    faits = Faits(kind=DeclarationKind.VOL, facts_on=NOW.date())
    declare(carte=carte, author=assure, faits=faits, user=assure.user, now=NOW)
    submit_commande(commande=whole_draft(author=other, beneficiaire=child), now=NOW + HOUR)
    assert stands(PliPapier.objects.get()) == ("CANCELLED", 1)


def test_order_cancels_no_form_of_somebody_else(assure: Assure) -> None:
    child = ayant_droit(assure)
    own = declared_form(assure)
    submit_commande(commande=whole_draft(author=assure, beneficiaire=child), now=NOW)
    assert stands(own) == ("PLANNED", 0)


def draft_refused(assure: Assure) -> PliPapier:
    """A form cancelled by an order sent an hour after the declaration."""
    pli = declared_form(assure)
    submit_commande(commande=whole_draft(author=assure), now=NOW + HOUR)
    return pli


_C = CommandeState
# The way from SUBMITTED to an end, and by whom.
ENDS: dict[str, list[tuple[CommandeState, Actor]]] = {
    "cancelled by its author": [(_C.CANCELLED, Actor.AUTHOR)],
    "cancelled by an agent": [(_C.CANCELLED, Actor.AGENT)],
    "refused": [(_C.IN_REVIEW, Actor.AGENT), (_C.REJECTED, Actor.AGENT)],
    "cancelled, never corrected": [
        (_C.IN_REVIEW, Actor.AGENT),
        (_C.TO_CORRECT, Actor.AGENT),
        (_C.CANCELLED, Actor.SYSTEM),
    ],
    "cancelled, accepted": [
        (_C.IN_REVIEW, Actor.AGENT),
        (_C.ACCEPTED, Actor.AGENT),
        (_C.CANCELLED, Actor.AUTHOR),
    ],
}
SHIPPED = [
    (_C.IN_REVIEW, Actor.AGENT),
    (_C.ACCEPTED, Actor.AGENT),
    (_C.IN_PRODUCTION, Actor.SYSTEM),
    (_C.SHIPPED, Actor.CENTRE),
]


def walk(way: list[tuple[CommandeState, Actor]], at: Any) -> None:
    for state, actor in way:
        changes = {"deadline_at": at} if state == _C.TO_CORRECT else {}  # what its message says
        move(Commande.objects.get(), Step(to=state, actor=actor, at=at, changes=changes))


ENDED_AT: dict[str, tuple[Any, Any]] = {
    "F5 at once: at its first due time": (NOW + 2 * HOUR, DUE),
    "F5 the second before it: at its first due time": (DUE - SECOND, DUE),
    "F5 the very second: 4 days from then": (DUE, DUE + 4 * DAY),
    "F5 long after: 4 days from then": (NOW + 20 * DAY, NOW + 24 * DAY),
}


@pytest.mark.parametrize(("at", "due"), ENDED_AT.values(), ids=ENDED_AT)
@pytest.mark.parametrize("way", ENDS.values(), ids=ENDS)
def test_order_cancelled_or_refused_puts_the_form_back(assure: Assure, way: Any, at: Any, due: Any) -> None:
    pli = draft_refused(assure)
    walk(way, at)
    assert (stands(pli), pli.cancelled_by, pli.due_at) == (("PLANNED", 2), None, due)
    assert window(pli) == (due, due + DAY)
    assert (send_due(due - SECOND), send_due(due), stands(pli)) == (0, 1, ("SENT", 3))


@pytest.mark.parametrize("after_return", [False, True], ids=["D6 on the way", "D5 come back"])
def test_order_ended_after_it_was_shipped(assure: Assure, *, after_return: bool) -> None:
    """D6: lost on the way, a new order is open at once, without a form; come back for good, F5 holds."""
    pli = draft_refused(assure)
    way = (
        [(_C.RETURNED, Actor.POST), (_C.CANCELLED, Actor.SYSTEM)]
        if after_return
        else [(_C.CANCELLED, Actor.AUTHOR)]
    )
    walk([*SHIPPED, *way], NOW + 10 * DAY)
    due = NOW + 14 * DAY
    expected = (("PLANNED", 2), (due, due + DAY)) if after_return else (("CANCELLED", 1), (None, None))
    assert (stands(pli), window(pli)) == expected


def test_order_delivered_leaves_the_form_cancelled(assure: Assure) -> None:
    pli = draft_refused(assure)
    walk([*SHIPPED, (_C.DELIVERED, Actor.POST)], NOW + 10 * DAY)
    assert (stands(pli), send_due(NOW + 90 * DAY)) == (("CANCELLED", 1), 0)


def test_claims_and_releases_leave_the_form_alone(assure: Assure) -> None:
    pli = draft_refused(assure)
    walk([(_C.IN_REVIEW, Actor.AGENT), (_C.SUBMITTED, Actor.AGENT)] * 3, NOW + 2 * HOUR)
    assert stands(pli) == ("CANCELLED", 1)


def test_second_order_cancels_again_and_its_end_puts_back_again(assure: Assure) -> None:
    pli = draft_refused(assure)
    walk(ENDS["cancelled by its author"], NOW + 2 * HOUR)
    again = submit_commande(commande=whole_draft(author=assure), now=NOW + 3 * HOUR)
    assert (stands(pli), pli.cancelled_by, window(pli)) == (("CANCELLED", 3), again, (None, None))
    move(again, Step(to=_C.CANCELLED, actor=Actor.AUTHOR, at=NOW + 5 * DAY))
    assert (stands(pli), pli.due_at, window(pli)) == (
        ("PLANNED", 4),
        NOW + 9 * DAY,
        (NOW + 9 * DAY, NOW + 10 * DAY),
    )
    assert list(pli.events.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_unasked_form_is_cancelled_and_put_back_too(assure: Assure) -> None:
    """F7: it has no window."""
    pli = PliFactory(unasked=True, assure=assure)
    submit_commande(commande=whole_draft(author=assure), now=NOW)
    assert stands(pli) == ("CANCELLED", 1)
    walk(ENDS["cancelled by its author"], NOW + HOUR)
    assert (stands(pli), pli.due_at) == (("PLANNED", 2), NOW + HOUR + 4 * DAY)


def test_order_that_cannot_be_sent_cancels_nothing(assure: Assure) -> None:
    """One transaction: what fails after the form was cancelled leaves it planned."""
    pli = declared_form(assure)
    draft = whole_draft(author=assure)
    draft.pieces.filter(kind=PieceKind.IDENTITE).delete()
    with pytest.raises(OrderRefused):
        submit_commande(commande=draft, now=NOW)
    assert stands(pli) == ("PLANNED", 0)
    PieceFactory(commande=draft, kind=PieceKind.IDENTITE)
    submit_commande(commande=draft, now=NOW)
    assert stands(pli) == ("CANCELLED", 1)


def test_card_opposed_by_an_agent_keeps_no_form(assure: Assure) -> None:
    """Section 6: only a declaration plans one."""
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    user = AgentFactory().user
    move(carte, Step(to=CarteState.OPPOSED, actor=Actor.AGENT, at=NOW, by=user, reason="fraude"))
    assert (PliPapier.objects.count(), send_due(NOW + 90 * DAY)) == (0, 0)
