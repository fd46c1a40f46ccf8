"""What must happen once, when many do it at once: on PostgreSQL, where row locks let them (F2, F5 to F7)."""

from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Assure, Message, OutboxMail, Rate
from accounts.rates import over_rate
from carte.commandes import OrderRefused, submit_commande
from carte.enums import CommandeState
from carte.models import Carte, CarteEvent, Commande
from declarations.attestation import make_due, pdf_of
from declarations.declarer import Faits, declare
from declarations.enums import DeclarationKind, PliState
from declarations.models import Attestation, Declaration, PliEvent, PliPapier
from declarations.plis import plan_unasked, send_due
from tests.declarations.situations import TODAY, declared_form, entered
from tests.factories import (
    DAY,
    NOW,
    AgentFactory,
    AttestationFactory,
    CarteFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
    whole_draft,
)
from tests.test_concurrency import at_once
from vitale_portal.transitions import Actor, MovedOn, Step, move

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("pieces_root", "paper"),
]
FAITS = Faits(kind=DeclarationKind.VOL, facts_on=TODAY)
ROUNDS = range(20)


def faults(answers: list[Any]) -> list[Any]:
    return [answer for answer in answers if isinstance(answer, Exception)]


def declaring(carte: Carte, author: Assure) -> Any:
    return lambda: declare(carte=carte, author=author, faits=FAITS, user=author.user, now=NOW)


# --- Declaring (F2) ----------------------------------------------------------------------------


def test_fifty_who_declare_at_once_make_one_declaration_and_see_it_fifty_times() -> None:
    assure = assure_ready()
    CarteFactory(beneficiaire=assure.beneficiaire)
    answers = at_once([declaring(Carte.objects.get(), assure) for _ in range(50)])
    made = Declaration.objects.get()
    assert {(type(a).__name__, a.pk, a.reference) for a in answers} == {
        ("Declaration", made.pk, made.reference)
    }
    written = (PliPapier, Attestation, CarteEvent, Message, OutboxMail)
    assert [kind.objects.count() for kind in written] == [1] * 5


@pytest.mark.parametrize("attempt", range(5))
def test_two_parents_at_once_declare_once_and_are_both_told(attempt: int) -> None:  # noqa: ARG001
    parents = [assure_ready(), assure_ready()]
    carte = CarteFactory(beneficiaire=ayant_droit(*parents))
    answers = at_once([declaring(carte, parent) for parent in parents])
    assert {a.pk for a in answers} == {Declaration.objects.get().pk}
    assert (PliPapier.objects.count(), Message.objects.count(), OutboxMail.objects.count()) == (1, 2, 2)


@pytest.mark.parametrize("attempt", range(5))
def test_a_declaration_and_an_order_at_once_leave_one_reading(attempt: int) -> None:  # noqa: ARG001
    """Declared first, the order replaces the card and cancels the form; sent first, it is refused by E10."""
    assure = assure_ready()
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    draft = whole_draft(author=assure)
    declaration, order = at_once([declaring(carte, assure), lambda: submit_commande(commande=draft, now=NOW)])
    pli = PliPapier.objects.get()
    assert (pli.declaration, isinstance(order, OrderRefused)) == (declaration, pli.state == "PLANNED")
    assert pli.state in {"PLANNED", "CANCELLED"}


# --- The form and the order (F5) ---------------------------------------------------------------


@pytest.mark.parametrize("attempt", ROUNDS)
def test_order_sent_while_the_sweep_takes_the_form(attempt: int) -> None:
    """Exactly one of form sent and form cancelled; the order is sent whatever wins."""
    late = NOW + 7 * DAY
    pli = declared_form(assure_ready())
    draft = whole_draft(author=pli.assure)
    sending, sweeping = (lambda: submit_commande(commande=draft, now=late)), (lambda: send_due(late))
    order, left, *others = at_once([sending, sweeping, sweeping] if attempt % 2 else [sending, sweeping])
    assert (faults([order, left, *others]), order.state) == ([], CommandeState.SUBMITTED)
    pli.refresh_from_db()
    events = list(PliEvent.objects.values_list("number", "to_state"))
    sent = left + sum(others)
    assert (sent, events) in [(1, [(1, "SENT")]), (0, [(1, "CANCELLED")])]
    assert (pli.cancelled_by, bool(pli.pdf)) == ((None, True) if sent else (order, False))
    assert Message.objects.filter(notice="pli_sent").count() == sent


