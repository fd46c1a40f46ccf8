"""Limits on how often something public may be done, and from where it is done."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import Rate

WINDOW = timedelta(hours=1)
LONGEST_WINDOW = timedelta(days=1)  # of any count: the sweep forgets none sooner
IPV6_PREFIX = 64  # what one line is given: its addresses are all the same visitor's


def over_rate(key: str, limit: int, now: datetime, window: timedelta = WINDOW) -> int:
    """Count one try under ``key``; give the seconds to wait when it is one too many in the hour, else 0.

    ``window`` is another time than the hour, ``LONGEST_WINDOW`` at most, the same for all tries under a key,
    which is kept hashed. A try that passes is one UPDATE that decides by itself, so that exactly ``limit``
    pass however many come at once; one that does not pass writes nothing.
    """
    rows = Rate.objects.filter(key=keyed("rate", key))
    while not rows.filter(since__gt=now - window, count__lt=limit).update(count=F("count") + 1):
        rate = rows.first()
        if rate is None:
            if _begin(keyed("rate", key), now):
                return 0
        elif rate.since > now - window:
            if rate.count >= limit:
                return ceil((rate.since + window - now).total_seconds())
        elif rows.filter(since=rate.since).update(since=now, count=1):
            return 0
    return 0


def _begin(key: str, now: datetime) -> bool:
    """Write the first try of a key; False when another did at the same time."""
    try:
        with transaction.atomic():
            Rate.objects.create(key=key, since=now, count=1)
    except IntegrityError:
        return False
    return True


def keyed(purpose: str, text: str) -> str:
    """Hash what must be compared but not read: the few NIRs there are can't be tried without our key."""
    return salted_hmac(f"accounts.rates {purpose}", text, algorithm="sha256").hexdigest()


def client_address(request: HttpRequest) -> str:
    """Give the visitor's network address, as many proxies away as ``VITALE_PROXIES`` says.

    Each proxy of ours adds the address it was reached from at the end of ``X-Forwarded-For``; what stands
    before those is the visitor's own word and is not believed. What is no address is none of our proxies'.
    """
    forwarded = [
        part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
    ]
    hops: int = settings.VITALE_PROXIES
    trusted = hops and len(forwarded) >= hops
    nearest = str(request.META.get("REMOTE_ADDR", ""))
    return (_address(forwarded[-hops]) if trusted else "") or _address(nearest)


def _address(text: str) -> str:
    """Read an address, an IPv4 one in IPv6's clothes as what it is; nothing when it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return str((isinstance(address, IPv6Address) and address.ipv4_mapped) or address)


def network_of(request: HttpRequest | None) -> str:
    """Give what the visitor is counted under: his IPv4 address, or the /64 of his IPv6 one."""
    address = client_address(request) if request else ""
    if ":" not in address:
        return address
    return str(ip_network((address.partition("%")[0], IPV6_PREFIX), strict=False))
