"""The steps of an order as its holders read them (D7)."""

import pytest

from carte.enums import CommandeState
from suivi.etapes import etapes, is_late
from tests.factories import DAY, CommandeFactory, way_to

pytestmark = pytest.mark.django_db

C = CommandeState
WAY = [C.SUBMITTED, C.IN_REVIEW, C.ACCEPTED, C.IN_PRODUCTION, C.SHIPPED, C.DELIVERED]


@pytest.mark.parametrize(
    ("state", "done", "then"),
    [
        (C.SUBMITTED, 0, "current"),
        (C.IN_REVIEW, 1, "current"),
        (C.ACCEPTED, 2, "current"),
        (C.SHIPPED, 4, "current"),
        (C.DELIVERED, 5, "done"),
        (C.TO_CORRECT, 2, "current"),
        (C.RETURNED, 5, "current"),
        (C.REJECTED, 2, "stop"),
        (C.CANCELLED, 1, "stop"),
    ],
    ids=str,
)
def test_steps_show_what_is_behind_and_where_one_stands(state: CommandeState, done: int, then: str) -> None:
    commande = CommandeFactory(state=state)
    steps = etapes(commande, list(commande.events.all()))
    assert [step.status for step in steps[: done + 1]] == ["done"] * done + [then]
    assert steps[done].label == state.label
    assert {step.status for step in steps[done + 1 :]} <= {"ahead"}
    assert [step.at is not None for step in steps] == [step.status != "ahead" for step in steps]


def test_cancelled_after_review_shows_how_far_it_came() -> None:
    commande = CommandeFactory(state=C.ACCEPTED)
    events = list(commande.events.all())
    last = events[-1]
    commande.state, last.from_state, last.to_state = C.CANCELLED, C.IN_REVIEW, C.CANCELLED
    labels = [step.label for step in etapes(commande, events)]
    assert labels == [C.SUBMITTED.label, C.IN_REVIEW.label, C.CANCELLED.label]


@pytest.mark.parametrize("state", [*WAY, C.REJECTED, C.CANCELLED], ids=lambda state: state.value)
def test_order_is_late_from_its_expected_date_until_it_ends(state: CommandeState) -> None:
    commande = CommandeFactory(state=state)
    over = state in {C.DELIVERED, C.REJECTED, C.CANCELLED}
    due = commande.expected_at
    assert (is_late(commande, due), is_late(commande, due + DAY)) == (False, not over)


def test_way_to_each_state_is_a_way_of_the_table() -> None:
    assert [after for _, after, _ in way_to(C.DELIVERED)] == WAY
