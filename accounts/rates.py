"""Limits on how often something public may be done."""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import Rate

WINDOW = timedelta(hours=1)


def over_rate(key: str, limit: int, now: datetime, window: timedelta = WINDOW) -> int:
    """Count one try under ``key``; give the seconds to wait when it is one too many in the hour, else 0.

    ``window`` is another time than the hour, the same for all tries under a key.
    """
    with transaction.atomic():
        Rate.objects.get_or_create(key=key, defaults={"since": now})
        rate = Rate.objects.select_for_update().get(key=key)
        if rate.since + window <= now:
            Rate.objects.filter(pk=rate.pk).update(since=now, count=1)
            return 0
        Rate.objects.filter(pk=rate.pk).update(count=F("count") + 1)
    return ceil((rate.since + window - now).total_seconds()) if rate.count >= limit else 0


def masked(words: str) -> str:
    """Give what stands for a NIR or a mailbox in a key: the table of counters names nobody."""
    return salted_hmac("accounts.rates", words).hexdigest()


def client_address(request: HttpRequest) -> str:
    """Give the visitor's network address, as many proxies away as ``VITALE_PROXIES`` says.

    Each proxy of ours adds the address it was reached from at the end of ``X-Forwarded-For``; what stands
    before those is the visitor's own word and is not believed.
    """
    forwarded = [
        part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
    ]
    hops: int = settings.VITALE_PROXIES
    trusted = hops and len(forwarded) >= hops
    return forwarded[-hops] if trusted else str(request.META.get("REMOTE_ADDR", ""))
