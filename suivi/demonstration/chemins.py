"""How an order of a demonstration comes to the state it shows, by the functions everybody uses."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import User
from carte.controle import accept, ask_correction, reject
from carte.enums import CommandeState
from carte.fabrication.centre import ship
from carte.fabrication.renvois import bring_back
from carte.models import Commande
from carte.motifs import MotifList
from suivi.demonstration.identities import AGENTS
from vitale_portal.transitions import Actor, Step, lock, move

_C = CommandeState
MOTIFS = {MotifList.PHOTO: ["LIGHT", "BACKGROUND"]}


def lead(commande: Commande, state: CommandeState, now: datetime) -> None:
    """Lead an order just sent to a state of ``WAYS``, at ``now``."""
    user = User.objects.select_related("agent").get(identifiant=AGENTS[0].identifiant)
    claim = {"claimed_by": user.agent, "due_at": now + settings.VITALE_CLAIM_TIME}
    held = move(commande, Step(to=_C.IN_REVIEW, actor=Actor.AGENT, at=now, by=user, changes=claim))
    WAYS[state](held, user, now)


def _refuse_photo(held: Commande, user: User, now: datetime) -> None:
    ask_correction(commande=held, user=user, version=held.version, motifs=MOTIFS, now=now)


def _reject(held: Commande, user: User, now: datetime) -> None:
    reject(commande=held, user=user, version=held.version, motif="UNVERIFIED", now=now)


def _ship(held: Commande, user: User, now: datetime) -> None:
    """Make the card without a lot: one would take the orders of others with it."""
    row = accept(commande=held, user=user, version=held.version, now=now)
    row = move(row, Step(to=_C.IN_PRODUCTION, actor=Actor.SYSTEM, at=now, changes={"due_at": None}))
    with transaction.atomic():
        ship([lock(row)], now)


def _bring_back(held: Commande, user: User, now: datetime) -> None:
    _ship(held, user, now)
    with transaction.atomic():
        bring_back([lock(held)], now)


WAYS: Mapping[CommandeState, Callable[[Commande, User, datetime], None]] = {
    _C.TO_CORRECT: _refuse_photo,
    _C.SHIPPED: _ship,
    _C.RETURNED: _bring_back,
    _C.REJECTED: _reject,
}
AHEAD, SOON = timedelta(days=90), timedelta(days=10)
# How far are put, at each load, the instants that would end a state or make it late.
INSTANTS: Mapping[str, Mapping[str, timedelta]] = {
    _C.TO_CORRECT: {"due_at": AHEAD, "deadline_at": AHEAD},
    _C.SHIPPED: {"due_at": AHEAD, "expected_at": SOON},
    _C.RETURNED: {"due_at": AHEAD, "deadline_at": AHEAD},
}


def put_ahead(commande: Commande, now: datetime) -> None:
    """Put ahead what would take an order out of the state it shows."""
    if instants := INSTANTS.get(commande.state):
        ahead = {name: now + after for name, after in instants.items()}
        Commande.objects.filter(pk=commande.pk).update(**ahead)
