"""What failed sign-ins close, and for how long: the counts, to the second (A3)."""

from datetime import timedelta

import pytest

from accounts.enums import LockKind
from accounts.models import Lock
from accounts.sign_in.locks import (
    RULES,
    Knock,
    Paused,
    fail,
    give_back,
    refuse_closed,
    remembered,
    take,
    wait_of,
)
from tests.factories import DAY, HOUR, NOW

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUARTER = 15 * MINUTE
PAIR, IDENTIFIER, NETWORK = LockKind
HOME = Knock("assuré", "2561001053001", "192.0.2.1")


def blank(kind: LockKind) -> Lock:
    return Lock(key="k", kind=kind, counted_at=NOW, forget_at=NOW)


def failed(kind: LockKind, times: int, *, each: timedelta = timedelta()) -> Lock:
    """A count after so many failures, each as soon as it was open again, or after a while."""
    lock, now = blank(kind), NOW
    for _ in range(times):
        fail(lock, now)
        now = max(now + each, lock.closed_until or now)
    return lock


# --- One count ------------------------------------------------------------------------------------

CLOSES = {  # kind: failures, then seconds it is closed after each of the next ones
    PAIR: (5, [900]),
    IDENTIFIER: (10, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]),
    NETWORK: (20, [60, 120, 240, 480, 960, 1920, 3600]),
}


@pytest.mark.parametrize("kind", CLOSES)
def test_count_closes_at_its_failure_and_not_before(kind: LockKind) -> None:
    at, pauses = CLOSES[kind]
    lock = blank(kind)
    assert [fail(lock, NOW) for _ in range(at)] == [False] * (at - 1) + [True]
    assert lock.closed_until == NOW + pauses[0] * SECOND


@pytest.mark.parametrize("kind", [IDENTIFIER, NETWORK])
def test_pauses_double_up_to_an_hour(kind: LockKind) -> None:
    at, pauses = CLOSES[kind]
    lock, found = blank(kind), []
    for _ in range(at - 1):
        fail(lock, NOW)
    for _ in pauses:
        fail(lock, NOW)  # as many do at the instant it is open: nothing is forgotten in between
        found.append((lock.closed_until - NOW).total_seconds())
    assert found == pauses


def test_pair_starts_from_nothing_once_it_is_open_again() -> None:
    lock = failed(PAIR, 5)
    assert remembered(lock, NOW + QUARTER - SECOND) == (5, NOW)
    assert remembered(lock, NOW + QUARTER) == (0, NOW + QUARTER)
    assert [fail(lock, NOW + QUARTER) for _ in range(5)] == [False] * 4 + [True]


WAITS = {0: 900, 1: 899, 899: 1, 900: 0}


@pytest.mark.parametrize(("after", "wait"), WAITS.items(), ids=map(str, WAITS))
def test_lock_of_a_pair_lasts_15_minutes_to_the_second(after: int, wait: int) -> None:
    assert wait_of([failed(PAIR, 5), blank(NETWORK)], NOW + after * SECOND) == wait


@pytest.mark.parametrize("kind", LockKind)
def test_failures_are_forgotten_one_by_one(kind: LockKind) -> None:
    forgets = RULES[kind].forgets
    lock = failed(kind, 3)
    counts = [
        remembered(lock, NOW + n * forgets + extra)[0] for n in range(4) for extra in (-SECOND, timedelta())
    ]
    assert counts == [3, 3, 3, 2, 2, 1, 1, 0]


def test_forgetting_goes_on_while_failures_come_in_between() -> None:
    """Failing a second before each is forgotten does not keep the first one in memory for ever."""
    assert failed(IDENTIFIER, 40, each=HOUR - SECOND).failures == 2


@pytest.mark.parametrize("kind", LockKind)
def test_count_is_kept_until_nothing_of_it_matters(kind: LockKind) -> None:
    lock = failed(kind, 40)
    assert remembered(lock, lock.forget_at)[0] == 0
    assert wait_of([lock], lock.forget_at) == 0
    assert lock.forget_at - NOW < 2 * DAY


# --- A try ----------------------------------------------------------------------------------------


def tries(knock: Knock, times: int, *, at: timedelta = timedelta()) -> list[int]:
    """Fail so many times; give the seconds each was told to wait, 0 when it was let through."""
    found = []
    for _ in range(times):
        try:
            refuse_closed(knock, NOW + at)
            take(knock, None, NOW + at)
        except Paused as paused:
            found.append(paused.wait)
        else:
            found.append(0)
    return found


