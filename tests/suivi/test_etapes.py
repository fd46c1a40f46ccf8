"""The steps of an order as its holders read them (D7)."""

import pytest

from carte.enums import COMMANDE_MOVES, CommandeState
from carte.models import CommandeEvent
from suivi.enums import Passage
from suivi.etapes import PASSAGES, etapes, is_late, waits_for_author
from tests.factories import DAY, HOUR, NOW, CommandeFactory, way_to
from vitale_portal.transitions import Actor

pytestmark = pytest.mark.django_db

C = CommandeState
WAY = [C.SUBMITTED, C.IN_REVIEW, C.ACCEPTED, C.IN_PRODUCTION, C.SHIPPED, C.DELIVERED]


@pytest.mark.parametrize(
    ("state", "done", "then", "ahead"),
    [
        (C.SUBMITTED, 0, "current", WAY[1:]),
        (C.IN_REVIEW, 1, "current", WAY[2:]),
        (C.ACCEPTED, 2, "current", WAY[3:]),
        (C.IN_PRODUCTION, 3, "current", WAY[4:]),
        (C.SHIPPED, 4, "current", WAY[5:]),
        (C.DELIVERED, 5, "done", []),
        (C.TO_CORRECT, 2, "current", [Passage.CORRECTED, *WAY[1:]]),
        (C.RETURNED, 5, "current", [Passage.RESENT, *WAY[5:]]),
        (C.REJECTED, 2, "stop", []),
        (C.CANCELLED, 1, "stop", []),
    ],
    ids=str,
)
def test_steps_show_what_is_behind_where_one_stands_and_what_comes(
    state: CommandeState, done: int, then: str, ahead: list[CommandeState | Passage]
) -> None:
    commande = CommandeFactory(state=state)
    steps = etapes(commande, list(commande.events.all()))
    assert [step.status for step in steps] == ["done"] * done + [then] + ["ahead"] * len(ahead)
    assert [step.label for step in steps[done:]] == [state.label, *(one.label for one in ahead)]
    assert [step.at is not None for step in steps] == [step.status != "ahead" for step in steps]


AUTHOR, AGENT, SYSTEM, CENTRE, POST = Actor
SENT, CLAIMED = (C.SUBMITTED, AUTHOR), (C.IN_REVIEW, AGENT)
MADE = [SENT, CLAIMED, (C.ACCEPTED, AGENT), (C.IN_PRODUCTION, SYSTEM)]
SHIPPED = [*MADE, (C.SHIPPED, CENTRE)]
# The moves since the draft, and the steps they leave.
LIVES: dict[str, tuple[list[tuple[CommandeState, Actor]], list[str]]] = {
    "released": ([SENT, CLAIMED, (C.SUBMITTED, AGENT)], [C.SUBMITTED.label]),
    "claim over, claimed again": (
        [SENT, CLAIMED, (C.SUBMITTED, SYSTEM), CLAIMED],
        [C.SUBMITTED.label, C.IN_REVIEW.label],
    ),
    "corrected": (
        [SENT, CLAIMED, (C.TO_CORRECT, AGENT), (C.SUBMITTED, AUTHOR)],
        [C.SUBMITTED.label, C.IN_REVIEW.label, C.TO_CORRECT.label, Passage.CORRECTED.label],
    ),
    "corrected, then released": (
        [SENT, CLAIMED, (C.TO_CORRECT, AGENT), (C.SUBMITTED, AUTHOR), CLAIMED, (C.SUBMITTED, AGENT)],
        [C.SUBMITTED.label, C.IN_REVIEW.label, C.TO_CORRECT.label, Passage.CORRECTED.label],
    ),
    "refused by the centre": (
        [*MADE, (C.SUBMITTED, CENTRE)],
        [*(state.label for state in WAY[:4]), Passage.TAKEN_UP.label],
    ),
    "sent again": (
        [*SHIPPED, (C.RETURNED, POST), (C.SHIPPED, SYSTEM)],
        [*(state.label for state in WAY[:5]), C.RETURNED.label, Passage.RESENT.label],
    ),
    "presumed": (
        [*SHIPPED, (C.DELIVERED, SYSTEM)],
        [*(state.label for state in WAY[:5]), Passage.PRESUMED.label],
    ),
    "never came": (
        [*SHIPPED, (C.CANCELLED, AUTHOR)],
        [*(state.label for state in WAY[:5]), Passage.NEVER_CAME.label],
    ),
}


def lived(moves: list[tuple[CommandeState, Actor]]) -> list[CommandeEvent]:
    states = [C.DRAFT, *(state for state, _ in moves)]
    return [
        CommandeEvent(number=n, from_state=states[n - 1], to_state=state, actor=actor, at=NOW + n * HOUR)
        for n, (state, actor) in enumerate(moves, 1)
    ]


@pytest.mark.parametrize(("moves", "labels"), LIVES.values(), ids=LIVES)
def test_all_that_happened_is_told_in_order_with_its_date(
    moves: list[tuple[CommandeState, Actor]], labels: list[str]
) -> None:
    commande = CommandeFactory(state=C.SUBMITTED)
    commande.state = moves[-1][0]
    steps = [step for step in etapes(commande, lived(moves)) if step.status != "ahead"]
    dates = [step.at for step in steps]
    assert [step.label for step in steps] == labels
    assert dates == sorted(at for at in dates if at)


@pytest.mark.parametrize(("before", "after", "actor"), PASSAGES)
def test_words_of_passages_are_of_moves_of_the_table(before: str, after: str, actor: str) -> None:
    assert actor in COMMANDE_MOVES[before, after]


@pytest.mark.parametrize("state", [state for state in C if state != C.DRAFT], ids=lambda state: state.value)
def test_order_on_its_way_is_late_once_its_date_is_past(state: CommandeState) -> None:
    """One that waits for its author, or that is over, is not late."""
    commande = CommandeFactory(state=state)
    on_its_way = state in WAY and state != C.DELIVERED
    due = commande.expected_at
    assert (is_late(commande, due), is_late(commande, due + DAY)) == (False, on_its_way)


@pytest.mark.parametrize("state", list(C), ids=lambda state: state.value)
def test_orders_that_wait_for_their_author_are_those_to_correct_or_come_back(state: CommandeState) -> None:
    assert waits_for_author(CommandeFactory(state=state)) is (state in {C.TO_CORRECT, C.RETURNED})


def test_way_to_each_state_is_a_way_of_the_table() -> None:
    assert [after for _, after, _ in way_to(C.DELIVERED)] == WAY
