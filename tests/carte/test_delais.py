"""The date to expect (D7): measured on the caisse's own orders, or announced."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from carte.delais import announced, expected_at
from carte.enums import Channel, CommandeState
from tests.factories import DAY, HOUR, NOW, PROFILES, AssureFactory, CaisseFactory, CommandeFactory

SECOND = timedelta(seconds=1)


def delivered(count: int, *, days: int = 4, at: Any = NOW - DAY, **fields: Any) -> None:
    """So many orders of the caisse 011 delivered at an instant, each some days after it was sent."""
    fields = {"author": AssureFactory(), "carte": False, "state": CommandeState.DELIVERED} | fields
    for _ in range(count):
        CommandeFactory(created_at=at - days * DAY - HOUR, delivered_at=at, **fields)


EXPECTED: dict[str, tuple[int, dict[str, Any], int]] = {
    "none": (0, {}, 15),
    "29 orders": (29, {}, 15),
    "30 orders": (30, {}, 4),
    "30 orders, 30 days ago to the second": (30, {"at": NOW - 30 * DAY}, 15),
    "30 orders, a second less": (30, {"at": NOW - 30 * DAY + SECOND}, 4),
    "30 orders on paper": (30, {"channel": Channel.PAPER}, 15),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "fields", "days"), EXPECTED.values(), ids=EXPECTED)
def test_expected_date_is_measured_from_30_orders_on(count: int, fields: dict[str, Any], days: int) -> None:
    delivered(count, **fields)
    assert expected_at(CaisseFactory(), Channel.ONLINE, NOW) == NOW + days * DAY


@pytest.mark.django_db
def test_expected_date_is_that_of_the_caisse_itself() -> None:
    delivered(30, caisse=CaisseFactory(code="301"))
    assert expected_at(CaisseFactory(), Channel.ONLINE, NOW) == NOW + 15 * DAY


@pytest.mark.django_db
@pytest.mark.parametrize(("slow", "days"), [(3, 4), (4, 9)])
def test_expected_date_is_one_nine_orders_out_of_ten_met(slow: int, days: int) -> None:
    delivered(30 - slow)
    delivered(slow, days=9)
    assert expected_at(CaisseFactory(), Channel.ONLINE, NOW) == NOW + days * DAY


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("code", ["011", "CFE", "CNMSS"])
def test_announced_delay_is_the_profile_s(code: str, channel: Channel) -> None:
    caisse = CaisseFactory.build(code=code)
    days = PROFILES[caisse.regime.code][f"delay_{channel.lower()}_days"]
    assert announced(caisse, channel) == days * DAY


def test_announced_delay_is_divided_when_time_is_accelerated(settings: Settings) -> None:
    settings.VITALE_ACCELERATION = 3600
    assert announced(CaisseFactory.build(), Channel.ONLINE) == timedelta(seconds=15 * 24)
