"""The life of an order as its holders read it: each step with its date, and what comes next (D7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from carte.enums import CommandeState
from carte.models import Commande, CommandeEvent

_C = CommandeState

# The way to a card in hand, and what each step is called while it is ahead.
PATH: tuple[CommandeState, ...] = (
    _C.SUBMITTED,
    _C.IN_REVIEW,
    _C.ACCEPTED,
    _C.IN_PRODUCTION,
    _C.SHIPPED,
    _C.DELIVERED,
)
# States off the way, and whether the order stops there; it then stands where it came from.
ASIDE: Mapping[str, bool] = {_C.TO_CORRECT: False, _C.RETURNED: False, _C.REJECTED: True, _C.CANCELLED: True}
BADGES: Mapping[str, str] = {
    _C.DRAFT: "plain",
    _C.TO_CORRECT: "warn",
    _C.RETURNED: "warn",
    _C.REJECTED: "stop",
    _C.CANCELLED: "stop",
    _C.DELIVERED: "ok",
}


@dataclass(frozen=True)
class Etape:
    """One step of the way: its label, its instant if it has come, a word, and where one stands."""

    label: str
    at: datetime | None
    detail: str
    status: str


def etapes(commande: Commande, events: Sequence[CommandeEvent]) -> list[Etape]:
    """Give the steps of a sent order, past and to come. ``events`` are its own, in order.

    A step's date is that of the last time it was entered; what was left behind again is ahead.
    """
    entered = {event.to_state: event.at for event in events}
    index = PATH.index(_place(commande.state, events))
    steps = [_etape(state, PATH.index(state) - index, entered) for state in PATH]
    if commande.state not in ASIDE:
        return steps
    stopped = ASIDE[commande.state]
    aside = Etape(
        commande.get_state_display(), entered.get(commande.state), "", "stop" if stopped else "current"
    )
    ahead = [] if stopped else [Etape(s.label, None, "", "ahead") for s in steps[index + 1 :]]
    done = [Etape(s.label, s.at, "", "done") for s in steps[: index + 1] if s.at]
    return [*done, aside, *ahead]


def _place(state: str, events: Sequence[CommandeEvent]) -> CommandeState:
    """Give the step of the way an order stands at: its state, or the last one of the way it was in."""
    way = [state, *(event.from_state for event in reversed(events))]
    return CommandeState(next(step for step in way if step in PATH))


def _etape(state: CommandeState, distance: int, entered: Mapping[str, datetime]) -> Etape:
    done = distance < 0 or state == CommandeState.DELIVERED
    status = "ahead" if distance > 0 else "done" if done else "current"
    at = entered.get(state) if distance <= 0 else None
    return Etape(state.label, at, "", status)


def badge(commande: Commande) -> str:
    """Give the kind of badge for an order's state."""
    return BADGES.get(commande.state, "info")


def is_late(commande: Commande, now: datetime) -> bool:
    """Tell whether a card still on its way was to be expected by now (D7)."""
    finished = commande.state in (_C.DELIVERED, _C.REJECTED, _C.CANCELLED)
    return not finished and commande.expected_at is not None and commande.expected_at < now
