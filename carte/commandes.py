"""Orders: starting one, its steps, sending it once (section 7)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction

from accounts.adresses import situation
from accounts.models import Adresse, Assure, Beneficiaire, User
from carte.brouillons import draft_clock
from carte.delais import expected_at
from carte.echeances import SETTLED
from carte.eligibilite import Answer, Facts, examine, facts_for
from carte.enums import CommandeState, PieceKind
from carte.models import Commande
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, Step, lock, move_batch


class OrderRefused(Exception):
    """The rules do not let it; ``answer`` says which and until when."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(", ".join(obstacle.regle.value for obstacle in answer.obstacles))
        self.answer = answer


class NotADraft(Exception):
    """The order has left, or was erased: its pieces can no longer be changed here."""


class NotAttached(Exception):
    """The beneficiary is no longer attached to the author (B1)."""


class Changed(Exception):
    """The address or a piece is no longer the one the author saw: he looks again, then sends (C1)."""


class Stage(StrEnum):
    """The steps that have an address of their own once the beneficiary is chosen."""

    PHOTO = "photo"
    IDENTITE = "identite"
    VALIDATION = "validation"


PIECE_STAGES: Mapping[PieceKind, Stage] = {PieceKind.PHOTO: Stage.PHOTO, PieceKind.IDENTITE: Stage.IDENTITE}


def start_draft(*, assure: Assure, beneficiaire: Beneficiaire, now: datetime) -> Commande:
    """Start an order, or resume the author's own draft for that beneficiary: there is one (section 7).

    Either way its clock starts (C3). Raises ``OrderRefused`` when a rule other than E11 and E12 holds.
    """
    answer = examine(facts_for(assure, beneficiaire), now)
    if not answer.may_draft:
        raise OrderRefused(answer)
    clock = draft_clock(now)
    commande: Commande = Commande.objects.update_or_create(
        author=assure,
        beneficiaire=beneficiaire,
        state=CommandeState.DRAFT,
        defaults=clock,
        create_defaults={"caisse": assure.caisse, "created_at": now, **clock},
    )[0]
    return commande


def acknowledge_conditions(*, commande: Commande, kind: PieceKind, now: datetime) -> None:
    """Keep that the author has read the conditions of a piece: they come before the choice (section 7)."""
    field = {PieceKind.PHOTO: "photo_conditions_at", PieceKind.IDENTITE: "identite_conditions_at"}[kind]
    Commande.objects.filter(pk=commande.pk, state=CommandeState.DRAFT).update(
        **{field: now}, **draft_clock(now)
    )


def furthest_stage(commande: Commande) -> Stage:
    """Give the last step that may be reached: later ones wait for those ahead (section 7)."""
    there = {piece.kind for piece in commande.current_pieces if piece.is_whole}
    missing = (stage for kind, stage in PIECE_STAGES.items() if kind not in there)
    return next(missing, Stage.VALIDATION)


def may_reach(commande: Commande, stage: Stage) -> bool:
    """Tell whether a step may be shown."""
    order = list(Stage)
    return order.index(stage) <= order.index(furthest_stage(commande))


def fingerprint(commande: Commande, adresse: Adresse | None) -> str:
    """Sum up what the author is shown before he sends: address, pieces as stored, the law he attests."""
    pieces = commande.current_pieces
    pages = (page.sha256 for piece in pieces for page in piece.pages.all())
    natures = (piece.nature for piece in pieces)
    law = commande.author.caisse.regime.statement_text
    shown = [str(adresse.pk if adresse else ""), law, *natures, *pages]
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()


def submit_commande(*, commande: Commande, now: datetime, seen: str = "") -> Commande:
    """Send an order, once, and return it as it then stands (C1, C2).

    The rules are asked again inside the transaction, behind the lock of the beneficiary: of two
    parents the second meets E1. An order already sent is returned as it is. Raises ``OrderRefused``;
    the draft is then kept (C5). The two ticks are the form's business: it comes here with both. ``seen``
    is the ``fingerprint`` of what was on screen, when there was a screen: raises ``Changed`` when that
    is no longer so, ``NotAttached``, and ``NotADraft`` when it was erased meanwhile (C3).
    """
    try:
        with transaction.atomic():
            beneficiaire = hold(Beneficiaire.objects).get(pk=commande.beneficiaire_id)
            row = lock(commande)
            if not row.is_draft:
                return row
            facts = facts_for(row.author, beneficiaire)
            _check_still_so(row, facts, seen, now)
            answer = examine(facts, now)
            if not answer.may_send or furthest_stage(row) != Stage.VALIDATION:
                raise OrderRefused(answer)
            send(row, facts, answer, now=now, user=getattr(facts.assure, "user", None))
            return row
    except Commande.DoesNotExist as error:
        raise NotADraft from error
    except IntegrityError as error:
        # The constraint has the last word where locks are none: another order came first.
        answer = examine(facts_for(commande.author, commande.beneficiaire), now)
        if answer.may_send:
            raise
        raise OrderRefused(answer) from error


def _check_still_so(row: Commande, facts: Facts, seen: str, now: datetime) -> None:
    if not row.author.rattachements.filter(beneficiaire=row.beneficiaire_id).exists():
        raise NotAttached
    if seen and seen != fingerprint(row, situation(facts.adresses, now).current):
        raise Changed


def send(row: Commande, facts: Facts, answer: Answer, *, now: datetime, user: User | None) -> None:
    """Move a draft to SUBMITTED with all that stays with it: statement, time, caisse, address (C1).

    The caller holds the locks, and has asked the rules. ``user`` is who sends: the author, or the agent
    who enters a form he signed.
    """
    adresse = situation(facts.adresses, now).current
    regime = facts.assure.caisse.regime
    changes = {
        "motif": answer.motif,
        "caisse": facts.assure.caisse,
        "submitted_at": now,
        "touched_at": now,
        **SETTLED,
        "expected_at": expected_at(facts.assure.caisse, row.channel, now),
        "sans_photo": any(piece.is_explanation for piece in row.current_pieces),  # P7
        "statement_version": regime.statement_version,
        "statement_text": regime.statement_text,
        "adresse": adresse,
        "adresse_lines": [str(facts.beneficiaire), *(adresse.lines if adresse else [])],
    }
    move_batch([row], Step(to=CommandeState.SUBMITTED, actor=Actor.AUTHOR, at=now, by=user, changes=changes))