def test_sweeps_at_once_send_each_form_once() -> None:
    for _ in range(10):
        PliFactory(unasked=True)
    answers = at_once([lambda: send_due(NOW)] * 4)
    assert (faults(answers), sum(answers)) == ([], 10)
    assert set(PliPapier.objects.values_list("state", "version")) == {("SENT", 1)}
    assert (PliEvent.objects.count(), Message.objects.count()) == (10, 10)


@pytest.mark.parametrize("attempt", range(5))
def test_form_put_back_while_the_sweep_runs_leaves_at_its_new_time(attempt: int) -> None:  # noqa: ARG001
    pli = declared_form(assure_ready())
    order = submit_commande(commande=whole_draft(author=pli.assure), now=NOW)
    end = NOW + 10 * DAY
    cancel = Step(to=CommandeState.CANCELLED, actor=Actor.AUTHOR, at=end)
    answers = at_once([lambda: move(order, cancel), lambda: send_due(end), lambda: send_due(end)])
    pli.refresh_from_db()
    assert (faults(answers), answers[1:], pli.state, pli.due_at) == ([], [0, 0], "PLANNED", end + 4 * DAY)


# --- Unasked (F7) ------------------------------------------------------------------------------


def test_sweeps_at_once_plan_each_unasked_form_once() -> None:
    people = {assure_ready().beneficiaire.pk for _ in range(10)}
    answers = at_once([lambda: plan_unasked(NOW)] * 4)
    assert (faults(answers), sum(answers)) == ([], 10)
    assert Counter(PliPapier.objects.values_list("beneficiaire", flat=True)) == Counter(people)


@pytest.mark.parametrize("attempt", ROUNDS)
def test_first_order_sent_while_the_form_is_planned(attempt: int) -> None:  # noqa: ARG001
    """Never a form planned beside an order sent."""
    assure = assure_ready()
    draft = whole_draft(author=assure)
    order, planned = at_once([lambda: submit_commande(commande=draft, now=NOW), lambda: plan_unasked(NOW)])
    states = list(PliPapier.objects.values_list("state", "cancelled_by"))
    assert (planned, states) in [(0, []), (1, [(PliState.CANCELLED, order.pk)])]


# --- What comes back, what is attested, what is counted ----------------------------------------


def test_form_entered_by_two_agents_at_once_makes_one_order(pieces_root: Path) -> None:
    pli = PliFactory(unasked=True, state=PliState.SENT)
    agents = [AgentFactory() for _ in range(4)]
    answers = at_once([lambda agent=agent: entered(pli, agent) for agent in agents])
    refused = [a for a in answers if isinstance(a, (OrderRefused, MovedOn))]
    assert (len(refused), Commande.objects.count()) == (3, 1)
    pli.refresh_from_db()
    assert (pli.state, pli.version, pli.commande) == ("RETURNED", 2, Commande.objects.get())
    assert len(list(pieces_root.rglob("*/*"))) == 2


def test_attestation_made_at_once_by_all_is_the_same_bytes() -> None:
    AttestationFactory()
    pages = [Attestation.objects.get() for _ in range(8)]
    sweep = partial(make_due, NOW)
    answers = at_once([*[lambda page=page: pdf_of(page) for page in pages], sweep, sweep])
    assert set(answers[:8]) == {bytes(Attestation.objects.get().pdf)}
    assert faults(answers) == []


def test_rate_lets_so_many_pass_however_many_come_at_once() -> None:
    answers = at_once([lambda: over_rate("verify 192.0.2.1", 30, NOW)] * 45)
    waits = Counter(answers)
    assert waits == {0: 30, int(timedelta(hours=1).total_seconds()): 15}
    assert Rate.objects.get().count == 30
