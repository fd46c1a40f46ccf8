"""Review (D4): one agent claims an order for 15 minutes, one decides, on the page he saw."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Agent, Lettre, OutboxMail
from carte.controle import accept, ask_correction, claim_next, expire_claims, reject, release
from carte.echeances import correction_due_at, correction_milestones
from carte.enums import CommandeState, PieceKind
from carte.models import Commande, Piece
from carte.motifs import MotifList
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AgentFactory,
    AssureFactory,
    CaisseFactory,
    CommandeFactory,
    PieceFactory,
    assure_ready,
)
from vitale_portal.transitions import MovedOn

pytestmark = pytest.mark.django_db
SECOND, CLAIM = timedelta(seconds=1), timedelta(minutes=15)
SUBMITTED, IN_REVIEW, ACCEPTED = CommandeState.SUBMITTED, CommandeState.IN_REVIEW, CommandeState.ACCEPTED
DECISIONS: dict[str, Callable[..., Commande]] = {
    "accept": accept,
    "release": release,
    "reject": partial(reject, motif="NO_RIGHT"),
    "ask_correction": partial(ask_correction, motifs={MotifList.PHOTO: ["EYES"]}),
}


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


FIRST_AGAIN = {
    "accept": (accept, False),
    "release": (release, True),
    "reject": (DECISIONS["reject"], False),
    "ask_correction": (DECISIONS["ask_correction"], True),
}


@pytest.mark.parametrize(("decision", "first"), FIRST_AGAIN.values(), ids=FIRST_AGAIN)
def test_order_the_centre_refused_stays_first_until_decided(
    agent: Agent, decision: Callable[..., Commande], *, first: bool
) -> None:
    """Sent back for a piece it keeps its rank, the head of the queue (D2)."""
    CommandeFactory(state=SUBMITTED, first_in_queue=True)
    claimed = claim_next(user=agent.user, now=NOW)
    decision(commande=claimed, user=agent.user, version=2, now=NOW)
    assert Commande.objects.get().first_in_queue is first


# --- Refusing ----------------------------------------------------------------------------------


def test_rejected_order_keeps_its_reason_and_waits_for_no_agent(agent: Agent, commande: Commande) -> None:
    claimed = claim_next(user=agent.user, now=NOW)
    reject(commande=claimed, user=agent.user, version=2, motif="OTHER_PERSON", now=NOW)
    assert stands(commande)[:2] == (CommandeState.REJECTED, None)
    assert commande.events.last().reason == "REJECTION:OTHER_PERSON"
    message = commande.author.messages.get()
    assert message.notice == "commande_rejected"
    assert "Faites une nouvelle commande, avec la photo et la pièce d’identité" in message.body


# --- Asking again for a piece (D2, D3) -----------------------------------------------------------

ASKED = {
    "photo": ({MotifList.PHOTO: ["EYES", "LIGHT"]}, "PHOTO:EYES,LIGHT", ["EYES", "LIGHT"], []),
    "identite": ({MotifList.PHOTO: [], MotifList.IDENTITE: ["CUT"]}, "IDENTITE:CUT", [], ["CUT"]),
    "both": (
        {MotifList.PHOTO: ["FACE"], MotifList.IDENTITE: ["NAME"]},
        "PHOTO:FACE IDENTITE:NAME",
        ["FACE"],
        ["NAME"],
    ),
}


@pytest.fixture
def claimed(agent: Agent, commande: Commande, pieces_root: object) -> Commande:  # noqa: ARG001
    """An order with both pieces, in the agent's hands; an earlier photo was replaced."""
    PieceFactory(commande=commande, replaced_at=NOW - DAY)
    for kind in PieceKind:
        PieceFactory(commande=commande, kind=kind)
    held = claim_next(user=agent.user, now=NOW)
    assert held == commande
    return commande


