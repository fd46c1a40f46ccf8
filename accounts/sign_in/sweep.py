"""The sweep of signing in: holders are told of what was closed; what no longer counts is forgotten (A3)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.enums import Notice
from accounts.models import Device, Lock, MailedCode, Rate
from accounts.notices import Owed, notify
from accounts.rates import LONGEST_WINDOW
from accounts.sign_in.devices import LIFE
from accounts.sweeps import BATCH, together
from vitale_portal.dates import paris
from vitale_portal.locks import hold

NAME = "accounts.sweep_sign_ins"
OVER = timedelta(days=1)  # after which a mailed code that expired is of no use to anybody


def tell_and_forget(now: datetime) -> int:
    """Tell, then forget; return on how many rows it acted."""
    return _tell(now) + sum(map(_forget, _past(now)))


def _tell(now: datetime) -> int:
    due = Lock.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return len(together(NAME, due, lambda locks: _tell_holders(locks, now), now=now))


def _tell_holders(locks: list[Lock], now: datetime) -> None:
    """Tell each holder once a day at most: a notice at each lock would be a weapon of its own."""
    ids = [lock.pk for lock in locks]
    rows = Lock.objects.filter(pk__in=ids).select_related("user__assure")
    holders = {(lock.user.assure, paris(lock.due_at or now).date()) for lock in rows if lock.user}
    notify(
        (
            Owed(assure=assure, notice=Notice.SIGN_IN_LOCKED, about=day.isoformat())
            for assure, day in holders
            if assure
        ),
        at=now,
    )
    Lock.objects.filter(pk__in=ids).update(due_at=None)


def _past(now: datetime) -> list[QuerySet[Lock] | QuerySet[Rate] | QuerySet[MailedCode] | QuerySet[Device]]:
    return [
        Lock.objects.filter(forget_at__lte=now, due_at=None),
        Rate.objects.filter(since__lte=now - LONGEST_WINDOW),
        MailedCode.objects.filter(expires_at__lte=now - OVER),
        Device.objects.filter(last_used_at__lte=now - LIFE),
    ]


def _forget(rows: QuerySet[Lock] | QuerySet[Rate] | QuerySet[MailedCode] | QuerySet[Device]) -> int:
    """Remove a batch at most, leaving what somebody else holds: it is counted on again."""
    with transaction.atomic():
        past = hold(rows.order_by("pk"), skip_held=True)
        batch = list(past.values_list("pk", flat=True)[:BATCH])
        return rows.filter(pk__in=batch).delete()[0] if batch else 0
