"""What an agent may enter of a card: put in opposition, handed back (section 6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from accounts.enums import Notice
from accounts.models import Assure, Beneficiaire, User
from accounts.notices import Owed, notify
from carte.enums import CarteState, CommandeState
from carte.models import Carte, CarteEvent, Commande
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, MovedOn, NotInTable, Step, lock, move, move_batch


class OppositionReason(models.TextChoices):
    """Why an agent puts a card in opposition (section 6)."""

    MISUSE = "MISUSE", "Usage abusif de la carte"
    RIGHTS_ENDED = "RIGHTS_ENDED", "Droits terminés"


# What else an agent's opposition says of its holder: no new card is open to him (E3, E5).
FLAGS = {OppositionReason.MISUSE: "forbidden_since", OppositionReason.RIGHTS_ENDED: "rights_ended_since"}


class HandBackReason(models.TextChoices):
    """Why a card was handed back to its caisse (section 6)."""

    FOUND = "FOUND", "Retrouvée après une déclaration"
    REPLACED = "REPLACED", "Remplacée par une nouvelle carte"
    GIVEN_BACK = "GIVEN_BACK", "Rendue par la personne ou ses proches"
    RIGHTS_ENDED = "RIGHTS_ENDED", "Droits terminés"


_H = HandBackReason

# From which states a card may be handed back, and the reasons that go with each.
HAND_BACK_REASONS: Mapping[str, tuple[HandBackReason, ...]] = {
    CarteState.IN_USE: (_H.GIVEN_BACK, _H.RIGHTS_ENDED),
    CarteState.OPPOSED: (_H.FOUND, _H.GIVEN_BACK, _H.RIGHTS_ENDED),
    CarteState.ENDED: (_H.REPLACED, _H.GIVEN_BACK),
}


def oppose_by_agent(
    *, carte: Carte, user: User, reason: OppositionReason, detail: str, now: datetime
) -> Carte:
    """Put a card in opposition for misuse or end of rights, and tell every holder (section 6).

    The right to order goes with it, from ``now`` unless it had gone before. Raises ``NotInTable`` when
    the card is neither in use nor in transit.
    """
    words = " – ".join(part for part in (str(reason.label), detail) if part)
    with transaction.atomic():
        who = hold(Beneficiaire.objects).get(pk=carte.beneficiaire_id)
        opposed = oppose_carte(carte=carte, actor=Actor.AGENT, user=user, reason=words, now=now)
        _flag(who, FLAGS[reason], now)
        misuse = reason is OppositionReason.MISUSE
        facts = {"carte": opposed, "reason": reason.label, "misuse": misuse}
        _tell_holders(who, Notice.CARTE_OPPOSED, facts, now)
    return opposed


def hand_back(*, carte: Carte, user: User, reason: HandBackReason, version: int, now: datetime) -> Carte:
    """Record that a card was handed back to its caisse, for good, and tell every holder (section 6).

    It is in use no more, so that E10 bars no new order; a paper form already planned for it leaves all the
    same (F5). Rights that ended close orders from ``now`` (E5), unless they had ended before. ``version`` is
    the one the agent saw: raises ``MovedOn`` when the card has moved since, ``NotInTable`` when the card is
    not in a state of ``HAND_BACK_REASONS``, or not for that reason.
    """
    with transaction.atomic():
        who = hold(Beneficiaire.objects).get(pk=carte.beneficiaire_id)
        row = lock(carte)
        if row.version != version:
            raise MovedOn(row)
        if reason not in HAND_BACK_REASONS.get(row.state, ()):
            raise NotInTable(row)
        was_in_use = row.state == CarteState.IN_USE
        words = str(reason.label)
        move_batch([row], Step(to=CarteState.HANDED_BACK, actor=Actor.AGENT, at=now, by=user, reason=words))
        rights_ended = reason is HandBackReason.RIGHTS_ENDED
        if rights_ended:
            _flag(who, FLAGS[OppositionReason.RIGHTS_ENDED], now)
        facts = {"carte": row, "reason": words, "at": now, "in_use": was_in_use, "rights_ended": rights_ended}
        _tell_holders(who, Notice.CARTE_HANDED_BACK, facts, now)
    return row


def _flag(who: Beneficiaire, flag: str, now: datetime) -> None:
    """Write since when no new card is open to him, unless it is known already."""
    Beneficiaire.objects.filter(pk=who.pk, **{flag: None}).update(**{flag: now})


def _tell_holders(who: Beneficiaire, notice: Notice, facts: Mapping[str, Any], now: datetime) -> None:
    holders = Assure.objects.filter(rattachements__beneficiaire=who).select_related("caisse", "user")
    about = f"carte {facts['carte'].pk}"
    told = {
        one: {**facts, "beneficiaire": who, "own": one.beneficiaire_id == who.pk}  # whose account it closes
        for one in holders
    }
    notify((Owed(assure=one, notice=notice, about=about, facts=told[one]) for one in told), at=now)


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


class WhyOpposed(models.TextChoices):
    """Why a card that nobody declared is in opposition (section 6, D6)."""

    NEVER_CAME = "NEVER_CAME", "jamais reçue ou perdue"
    ORDER_CANCELLED = "ORDER_CANCELLED", "commande annulée"
    BY_CAISSE = "BY_CAISSE", "par la caisse"


@dataclass(frozen=True)
class Opposition:
    """Why a card is in opposition, and the order it was made for, where it came of one."""

    why: WhyOpposed
    commande: Commande | None


def oppositions(cartes: Iterable[Carte]) -> dict[int, Opposition]:
    """Tell why some cards are in opposition, by the key of the card, in one query.

    For those no declaration explains: on its way, only its author can have said that it never came (D6). A
    card that its holder opposed before the portal was there is left out.
    """
    opposed = [carte.pk for carte in cartes if carte.state == CarteState.OPPOSED]
    events = CarteEvent.objects.filter(subject__in=opposed, to_state=CarteState.OPPOSED)
    found = {event.subject_id: _opposition(event) for event in events.select_related("subject__commande")}
    return {key: opposition for key, opposition in found.items() if opposition}


def _opposition(event: CarteEvent) -> Opposition | None:
    commande, by_author = event.subject.commande, event.actor == Actor.AUTHOR
    if commande is not None and commande.state == CommandeState.CANCELLED:
        return Opposition(WhyOpposed.NEVER_CAME if by_author else WhyOpposed.ORDER_CANCELLED, commande)
    return None if by_author else Opposition(WhyOpposed.BY_CAISSE, commande)
