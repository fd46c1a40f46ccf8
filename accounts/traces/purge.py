"""The end of the lines of the trace, by age: the only way one can go, and it leaves a line itself.

What goes is the beginning of the chain: the lines sealed before midnight, so many days ago. The line of the
purge says how many they were and with which mac they ended, which the rest of the chain builds on. It is
proved as it goes: an instant changed by hand cannot have the portal remove what is still young.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import Trace, TracePurge, TraceSeal
from accounts.traces.chain import Head, purge_parts, purged_head
from accounts.traces.macs import mac_of
from accounts.traces.proof import prove_seals

logger = logging.getLogger(__name__)

BATCH = 5000


def cutoff(now: datetime) -> datetime:
    """Give the instant whose elders go: midnight (UTC) of the day as far back as lines are kept."""
    return (now - settings.VITALE_TRACE_LIFE).replace(hour=0, minute=0, second=0, microsecond=0)


def purge_old(now: datetime) -> int:
    """Remove a batch of the oldest lines and of their seals; return how many. A sweep.

    Nothing goes that does not prove: the log then says so, and the lines stay for who looks into it.
    """
    start, before = purged_head(), cutoff(now)
    last = _last_old(start, before)
    if last is None:
        return 0
    if any(prove_seals(start, last.number)):
        logger.critical("Old lines of the trace do not prove, and stay: manage.py prouver_traces")
        return 0
    try:
        with transaction.atomic():
            return _remove(start, last, before, now)
    except IntegrityError:  # another worker just did
        return 0


def _last_old(start: Head, before: datetime) -> TraceSeal | None:
    """Give the last seal of the batch that is older than that: they are in order of age."""
    batch = list(TraceSeal.objects.filter(number__gt=start.number).order_by("number")[:BATCH])
    return next((seal for seal in reversed(batch) if seal.at < before), None)


def _remove(start: Head, last: TraceSeal, before: datetime, now: datetime) -> int:
    latest = TracePurge.objects.first()
    purge = TracePurge(
        at=now, before=before, count=last.number - start.number, last_number=last.number, last_mac=last.mac
    )
    purge.mac = mac_of(*purge_parts(purge, latest.mac if latest else ""))
    purge.save()  # the triggers let go of what it covers
    seals = TraceSeal.objects.filter(number__lte=last.number)
    lines = Trace.objects.filter(pk__in=seals.values("trace_id"))
    lines._raw_delete(lines.db)  # noqa: SLF001 -- the seals that point to them go next, before the commit
    seals._raw_delete(seals.db)  # noqa: SLF001
    return purge.count
