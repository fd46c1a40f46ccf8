"""Who is told what when an order moves: one table, one listener (D1, section 10)."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.enums import Notice
from accounts.notices import Owed, notify
from carte.enums import CommandeState
from carte.models import Commande, CommandeEvent
from carte.motifs import decode
from vitale_portal.transitions import Happened

_C = CommandeState

# The move and the notice its author gets; a move that is not here is told to nobody.
NOTICES: Mapping[tuple[str, str], Notice] = {
    (_C.DRAFT, _C.SUBMITTED): Notice.COMMANDE_SUBMITTED,
    (_C.IN_REVIEW, _C.ACCEPTED): Notice.COMMANDE_ACCEPTED,
    (_C.IN_REVIEW, _C.TO_CORRECT): Notice.COMMANDE_TO_CORRECT,
    (_C.IN_REVIEW, _C.REJECTED): Notice.COMMANDE_REJECTED,
    (_C.SUBMITTED, _C.CANCELLED): Notice.COMMANDE_CANCELLED,
    (_C.IN_REVIEW, _C.CANCELLED): Notice.COMMANDE_CANCELLED,
    (_C.TO_CORRECT, _C.CANCELLED): Notice.COMMANDE_CANCELLED,
    (_C.ACCEPTED, _C.CANCELLED): Notice.COMMANDE_CANCELLED,
    (_C.RETURNED, _C.CANCELLED): Notice.COMMANDE_CANCELLED,
    (_C.ACCEPTED, _C.IN_PRODUCTION): Notice.COMMANDE_IN_PRODUCTION,
    (_C.IN_PRODUCTION, _C.SHIPPED): Notice.COMMANDE_SHIPPED,
    (_C.IN_PRODUCTION, _C.SUBMITTED): Notice.COMMANDE_REFUSED_BY_CENTRE,
    (_C.SHIPPED, _C.DELIVERED): Notice.COMMANDE_DELIVERED,
    (_C.SHIPPED, _C.CANCELLED): Notice.CARTE_NEVER_CAME,
    (_C.SHIPPED, _C.RETURNED): Notice.COMMANDE_RETURNED,
    (_C.DELIVERED, _C.RETURNED): Notice.COMMANDE_RETURNED,
    (_C.RETURNED, _C.SHIPPED): Notice.COMMANDE_RESENT,
}


def tell_author(rows: Sequence[Commande], events: Sequence[Happened], **_signal: Any) -> None:
    """Write what the authors of moved orders are owed, in the transaction of the move."""
    pairs = [
        (row, event, NOTICES.get((event.from_state, event.to_state)))
        for row, event in zip(rows, events, strict=True)
    ]
    owed = [_owed(row, event, notice) for row, event, notice in pairs if notice]
    if owed:
        notify(owed, at=events[0].at)


def _owed(row: Commande, event: Happened, notice: Notice) -> Owed:
    about = f"commande {row.reference} n° {event.number}"
    return Owed(assure=row.author, notice=notice, about=about, facts=facts_of(row, event))


def facts_of(row: Commande, event: Happened | CommandeEvent) -> dict[str, Any]:
    """Give what the text of a notice may say of a move: the order, its event, the reasons in words (D3)."""
    return {"commande": row, "event": event, "motifs": decode(event.reason)}
