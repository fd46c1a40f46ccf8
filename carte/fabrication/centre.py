"""What the production centre answers, card by card: made and shipped, or refused (D5, D6).

The simulated centre draws its answers here; a real one's come from its file (``reponses``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import randbelow
from typing import Any

from django.conf import settings

from accounts.models import User
from accounts.sweeps import together
from carte.contenu import contents
from carte.copies import plan
from carte.delais import later_expected_at
from carte.enums import CommandeState
from carte.fabrication.acheminement import arrival_at
from carte.fabrication.prise import draw, grouped, taker
from carte.models import Carte, Commande
from carte.motifs import CENTRE, MotifList, encode
from vitale_portal.dates import PARIS
from vitale_portal.transitions import Actor, Step, move_batch

BATCH = 500


def ship_due(now: datetime) -> int:
    """Let the simulated centre answer for the orders it has come to; return how many. A sweep (D5)."""
    due = Commande.objects.filter(state=CommandeState.IN_PRODUCTION, due_at__lte=now).order_by("due_at", "pk")
    return len(
        together("carte.centre", due, lambda rows: _answer(rows, now), now=now, take=taker(due), most=BATCH)
    )


def _answer(rows: Sequence[Commande], now: datetime) -> None:
    for reason, some in grouped(rows, refusal):
        if reason:
            refuse(some, reason, now)
        else:
            ship(some, now)


def refusal(row: Commande) -> str:
    """Give why the simulated centre refuses an order, as its event keeps it; empty when it makes the card."""
    if draw("refusal", row, row.version) >= settings.VITALE_CENTRE_REFUSAL_RATE:
        return ""
    rank = int(draw("why", row, row.version) * len(CENTRE))
    return encode({MotifList.CENTRE: [CENTRE[rank].code]})


def refuse(rows: Sequence[Commande], reason: str, now: datetime, by: User | None = None) -> None:
    """Give orders back to their caisse, with why: they come first in the queue, at their rank.

    ``by`` is who entered the centre's word, if somebody did. The caller holds the locks.
    """
    for expected_at, some in grouped(rows, lambda row: later_expected_at(row, now)):
        changes = {"due_at": None, "lot": None, "first_in_queue": True, "expected_at": expected_at}
        step = Step(
            to=CommandeState.SUBMITTED, actor=Actor.CENTRE, at=now, by=by, reason=reason, changes=changes
        )
        move_batch(some, step)


def ship(
    rows: Sequence[Commande],
    now: datetime,
    by: User | None = None,
    serials: Mapping[str, str] | None = None,
) -> None:
    """Ship orders, each with the card made for it (D6) and its copy on paper (section 6).

    ``serials`` holds the serial of each card by the reference of its order; without it they are invented.
    ``by`` is who entered the centre's word, if somebody did. The caller holds the locks.
    """
    for due_at, some in grouped(rows, lambda row: arrival_at(row, now)):
        step = Step(to=CommandeState.SHIPPED, actor=Actor.CENTRE, at=now, by=by, changes={"due_at": due_at})
        move_batch(some, step)
    held = contents([row.beneficiaire_id for row in rows], now)
    made = [
        _new_carte(
            row, serials[row.reference] if serials else _invented(), now, held.get(row.beneficiaire_id, {})
        )
        for row in rows
    ]
    plan(Carte.objects.bulk_create(made), now)


def _invented() -> str:
    return f"80250{randbelow(10**11):011d}"


def _new_carte(row: Commande, serial: str, now: datetime, content: Mapping[str, Any]) -> Carte:
    who = row.beneficiaire
    return Carte(
        beneficiaire=who,
        commande=row,
        serial=serial,
        with_photo=not row.sans_photo,
        nom=who.nom,
        prenoms=who.prenoms,
        nir=who.nir,
        made_on=now.astimezone(PARIS).date(),
        caisse_id=row.caisse_id,
        **content,
    )
