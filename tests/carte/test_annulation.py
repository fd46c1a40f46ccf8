"""Cancelling an order: by whom, in which state, and what goes with it (section 8, F5)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Agent, OutboxMail
from carte.annulation import cancel_by_agent, cancel_by_author, may_cancel
from carte.controle import accept, claim_next
from carte.enums import CarteState, CommandeState
from carte.models import Carte, Commande
from declarations.enums import PliState
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AgentFactory,
    CommandeFactory,
    DeclarationFactory,
    PliFactory,
    assure_ready,
)
from vitale_portal.transitions import Actor, MovedOn, NotInTable, Step, move

pytestmark = pytest.mark.django_db
_C = CommandeState

BY_AUTHOR = {_C.SUBMITTED, _C.IN_REVIEW, _C.TO_CORRECT, _C.ACCEPTED}
BY_AGENT = {_C.SUBMITTED, _C.ACCEPTED, _C.RETURNED}  # and IN_REVIEW, for who holds it
HELD = {"due_at": NOW + HOUR, "deadline_at": NOW + DAY, "reminders": 1, "first_in_queue": True}


def last_event(commande: Commande) -> tuple[Any, ...]:
    return tuple(commande.events.values_list("to_state", "actor", "by", "reason").last() or ())


def stands(commande: Commande) -> tuple[Any, ...]:
    row = Commande.objects.get(pk=commande.pk)
    return row.state, row.version


@pytest.mark.parametrize("state", CommandeState)
def test_author_cancels_until_the_lot_is_sealed(state: CommandeState) -> None:
    commande = CommandeFactory(state=state)
    user = commande.author.user
    before = stands(commande)
    assert may_cancel(commande, Actor.AUTHOR) == (state in BY_AUTHOR)
    if state in BY_AUTHOR:
        row = cancel_by_author(commande=commande, user=user, now=NOW)
        assert (row.state, stands(commande)) == (_C.CANCELLED, (_C.CANCELLED, before[1] + 1))
        assert last_event(commande) == (_C.CANCELLED, "AUTHOR", user.pk, "")
    else:
        with pytest.raises(NotInTable):
            cancel_by_author(commande=commande, user=user, now=NOW)
        assert stands(commande) == before


@pytest.mark.parametrize("state", CommandeState)
def test_agent_cancels_what_the_table_says_with_a_reason(agent: Agent, state: CommandeState) -> None:
    commande = CommandeFactory(state=state)
    before = stands(commande)
    facts = {"commande": commande, "user": agent.user, "motif": "ASKED", "version": before[1], "now": NOW}
    if state in BY_AGENT:
        cancel_by_agent(**facts)
        assert last_event(commande) == (_C.CANCELLED, "AGENT", agent.user.pk, "CANCELLATION:ASKED")
    else:
        with pytest.raises(NotInTable):
            cancel_by_agent(**facts)
        assert stands(commande) == before


@pytest.mark.parametrize("holder", [True, False], ids=["who holds it", "another"])
def test_in_review_only_who_holds_it_cancels(agent: Agent, *, holder: bool) -> None:
    CommandeFactory(state=_C.SUBMITTED)
    page = claim_next(user=agent.user, now=NOW)
    user = agent.user if holder else AgentFactory().user
    facts = {"commande": page, "user": user, "motif": "DUPLICATE", "version": 2, "now": NOW}
    if holder:
        assert cancel_by_agent(**facts).claimed_by is None
    else:
        with pytest.raises(NotInTable):
            cancel_by_agent(**facts)
        assert stands(page) == (_C.IN_REVIEW, 2)


@pytest.mark.parametrize("state", sorted(BY_AUTHOR))
def test_cancelled_order_waits_for_nothing(state: CommandeState) -> None:
    commande = CommandeFactory(state=state, claimed_by=AgentFactory(), **HELD)
    cancel_by_author(commande=commande, user=commande.author.user, now=NOW)
    row = Commande.objects.get()
    assert (row.claimed_by, row.deadline_at, row.reminders, row.first_in_queue) == (None, None, 0, False)
    assert row.due_at != HELD["due_at"]


def test_cancelling_on_a_page_that_moved_on_is_refused() -> None:
    commande = CommandeFactory(state=_C.SUBMITTED)
    user = commande.author.user
    claim_next(user=AgentFactory().user, now=NOW)
    with pytest.raises(MovedOn) as refusal:
        cancel_by_author(commande=commande, user=user, now=NOW, version=1)
    assert refusal.value.subject.version == 2
    assert stands(commande) == (_C.IN_REVIEW, 2)


def test_cancelling_twice_is_cancelling_once() -> None:
    commande = CommandeFactory(state=_C.SUBMITTED)
    facts = {"commande": commande, "user": commande.author.user, "now": NOW}
    cancel_by_author(**facts)
    with pytest.raises(NotInTable):
        cancel_by_author(**facts)
    assert stands(commande) == (_C.CANCELLED, 2)
    assert commande.author.messages.count() == 1


def test_agent_s_decision_after_the_author_cancelled_is_refused(agent: Agent) -> None:
    CommandeFactory(state=_C.SUBMITTED)
    page = claim_next(user=agent.user, now=NOW)
    cancel_by_author(commande=page, user=page.author.user, now=NOW)
    with pytest.raises(MovedOn):
        accept(commande=page, user=agent.user, version=2, now=NOW)
    assert stands(page) == (_C.CANCELLED, 3)


def test_card_that_came_back_is_dead_once_its_order_is_cancelled(agent: Agent) -> None:
    """A card nobody will receive must not stand in the way of the next one."""
    commande = CommandeFactory(state=_C.RETURNED)
    cancel_by_agent(commande=commande, user=agent.user, motif="SITUATION", version=commande.version, now=NOW)
    carte = Carte.objects.get()
    assert (carte.state, carte.opposed_at, carte.form_due_at) == (CarteState.OPPOSED, NOW, None)


# --- Who is told -------------------------------------------------------------------------------

TOLD = {
    "author": ("", "Vous l’avez demandé depuis votre compte."),
    "agent": ("SITUATION", "La situation de la personne a changé depuis la demande."),
}


@pytest.mark.parametrize(("motif", "said"), TOLD.values(), ids=TOLD)
def test_author_is_told_who_cancelled_and_why_but_not_by_mail(agent: Agent, motif: str, said: str) -> None:
    commande = CommandeFactory(state=_C.SUBMITTED)
    if motif:
        cancel_by_agent(commande=commande, user=agent.user, motif=motif, version=1, now=NOW)
    else:
        cancel_by_author(commande=commande, user=commande.author.user, now=NOW)
    message = commande.author.messages.get()
    assert (message.notice, said in message.body) == ("commande_cancelled", True)
    assert [said in mail.text + mail.html for mail in OutboxMail.objects.all()] == [False]


# --- The paper form (F5) -----------------------------------------------------------------------


def ordered_in_time(due_at: Any) -> Commande:
    """An order that came before the form of a declaration left, and cancelled it."""
    author = assure_ready()
    declaration = DeclarationFactory(author=author, declared_at=due_at - 4 * DAY)
    PliFactory(declaration=declaration)
    commande = CommandeFactory(author=author)
    step = Step(
        to=_C.SUBMITTED,
        actor=Actor.AUTHOR,
        at=NOW - HOUR,
        changes={"submitted_at": NOW - HOUR, "expected_at": NOW, "motif": "REPLACEMENT"},
    )
    return move(commande, step)


FORMS = {"still ahead": (NOW + DAY, NOW + DAY), "past": (NOW, NOW + 4 * DAY)}


@pytest.mark.parametrize(("due_at", "again"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("who", ["author", "agent"])
def test_cancelled_order_puts_its_paper_form_back(agent: Agent, who: str, due_at: Any, again: Any) -> None:
    commande = ordered_in_time(due_at)
    pli = commande.cancelled_plis.get()
    assert pli.state == PliState.CANCELLED
    if who == "author":
        cancel_by_author(commande=commande, user=commande.author.user, now=NOW)
    else:
        cancel_by_agent(commande=commande, user=agent.user, motif="ASKED", version=1, now=NOW)
    pli.refresh_from_db()
    carte = Carte.objects.get()
    assert (pli.state, pli.due_at, pli.cancelled_by) == (PliState.PLANNED, again, None)
    assert (carte.form_due_at, carte.online_again_at) == (again, again + DAY)


def test_beneficiary_is_locked_before_the_order() -> None:
    """The order of locks: the form that comes back hangs on the beneficiary."""
    commande = CommandeFactory(state=_C.SUBMITTED)
    with CaptureQueriesContext(connection) as captured:
        cancel_by_author(commande=commande, user=commande.author.user, now=NOW)
    tables = [q["sql"].split('FROM "')[1].split('"')[0] for q in captured if "SELECT" in q["sql"]]
    assert tables[:2] == ["accounts_beneficiaire", "carte_commande"]
