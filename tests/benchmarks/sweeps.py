"""How quick the sweeps are, beside one statement that does the same with nothing around it (section 10).

On PostgreSQL, in a database of its own that is dropped at the end:
``DATABASE_URL=postgres://… python -m tests.benchmarks.sweeps --orders 1000000 --due 10000``.

Three promises: a sweep moves at least half as many rows a second as one UPDATE … RETURNING with the INSERT
of its events; finding what is due takes as long at a million orders as at ten thousand, within a fifth; a
sweep with nothing due takes under 5 ms.

Two sweeps run as the worker runs them, with all that listens: claims given back, which tells nobody, and
deliveries, with a card, a message and a mail each. Deliveries are set beside a second statement too, which
writes as many rows as the sweep (order, card, both events, message, mail), with the same texts for all. Rows
a second are given twice: on the clock, and by the processor time of Python and PostgreSQL, which says the
same whoever else is at work.
"""

# ruff: noqa: S608 -- the statements are put together from text of this file

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from statistics import median

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Message, OutboxMail
from accounts.sweeps import BATCH, run
from carte.controle import expire_claims
from carte.enums import CommandeState
from carte.fabrication import deliver_due, ship_due
from carte.models import Commande
from tests.benchmarks.fill import fill, scratch_database
from tests.benchmarks.verify import spent
from tests.factories import AgentFactory

FEW = 10_000
DUE_STATES = (CommandeState.IN_REVIEW, CommandeState.SHIPPED)
DUE = """
    SELECT id FROM carte_commande WHERE state = %(from)s AND due_at <= %(now)s
    ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""
CLAIMS = f"""
WITH due AS ({DUE}), moved AS (
    UPDATE carte_commande SET state = 'SUBMITTED', version = version + 1, claimed_by_id = NULL, due_at = NULL
    WHERE id IN (SELECT id FROM due) RETURNING id, version
)
INSERT INTO carte_commandeevent (subject_id, number, from_state, to_state, at, actor, reason)
SELECT id, version, 'IN_REVIEW', 'SUBMITTED', %(now)s, 'SYSTEM', 'délai écoulé' FROM moved
"""
DELIVERIES = f"""
WITH due AS ({DUE}), moved AS (
    UPDATE carte_commande
    SET state = 'DELIVERED', version = version + 1, delivered_at = %(now)s,
        due_at = %(now)s + interval '2 months'
    WHERE id IN (SELECT id FROM due) RETURNING id, version
)
INSERT INTO carte_commandeevent (subject_id, number, from_state, to_state, at, actor, reason)
SELECT id, version, 'SHIPPED', 'DELIVERED', %(now)s, 'POST', '' FROM moved
"""
# The same, with the card and what its author is told: all that the sweep writes.
WHOLE_DELIVERIES = f"""
WITH due AS ({DUE}), moved AS (
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


def claims(now: datetime) -> int:
    """Give a batch of claims back by one statement."""
    return _one(CLAIMS, CommandeState.IN_REVIEW, now)


def deliveries(now: datetime) -> int:
    """Deliver a batch by one statement."""
    return _one(DELIVERIES, CommandeState.SHIPPED, now)


def whole_deliveries(now: datetime) -> int:
    """Deliver a batch and write all that follows, by one statement; its texts are those of a true notice."""
    return _one(WHOLE_DELIVERIES, CommandeState.SHIPPED, now, **_texts())


@cache
def _texts() -> dict[str, str]:
    """Read what the sweep wrote last: it has the first turn."""
    message, mail = Message.objects.latest("pk"), OutboxMail.objects.latest("pk")
    return {"body": message.body, **{name: getattr(mail, name) for name in ("subject", "text", "html")}}


def _one(sql: str, state: CommandeState, now: datetime, **texts: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"from": state.value, "now": now, "batch": BATCH, **texts})
        return int(cursor.rowcount)


Act = Callable[[datetime], int]


@dataclass(frozen=True)
class Rate:
    """Rows a second: on the clock, and by processor time."""

    clock: float
    processor: float


def rate(act: Act) -> Rate:
    """Give the rates of one batch."""
    pid = connection.connection.info.backend_pid
    now, busy, here, start = timezone.now(), spent(pid), time.thread_time(), time.perf_counter()
    rows = act(now)
    taken, used = time.perf_counter() - start, time.thread_time() - here + spent(pid) - busy
    assert rows == BATCH, rows
    return Rate(rows / taken, rows / used)


SWEEPS: dict[str, tuple[Act, dict[str, Act]]] = {
    "claims given back": (expire_claims, {"one statement": claims}),
    "deliveries": (
        deliver_due,
        {"one statement": deliveries, "one that writes as many rows": whole_deliveries},
    ),
}


def turns(acts: Sequence[Act], batches: int) -> list[Rate]:
    """Give the rates of each act, which take turns so that all meet the same tables, once warm."""
    for act in acts:
        act(timezone.now())
    found = [[rate(act) for act in acts] for _ in range(batches // len(acts) - 1)]
    return [
        Rate(median(one.clock for one in rates), median(one.processor for one in rates))
        for rates in zip(*found, strict=True)
    ]


def usual(act: Callable[[], object], times: int = 50) -> float:
    """Give the median of so many calls, once warm, in milliseconds."""
    found = []
    for _ in range(times + times // 10):
        start = time.perf_counter()
        act()
        found.append(time.perf_counter() - start)
    return 1_000 * median(found[times // 10 :])


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


def filled(orders: int, due: int) -> None:
    """Fill the database; the orders in review are in the hands of an agent."""
    fill(connection, orders, due, DUE_STATES)
    Commande.objects.filter(state=CommandeState.IN_REVIEW).update(claimed_by=AgentFactory())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) carte_commande")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    options = parser.parse_args()
    settings.VITALE_CENTRE_REFUSAL_RATE = settings.VITALE_POST_RETURN_RATE = 0.0
    with scratch_database():
        filled(FEW, FEW // 10)
        few = finding()
    with scratch_database():
        filled(options.orders, options.due)
        many = finding()
        for what, one, other in zip(("on the clock", "by PostgreSQL's processor"), few, many, strict=True):
            print(
                f"finding what is due, {what}: {one:.2f} ms at {FEW} orders,"
                f" {other:.2f} ms at {options.orders}, {other / one:.2f} times"
            )
        alone = usual(lambda: ship_due(timezone.now()))
        traced = usual(lambda: run("benchmark", ship_due))
        print(
            f"an empty sweep: {alone:.2f} ms, {traced:.2f} ms with its trace; load {os.getloadavg()[0]:.1f}"
        )
        for name, (sweep, statements) in SWEEPS.items():
            ours, *theirs = turns([sweep, *statements.values()], options.due // BATCH)
            print(f"{name}: {ours.clock:.0f} rows/s on the clock, {ours.processor:.0f} by the processor")
            for what, one in zip(statements, theirs, strict=True):
                shares = f"{ours.clock / one.clock:.2f} and {ours.processor / one.processor:.2f}"
                print(f"    {what}: {one.clock:.0f} and {one.processor:.0f}; the sweep has {shares} of it")


if __name__ == "__main__":
    main()
