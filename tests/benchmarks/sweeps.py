"""How quick the sweeps are, beside one statement that does the same with nothing around it (section 10).

On PostgreSQL, in a database of its own that is dropped at the end:
``DATABASE_URL=postgres://… python -m tests.benchmarks.sweeps --orders 1000000 --due 10000``.

Three promises: the sweep moves at least half as many rows a second as one UPDATE … RETURNING with the INSERT
of its events; finding what is due takes as long at a million orders as at ten thousand, within a fifth; a
sweep with nothing due takes under 5 ms.

Two statements are there to compare with: the bare one, and one that writes as many rows as the whole sweep
does (order, card, both events, message, mail), with the same texts for all. Rows a second are given twice: on
the clock, and by the processor time of Python and PostgreSQL, which says the same whoever else is at work.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import OutboxMail
from accounts.sweeps import run, together
from carte.controle import expire_claims
from carte.enums import CommandeState
from carte.fabrication import deliver_due
from carte.models import Commande
from tests.benchmarks.fill import fill, scratch_database
from tests.benchmarks.verify import spent
from vitale_portal.transitions import Actor, Step, move_batch, moved, moving

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


# The same, with the card and what its author is told: all that the sweep writes.
WHOLE_STATEMENT = """
WITH due AS (
    SELECT id FROM carte_commande WHERE state = 'SHIPPED' AND due_at <= %(now)s
    ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE carte_commande
    SET state = 'DELIVERED', version = version + 1, delivered_at = %(now)s,
        due_at = %(now)s + interval '2 months'
    WHERE id IN (SELECT id FROM due) RETURNING id, version, reference, author_id
), kept AS (
    INSERT INTO carte_commandeevent (subject_id, number, from_state, to_state, at, actor, reason)
    SELECT id, version, 'SHIPPED', 'DELIVERED', %(now)s, 'POST', '' FROM moved
), told AS (
    INSERT INTO accounts_message (reference, assure_id, notice, about, subject, body, written_at)
    SELECT substr(md5(random()::text), 1, 10), author_id, 'commande_delivered',
        'commande ' || reference || ' n° ' || version, %(subject)s, %(body)s, %(now)s
    FROM moved RETURNING reference, assure_id
), mailed AS (
    INSERT INTO accounts_outboxmail
        (message_id, recipient, subject, text, html, written_at, due_at, attempts, last_error)
    SELECT '<' || told.reference || '@masse.example>', email, %(subject)s, %(text)s, %(html)s,
        %(now)s, %(now)s, 0, ''
    FROM told JOIN accounts_assure ON accounts_assure.id = assure_id
), used AS (
    UPDATE carte_carte
    SET state = 'IN_USE', version = carte_carte.version + 1, in_use_at = %(now)s,
        remind_at = %(now)s + interval '1 year'
    FROM moved WHERE commande_id = moved.id RETURNING carte_carte.id, carte_carte.version
), kept_too AS (
    INSERT INTO carte_carteevent (subject_id, number, from_state, to_state, at, actor, reason)
    SELECT id, version, 'IN_TRANSIT', 'IN_USE', %(now)s, 'POST', '' FROM used
)
SELECT id FROM moved
"""


def statement(now: datetime) -> int:
    """Move a batch by one statement."""
    return _one(STATEMENT, {"now": now})


def whole_statement(now: datetime) -> int:
    """Move a batch and write all that follows, by one statement; its texts are those of a true notice."""
    mail = OutboxMail.objects.filter(subject__gt="a").exclude(html="<p>Bonjour</p>").first()
    texts = {name: getattr(mail, name, "Bonjour") for name in ("subject", "text", "html")}
    return _one(WHOLE_STATEMENT, {"now": now, "body": texts["text"][:280], **texts})


def _one(sql: str, facts: dict[str, object]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts | {"batch": BATCH})
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
    signals = (moving, moved)
    receivers = [signal.receivers for signal in signals]
    for signal in signals:
        signal.receivers = []
        signal.sender_receivers_cache.clear()
    try:
        yield
    finally:
        for signal, those in zip(signals, receivers, strict=True):
            signal.receivers = those
            signal.sender_receivers_cache.clear()


@dataclass(frozen=True)
class Rate:
    """Rows a second: on the clock, and by processor time."""

    clock: float
    processor: float


def rate(act: Callable[[datetime], int]) -> Rate:
    """Give the rates of one batch."""
    pid = connection.connection.info.backend_pid
    now, busy, here, start = timezone.now(), spent(pid), time.thread_time(), time.perf_counter()
    rows = act(now)
    taken, used = time.perf_counter() - start, time.thread_time() - here + spent(pid) - busy
    assert rows == BATCH, rows
    return Rate(rows / taken, rows / used)


WAYS = {
    "one statement": statement,
    "the move": bare,
    "one statement, as many rows": whole_statement,
    "with cards and notices": deliver_due,
}


def turns(batches: int) -> dict[str, Rate]:
    """Give the rates of each way, the ways taking turns so that all meet the same tables."""
    deliver_due(timezone.now())  # warm; and a true mail is there to be copied
    found: dict[str, list[Rate]] = {name: [] for name in WAYS}
    for _ in range((batches - 1) // len(WAYS)):
        for name, act in WAYS.items():
            found[name].append(rate(act))
    return {
        name: Rate(
            statistics.median(one.clock for one in rates), statistics.median(one.processor for one in rates)
        )
        for name, rates in found.items()
    }


def usual(act: Callable[[], object], times: int = 50) -> float:
    """Give the median of so many calls, once warm, in milliseconds."""
    found = []
    for _ in range(times + times // 10):
        start = time.perf_counter()
        act()
        found.append(time.perf_counter() - start)
    return 1_000 * statistics.median(found[times // 10 :])


TIMES = 500


def finding() -> tuple[float, float]:
    """Time the question « what is due? » of a sweep: on the clock, and PostgreSQL's processor time, in ms."""
    now = timezone.now()
    due = Commande.objects.filter(state=CommandeState.SHIPPED, due_at__lte=now).order_by("due_at", "pk")
    ask = lambda: list(due.values_list("pk", flat=True)[:BATCH])  # noqa: E731 -- asked many times
    assert len(ask()) == BATCH
    usual(ask)
    pid = connection.connection.info.backend_pid
    busy = spent(pid)
    clock = usual(ask, TIMES)
    return clock, 1_000 * (spent(pid) - busy) / (TIMES + TIMES // 10)


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
        for what, one, other in zip(("on the clock", "by PostgreSQL's processor"), few, many, strict=True):
            print(
                f"finding what is due, {what}: {one:.2f} ms at {FEW} orders,"
                f" {other:.2f} ms at {options.orders}, {other / one:.2f} times"
            )
        alone = usual(lambda: expire_claims(timezone.now()))
        traced = usual(lambda: run("benchmark", expire_claims))
        print(
            f"an empty sweep: {alone:.2f} ms, {traced:.2f} ms with its trace; load {os.getloadavg()[0]:.1f}"
        )
        rates = turns(options.due // BATCH)
        for name, found in rates.items():
            against = rates["one statement"], rates["one statement, as many rows"]
            shares = [
                f"{found.clock / one.clock:.2f} ({found.processor / one.processor:.2f})" for one in against
            ]
            print(
                f"{name}: {found.clock:.0f} rows/s ({found.processor:.0f} by the processor);"
                f" {shares[0]} of one statement, {shares[1]} of one that writes as much"
            )


if __name__ == "__main__":
    main()
