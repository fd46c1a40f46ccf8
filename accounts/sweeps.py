"""What sweeps share: a row that fails steps aside, the others go on, each run is kept (section 10).

Three calls, from the outside in: ``run`` is what a task does, ``together`` acts on a batch in one
transaction, ``each`` on one row after the other where something is rendered or sent in between.

Two beats at once, a late one, or a sweep killed half-way do no harm: what is due is read again behind the
locks, and a row that was acted on is due no longer.
"""

import logging
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import SetAside, SweepRun
from vitale_portal.locks import hold

logger = logging.getLogger(__name__)
M = TypeVar("M", bound=Model)

BATCH = 500
CHUNK = 100
FRAMES = 5  # of a failure, in the log
# A run goes on while rows are due, but not longer: the next tick takes what is left.
SPELL = timedelta(seconds=30)
# The database itself is away, or chose this transaction to end a deadlock: no row is to blame.
NOT_THE_ROW = (OperationalError, InterfaceError)


def run(name: str, act: Callable[[datetime], int]) -> int:
    """Run the sweep of a task until nothing is due, and keep when; return on how many rows it acted.

    ``act`` takes the instant and returns on how many rows it acted, a batch at most.
    """
    started_at, rows = timezone.now(), 0
    while done := act(timezone.now()):
        rows += done
        if timezone.now() - started_at >= SPELL:
            break
    _keep(name, {"started_at": started_at, "ended_at": timezone.now(), "rows": rows})
    return rows


def _keep(name: str, found: Mapping[str, Any]) -> None:
    """Write when a sweep ran. PostgreSQL need not wait for the disk: a crash loses a trace, no more."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO OFF")
        if not SweepRun.objects.filter(name=name).update(**found):
            SweepRun.objects.update_or_create(name=name, defaults=found)


def together(
    name: str,
    due: QuerySet[M],
    act: Callable[[list[M]], None],
    *,
    now: datetime,
    take: Callable[[Sequence[int]], list[M]] | None = None,
    most: int | None = BATCH,
) -> list[int]:
    """Act on the due rows of one batch in one transaction; return the keys of those acted on.

    ``due`` is ordered, the longest due first. ``take`` locks the rows of these keys that are still due, in
    the order of locks, leaving those another worker holds; by default just them. When ``act`` raises, its
    transaction is undone and each half tried alone, down to the row that fails: that one is set aside.
    ``most`` None takes all that is due.
    """
    aside = SetAside.objects.filter(sweep=name, model=_label(due.model))
    some_aside = aside.exists()
    rows = _without(aside, due, now) if some_aside else due
    keys = list(rows.values_list("pk", flat=True)[:most])
    done = _try(name, due, act, take or _locker(due), keys, now) if keys else []
    if some_aside:
        aside.filter(object_id__in=done).delete()
    return done


def _locker(due: QuerySet[M]) -> Callable[[Sequence[int]], list[M]]:
    rows = hold(due, skip_held=True)
    return lambda keys: list(rows.filter(pk__in=keys))


def _try(
    name: str,
    due: QuerySet[M],
    act: Callable[[list[M]], None],
    take: Callable[[Sequence[int]], list[M]],
    keys: Sequence[int],
    now: datetime,
) -> list[int]:
    try:
        with transaction.atomic():
            rows = take(keys)
            taken = [int(row.pk) for row in rows]
            if rows:
                act(rows)
    except NOT_THE_ROW:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with one row is not the matter of the next
        if len(keys) == 1:
            put_aside(name, due.model, keys[0], error, now)
            return []
        half = len(keys) // 2
        return [key for part in (keys[:half], keys[half:]) for key in _try(name, due, act, take, part, now)]
    return taken


def each(name: str, due: QuerySet[M], act: Callable[[M], bool], *, now: datetime, most: int = BATCH) -> int:
    """Act on each due row by itself, outside any transaction; return on how many it did something.

    ``act`` opens the transactions it needs and tells whether it did something. A row that raises is set
    aside. It ends once ``most`` rows were acted on or set aside, or its spell is over: what renders slowly
    on a busy machine may not keep a worker from the other sweeps.
    """
    started_at = timezone.now()
    aside = SetAside.objects.filter(sweep=name, model=_label(due.model))
    some_aside = aside.exists()
    done, failed, seen = 0, 0, []
    for row in _by_chunks(_without(aside, due, now) if some_aside else due):
        try:
            done += act(row)
            seen.append(int(row.pk))
        except NOT_THE_ROW:
            raise
        except Exception as error:  # noqa: BLE001 -- as above
            put_aside(name, due.model, row.pk, error, now)
            failed += 1
        if done + failed >= most or timezone.now() - started_at >= SPELL:
            break
    if some_aside:
        aside.filter(object_id__in=seen).delete()
    return done


def _by_chunks(rows: QuerySet[M]) -> Iterator[M]:
    """Read rows a few at a time, each time to the end: a cursor left open would shut SQLite to writers."""
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield from rows.filter(pk__in=keys[start : start + CHUNK])


def _without(aside: QuerySet[SetAside], due: QuerySet[M], now: datetime) -> QuerySet[M]:
    """Leave out the rows set aside whose pause is not over; those no longer due are forgotten."""
    aside.filter(retry_at__lte=now).exclude(object_id__in=due.order_by().values("pk")).delete()
    return due.exclude(Exists(aside.filter(object_id=OuterRef("pk"), retry_at__gt=now)))


def _label(model: type[Model]) -> str:
    return model._meta.label_lower  # noqa: SLF001 -- Django's documented name


def put_aside(name: str, model: type[Model], key: int, error: Exception, now: datetime) -> None:
    """Set a row aside for a pause that grows with each failure."""
    words = masked(error)
    logger.error(
        "%s set aside %s %s: %s\n%s",
        name,
        _label(model),
        key,
        words,
        "".join(
            traceback.format_tb(error.__traceback__, limit=-FRAMES)
        ),  # without the message: it may name people
    )
    row, _ = SetAside.objects.get_or_create(
        sweep=name,
        model=_label(model),
        object_id=key,
        defaults={"since": now, "retry_at": now, "error": words},
    )
    retry_at = now + growing_pause(row.attempts + 1)
    SetAside.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1, retry_at=retry_at, error=words)


def retry(asides: QuerySet[SetAside], *, now: datetime) -> int:
    """Have rows tried again by the next sweep, and return how many: someone mended what was wrong."""
    return asides.update(retry_at=now)


def growing_pause(attempts: int) -> timedelta:
    """Give the pause after so many failures: 1 minute, doubled each time, an hour at most."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 6)), timedelta(hours=1))


# What may name somebody in the text of an error: what is quoted or in brackets, figures, e-mail
# addresses, words in capitals (names are kept so).
PERSONAL = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»|\([^)]*\)|\S+@\S+|\S*\d\S*|\b[A-ZÀ-Ý][A-ZÀ-Ý'-]+\b")


def masked(error: Exception) -> str:
    """Give an error's class, its first line without what may name somebody, and where it was raised."""
    lines = str(error).splitlines()
    words = PERSONAL.sub("…", lines[0]) if lines else ""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" [{frames[-1].name}]" if frames else ""
    return f"{type(error).__name__}: {words[:200]}{where}"
