"""What is erased, when, and the log that is all that remains of it (C3, P6).

Pieces go two months after delivery, the legal time to contest what a card shows, and 30 days after a
refusal or a cancellation; a draft goes whole (carte/brouillons.py). The tracking and the recap stay.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings

from accounts.sweeps import together
from carte.enums import CommandeState, EffacementMotif
from carte.files import remove_files_on_commit
from carte.models import Commande, Effacement, Piece
from vitale_portal.clock import accelerated
from vitale_portal.dates import months_later
from vitale_portal.transitions import Step


def _after_delivery(at: datetime) -> datetime:
    return at + accelerated(months_later(at, settings.VITALE_ERASURE_MONTHS) - at)


def _after_the_end(at: datetime) -> datetime:
    return at + accelerated(settings.VITALE_ERASURE_DELAY)


# The states whose pieces are erased, and when, from the instant the state is entered.
ERASED_AFTER: Mapping[str, Callable[[datetime], datetime]] = {
    CommandeState.DELIVERED: _after_delivery,
    CommandeState.REJECTED: _after_the_end,
    CommandeState.CANCELLED: _after_the_end,
}


def erasure_due(state: str, entered_at: datetime) -> datetime | None:
    """Give when the pieces of an order are erased that got to ``state`` then; None when they stay (P6)."""
    after = ERASED_AFTER.get(state)
    return after(entered_at) if after else None


def plan_erasure(step: Step, **_signal: Any) -> Mapping[str, Any]:
    """Give when the pieces of moved orders are erased, to be written with the move.

    It listens to ``moving``, so that no way to finish an order can forget it. An order that goes on from
    there (a presumed delivery that came back) has the due time of its new state instead.
    """
    due_at = erasure_due(step.to, step.at)
    return {"due_at": due_at} if due_at else {}


def erase_due(now: datetime) -> int:
    """Erase the pieces whose time is over; return on how many orders it acted. A sweep (P6)."""
    due = Commande.objects.filter(state__in=ERASED_AFTER, due_at__lte=now)
    rows = due.select_related("caisse").prefetch_related("pieces__pages").order_by("due_at", "pk")
    return len(together("carte.erasures", rows, partial(_erase_pieces, now=now), now=now))


def _erase_pieces(rows: Sequence[Commande], now: datetime) -> None:
    log(rows, lambda row: EffacementMotif(row.state), now)
    Piece.objects.filter(commande__in=rows).delete()
    Commande.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=None)


def erase_drafts(rows: Sequence[Commande], now: datetime) -> None:
    """Delete drafts whole, and their files once the caller's transaction is committed (C3)."""
    log(rows, lambda _row: EffacementMotif.DRAFT, now)
    Commande.objects.filter(pk__in=[row.pk for row in rows]).delete()


def log(rows: Sequence[Commande], motif: Callable[[Commande], EffacementMotif], now: datetime) -> None:
    """Log what is about to go with these orders, and have its files removed after the commit.

    An order without a piece has nothing to log, unless it goes itself: a draft.
    """
    logged = []
    for row in rows:
        pieces = list(row.pieces.all())
        for piece in pieces:
            remove_files_on_commit(piece)
        if pieces or row.is_draft:
            files = sum(len(piece.pages.all()) for piece in pieces)
            entry = {"reference": row.reference, "caisse": row.caisse, "motif": motif(row)}
            logged.append(Effacement(**entry, files=files, at=now))
    Effacement.objects.bulk_create(logged)


def was_draft(reference: str) -> bool:
    """Tell whether that reference was the one of a draft that was purged (C3)."""
    return Effacement.objects.filter(reference=reference, motif=EffacementMotif.DRAFT).exists()
