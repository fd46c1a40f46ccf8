"""Row locks, of one kind everywhere."""

from typing import TypeVar

from django.db.models import Manager, Model, QuerySet

M = TypeVar("M", bound=Model)


def hold(rows: QuerySet[M] | Manager[M], *, skip_held: bool = False) -> QuerySet[M]:
    """Give rows that are locked, once read, until the transaction ends; not those they are joined with.

    ``skip_held`` leaves out the rows another transaction holds, instead of waiting for them. Their keys stay
    free (FOR NO KEY UPDATE): whoever writes a row that only names one of them need not wait, and so cannot
    wait for somebody who waits for him. On SQLite the transaction itself is the lock (it begins IMMEDIATE).
    """
    return rows.select_for_update(of=("self",), no_key=True, skip_locked=skip_held)
