"""Review of an order's pieces by an agent: one claims it, one decides (D4)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import Agent, User
from carte.enums import CommandeState
from carte.fabrication import next_lot_at
from carte.models import Commande
from vitale_portal.transitions import Actor, MovedOn, Step, lock, move_batch


def claim_next(*, user: User, now: datetime) -> Commande | None:
    """Claim for an agent the oldest order that waits in his caisse, for 15 minutes (D4).

    One he still holds comes first. None when nothing waits. Two agents never get the same one, one
    agent who asks twice at once gets one, and a claim that is over keeps nobody waiting for the sweep.
    """
    agent = _agent(user)
    expire_claims(now)
    with transaction.atomic():
        Agent.objects.select_for_update(of=("self",)).get(pk=agent.pk)
        held = (
            Commande.objects.filter(state=CommandeState.IN_REVIEW, claimed_by=agent)
            .order_by("submitted_at")
            .first()
        )
        if held:
            return held
        waiting = Commande.objects.waiting_for(agent.caisse)
        row: Commande | None = waiting.select_for_update(of=("self",), skip_locked=True).first()
        if row:
            claim = {"claimed_by": agent, "due_at": now + settings.VITALE_CLAIM_TIME}
            move_batch(
                [row], Step(to=CommandeState.IN_REVIEW, actor=Actor.AGENT, at=now, by=user, changes=claim)
            )
        return row


def accept(*, commande: Commande, user: User, version: int, now: datetime) -> Commande:
    """Accept an order on the page the agent saw; it goes into the next lot (D5).

    Raises ``MovedOn`` when the order has moved since, or is in another agent's hands.
    """
    changes = {"claimed_by": None, "due_at": next_lot_at(now)}
    step = Step(to=CommandeState.ACCEPTED, actor=Actor.AGENT, at=now, by=user, changes=changes)
    return _decide(commande, user, version, step)


def release(*, commande: Commande, user: User, version: int, now: datetime) -> Commande:
    """Put a claimed order back in the queue, at its rank. Raises ``MovedOn`` as ``accept`` does."""
    changes = {"claimed_by": None, "due_at": None}
    step = Step(to=CommandeState.SUBMITTED, actor=Actor.AGENT, at=now, by=user, changes=changes)
    return _decide(commande, user, version, step)


def _decide(commande: Commande, user: User, version: int, step: Step) -> Commande:
    with transaction.atomic():
        row = lock(commande)
        mine = row.claimed_by_id == _agent(user).pk
        if row.version != version or row.state != CommandeState.IN_REVIEW or not mine:
            raise MovedOn(row)
        move_batch([row], step)
    return row


BATCH = 200


def expire_claims(now: datetime) -> int:
    """Put back in the queue the orders whose claim is over; return how many. A sweep (D4)."""
    due = Commande.objects.filter(state=CommandeState.IN_REVIEW, due_at__lte=now)
    if not due.exists():
        return 0
    with transaction.atomic():
        rows = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
        changes = {"claimed_by": None, "due_at": None}
        move_batch(
            rows,
            Step(
                to=CommandeState.SUBMITTED, actor=Actor.SYSTEM, at=now, reason="délai écoulé", changes=changes
            ),
        )
    return len(rows)


def _agent(user: User) -> Agent:
    if user.agent is None:
        raise PermissionError
    return user.agent
