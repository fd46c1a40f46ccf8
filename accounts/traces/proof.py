"""The proof of the trace: no line was changed, taken out, put in or moved (``manage.py prouver_traces``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count

from accounts.models import Trace, TracePurge, TraceSeal
from accounts.traces.chain import Head, holds, kept_head, purge_parts, purged_head, seal_parts
from accounts.traces.macs import COLUMNS, is_mac_of, is_mac_of_line
from vitale_portal.storage import FileUnreadable

CHUNK = 5000
_READ = ("number", "mac", "at", "trace_id", "trace__mac", *(f"trace__{name}" for name in COLUMNS))


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where in the trace, and what."""

    where: str
    what: str


def prove(now: datetime, noted: Head | None = None) -> Iterator[Fault]:
    """Tell all that is wrong with the trace; nothing when it is whole. Writes nothing.

    ``noted`` is a head told by an earlier proof, that the chain must still go through.
    """
    yield from _armed()
    yield from _purges()
    # Up to here: lines are sealed meanwhile.
    yield from prove_seals(purged_head(), last_head().number)
    yield from _twice()
    yield from _waiting(now)
    yield from _end(noted)


def last_head() -> Head:
    """Give the head of the chain as it stands."""
    last = TraceSeal.objects.last()
    return Head(last.number, last.mac) if last else purged_head()


def prove_seals(start: Head, upto: int) -> Iterator[Fault]:
    """Tell what is wrong after a seal, up to another: lines against their macs, seals against those before.

    One fault a line: what follows is held against what stands there.
    """
    head: Head | None = start
    number = start.number
    seals = TraceSeal.objects.order_by("number").values_list(*_READ)
    # By ranges of numbers rather than by LIMIT: as quick without statistics on the tables.
    for first in range(start.number + 1, upto + 1, CHUNK):
        for found, mac, at, key, line_mac, *columns in seals.filter(
            number__range=(first, min(first + CHUNK - 1, upto))
        ):
            if found != number + 1:
                yield from _missing(number + 1, found - 1)
                head = _seal_before(found)
            if not is_mac_of_line(line_mac, columns):
                yield Fault(f"trace {columns[0]}", "changée, ou écrite sans le portail")
            if head and not is_mac_of(mac, *seal_parts(head, key, line_mac, at)):
                yield Fault(
                    f"sceau {found}", "ne suit pas le précédent : changé, déplacé, ou ligne remplacée"
                )
            number, head = found, Head(found, mac)
    if number < upto:
        yield from _missing(number + 1, upto)


def _seal_before(number: int) -> Head | None:
    """Give the seal before, when it is there though its line is not."""
    seal = TraceSeal.objects.filter(number=number - 1).first()
    return Head(seal.number, seal.mac) if seal else None


def _missing(first: int, last: int) -> Iterator[Fault]:
    """Tell which lines are gone of these seals, and which seals."""
    seals = TraceSeal.objects.filter(number__range=(first, last)).order_by("number")
    left = list(seals.values_list("number", flat=True))
    yield from (Fault(f"sceau {number}", "sa ligne a disparu") for number in left)
    if len(left) < last - first + 1:
        span = f"sceau {first}" if first == last else f"sceaux {first} à {last}"
        yield Fault(span, f"{last - first + 1 - len(left)} disparu(s), et leurs lignes sans preuve")


def _purges() -> Iterator[Fault]:
    """Tell the purges that the portal did not write, or that do not follow one another."""
    before, number = "", 0
    for purge in TracePurge.objects.order_by("pk"):
        number += purge.count
        if not is_mac_of(purge.mac, *purge_parts(purge, before)) or purge.last_number != number:
            yield Fault(f"purge {purge.pk}", "changée, ou écrite sans le portail")
        before, number = purge.mac, purge.last_number


def _twice() -> Iterator[Fault]:
    """Tell the lines that were copied: each has a number of its own."""
    rows = Trace.objects.order_by().values("reference").annotate(times=Count("pk")).filter(times__gt=1)
    for row in rows:
        yield Fault(f"trace {row['reference']}", f"écrite {row['times']} fois")


def _waiting(now: datetime) -> Iterator[Fault]:
    """Tell the lines without a seal for longer than two sweeps, and those that are not the portal's."""
    late = now - max(timedelta(seconds=2 * settings.SWEEP_INTERVAL), timedelta(seconds=10))
    for mac, *columns in Trace.objects.filter(seal=None).order_by("pk").values_list("mac", *COLUMNS):
        if not is_mac_of_line(mac, columns):
            yield Fault(f"trace {columns[0]}", "pas encore scellée, changée ou écrite sans le portail")
        elif columns[COLUMNS.index("at")] < late:
            yield Fault(f"trace {columns[0]}", "pas scellée depuis plus de deux passages")


def _end(noted: Head | None) -> Iterator[Fault]:
    """Tell when the end of the chain was cut, by the head kept outside the database."""
    try:
        kept = kept_head()
    except FileUnreadable:
        yield Fault("tête", "celle qui est gardée avec les pièces a été changée, ou sa clé manque")
        kept = None
    else:
        if kept is None and TraceSeal.objects.exists():
            yield Fault("tête", "aucune n’est gardée avec les pièces : une fin coupée ne se verrait pas")
    for head, whose in ((kept, "gardée avec les pièces"), (noted, "notée")):
        if head and not holds(head):
            yield Fault(f"sceau {head.number}", f"la tête {whose} n’est plus dans la chaîne : fin coupée")


TRIGGERS = frozenset(
    f"{table}_{event}"
    for table in ("accounts_trace", "accounts_traceseal", "accounts_tracepurge")
    for event in ("update", "delete")
)
TRIGGERS_OF_POSTGRESQL = TRIGGERS | {f"{name.rpartition('_')[0]}_truncate" for name in TRIGGERS}
_LISTED = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def _armed() -> Iterator[Fault]:
    """Tell the triggers that no longer refuse."""
    wanted = TRIGGERS_OF_POSTGRESQL if connection.vendor == "postgresql" else TRIGGERS
    with connection.cursor() as cursor:
        cursor.execute(_LISTED[connection.vendor])
        found = {name for (name,) in cursor.fetchall()}
    yield from (Fault(f"déclencheur {name}", "absent ou désarmé") for name in sorted(wanted - found))
