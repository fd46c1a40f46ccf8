"""What the post says of a letter: delivered, come back, or nothing (D5, D6).

The simulated post speaks by a sweep; what the real one says is entered by an agent.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Beneficiaire, User
from accounts.sweeps import together
from carte.annulation import ALIVE
from carte.enums import CarteState, CommandeState
from carte.fabrication.acheminement import Word, word_on
from carte.fabrication.prise import grouped, taker
from carte.fabrication.renvois import bring_back, still_matter
from carte.models import Carte, Commande
from vitale_portal.clock import accelerated
from vitale_portal.dates import PARIS
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, MovedOn, NotInTable, Step, lock, move_batch

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

    who = [row.beneficiaire_id for row in rows]
    theirs = hold(Carte.objects).filter(beneficiaire__in=who, state__in=ALIVE)
    move_batch(rows, step(CommandeState.DELIVERED, **{"delivered_at": now, "due_at": None, **changes}))
    ours, found = {row.pk for row in rows}, list(theirs)
    old = [one for one in found if one.state == CarteState.IN_USE and one.commande_id not in ours]
    new = [one for one in found if one.state == CarteState.IN_TRANSIT and one.commande_id in ours]
    move_batch(old, step(CarteState.ENDED))
    move_batch(new, step(CarteState.IN_USE, in_use_at=now))


def record_word(
    *, commande: Commande, word: Word, user: User, version: int, now: datetime, on: date | None = None
) -> Commande:
    """Record what the post said of an order, entered by an agent, and return the order (D5, D8).

    ``on`` is the day it was delivered, from that of its shipping to today's. A delivery that was only
    presumed may still be followed by the letter's return, while the card is in use and no other order is
    open. Raises ``MovedOn`` when the order has moved since ``version``, ``NotInTable`` when the post has
    nothing more to say of it.
    """
    with transaction.atomic():
        hold(Beneficiaire.objects).get(pk=commande.beneficiaire_id)
        row = lock(commande)
        if row.version != version:
            raise MovedOn(row)
        if word not in words_on(row):
            raise NotInTable(row)
        if word is Word.DELIVERED:
            at = delivered_at(row, on, now)
            deliver([row], actor=Actor.POST, now=now, by=user, delivered_at=at)
        else:
            bring_back([row], now, by=user)
    return row


def words_on(row: Commande) -> tuple[Word, ...]:
    """Give what the post may still say of an order as it stands."""
    if row.state == CommandeState.SHIPPED:
        return (Word.DELIVERED, Word.RETURNED)
    presumed = row.events.filter(number=row.version, to_state=CommandeState.DELIVERED, actor=Actor.SYSTEM)
    if presumed.exists() and still_matter(Commande.objects.filter(pk=row.pk)).exists():
        return (Word.RETURNED,)
    return ()


def shipped_at(row: Commande) -> datetime:
    """Give when a shipped order last left."""
    left = row.events.filter(to_state=CommandeState.SHIPPED).order_by("number").last()
    if left is None:
        raise NotInTable(row)
    at: datetime = left.at
    return at


def delivered_at(row: Commande, on: date | None, now: datetime) -> datetime:
    """Give the instant kept for a day of delivery: noon in Paris, not before it left nor after ``now``."""
    if on is None:
        return now
    noon = datetime.combine(on, time(12), tzinfo=PARIS)
    return min(max(noon, shipped_at(row)), now)
