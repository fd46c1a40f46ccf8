"""What may be done to a card in hand: opposition (section 6)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from accounts.enums import Notice
from accounts.models import Assure, Beneficiaire, User
from accounts.notices import Owed, notify
from carte.enums import CarteState
from carte.models import Carte
from vitale_portal.transitions import Actor, Step, move


class OppositionReason(models.TextChoices):
    """Why an agent puts a card in opposition (section 6)."""

    MISUSE = "MISUSE", "Usage abusif de la carte"
    RIGHTS_ENDED = "RIGHTS_ENDED", "Droits terminés"


# What else an agent's opposition says of its holder: no new card is open to him (E3, E5).
FLAGS = {OppositionReason.MISUSE: "forbidden_since", OppositionReason.RIGHTS_ENDED: "rights_ended_since"}


def oppose_by_agent(
    *, carte: Carte, user: User, reason: OppositionReason, detail: str, now: datetime
) -> Carte:
    """Put a card in opposition for misuse or end of rights, and tell every holder (section 6).

    The right to order goes with it, from ``now`` unless it had gone before. Raises ``NotInTable`` when
    the card is neither in use nor in transit.
    """
    words = " – ".join(part for part in (str(reason.label), detail) if part)
    with transaction.atomic():
        who = Beneficiaire.objects.select_for_update().get(pk=carte.beneficiaire_id)
        opposed = oppose_carte(carte=carte, actor=Actor.AGENT, user=user, reason=words, now=now)
        flag = FLAGS[reason]
        Beneficiaire.objects.filter(pk=who.pk, **{flag: None}).update(**{flag: now})
        holders = Assure.objects.filter(rattachements__beneficiaire=who).select_related("caisse", "user")
        facts = {"carte": opposed, "beneficiaire": who, "reason": reason.label}
        about = f"carte {opposed.pk}"
        notify(
            (Owed(assure=h, notice=Notice.CARTE_OPPOSED, about=about, facts=facts) for h in holders), at=now
        )
    return opposed


def oppose_carte(
    *,
    carte: Carte,
    actor: Actor,
    user: User | None,
    reason: str,
    now: datetime,
    window: Mapping[str, Any] | None = None,
) -> Carte:
    """Put a card in opposition, for good; it can never be used again.

    ``window`` holds the instants of the paper form, if one is planned (F5). Raises ``NotInTable`` when the
    card is neither in use nor in transit.
    """
    changes = {"opposed_at": now, **(window or {})}
    step = Step(to=CarteState.OPPOSED, actor=actor, at=now, by=user, reason=reason, changes=changes)
    return move(carte, step)