@pytest.mark.django_db
def test_sixth_try_at_a_pair_waits_a_quarter_of_an_hour() -> None:
    assert tries(HOME, 7) == [0] * 5 + [900, 900]
    assert tries(HOME, 1, at=QUARTER - SECOND) == [1]
    assert tries(HOME, 6, at=QUARTER) == [0] * 5 + [900]


@pytest.mark.django_db
def test_other_address_other_identifier_other_door_are_other_pairs() -> None:
    tries(HOME, 5)
    others = [
        Knock("assuré", HOME.identifier, "192.0.2.2"),
        Knock("assuré", "2561001053002", HOME.network),
        Knock("agent", HOME.identifier, HOME.network),
    ]
    assert [tries(other, 1) for other in others] == [[0], [0], [0]]


@pytest.mark.django_db
def test_identifier_tried_from_many_addresses_meets_growing_pauses() -> None:
    def from_elsewhere(n: int, at: timedelta) -> int:
        return tries(Knock("assuré", HOME.identifier, f"198.51.100.{n}"), 1, at=at)[0]

    assert [from_elsewhere(n, timedelta()) for n in range(11)] == [0] * 10 + [60]
    assert [from_elsewhere(20, MINUTE - SECOND), from_elsewhere(20, MINUTE)] == [1, 0]
    assert [from_elsewhere(21, 3 * MINUTE - SECOND), from_elsewhere(21, 3 * MINUTE)] == [1, 0]
    assert from_elsewhere(22, 3 * MINUTE) == 240


@pytest.mark.django_db
def test_address_that_tries_many_identifiers_meets_growing_pauses() -> None:
    def other(n: int, at: timedelta) -> int:
        return tries(Knock("assuré", f"25610010530{n:02d}", HOME.network), 1, at=at)[0]

    assert [other(n, timedelta()) for n in range(21)] == [0] * 20 + [60]
    assert [other(30, MINUTE), other(31, MINUTE)] == [0, 120]


@pytest.mark.django_db
def test_address_is_counted_once_for_each_identifier() -> None:
    for n in range(5):
        tries(Knock("assuré", f"25610010530{n:02d}", HOME.network), 4)
    assert Lock.objects.get(kind=NETWORK).failures == 5


@pytest.mark.django_db
def test_known_device_meets_its_own_count_alone() -> None:
    """A lock is no weapon."""
    device = Knock("assuré", HOME.identifier, HOME.network, "d" * 64)
    tries(HOME, 9)
    for n in range(30):
        tries(Knock("assuré", f"25610010530{n:02d}", HOME.network), 2)
        tries(Knock("assuré", HOME.identifier, f"198.51.100.{n}"), 2)
    assert tries(device, 6) == [0] * 5 + [900]


@pytest.mark.django_db
def test_failures_of_a_known_device_close_nothing_for_others() -> None:
    tries(Knock("assuré", HOME.identifier, HOME.network, "d" * 64), 6)
    assert tries(HOME, 1) == [0]


@pytest.mark.django_db
def test_right_code_gives_its_try_back() -> None:
    tries(HOME, 3)
    give_back(take(HOME, None, NOW))
    assert dict(Lock.objects.values_list("kind", "failures")) == {PAIR: 0, IDENTIFIER: 3, NETWORK: 0}
    assert tries(HOME, 6) == [0] * 5 + [900]


@pytest.mark.django_db
def test_right_code_at_the_last_try_opens_what_it_closed() -> None:
    tries(HOME, 4)
    taken = take(HOME, None, NOW)
    assert (taken.closed, tries(HOME, 1)) == ((PAIR,), [900])
    give_back(taken)
    assert tries(HOME, 1) == [0]


@pytest.mark.django_db
def test_right_codes_of_one_never_open_what_another_closed() -> None:
    """An attacker with an account of his own gains no try by signing in as himself."""
    own = Knock("assuré", "1850101001001", HOME.network)
    for n in range(19):
        tries(Knock("assuré", f"25610010530{n:02d}", HOME.network), 1)
    for _ in range(50):
        give_back(take(own, None, NOW))
    assert Lock.objects.get(kind=NETWORK).failures == 19


@pytest.mark.django_db
def test_closed_try_reads_once_and_writes_nothing(django_assert_num_queries) -> None:  # noqa: ANN001
    tries(HOME, 5)
    with django_assert_num_queries(1):
        assert tries(HOME, 1) == [900]


@pytest.mark.django_db
def test_rows_name_nobody() -> None:
    tries(HOME, 5)
    rows = str(list(Lock.objects.values()))
    assert (HOME.identifier in rows, HOME.network in rows) == (False, False)
