"""How quick the sweeps are, beside one statement that does the same with nothing around it (section 10).

On PostgreSQL, in a database of its own that is dropped at the end:
``DATABASE_URL=postgres://… python -m tests.benchmarks.sweeps --orders 1000000 --due 10000``.

Three promises: the sweep moves at least half as many rows a second as one UPDATE … RETURNING with the INSERT
of its events; finding what is due takes as long at a million orders as at ten thousand, within a fifth; a
sweep with nothing due takes under 5 ms.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.sweeps import run, together
from carte.controle import expire_claims
from carte.enums import CommandeState
from carte.fabrication import deliver_due
from carte.models import Commande
from tests.benchmarks.fill import fill, scratch_database
from vitale_portal.transitions import Actor, Step, move_batch, moved

BATCH = 500
FEW = 10_000
STATEMENT = """
WITH due AS (
    SELECT id FROM carte_commande WHERE state = 'SHIPPED' AND due_at <= %(now)s
    ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE carte_commande
    SET state = 'DELIVERED', version = version + 1, delivered_at = %(now)s, due_at = NULL
    WHERE id IN (SELECT id FROM due) RETURNING id, version
)
INSERT INTO carte_commandeevent (subject_id, number, from_state, to_state, at, actor, reason)
SELECT id, version, 'SHIPPED', 'DELIVERED', %(now)s, 'POST', '' FROM moved
"""


def statement(now: datetime) -> int:
    """Move a batch by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {"now": now, "batch": BATCH})
        return int(cursor.rowcount)


def bare(now: datetime) -> int:
    """Move a batch as every sweep does: found, locked, moved with its events; nobody listens."""
    due = Commande.objects.filter(state=CommandeState.SHIPPED, due_at__lte=now).order_by("due_at", "pk")
    step = Step(
        to=CommandeState.DELIVERED, actor=Actor.POST, at=now, changes={"delivered_at": now, "due_at": None}
    )
    act = lambda rows: move_batch(rows, step)  # noqa: E731 -- what a sweep passes
    with nobody_listens():
        return len(together("benchmark", due, act, now=now, most=BATCH))


@contextmanager
def nobody_listens() -> Iterator[None]:
    """Leave out what other modules do when an order moves."""
    receivers, moved.receivers = moved.receivers, []
    moved.sender_receivers_cache.clear()
    try:
        yield
    finally:
        moved.receivers = receivers
        moved.sender_receivers_cache.clear()


def rate(act: Callable[[datetime], int], batches: int) -> float:
    """Give the rows a second of so many batches."""
    now, start = timezone.now(), time.perf_counter()
    rows = sum(act(now) for _ in range(batches))
    assert rows == batches * BATCH, rows
    return rows / (time.perf_counter() - start)


def turns(batches: int) -> dict[str, float]:
    """Give the rows a second of each way, the ways taking turns so that all meet the same tables."""
    ways = {"one statement": statement, "the move": bare, "with cards and notices": deliver_due}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(batches // len(ways)):
        for name, act in ways.items():
            found[name].append(rate(act, 1))
    return {name: statistics.median(rates) for name, rates in found.items()}


def usual(act: Callable[[], object], times: int = 50) -> float:
    """Give the median of so many calls, in milliseconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        found.append(time.perf_counter() - start)
    return 1_000 * statistics.median(found)


def finding() -> float:
    """Time the question « what is due? » of a sweep."""
    now = timezone.now()
    due = Commande.objects.filter(state=CommandeState.SHIPPED, due_at__lte=now).order_by("due_at", "pk")
    return usual(lambda: list(due.values_list("pk", flat=True)[:BATCH]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    options = parser.parse_args()
    settings.VITALE_CENTRE_REFUSAL_RATE = settings.VITALE_POST_RETURN_RATE = 0.0
    with scratch_database():
        fill(connection, FEW, FEW // 5)
        few = finding()
    with scratch_database():
        fill(connection, options.orders, options.due)
        many = finding()
        print(f"finding what is due: {few:.2f} ms at {FEW} orders, {many:.2f} ms at {options.orders}")
        alone = usual(lambda: expire_claims(timezone.now()))
        traced = usual(lambda: run("benchmark", expire_claims))
        print(f"an empty sweep: {alone:.2f} ms, {traced:.2f} ms with its trace")
        rates = turns(options.due // BATCH)
        for name, rows in rates.items():
            print(f"{name}: {rows:.0f} rows/s, {rows / rates['one statement']:.2f} of one statement")


if __name__ == "__main__":
    main()
