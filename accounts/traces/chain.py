"""The chain of the trace: sealing its lines in order, apart from those who write them.

Writers never wait for one another: a line is written with its own mac, in its transaction. A sweep then
seals what was committed: a seal has the next number and a mac of the line and of the seal before, so that
none can be taken out, put in or moved unseen. A line whose transaction ended late has a lower key than some
sealed before it; it is sealed when it comes, once.

A chain cannot show that its own end was cut: the sweep keeps the number and mac of its last seal outside
the database, in the storage of the pieces.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from accounts.models import Trace, TracePurge, TraceSeal
from accounts.traces.macs import mac_of
from vitale_portal.storage import FileUnreadable

logger = logging.getLogger(__name__)

BATCH = 5000
# No transaction lasts that long: what has a lower key than all that was sealed before then is sealed.
LATEST = timedelta(days=1)
FOLDER = "traces"


@dataclass(frozen=True)
class Head:
    """The end of a chain: its last number and mac; 0 and nothing before the first."""

    number: int = 0
    mac: str = ""


def unsealed(now: datetime) -> QuerySet[Trace]:
    """Give lines that wait for their seal, in order of key: the newest; when there are none, late ones."""
    last = TraceSeal.objects.aggregate(key=Max("trace"))["key"] or 0
    rows = Trace.objects.order_by("pk")
    newest = rows.filter(pk__gt=last)
    if newest.exists():
        return newest
    before = TraceSeal.objects.filter(at__lte=now - LATEST).last()
    return rows.filter(seal=None, pk__gt=before.trace_id if before else 0)


def seal_due(now: datetime) -> int:
    """Seal a batch of the lines that wait, in order; return how many. A sweep.

    Of two at once the second finds its numbers taken, and leaves it to the first.
    """
    try:
        with transaction.atomic():
            return _seal_batch(now)
    except IntegrityError:
        return 0


def _seal_batch(now: datetime) -> int:
    last = TraceSeal.objects.last()
    head = Head(last.number, last.mac) if last else purged_head()
    at = max(now, last.at) if last else now
    seals = []
    for key, mac in unsealed(now).values_list("pk", "mac")[:BATCH]:
        number = head.number + 1
        seals.append(
            TraceSeal(number=number, trace_id=key, at=at, mac=mac_of(*seal_parts(head, key, mac, at)))
        )
        head = Head(number, seals[-1].mac)
    TraceSeal.objects.bulk_create(seals)
    if not seals:
        keep_head(head)
    return len(seals)


def seal_parts(before: Head, key: int, mac: str, at: datetime) -> tuple[object, ...]:
    """Give what the mac of a seal covers: its number, the seal before, its line, its instant."""
    return "seal", before.number + 1, before.mac, key, mac, at


def purge_parts(purge: TracePurge, before: str) -> tuple[object, ...]:
    """Give what the mac of a purge covers: its line, and the mac of the purge before."""
    return "purge", before, purge.at, purge.before, purge.count, purge.last_number, purge.last_mac


def purged_head() -> Head:
    """Give where the chain begins: after what was purged."""
    purge = TracePurge.objects.first()
    return Head(purge.last_number, purge.last_mac) if purge else Head()


# --- The head, outside the database -------------------------------------------------------------


def kept_head() -> Head | None:
    """Give the head that is kept; None when there is none. Raises ``FileUnreadable`` when it was changed."""
    names = _names()
    if not names:
        return None
    with default_storage.open(f"{FOLDER}/{names[-1]}", "rb") as file:
        return Head(int(names[-1]), file.read().decode())


def keep_head(head: Head) -> None:
    """Keep the head of the chain, once all is sealed; never over one that the chain no longer holds."""
    try:
        known = kept_head()
    except FileUnreadable:
        logger.critical("The head kept of the trace cannot be read: it is not replaced")
        return
    if known is not None and not holds(known):
        logger.critical("The trace lost its end after seal %s: manage.py prouver_traces", known.number)
        return
    if head.number <= (known.number if known else 0):
        return
    older = _names()
    default_storage.save(f"{FOLDER}/{head.number:015d}", ContentFile(head.mac.encode()))
    for name in older:
        default_storage.delete(f"{FOLDER}/{name}")


def holds(head: Head) -> bool:
    """Tell whether the chain goes through that head; what was purged since cannot be told, and passes."""
    purged = purged_head()
    if head.number == purged.number:
        return head.mac == purged.mac
    return head.number < purged.number or TraceSeal.objects.filter(number=head.number, mac=head.mac).exists()


def _names() -> list[str]:
    try:
        return sorted(default_storage.listdir(FOLDER)[1])
    except FileNotFoundError:
        return []
