"""The simulated post: it delivers, brings back, or says nothing (D5, D6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import User
from accounts.sweeps import together
from carte.enums import CarteState, CommandeState
from carte.fabrication.acheminement import Word, word_on
from carte.fabrication.prise import grouped, taker
from carte.fabrication.renvois import bring_back
from carte.models import Carte, Commande
from vitale_portal.clock import accelerated
from vitale_portal.transitions import Actor, Step, move_batch

BATCH = 500
PRESUMED = "réception présumée"


def deliver_due(now: datetime) -> int:
    """Deliver or bring back what has been long enough on its way; return how many. A sweep (D5, D6)."""
    due = Commande.objects.filter(state=CommandeState.SHIPPED, due_at__lte=now).order_by("due_at", "pk")
    return len(
        together("carte.post", due, lambda rows: _arrive(rows, now), now=now, take=taker(due), most=BATCH)
    )


def _arrive(rows: Sequence[Commande], now: datetime) -> None:
    for word, some in grouped(rows, lambda row: word_on(row, row.version)):
        if word is Word.RETURNED:
            bring_back(some, now)
        elif word is Word.DELIVERED:
            deliver(some, actor=Actor.POST, now=now)
        else:
            _presume(some, now)


def _presume(rows: Sequence[Commande], now: datetime) -> None:
    """Presume delivery; what the simulation brings back all the same is due then."""
    deadline_at = now + accelerated(settings.VITALE_POST_DELAY) if settings.VITALE_SIMULATION else None
    deliver(rows, actor=Actor.SYSTEM, reason=PRESUMED, now=now, deadline_at=deadline_at)


def deliver(
    rows: Sequence[Commande],
    *,
    actor: Actor,
    now: datetime,
    by: User | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    """Deliver: the order ends, an old card kept for a new face is ended, the new one is in use (D6).

    The caller holds the locks. A card that came back after a presumed delivery is in use already.
    """

    def step(to: str, **columns: Any) -> Step:
        return Step(to=to, actor=actor, at=now, by=by, reason=reason, changes=columns)

    cartes = Carte.objects.select_for_update(of=("self",)).select_related("beneficiaire")
    theirs = cartes.filter(beneficiaire__in=[row.beneficiaire_id for row in rows], state=CarteState.IN_USE)
    new = cartes.filter(commande__in=rows, state=CarteState.IN_TRANSIT)
    move_batch(rows, step(CommandeState.DELIVERED, **{"delivered_at": now, "due_at": None, **changes}))
    move_batch(list(theirs.exclude(commande__in=rows)), step(CarteState.ENDED))
    move_batch(list(new), step(CarteState.IN_USE, in_use_at=now))
