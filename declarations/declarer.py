"""Declaring a loss, a theft or a defect: one transaction, declared once (F1, F2, F10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts.enums import Notice
from accounts.models import Assure, Beneficiaire, User
from accounts.notices import Owed, notify
from carte.cartes import oppose_carte
from carte.eligibilite import examine, facts_for, household_facts
from carte.enums import CarteState, Regle
from carte.models import Carte
from declarations.enums import AttestationKind, DeclarationChannel, DeclarationKind, PliCause
from declarations.models import Attestation, Declaration, PliPapier
from vitale_portal.clock import accelerated
from vitale_portal.dates import paris
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, lock

# While one of these holds no form is planned (F2).
NO_FORM_UNDER = frozenset(
    {Regle.ORDER_OPEN, Regle.REGIME, Regle.FORBIDDEN, Regle.MUTATION, Regle.RIGHTS_ENDED}
)
# What a card in use asks is done once it is declared.
ONCE_DECLARED = frozenset(Regle) - {Regle.DECLARATION_NEEDED}

# How a notice names the declaration it is about.
ABOUT_DECLARATION = "declaration "


class NotDeclarable(Exception):
    """The card is not in use, or its regime takes no declaration online."""


class WrongDate(Exception):
    """The date of the facts is in the future, or before the card."""


@dataclass(frozen=True, kw_only=True)
class Faits:
    """What is declared: the kind, when it happened, and what only its author sees again (F1)."""

    kind: DeclarationKind
    facts_on: date
    circumstances: str = ""
    police_reference: str = ""
    channel: DeclarationChannel = DeclarationChannel.ONLINE


def declarable(carte: Carte, assure: Assure) -> bool:
    """Tell whether an assuré may declare that card online: in use, and his regime declares here (E2)."""
    return carte.state == CarteState.IN_USE and assure.caisse.regime.online_declaration


@dataclass(frozen=True)
class Follows:
    """What follows for each card of a household, once declared: an order may start, a form is planned."""

    order: bool
    form: bool


def what_follows(assure: Assure, cartes: Iterable[Carte], now: datetime) -> Follows:
    """Tell before anything is declared what would follow, for all of these cards or not (F2, F5)."""
    theirs = {carte.beneficiaire_id for carte in cartes}
    answers = [
        examine(facts, now, ONCE_DECLARED)
        for facts in household_facts(assure)
        if facts.beneficiaire.pk in theirs
    ]
    return Follows(
        order=all(answer.may_draft for answer in answers),
        form=not any(answer.has(regle) for answer in answers for regle in NO_FORM_UNDER),
    )


def declare(*, carte: Carte, author: Assure, faits: Faits, user: User | None, now: datetime) -> Declaration:
    """Declare a card: it is opposed, the form is planned, all holders are told. In one transaction.

    ``user`` is who does it: the assuré, or the agent who enters what he received (F10). Declared already,
    by whomever, the first declaration is returned and nothing changes. Raises ``NotDeclarable`` and
    ``WrongDate``.
    """
    if not carte.made_on <= faits.facts_on <= paris(now).date():
        raise WrongDate
    try:
        with transaction.atomic():
            beneficiaire = hold(Beneficiaire.objects).get(pk=carte.beneficiaire_id)
            row = lock(carte)
            first = Declaration.objects.filter(carte=row).first()
            return first or _record(row, beneficiaire, author, faits, user, now)
    except IntegrityError:
        first = Declaration.objects.filter(carte=carte).first()
        if first is None:
            raise
        return first


def _record(
    carte: Carte, beneficiaire: Beneficiaire, author: Assure, faits: Faits, user: User | None, now: datetime
) -> Declaration:
    online = faits.channel == DeclarationChannel.ONLINE
    if carte.state != CarteState.IN_USE or (online and not declarable(carte, author)):
        raise NotDeclarable
    window = _window(author, beneficiaire, now)
    entered_by = user.agent if user else None
    actor = Actor.AGENT if entered_by else Actor.AUTHOR
    reason = faits.kind.label
    oppose_carte(carte=carte, actor=actor, user=user, reason=reason, now=now, window=window)
    declaration = Declaration.objects.create(
        carte=carte,
        author=author,
        caisse=author.caisse,
        entered_by=entered_by,
        declared_at=now,
        **vars(faits),
    )
    about = {"assure": author, "beneficiaire": beneficiaire, "declaration": declaration}
    if window:
        due_at = window["form_due_at"]
        PliPapier.objects.create(cause=PliCause.DECLARATION, planned_at=now, due_at=due_at, **about)
    Attestation.objects.create(kind=AttestationKind.DECLARATION, requested_at=now, **about)
    _tell_holders(declaration, beneficiaire, window, now)
    return declaration


def _window(author: Assure, beneficiaire: Beneficiaire, now: datetime) -> dict[str, datetime]:
    """Give the instants of the form to plan: it leaves, online opens again; nothing when none is (F2)."""
    days = author.caisse.regime.window_days
    answer = examine(facts_for(author, beneficiaire), now)
    if days is None or any(answer.has(regle) for regle in NO_FORM_UNDER):
        return {}
    return window_from(now + accelerated(timedelta(days=days)), author)


def window_from(form_due_at: datetime, assure: Assure) -> dict[str, datetime]:
    """Give the two instants of a form: its due time, and the end of the blocked time (F5)."""
    blocked = accelerated(timedelta(days=assure.caisse.regime.blocked_days or 0))
    return {"form_due_at": form_due_at, "online_again_at": form_due_at + blocked}


def _tell_holders(
    declaration: Declaration, beneficiaire: Beneficiaire, window: Mapping[str, Any], now: datetime
) -> None:
    """Tell every holder what is true of him; the circumstances stay with their author (F2)."""
    holders = Assure.objects.filter(rattachements__beneficiaire=beneficiaire).select_related(
        "caisse__regime", "user"
    )
    owed = []
    for holder in holders:
        facts = {
            "declaration": declaration,
            "beneficiaire": beneficiaire,
            "due_at": window.get("form_due_at"),
            "mine": holder.pk == declaration.author_id,
            "online": hasattr(holder, "user"),
            "may_order": examine(facts_for(holder, beneficiaire), now).may_draft,
        }
        about = f"{ABOUT_DECLARATION}{declaration.reference}"
        owed.append(Owed(assure=holder, notice=Notice.DECLARATION_RECORDED, about=about, facts=facts))
    notify(owed, at=now)
