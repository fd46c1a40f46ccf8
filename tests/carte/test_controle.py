"""Review (D4): one agent claims an order for 15 minutes, one decides, on the page he saw."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Agent
from carte.controle import accept, claim_next, expire_claims, release
from carte.enums import CommandeState
from carte.models import Commande
from tests.factories import DAY, HOUR, NOW, AgentFactory, AssureFactory, CaisseFactory, CommandeFactory
from vitale_portal.transitions import MovedOn

pytestmark = pytest.mark.django_db
SECOND, CLAIM = timedelta(seconds=1), timedelta(minutes=15)
SUBMITTED, IN_REVIEW, ACCEPTED = CommandeState.SUBMITTED, CommandeState.IN_REVIEW, CommandeState.ACCEPTED
DECISIONS = {"accept": accept, "release": release}


@pytest.fixture
def commande() -> Commande:
    return CommandeFactory(state=SUBMITTED)


def moves(commande: Commande) -> list[tuple[str, str, Any]]:
    """What happened since it was sent."""
    return list(commande.events.exclude(number=1).values_list("to_state", "actor", "by"))


def stands(commande: Commande) -> tuple[Any, ...]:
    row = Commande.objects.get(pk=commande.pk)
    return row.state, row.claimed_by, row.due_at, row.version


# --- Claiming ----------------------------------------------------------------------------------


def test_claim_takes_the_order_for_15_minutes(agent: Agent, commande: Commande) -> None:
    assert claim_next(user=agent.user, now=NOW) == commande
    assert stands(commande) == (IN_REVIEW, agent, NOW + CLAIM, 2)
    assert moves(commande) == [(IN_REVIEW, "AGENT", agent.user.pk)]


def test_claim_time_is_never_accelerated(agent: Agent, commande: Commande, settings: Settings) -> None:
    settings.VITALE_ACCELERATION = 3600
    claim_next(user=agent.user, now=NOW)
    assert stands(commande)[2] == NOW + CLAIM


def test_claim_takes_the_oldest_first(agent: Agent) -> None:
    late, early = (CommandeFactory(state=SUBMITTED, submitted_at=NOW - days * DAY) for days in (1, 2))
    others = [AgentFactory().user for _ in range(2)]
    assert [claim_next(user=user, now=NOW) for user in (agent.user, *others)] == [early, late, None]


@pytest.mark.parametrize("state", [state for state in CommandeState if state != SUBMITTED])
def test_claim_takes_only_what_waits(agent: Agent, state: CommandeState) -> None:
    CommandeFactory(state=state, carte=False)
    assert claim_next(user=agent.user, now=NOW) is None


def test_claim_takes_only_orders_of_one_s_own_caisse(commande: Commande) -> None:
    stranger = AgentFactory(caisse=CaisseFactory(code="301"))
    assert claim_next(user=stranger.user, now=NOW) is None
    assert stands(commande)[0] == SUBMITTED


def test_claim_again_gives_the_order_still_held(agent: Agent, commande: Commande) -> None:
    CommandeFactory(state=SUBMITTED)
    claimed = [claim_next(user=agent.user, now=NOW + n * SECOND) for n in range(3)]
    assert claimed == [commande] * 3
    assert stands(commande) == (IN_REVIEW, agent, NOW + CLAIM, 2)


@pytest.mark.parametrize("again", [True, False], ids=["the same agent", "another agent"])
def test_claim_that_is_over_blocks_nobody_though_the_sweep_is_late(
    agent: Agent, commande: Commande, *, again: bool
) -> None:
    claim_next(user=agent.user, now=NOW)
    taker = agent if again else AgentFactory()
    assert claim_next(user=taker.user, now=NOW + CLAIM) == commande
    assert stands(commande) == (IN_REVIEW, taker, NOW + 2 * CLAIM, 4)


def test_claim_by_an_assure_is_forbidden(commande: Commande) -> None:
    with pytest.raises(PermissionError):
        claim_next(user=AssureFactory().user, now=NOW)
    assert stands(commande)[0] == SUBMITTED


# --- Expiry ------------------------------------------------------------------------------------

EXPIRY = {"a second before": (CLAIM - SECOND, 0), "on the second": (CLAIM, 1), "a day late": (DAY, 1)}


@pytest.mark.parametrize(("after", "count"), EXPIRY.values(), ids=EXPIRY)
def test_expired_claim_goes_back_once(agent: Agent, commande: Commande, after: timedelta, count: int) -> None:
    claim_next(user=agent.user, now=NOW)
    assert [expire_claims(NOW + after), expire_claims(NOW + after)] == [count, 0]
    back = (SUBMITTED, "SYSTEM", None)
    assert moves(commande) == [(IN_REVIEW, "AGENT", agent.user.pk), *([back] * count)]
    if count:
        assert stands(commande) == (SUBMITTED, None, None, 3)


def test_expired_claim_keeps_its_rank(agent: Agent, commande: Commande) -> None:
    CommandeFactory(state=SUBMITTED, created_at=NOW - HOUR)
    claim_next(user=agent.user, now=NOW)
    expire_claims(NOW + CLAIM)
    assert claim_next(user=AgentFactory().user, now=NOW + CLAIM) == commande


# --- Deciding ----------------------------------------------------------------------------------


def test_accept_puts_the_order_in_the_next_lot(agent: Agent, commande: Commande) -> None:
    claimed = claim_next(user=agent.user, now=NOW)
    row = accept(commande=claimed, user=agent.user, version=2, now=NOW + SECOND)
    assert stands(commande) == (ACCEPTED, None, NOW.replace(hour=17), 3)
    assert (row.state, moves(commande)[-1]) == (ACCEPTED, (ACCEPTED, "AGENT", agent.user.pk))
    assert [m.notice for m in commande.author.messages.all()] == ["commande_accepted"]


def test_release_puts_the_order_back_at_its_rank(agent: Agent, commande: Commande) -> None:
    CommandeFactory(state=SUBMITTED, created_at=NOW - HOUR)
    claimed = claim_next(user=agent.user, now=NOW)
    release(commande=claimed, user=agent.user, version=2, now=NOW)
    assert stands(commande) == (SUBMITTED, None, None, 3)
    assert claim_next(user=agent.user, now=NOW) == commande


def claim_over(_commande: Commande) -> None:
    expire_claims(NOW + CLAIM)


def claimed_by_another(_commande: Commande) -> None:
    expire_claims(NOW + CLAIM)
    claim_next(user=AgentFactory().user, now=NOW + CLAIM)


def claimed_again_by_himself(commande: Commande) -> None:
    expire_claims(NOW + CLAIM)
    claim_next(user=commande.claimed_by.user, now=NOW + CLAIM)


def decided(commande: Commande) -> None:
    accept(commande=commande, user=commande.claimed_by.user, version=2, now=NOW)


MEANWHILE = [claim_over, claimed_by_another, claimed_again_by_himself, decided]


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("meanwhile", MEANWHILE, ids=[one.__name__ for one in MEANWHILE])
def test_decision_on_a_page_that_moved_on_is_refused(
    agent: Agent,
    commande: Commande,
    meanwhile: Callable[[Commande], None],
    decision: Callable[..., Commande],
) -> None:
    page = claim_next(user=agent.user, now=NOW)
    meanwhile(page)
    before, trace = stands(commande), moves(commande)
    with pytest.raises(MovedOn) as refusal:
        decision(commande=page, user=agent.user, version=2, now=NOW + CLAIM)
    assert (stands(commande), moves(commande)) == (before, trace)
    assert refusal.value.subject.state == before[0]


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_decision_on_an_order_in_another_s_hands_is_refused(
    agent: Agent, commande: Commande, decision: Callable[..., Commande]
) -> None:
    claimed = claim_next(user=agent.user, now=NOW)
    with pytest.raises(MovedOn):
        decision(commande=claimed, user=AgentFactory().user, version=2, now=NOW)
    assert stands(commande) == (IN_REVIEW, agent, NOW + CLAIM, 2)


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_decision_without_a_claim_is_refused(
    agent: Agent, commande: Commande, decision: Callable[..., Commande]
) -> None:
    with pytest.raises(MovedOn):
        decision(commande=commande, user=agent.user, version=1, now=NOW)
    assert stands(commande) == (SUBMITTED, None, None, 1)
