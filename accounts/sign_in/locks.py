"""What failed sign-ins close, for how long, and to whom (A3).

Three counts: of an identifier from one address (the pair), of an identifier whatever the address, of the
identifiers an address has failed on. A try is counted before its code is looked at and given back if the
code was right, so that however many come at once none passes between a look and a count. While a count is
closed a try costs one read: nothing is hashed, nothing written, for accounts that exist as for others.

A device its holder has used before is counted by itself and meets no other count: whatever strangers do
to his identifier or from his address, he gets in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction

from accounts.enums import LockKind
from accounts.models import Lock, User
from accounts.rates import keyed
from vitale_portal.locks import hold


class Paused(Exception):
    """Too many tries: come back in ``wait`` seconds. Says nothing of any account."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"closed for {wait} s")
        self.wait = wait


@dataclass(frozen=True)
class Rule:
    """How many failures close, and for how long; the pause doubles with each failure after that.

    One failure is forgotten every ``forgets``. ``afresh``: once open again it counts from nothing.
    """

    closes_at: int
    pause: timedelta
    longest: timedelta
    forgets: timedelta
    afresh: bool = False


QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
RULES = {
    LockKind.PAIR: Rule(5, QUARTER, QUARTER, QUARTER, afresh=True),
    LockKind.IDENTIFIER: Rule(10, timedelta(minutes=1), HOUR, HOUR),
    LockKind.NETWORK: Rule(20, timedelta(minutes=1), HOUR, QUARTER),
}
DOUBLINGS = 6  # after which a pause of a minute is the longest
COUNTED = ("failures", "counted_at", "closed_until", "forget_at", "user")


@dataclass(frozen=True)
class Knock:
    """Somebody at a door: which one, as whom, from where, and on which known device of his, if any."""

    door: str
    identifier: str
    network: str
    device: str = ""

    @property
    def keys(self) -> dict[LockKind, str]:
        """What this try is counted under."""
        who = f"{self.door} {self.identifier}"
        if self.device:
            return {LockKind.PAIR: keyed("device", f"{who} {self.device}")}
        return {
            LockKind.PAIR: keyed("pair", f"{who} {self.network}"),
            LockKind.IDENTIFIER: keyed("identifier", who),
            LockKind.NETWORK: keyed("network", self.network),
        }


@dataclass(frozen=True)
class Taken:
    """A try that was counted: under which keys, and which of them it closed."""

    keys: dict[LockKind, str]
    closed: tuple[LockKind, ...]


# --- The rules, on one count ----------------------------------------------------------------------


def remembered(lock: Lock, now: datetime) -> tuple[int, datetime]:
    """Give how many failures still count, and the instant from which the next is forgotten."""
    rule = RULES[LockKind(lock.kind)]
    if rule.afresh and lock.closed_until and lock.closed_until <= now:
        return 0, now
    forgotten = max(0, (now - lock.counted_at) // rule.forgets)
    if forgotten >= lock.failures:
        return 0, now
    return lock.failures - forgotten, lock.counted_at + forgotten * rule.forgets


def fail(lock: Lock, now: datetime) -> bool:
    """Count one failure on a count that is open; tell whether it closes it."""
    rule = RULES[LockKind(lock.kind)]
    failures, lock.counted_at = remembered(lock, now)
    lock.failures = min(failures + 1, rule.closes_at + DOUBLINGS)
    over = lock.failures - rule.closes_at
    lock.closed_until = now + min(rule.pause * 2**over, rule.longest) if over >= 0 else None
    lock.forget_at = max(lock.closed_until or now, lock.counted_at + lock.failures * rule.forgets)
    return over >= 0


def wait_of(locks: Iterable[Lock], now: datetime) -> int:
    """Give the seconds until all of them are open, 0 when they are. A lock ends at its instant."""
    ends = [lock.closed_until for lock in locks if lock.closed_until and lock.closed_until > now]
    return ceil((max(ends) - now).total_seconds()) if ends else 0


# --- One try --------------------------------------------------------------------------------------


def refuse_closed(knock: Knock, now: datetime) -> None:
    """Raise ``Paused`` when one of the counts is closed: one read, and nothing else."""
    _refuse(Lock.objects.filter(key__in=knock.keys.values(), closed_until__gt=now), now)


def _refuse(locks: Iterable[Lock], now: datetime) -> None:
    wait = wait_of(locks, now)
    if wait:
        raise Paused(wait)


def take(knock: Knock, user: User | None, now: datetime) -> Taken:
    """Count a try as failed until it is given back. ``user`` is whose account it is, when there is one.

    An address is counted once for each identifier it fails on. Raises ``Paused``, having counted nothing,
    when another try closed a count meanwhile.
    """
    with transaction.atomic():
        locks = _locked(knock.keys, now)
        _refuse(locks.values(), now)
        if remembered(locks[LockKind.PAIR], now)[0]:
            locks.pop(LockKind.NETWORK, None)
        closed = tuple(kind for kind, lock in locks.items() if fail(lock, now))
        for kind, lock in locks.items():
            lock.user = user if kind != LockKind.NETWORK else None
        Lock.objects.bulk_update(locks.values(), COUNTED)
    return Taken(knock.keys, closed)


def _locked(keys: dict[LockKind, str], now: datetime) -> dict[LockKind, Lock]:
    """Lock the counts of these keys, always in the same order, making those that are not there."""
    locks: list[Lock] = []
    while len(locks) < len(keys):  # again, when the sweep forgot one in between
        new = [Lock(key=key, kind=kind, counted_at=now, forget_at=now) for kind, key in keys.items()]
        Lock.objects.bulk_create(sorted(new, key=lambda lock: lock.key), ignore_conflicts=True)
        locks = _in_order(keys)
    return {LockKind(lock.kind): lock for lock in locks}


def _in_order(keys: dict[LockKind, str]) -> list[Lock]:
    """Lock the rows of these keys, everywhere in the same order: tries that cross never wait in a ring."""
    return list(hold(Lock.objects).filter(key__in=keys.values()).order_by("key"))


def give_back(taken: Taken) -> None:
    """Forget a try whose code was right: its pair starts from nothing, the others have one failure less."""
    with transaction.atomic():
        locks = _in_order(taken.keys)
        for lock in locks:
            kind = LockKind(lock.kind)
            lock.failures = 0 if kind == LockKind.PAIR else max(0, lock.failures - 1)
            lock.closed_until = None if kind in taken.closed else lock.closed_until
        Lock.objects.bulk_update(locks, ("failures", "closed_until"))


def forgive(knock: Knock) -> None:
    """Open the pair of who has just proved by his mailbox who he is, and set a new code (A3, A5).

    What was tried was the former code. The identifier and the network keep their counts: a stranger who
    shares this network tries a new code no faster for it. The holder is told of the lock all the same.
    """
    Lock.objects.filter(key=knock.keys[LockKind.PAIR]).update(failures=0, closed_until=None)


def to_tell(taken: Taken, now: datetime) -> None:
    """Have the sweep tell the holder what this failed try closed; the same work when there is none."""
    with transaction.atomic():
        closed = [lock.pk for lock in _in_order(taken.keys) if lock.kind in taken.closed]
        Lock.objects.filter(pk__in=closed).update(due_at=now)
