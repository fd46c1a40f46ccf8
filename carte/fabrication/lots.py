"""The daily lot: accepted orders, numbered, counted and sealed for the production centre (D5)."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import holidays
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from accounts.sweeps import together
from carte.enums import CommandeState
from carte.fabrication.prise import draw, grouped
from carte.models import Commande, LotFabrication
from vitale_portal.clock import accelerated, is_accelerated
from vitale_portal.dates import PARIS
from vitale_portal.locks import hold
from vitale_portal.transitions import Actor, Step, move_batch

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SATURDAY = 5
CSV_COLUMNS = ("reference", "nir", "nom", "prenoms", "naissance", "avec_photo", "adresse")
# The centre answers card by card: in so many rounds, evenly spread over its delay.
ROUNDS = 24


@cache
def _public_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("FR")


def next_lot_at(now: datetime) -> datetime:
    """Give the instant of the next lot: at the lot's hour of a working day, Paris time (D5).

    When time is accelerated every day counts, and a day is what is left of 24 hours.
    """
    if is_accelerated():
        day = accelerated(settings.VITALE_LOT_DELAY)
        return EPOCH + ((now - EPOCH) // day + 1) * day
    local = now.astimezone(PARIS)
    lot = local.replace(hour=settings.VITALE_LOT_HOUR, minute=0, second=0, microsecond=0)
    if lot <= local:
        lot += timedelta(days=1)
    while lot.weekday() >= SATURDAY or lot.date() in _public_holidays():
        lot += timedelta(days=1)
    return lot


def seal_due(now: datetime) -> int:
    """Make the lot that is due; return of how many orders it is. A sweep (D5)."""
    lot = seal_lot(now)
    return lot.count if lot else 0


def seal_lot(now: datetime) -> LotFabrication | None:
    """Make a lot of the accepted orders that are due, all in one transaction; None when none is (D5).

    An order that can't go into it is set aside: the lot is made of the others.
    """
    accepted = Commande.objects.filter(state=CommandeState.ACCEPTED, due_at__lte=now)
    due = accepted.order_by("submitted_at", "pk")
    if not due.exists():
        return None
    with transaction.atomic():
        # Two sweeps at once: the second waits here, then finds nothing; skipping would make half lots.
        locked = hold(due).select_related("beneficiaire", "author")
        if not locked.values_list("pk", flat=True):
            return None
        last = LotFabrication.objects.aggregate(last=Max("number"))["last"] or 0
        lot = LotFabrication.objects.create(number=last + 1, sealed_at=now, count=0)
        done = together(
            "carte.lot",
            due,
            lambda rows: _put_in(rows, lot, now),
            now=now,
            take=lambda keys: list(locked.filter(pk__in=keys)),
            most=None,
        )
        if done:
            return _sealed(lot)
        lot.delete()  # no order could go into it: its number is the next one's
        return None


def _put_in(rows: Sequence[Commande], lot: LotFabrication, now: datetime) -> None:
    """Move orders into production, each to be answered for at an instant of its own."""
    _csv(rows)  # an order whose line can't be written steps aside here
    for due_at, some in grouped(rows, lambda row: answer_at(row, now)):
        changes = {"lot": lot, "due_at": due_at}
        move_batch(some, Step(to=CommandeState.IN_PRODUCTION, actor=Actor.SYSTEM, at=now, changes=changes))


def answer_at(row: Commande, now: datetime) -> datetime | None:
    """Give the instant the simulated centre answers for an order of the lot sealed at ``now`` (D5).

    None without the simulation: the centre answers when it does.
    """
    if not settings.VITALE_SIMULATION:
        return None
    turn = int(draw("centre", row, row.version) * ROUNDS) + 1
    return now + accelerated(settings.VITALE_CENTRE_DELAY) * turn / ROUNDS


def _sealed(lot: LotFabrication) -> LotFabrication:
    """Write what the lot holds: from then on nothing of it changes."""
    rows = list(lot.commandes.select_related("beneficiaire").order_by("submitted_at", "pk"))
    lot.csv = _csv(rows)
    lot.count = len(rows)
    lot.sha256 = hashlib.sha256(lot.csv.encode()).hexdigest()
    lot.save(update_fields=["csv", "count", "sha256"])
    return lot


def _csv(rows: Iterable[Commande]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows(_line(row) for row in rows)
    return out.getvalue()


def _line(row: Commande) -> list[str]:
    who = row.beneficiaire
    with_photo = "non" if row.sans_photo else "oui"
    adresse = " / ".join(row.adresse_lines)
    return [row.reference, who.nir, who.nom, who.prenoms, str(who.date_naissance), with_photo, adresse]
