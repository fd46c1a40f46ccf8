"""The one way to change a state (D1): table, version, events without a hole, one transaction."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from carte.enums import CommandeState
from carte.models import Commande
from tests.factories import HOUR, NOW, AgentFactory, CommandeFactory
from vitale_portal.transitions import (
    Actor,
    MovedOn,
    MoveRefused,
    NotInTable,
    Step,
    lock,
    move,
    move_batch,
    moved,
    moving,
)

pytestmark = pytest.mark.django_db
SUBMITTED, IN_REVIEW = CommandeState.SUBMITTED, CommandeState.IN_REVIEW
CLAIM = Step(to=IN_REVIEW, actor=Actor.AGENT, at=NOW)
RELEASE = Step(to=SUBMITTED, actor=Actor.AGENT, at=NOW)


@pytest.fixture
def commande() -> Commande:
    return CommandeFactory(state=SUBMITTED)


def trace(commande: Commande) -> list[tuple[Any, ...]]:
    return list(
        commande.events.values_list("number", "from_state", "to_state", "at", "actor", "by", "reason")
    )


def stands(commande: Commande) -> tuple[Any, ...]:
    """The row and its trace, as the database has them."""
    row = Commande.objects.get(pk=commande.pk)
    return row.state, row.version, row.due_at, trace(commande)


def test_move_writes_state_version_columns_and_one_event(commande: Commande) -> None:
    agent = AgentFactory()
    step = Step(
        to=IN_REVIEW,
        actor=Actor.AGENT,
        at=NOW,
        by=agent.user,
        reason="motif",
        changes={"due_at": NOW + HOUR, "claimed_by": agent},
    )
    row = move(commande, step)
    event = (2, SUBMITTED, IN_REVIEW, NOW, Actor.AGENT, agent.user.pk, "motif")
    assert stands(commande) == (IN_REVIEW, 2, NOW + HOUR, [*trace(commande)[:1], event])
    assert (row.state, row.version, row.claimed_by, row.due_at) == (IN_REVIEW, 2, agent, NOW + HOUR)


def test_events_are_numbered_without_a_hole_whatever_is_refused(commande: Commande) -> None:
    for step in (CLAIM, RELEASE, CLAIM, RELEASE):
        move(commande, step)
        with pytest.raises(NotInTable):
            move(commande, Step(to=CommandeState.DELIVERED, actor=Actor.POST, at=NOW))
    assert [event[0] for event in trace(commande)] == [1, 2, 3, 4, 5]
    assert stands(commande)[:2] == (SUBMITTED, 5)


REFUSED = {
    "no such move": Step(to=CommandeState.SHIPPED, actor=Actor.CENTRE, at=NOW),
    "another's move": Step(to=IN_REVIEW, actor=Actor.AUTHOR, at=NOW),
    "to where it is": Step(to=SUBMITTED, actor=Actor.AGENT, at=NOW),
    "no such state": Step(to="LOST", actor=Actor.AGENT, at=NOW),
}


@pytest.mark.parametrize("step", REFUSED.values(), ids=REFUSED)
def test_move_outside_the_table_is_refused_and_writes_nothing(commande: Commande, step: Step) -> None:
    before = stands(commande)
    with pytest.raises(NotInTable) as refusal:
        move(commande, step)
    assert (stands(commande), refusal.value.subject) == (before, commande)


@pytest.mark.parametrize("version", [0, 2])
def test_move_on_another_version_is_refused_with_the_row_as_it_stands(
    commande: Commande, version: int
) -> None:
    before = stands(commande)
    with pytest.raises(MovedOn) as refusal:
        move(commande, CLAIM, version=version)
    assert (refusal.value.subject.version, stands(commande)) == (1, before)


def test_move_on_the_version_seen_passes(commande: Commande) -> None:
    assert move(commande, CLAIM, version=1).version == 2


def test_move_looks_at_the_row_not_at_what_the_caller_holds(commande: Commande) -> None:
    stale = Commande.objects.get(pk=commande.pk)
    move(commande, CLAIM)
    with pytest.raises(MoveRefused):
        move(stale, CLAIM)


def test_lock_gives_the_row_as_it_stands(commande: Commande) -> None:
    Commande.objects.filter(pk=commande.pk).update(due_at=NOW)
    with transaction.atomic():
        assert lock(commande).due_at == NOW


@pytest.fixture
def heard() -> Iterator[list[tuple[Any, ...]]]:
    """What a listener is told, and whether it was inside the transaction."""
    calls = []

    def listen(sender: type, rows: Any, events: Any, **_signal: Any) -> None:
        kept = [stands(row)[:2] for row in rows]
        calls.append((sender, [row.pk for row in rows], [e.number for e in events], kept))

    moved.connect(listen)
    yield calls
    moved.disconnect(listen)


def test_listener_is_told_once_for_a_batch_with_rows_and_events_side_by_side(
    heard: list[tuple[Any, ...]],
) -> None:
    rows = [CommandeFactory(state=IN_REVIEW), CommandeFactory(state=IN_REVIEW)]
    with transaction.atomic():
        move_batch(rows, RELEASE)
    assert heard == [(Commande, [row.pk for row in rows], [3, 3], [(SUBMITTED, 3), (SUBMITTED, 3)])]


def test_columns_that_follow_are_written_with_the_move(commande: Commande) -> None:
    """And are on the row the listeners of ``moved`` are given."""
    seen = []

    def follows(step: Step, **_signal: Any) -> dict[str, Any]:
        return {"deadline_at": step.at + HOUR}

    def listen(rows: list[Commande], **_signal: Any) -> None:
        seen.extend(row.deadline_at for row in rows)

    moving.connect(follows, sender=Commande)
    moved.connect(listen, sender=Commande)
    try:
        move(commande, CLAIM)
    finally:
        moving.disconnect(follows, sender=Commande)
        moved.disconnect(listen, sender=Commande)
    commande.refresh_from_db()
    assert [commande.deadline_at, *seen] == [CLAIM.at + HOUR] * 2


def test_batch_of_none_says_nothing(heard: list[tuple[Any, ...]]) -> None:
    move_batch([], RELEASE)
    assert heard == []


def test_batch_with_one_that_may_not_move_moves_none(heard: list[tuple[Any, ...]]) -> None:
    rows = [CommandeFactory(state=SUBMITTED), CommandeFactory(state=IN_REVIEW)]
    before = [stands(row) for row in rows]
    with pytest.raises(NotInTable) as refusal, transaction.atomic():
        move_batch(rows, CLAIM)
    assert (refusal.value.subject, [stands(row) for row in rows], heard) == (rows[1], before, [])


def test_batch_numbers_each_row_by_itself() -> None:
    rows = [CommandeFactory(state=IN_REVIEW), CommandeFactory(state=IN_REVIEW)]
    move(rows[1], RELEASE)
    move(rows[1], CLAIM)
    rows[1].refresh_from_db()
    with transaction.atomic():
        move_batch(rows, RELEASE)
    assert [[event[0] for event in trace(row)] for row in rows] == [[1, 2, 3], [1, 2, 3, 4, 5]]


def test_batch_with_one_that_moved_since_it_was_read_moves_none() -> None:
    """Whoever forgets the lock meets the version."""
    stale, other = CommandeFactory(state=IN_REVIEW), CommandeFactory(state=IN_REVIEW)
    move(stale, RELEASE)
    move(stale, CLAIM)
    before = [stands(row) for row in (stale, other)]
    with pytest.raises(MovedOn), transaction.atomic():
        move_batch([stale, other], RELEASE)
    assert [stands(row) for row in (stale, other)] == before


def test_exception_in_a_listener_rolls_all_back(commande: Commande) -> None:
    """D1: what must follow is in the same transaction, or nothing happened."""
    before = stands(commande)

    def fail(**_signal: Any) -> None:
        raise RuntimeError

    moved.connect(fail, sender=Commande)
    try:
        with pytest.raises(RuntimeError):
            move(commande, CLAIM)
    finally:
        moved.disconnect(fail, sender=Commande)
    assert stands(commande) == before
