"""Cancelling an order before its card is made (section 8, F5).

The paper form the order had cancelled is put back by who listens to the move, inside its transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Beneficiaire, User
from carte.cartes import oppose_carte
from carte.echeances import SETTLED
from carte.enums import COMMANDE_MOVES, CarteState, CommandeState
from carte.models import Carte, Commande
from carte.motifs import MotifList, encode
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, MovedOn, NotInTable, Step, lock, move_batch

# What no longer holds of an order that is cancelled: nobody reviews it, nothing is awaited.
UNHELD: Mapping[str, Any] = {**SETTLED, "claimed_by": None, "first_in_queue": False}
# A card already made can still be alive.
ALIVE = (CarteState.IN_TRANSIT, CarteState.IN_USE)


def may_cancel(commande: Commande, actor: Actor) -> bool:
    """Tell whether an author or an agent may cancel an order as it stands.

    Of a shipped one the author says that it never came, which is more than cancelling (D6).
    """
    allowed = COMMANDE_MOVES.get((commande.state, CommandeState.CANCELLED), frozenset())
    return actor in allowed and commande.state != CommandeState.SHIPPED


def cancel_by_author(
    *, commande: Commande, user: User, now: datetime, version: int | None = None
) -> Commande:
    """Cancel an order for its author, and return it as it then stands; an agent's claim ends with it.

    ``version`` is the one he saw, if he saw one. The caller has checked that the order is his. Raises
    ``MovedOn`` when it has moved since, ``NotInTable`` when it can't be cancelled any more.
    """
    step = Step(to=CommandeState.CANCELLED, actor=Actor.AUTHOR, at=now, by=user, changes=UNHELD)
    return _cancel(commande, user, step, version)


def cancel_by_agent(*, commande: Commande, user: User, motif: str, version: int, now: datetime) -> Commande:
    """Cancel an order for its caisse, for a reason of ``motifs.CANCELLATION``, and return it.

    In review only the agent who holds it may. A card that had come back is put in opposition with it.
    Raises ``MovedOn`` and ``NotInTable`` as ``cancel_by_author`` does.
    """
    reason = encode({MotifList.CANCELLATION: [motif]})
    step = Step(to=CommandeState.CANCELLED, actor=Actor.AGENT, at=now, by=user, reason=reason, changes=UNHELD)
    return _cancel(commande, user, step, version)


def _cancel(commande: Commande, user: User, step: Step, version: int | None) -> Commande:
    with transaction.atomic():
        # The form that comes back hangs on the beneficiary: he is locked first.
        hold(Beneficiaire.objects).get(pk=commande.beneficiaire_id)
        row = lock(commande)
        if version is not None and row.version != version:
            raise MovedOn(row)
        if not may_cancel(row, step.actor) or _is_held_by_another(row, user):
            raise NotInTable(row)
        move_batch([row], step)
        for carte in Carte.objects.filter(commande=row, state__in=ALIVE):
            oppose_carte(carte=carte, actor=step.actor, user=user, reason=step.reason, now=step.at)
    return row


def _is_held_by_another(row: Commande, user: User) -> bool:
    """Tell whether the order is in review and not in the hands of this agent: who holds it decides (D4)."""
    return user.agent is not None and row.state == CommandeState.IN_REVIEW and row.claimed_by != user.agent
