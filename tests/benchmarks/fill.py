"""A caisse of many years: orders by the million in PostgreSQL, by COPY, all consistent with each other.

Four orders a person: three long delivered, whose cards are opposed, and the one of today, which stands
somewhere on its way. Each has its events, its messages, their mails, its card and the card's events, so
that ``manage.py verify`` finds nothing wrong. Pieces there are none. References lack their check character.

By hand, on a database that is migrated and has the caisses of the fixture:
``DATABASE_URL=postgres://… python -m tests.benchmarks.fill --orders 1000000 --due 10000``.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from carte.enums import CommandeState
from tests.benchmarks.past import ORDERS_A_PERSON, Filling, tables


def fill(
    connection: Any,
    orders: int = 1_000_000,
    due: int = 10_000,
    due_states: Sequence[CommandeState] = (CommandeState.SHIPPED,),
    now: datetime | None = None,
) -> None:
    """Write so many orders, ``due`` of them due for a few seconds in each of these states: a quarter at most.

    The caisses of the fixture have to be there. Indexes and foreign keys are put aside meanwhile.
    """
    assert due * len(due_states) * ORDERS_A_PERSON <= orders
    call_command("loaddata", "regimes", verbosity=0)
    filling = Filling(orders, due, due_states, now or datetime.now(UTC))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off; SET LOCAL maintenance_work_mem = '512MB'")
        plan = tables(filling)
        names = [table.name for table, _rows in plan]
        with indexes_aside(cursor, names):
            for table, rows in plan:
                table.write(cursor, rows())
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608
                )
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {', '.join(names)}")


@contextmanager
def indexes_aside(cursor: Any, names: list[str]) -> Iterator[None]:
    """Drop what each row would be checked against, and make it again at the end: many times quicker."""
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('f', 'u') AND conrelid::regclass::text = ANY(%s) ORDER BY contype DESC",
        [names],
    )
    constraints = cursor.fetchall()
    for table, name, _definition in constraints:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE NOT indisprimary AND indrelid::regclass::text = ANY(%s)",
        [names],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in constraints:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def scratch_database() -> Iterator[Any]:
    """A database of one's own, migrated, beside the one DATABASE_URL names; it is dropped at the end."""
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield connection
    finally:
        connection.close()
        connection.creation.destroy_test_db(name, verbosity=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    options = parser.parse_args()
    start = time.monotonic()
    fill(connection, options.orders, options.due)
    print(f"{options.orders} orders in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
