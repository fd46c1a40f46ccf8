"""Choices of the floor ``declarations``, and the moves of a paper form (section 9)."""

from django.db import models

from vitale_portal.transitions import Actor, Moves


class DeclarationKind(models.TextChoices):
    """What happened to the card (F1)."""

    PERTE = "PERTE", "Perte"
    VOL = "VOL", "Vol"
    CASSE = "CASSE", "Casse ou dysfonctionnement"


class DeclarationChannel(models.TextChoices):
    """How the declaration reached the caisse (F10)."""

    ONLINE = "ONLINE", "en ligne"
    POST = "POST", "par courrier"
    COUNTER = "COUNTER", "au guichet"
    PHONE = "PHONE", "par téléphone"


class AttestationKind(models.TextChoices):
    """The two kinds of attestation: one table, one way to check them (F4, F9)."""

    DECLARATION = "DECLARATION", "Attestation de déclaration"
    DROITS = "DROITS", "Attestation de droits"


class PliCause(models.TextChoices):
    """Why a form goes out (F2, F7)."""

    DECLARATION = "DECLARATION", "déclaration"
    SIXTEEN = "SIXTEEN", "16 ans"
    NEWCOMER = "NEWCOMER", "nouvel assuré"


class PliState(models.TextChoices):
    """Where a paper form stands (F6)."""

    PLANNED = "PLANNED", "Prévu"
    SENT = "SENT", "Parti"
    NPAI = "NPAI", "Revenu sans être remis"
    RETURNED = "RETURNED", "Revenu rempli"
    CLOSED = "CLOSED", "Clos"
    CANCELLED = "CANCELLED", "Annulé"


_P = PliState
_SYSTEM, _AGENT = frozenset({Actor.SYSTEM}), frozenset({Actor.AGENT})

PLI_MOVES: Moves = {
    (_P.PLANNED, _P.SENT): _SYSTEM,
    (_P.PLANNED, _P.CANCELLED): _SYSTEM,  # an order in time (F5)
    (_P.CANCELLED, _P.PLANNED): _SYSTEM,  # that order cancelled or refused (F5)
    (_P.SENT, _P.NPAI): _AGENT,
    (_P.SENT, _P.RETURNED): _AGENT,
    (_P.SENT, _P.CLOSED): _AGENT,  # a card came meanwhile
    (_P.NPAI, _P.RETURNED): _AGENT,
    (_P.NPAI, _P.CLOSED): _AGENT,
}
