"""Production: the daily lot, the simulated centre, the simulated post (D5, D6)."""

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from secrets import randbelow
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from accounts.models import Beneficiaire
from carte.enums import CarteState, CommandeState
from carte.models import Carte, Commande, LotFabrication
from vitale_portal.clock import accelerated, is_accelerated
from vitale_portal.transitions import Actor, Step, move_batch

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = 5
BATCH = 500
CSV_COLUMNS = ("reference", "nir", "nom", "prenoms", "naissance", "avec_photo", "adresse")


@cache
def _public_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("FR")


def next_lot_at(now: datetime) -> datetime:
    """Give the instant of the next lot: at the lot's hour of a working day, Paris time (D5).

    When time is accelerated every day counts, and a day is what is left of 24 hours.
    """
    if is_accelerated():
        return now + accelerated(settings.VITALE_LOT_DELAY)
    local = now.astimezone(PARIS)
    lot = local.replace(hour=settings.VITALE_LOT_HOUR, minute=0, second=0, microsecond=0)
    if lot <= local:
        lot += timedelta(days=1)
    while lot.weekday() >= SATURDAY or lot.date() in _public_holidays():
        lot += timedelta(days=1)
    return lot


def seal_lot(now: datetime) -> LotFabrication | None:
    """Make a lot of all accepted orders, once one of them is due; None when none is. A sweep (D5)."""
    accepted = Commande.objects.filter(state=CommandeState.ACCEPTED)
    if not accepted.filter(due_at__lte=now).exists():
        return None
    with transaction.atomic():
        # Two sweeps at once: the second waits here, then finds nothing; skipping would make half lots.
        locked = accepted.select_for_update(of=("self",)).select_related("beneficiaire")
        rows = list(locked.order_by("submitted_at", "pk"))
        if not rows:
            return None
        text = _csv(rows)
        last = LotFabrication.objects.aggregate(last=Max("number"))["last"] or 0
        lot = LotFabrication.objects.create(
            number=last + 1,
            sealed_at=now,
            count=len(rows),
            csv=text,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
        )
        due_at = now + accelerated(settings.VITALE_CENTRE_DELAY) if settings.VITALE_SIMULATION else None
        changes = {"lot": lot, "due_at": due_at}
        move_batch(rows, Step(to=CommandeState.IN_PRODUCTION, actor=Actor.SYSTEM, at=now, changes=changes))
    return lot


def _csv(rows: Sequence[Commande]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        who = row.beneficiaire
        adresse = " / ".join(row.adresse_lines)
        writer.writerow([row.reference, who.nir, who.nom, who.prenoms, who.date_naissance, "oui", adresse])
    return out.getvalue()


def ship_due(now: datetime) -> int:
    """Let the simulated centre answer for the orders it has finished: a card each, shipped (D6).

    Return how many. A sweep. The post answers later; without its word delivery is presumed (D5).
    """
    post = settings.VITALE_POST_DELAY if settings.VITALE_SIMULATION else settings.VITALE_PRESUMED_DELAY
    with transaction.atomic():
        rows = _take(CommandeState.IN_PRODUCTION, now)
        step = Step(
            to=CommandeState.SHIPPED, actor=Actor.CENTRE, at=now, changes={"due_at": now + accelerated(post)}
        )
        move_batch(rows, step)
        Carte.objects.bulk_create([_new_carte(row, now) for row in rows])
    return len(rows)


def _new_carte(row: Commande, now: datetime) -> Carte:
    who = row.beneficiaire
    return Carte(
        beneficiaire=who,
        commande=row,
        serial=f"80250{randbelow(10**11):011d}",
        nom=who.nom,
        prenoms=who.prenoms,
        nir=who.nir,
        made_on=now.astimezone(PARIS).date(),
        caisse=row.caisse,
    )


def deliver_due(now: datetime) -> int:
    """Deliver the cards whose time on the way is over; return how many. A sweep (D5, D6)."""
    actor, reason = (Actor.POST, "") if settings.VITALE_SIMULATION else (Actor.SYSTEM, "réception présumée")
    with transaction.atomic():
        rows = _take(CommandeState.SHIPPED, now)
        _deliver(rows, actor, reason, now)
    return len(rows)


def _deliver(rows: Sequence[Commande], actor: Actor, reason: str, now: datetime) -> None:
    """Deliver: the order ends, an old card kept for a new face is ended, the new one is in use (D6)."""

    def step(to: str, **changes: Any) -> Step:
        return Step(to=to, actor=actor, at=now, reason=reason, changes=changes)

    cartes = Carte.objects.select_for_update(of=("self",)).select_related("beneficiaire")
    old = cartes.filter(beneficiaire__commandes__in=rows, state=CarteState.IN_USE)
    new = cartes.filter(commande__in=rows, state=CarteState.IN_TRANSIT)
    move_batch(rows, step(CommandeState.DELIVERED, delivered_at=now, due_at=None))
    move_batch(list(old), step(CarteState.ENDED))
    move_batch(list(new), step(CarteState.IN_USE, in_use_at=now))


def _take(state: CommandeState, now: datetime) -> list[Commande]:
    """Take a batch of due orders, behind the locks: beneficiaries, then orders; leave what others hold."""
    due: QuerySet[Commande] = Commande.objects.filter(state=state, due_at__lte=now)
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
    if not ids:
        return []
    who = Beneficiaire.objects.filter(commandes__in=ids).order_by("pk")
    list(who.select_for_update(of=("self",)).values_list("pk", flat=True))
    rows = due.filter(pk__in=ids).select_related("beneficiaire", "caisse", "author")
    return list(rows.select_for_update(of=("self",), skip_locked=True))