@pytest.mark.parametrize(("motifs", "reason", "photo", "identite"), ASKED.values(), ids=ASKED)
def test_only_the_refused_piece_is_asked_again(
    agent: Agent,
    claimed: Commande,
    *,
    motifs: dict[MotifList, list[str]],
    reason: str,
    photo: list[str],
    identite: list[str],
) -> None:
    ask_correction(commande=claimed, user=agent.user, version=2, motifs=motifs, now=NOW)
    found = Piece.objects.filter(commande=claimed).order_by("pk").values_list("refused_at", "refusal")
    assert list(found) == [
        (None, []),
        (NOW if photo else None, photo),
        (NOW if identite else None, identite),
    ]
    row = Commande.objects.get()
    assert (row.state, row.claimed_by, row.submitted_at) == (
        CommandeState.TO_CORRECT,
        None,
        claimed.submitted_at,
    )
    assert (row.deadline_at, row.due_at, row.reminders) == (NOW + 30 * DAY, NOW + 15 * DAY, 0)
    assert row.events.last().reason == reason


def test_correction_refused_touches_no_piece(agent: Agent, claimed: Commande) -> None:
    with pytest.raises(MovedOn):
        ask_correction(
            commande=claimed,
            user=agent.user,
            version=1,
            motifs={MotifList.PHOTO: ["EYES"]},
            now=NOW,
        )
    assert Piece.objects.exclude(refused_at=None).count() == 0


def test_author_reads_why_and_how_to_mend_in_the_inbox_and_not_in_the_mail(
    agent: Agent, claimed: Commande
) -> None:
    motifs = {MotifList.PHOTO: ["HEADWEAR"]}
    ask_correction(commande=claimed, user=agent.user, version=2, motifs=motifs, now=NOW)
    body = claimed.author.messages.get().body
    mail = OutboxMail.objects.get()
    for said in (
        "La tête est couverte.",
        "Prenez la photo tête nue",
        "2 décembre 2026 à 10\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}00",
    ):
        assert [said in text for text in (body, mail.text, mail.html)] == [True, False, False]
    assert claimed.reference not in mail.text.replace("-", "")


def test_who_has_no_account_gets_the_reasons_by_letter(agent: Agent) -> None:
    """F10."""
    CommandeFactory(author=assure_ready(user=False), state=SUBMITTED)
    held = claim_next(user=agent.user, now=NOW)
    motifs = {MotifList.IDENTITE: ["PHOTOCOPY"]}
    ask_correction(commande=held, user=agent.user, version=2, motifs=motifs, now=NOW)
    assert "Photographiez ou numérisez l’original" in Lettre.objects.get().body


MILESTONES = {1.0: (30 * DAY, 15 * DAY), 3600.0: (timedelta(seconds=720), timedelta(seconds=360))}


@pytest.mark.parametrize(("acceleration", "after"), MILESTONES.items())
def test_time_to_correct_is_of_the_domain(
    settings: Settings, acceleration: float, after: tuple[timedelta, timedelta]
) -> None:
    settings.VITALE_ACCELERATION = acceleration
    deadline, first = after
    assert correction_milestones(NOW) == {
        "deadline_at": NOW + deadline,
        "due_at": NOW + first,
        "reminders": 0,
    }


def test_reminders_come_15_and_3_days_before_the_end() -> None:
    end = datetime.max.replace(tzinfo=NOW.tzinfo)
    assert [correction_due_at(end, sent) for sent in range(4)] == [end - 15 * DAY, end - 3 * DAY, end, end]


# --- A page that moved on ----------------------------------------------------------------------


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
        decision(commande=page, user=agent.user, version=2, now=NOW + CLAIM - SECOND)
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


@pytest.mark.parametrize(("late", "decided"), [(-SECOND, True), (timedelta(), False)], ids=["before", "on"])
def test_decision_counts_until_the_claim_is_over_though_the_sweep_is_late(
    agent: Agent, commande: Commande, late: timedelta, *, decided: bool
) -> None:
    facts = {"commande": commande, "user": agent.user, "version": 2, "now": NOW + CLAIM + late}
    claim_next(user=agent.user, now=NOW)
    if decided:
        assert accept(**facts).state == ACCEPTED
    else:
        with pytest.raises(MovedOn):
            accept(**facts)
        assert stands(commande) == (IN_REVIEW, agent, NOW + CLAIM, 2)


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_decision_without_a_claim_is_refused(
    agent: Agent, commande: Commande, decision: Callable[..., Commande]
) -> None:
    with pytest.raises(MovedOn):
        decision(commande=commande, user=agent.user, version=1, now=NOW)
    assert stands(commande) == (SUBMITTED, None, None, 1)
