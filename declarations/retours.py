"""What comes back of a paper form: undelivered, filled, or no longer needed (F6, B4)."""

from datetime import datetime

from django.db import transaction

from accounts.models import Adresse, User
from carte.commandes import OrderRefused
from carte.enums import Regle
from carte.models import Commande
from carte.papier import Formulaire, scanned, submit_formulaire
from declarations.enums import PliState
from declarations.models import PliPapier
from vitale_portal.transitions import Actor, Step, move


def mark_npai(*, pli: PliPapier, user: User, version: int, now: datetime) -> None:
    """Record that a form came back undelivered: its address is marked, once (B4). Raises ``MoveRefused``."""
    with transaction.atomic():
        row = move(pli, Step(to=PliState.NPAI, actor=Actor.AGENT, at=now, by=user), version=version)
        if row.adresse_id:
            Adresse.objects.filter(pk=row.adresse_id, npai_since=None).update(npai_since=now)


def close_pli(*, pli: PliPapier, user: User, version: int, reason: str, now: datetime) -> None:
    """Close a form that is no longer needed. Raises ``MoveRefused``."""
    move(pli, Step(to=PliState.CLOSED, actor=Actor.AGENT, at=now, by=user, reason=reason), version=version)


def enter_return(
    *, pli: PliPapier, formulaire: Formulaire, user: User, version: int, now: datetime
) -> Commande | None:
    """Enter a form that came back filled: an order goes to review, and the form is done (F6).

    When a card came meanwhile (E10) the form is closed and None returned. Raises ``PictureRefused``,
    ``OrderRefused`` when another rule holds, ``MoveRefused`` when the form has moved on.
    """
    scan = scanned(assure=pli.assure, beneficiaire=pli.beneficiaire, formulaire=formulaire, now=now)
    try:
        with scan as (commande, readings), transaction.atomic():
            submit_formulaire(commande=commande, readings=readings, user=user, now=now)
            changes = {"commande": commande}
            step = Step(to=PliState.RETURNED, actor=Actor.AGENT, at=now, by=user, changes=changes)
            move(pli, step, version=version)
    except OrderRefused as refusal:
        if not refusal.answer.has(Regle.DECLARATION_NEEDED):
            raise
        close_pli(pli=pli, user=user, version=version, reason="une carte est arrivée entre-temps", now=now)
        return None
    return commande
