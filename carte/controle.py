"""Review of an order's pieces by an agent: one claims it, one decides (D2, D4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Agent, Beneficiaire, User
from accounts.sweeps import together
from carte.echeances import correction_milestones
from carte.enums import CommandeState
from carte.fabrication import next_lot_at
from carte.models import Commande
from carte.motifs import MotifList, encode, list_of
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, MovedOn, Step, lock, move_batch


def claim_next(*, user: User, now: datetime) -> Commande | None:
    """Claim for an agent the oldest order that waits in his caisse, for 15 minutes (D4).

    One he still holds comes first. None when nothing waits. Two agents never get the same one, one
    agent who asks twice at once gets one, and a claim that is over keeps nobody waiting for the sweep.
    """
    agent = _agent(user)
    expire_claims(now)
    with transaction.atomic():
        hold(Agent.objects).get(pk=agent.pk)
        held = (
            Commande.objects.filter(state=CommandeState.IN_REVIEW, claimed_by=agent)
            .order_by("submitted_at")
            .first()
        )
        if held:
            return held
        waiting = Commande.objects.waiting_for(agent.caisse)
        row: Commande | None = hold(waiting, skip_held=True).first()
        if row:
            claim = {"claimed_by": agent, "due_at": now + settings.VITALE_CLAIM_TIME}
            move_batch(
                [row], Step(to=CommandeState.IN_REVIEW, actor=Actor.AGENT, at=now, by=user, changes=claim)
            )
        return row


# Decided, an order is in nobody's hands.
UNCLAIMED: Mapping[str, Any] = {"claimed_by": None, "due_at": None}


def accept(*, commande: Commande, user: User, version: int, now: datetime) -> Commande:
    """Accept an order on the page the agent saw; it goes into the next lot (D5).

    Raises ``MovedOn`` when the order has moved since, is in another agent's hands, or the claim is over.
    """
    changes = {**UNCLAIMED, "due_at": next_lot_at(now), "first_in_queue": False}
    step = Step(to=CommandeState.ACCEPTED, actor=Actor.AGENT, at=now, by=user, changes=changes)
    return _decide(commande, user, version, step)


def release(*, commande: Commande, user: User, version: int, now: datetime) -> Commande:
    """Put a claimed order back in the queue, at its rank. Raises ``MovedOn`` as ``accept`` does."""
    step = Step(to=CommandeState.SUBMITTED, actor=Actor.AGENT, at=now, by=user, changes=UNCLAIMED)
    return _decide(commande, user, version, step)


def reject(*, commande: Commande, user: User, version: int, motif: str, now: datetime) -> Commande:
    """Refuse an order for good, for a reason of ``motifs.REJECTION``.

    Raises ``MovedOn`` as ``accept`` does.
    """
    reason = encode({MotifList.REJECTION: [motif]})
    changes = {**UNCLAIMED, "first_in_queue": False}
    step = Step(to=CommandeState.REJECTED, actor=Actor.AGENT, at=now, by=user, reason=reason, changes=changes)
    return _decide(commande, user, version, step)


def ask_correction(
    *,
    commande: Commande,
    user: User,
    version: int,
    motifs: Mapping[MotifList, Sequence[str]],
    now: datetime,
) -> Commande:
    """Ask again for the pieces that have a reason, and for them alone; the order keeps its rank (D2, D3).

    ``motifs`` are codes of the lists of its pieces, one at least. Raises ``MovedOn`` as ``accept`` does.
    """
    changes = {**UNCLAIMED, **correction_milestones(now)}
    reason = encode(motifs)
    step = Step(
        to=CommandeState.TO_CORRECT, actor=Actor.AGENT, at=now, by=user, reason=reason, changes=changes
    )
    with transaction.atomic():
        row = _decide(commande, user, version, step)
        for piece in row.pieces.filter(replaced_at=None):
            if codes := list(motifs.get(list_of(piece), ())):
                row.pieces.filter(pk=piece.pk).update(refused_at=now, refusal=codes)
    return row


def is_held(commande: Commande, agent: Agent, now: datetime) -> bool:
    """Tell whether an order is in the hands of that agent; the sweep may be late, the instant counts (D4)."""
    over = commande.due_at is not None and commande.due_at <= now
    return commande.state == CommandeState.IN_REVIEW and commande.claimed_by_id == agent.pk and not over


def held_by(agent: Agent, now: datetime) -> Commande | None:
    """Give the order « Suivante » leads an agent back to: the one in his hands, if there is one."""
    claimed = Commande.objects.filter(state=CommandeState.IN_REVIEW, claimed_by=agent, due_at__gt=now)
    return claimed.order_by("submitted_at").first()


def _decide(commande: Commande, user: User, version: int, step: Step) -> Commande:
    with transaction.atomic():
        # A refusal may put a paper form back (F5), which hangs on the beneficiary: he is locked first.
        hold(Beneficiaire.objects).get(pk=commande.beneficiaire_id)
        row = lock(commande)
        if row.version != version or not is_held(row, _agent(user), step.at):
            raise MovedOn(row)
        move_batch([row], step)
    return row


def expire_claims(now: datetime) -> int:
    """Put back in the queue the orders whose claim is over; return how many. A sweep (D4)."""
    over = Commande.objects.filter(state=CommandeState.IN_REVIEW, due_at__lte=now)
    due = over.order_by("due_at", "pk").only("state", "version")  # nobody is told: no more of them is read
    back = Step(
        to=CommandeState.SUBMITTED, actor=Actor.SYSTEM, at=now, reason="délai écoulé", changes=UNCLAIMED
    )
    return len(together("carte.claims", due, lambda rows: move_batch(rows, back), now=now))


def _agent(user: User) -> Agent:
    if user.agent is None:
        raise PermissionError
    return user.agent
