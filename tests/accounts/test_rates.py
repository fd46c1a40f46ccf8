"""Limits on what is public: so often an hour, by network address (F4)."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from accounts.models import Rate
from accounts.rates import LONGEST_WINDOW, client_address, over_rate
from accounts.sign_in.sweep import tell_and_forget
from tests.factories import DAY, HOUR, NOW

SECOND = timedelta(seconds=1)


def tries(times: int, *, key: str = "a", limit: int = 3, at: timedelta = timedelta()) -> list[int]:
    return [over_rate(key, limit, NOW + at) for _ in range(times)]


@pytest.mark.django_db
def test_so_many_pass_and_the_next_waits_for_the_hour() -> None:
    assert tries(5) == [0, 0, 0, 3600, 3600]


WAITS = {0: 3600, 1: 3599, 1800: 1800, 3599: 1}


@pytest.mark.django_db
@pytest.mark.parametrize(("after", "wait"), WAITS.items(), ids=map(str, WAITS))
def test_wait_is_what_is_left_of_the_hour(after: int, wait: int) -> None:
    tries(3)
    assert tries(1, at=after * SECOND) == [wait]


@pytest.mark.django_db
def test_wait_is_rounded_up_to_the_second() -> None:
    tries(3)
    assert tries(1, at=HOUR - timedelta(microseconds=1)) == [1]


@pytest.mark.django_db
def test_hour_over_all_may_be_done_again() -> None:
    tries(4)
    assert tries(4, at=HOUR) == [0, 0, 0, 3600]
    assert tries(1, at=2 * HOUR - SECOND) == [1]
    assert tries(1, at=2 * HOUR) == [0]


@pytest.mark.django_db
def test_trying_on_does_not_lengthen_the_wait() -> None:
    tries(30)
    assert tries(1, at=HOUR) == [0]


@pytest.mark.django_db
def test_keys_are_counted_apart_in_a_row_each() -> None:
    tries(4)
    assert (tries(3, key="b"), Rate.objects.count()) == ([0, 0, 0], 2)


@pytest.mark.django_db
def test_window_of_a_day_is_not_forgotten_before_its_end() -> None:
    """A4: five tries a day for one NIR."""
    waits = []
    for after in (timedelta(), HOUR, 2 * HOUR, DAY - SECOND, DAY):
        tell_and_forget(NOW + after)
        waits.append(over_rate("a", 1, NOW + after, LONGEST_WINDOW))
    assert waits == [0, 23 * 3600, 22 * 3600, 1, 0]


# REMOTE_ADDR is the last proxy's, or the visitor's where there is none.
ADDRESSES: dict[str, tuple[int, str | None, str]] = {
    "no proxy": (0, None, "192.0.2.1"),
    "no proxy, a header one wrote oneself": (0, "203.0.113.9", "192.0.2.1"),
    "one proxy": (1, "198.51.100.7", "198.51.100.7"),
    "one proxy, after what one wrote oneself": (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
    "two proxies": (2, "198.51.100.7, 10.0.0.2", "198.51.100.7"),
    "two proxies, after what one wrote oneself": (2, "a, b,198.51.100.7,  10.0.0.2", "198.51.100.7"),
    "IPv6": (1, "2001:db8::7", "2001:db8::7"),
    "a proxy that was gone around": (1, None, "192.0.2.1"),
    "fewer than were said": (2, "198.51.100.7", "192.0.2.1"),
    "an empty header": (1, " , ", "192.0.2.1"),
}


@pytest.mark.parametrize(("proxies", "header", "address"), ADDRESSES.values(), ids=ADDRESSES)
def test_address_is_as_far_as_our_proxies(
    rf: RequestFactory, settings: Settings, proxies: int, header: str | None, address: str
) -> None:
    settings.VITALE_PROXIES = proxies
    headers = {} if header is None else {"HTTP_X_FORWARDED_FOR": header}
    assert client_address(rf.get("/", REMOTE_ADDR="192.0.2.1", **headers)) == address
