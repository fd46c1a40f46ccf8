"""The life of an order as its holders read it: each step with its date, and what comes next (D7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from carte.enums import FINISHED, CommandeState
from carte.models import Commande, CommandeEvent
from suivi.enums import Passage
from vitale_portal.clock import accelerated
from vitale_portal.transitions import Actor

_C = CommandeState


class Retour(NamedTuple):
    """Where on the way an order comes back, and how that reads."""

    state: CommandeState
    passage: Passage


# The way to a card in hand, and what each step is called while it is ahead.
PATH: tuple[CommandeState, ...] = (
    _C.SUBMITTED,
    _C.IN_REVIEW,
    _C.ACCEPTED,
    _C.IN_PRODUCTION,
    _C.SHIPPED,
    _C.DELIVERED,
)
# States off the way: how the order comes back to it, once what they wait for is done.
ASIDE: Mapping[str, Retour] = {
    _C.TO_CORRECT: Retour(_C.SUBMITTED, Passage.CORRECTED),
    _C.RETURNED: Retour(_C.SHIPPED, Passage.RESENT),
}
STOPPED = (_C.REJECTED, _C.CANCELLED)
# Moves that have words of their own; the others are called by the state they lead to.
PASSAGES: Mapping[tuple[str, str, str], Passage] = {
    (_C.TO_CORRECT, _C.SUBMITTED, Actor.AUTHOR): Passage.CORRECTED,
    (_C.IN_PRODUCTION, _C.SUBMITTED, Actor.CENTRE): Passage.TAKEN_UP,
    (_C.RETURNED, _C.SHIPPED, Actor.SYSTEM): Passage.RESENT,
    (_C.SHIPPED, _C.DELIVERED, Actor.SYSTEM): Passage.PRESUMED,
    (_C.SHIPPED, _C.CANCELLED, Actor.AUTHOR): Passage.NEVER_CAME,
}
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
    """One step: its label, its instant if it has come, a word, and where one stands."""

    label: str
    at: datetime | None
    detail: str
    status: str


def etapes(commande: Commande, events: Sequence[CommandeEvent]) -> list[Etape]:
    """Give the steps of a sent order: all that happened, in order, then what is to come.

    ``events`` are its own, in order. A claim given back is the agents' business and leaves no step.
    """
    past = _past(events)
    done = [Etape(_label(event), event.at, "", "done") for event in past[:-1]]
    last = Etape(_label(past[-1]), past[-1].at, "", _status(commande.state))
    return [*done, last, *(Etape(label, None, "", "ahead") for label in _ahead(commande.state))]


def _past(events: Sequence[CommandeEvent]) -> list[CommandeEvent]:
    """Leave out the claims that were given back, and the giving back."""
    kept: list[CommandeEvent] = []
    for event in events:
        if (event.from_state, event.to_state) == (_C.IN_REVIEW, _C.SUBMITTED):
            kept.pop()
        else:
            kept.append(event)
    return kept


def _label(event: CommandeEvent) -> str:
    passage = PASSAGES.get((event.from_state, event.to_state, event.actor))
    return str(passage.label) if passage else event.to_label


def _status(state: str) -> str:
    """Give how the step one stands at shows."""
    if state in STOPPED:
        return "stop"
    return "done" if state == _C.DELIVERED else "current"


def _ahead(state: str) -> list[str]:
    """Name the steps still to come: none once the order is finished."""
    if state in FINISHED:
        return []
    back = ASIDE.get(state)
    after = PATH[PATH.index(back.state if back else CommandeState(state)) + 1 :]
    return [*([back.passage.label] if back else []), *(step.label for step in after)]


def badge(commande: Commande) -> str:
    """Give the kind of badge for an order's state."""
    return BADGES.get(commande.state, "info")


def waits_for_author(commande: Commande) -> bool:
    """Tell whether an order goes no further without its author: a piece to replace, an address to give."""
    return commande.state in ASIDE


def call_at(commande: Commande) -> datetime | None:
    """Give from when the caisse is to be called about a late card: the post is left some days more (D7)."""
    return commande.expected_at + accelerated(settings.VITALE_LATE_DELAY) if commande.expected_at else None


def is_late(commande: Commande, now: datetime) -> bool:
    """Tell whether a card on its way was to be expected by now (D7); one that waits for its author is not."""
    stands = commande.state in FINISHED or waits_for_author(commande)
    return not stands and commande.expected_at is not None and commande.expected_at < now
