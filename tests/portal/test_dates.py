"""Instants and days in French and in Paris time (section 11), ages (section 5)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from vitale_portal import dates

NBSP = "\u00a0"
AWARE = [dates.paris, dates.time_of_day, dates.long_date, dates.long_datetime, dates.weekday_datetime]


@pytest.mark.parametrize(
    ("day", "text"),
    [
        pytest.param(date(2026, 11, 21), "21 novembre 2026", id="day"),
        pytest.param(date(2026, 5, 1), "1er mai 2026", id="first"),
        pytest.param(date(2026, 8, 2), "2 août 2026", id="second"),
        pytest.param(date(2028, 2, 29), "29 février 2028", id="leap-day"),
        pytest.param(datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC), "21 novembre 2026", id="last-second"),
        pytest.param(datetime(2026, 11, 21, 23, tzinfo=UTC), "22 novembre 2026", id="next-day-in-paris"),
        pytest.param(datetime(2026, 7, 31, 22, tzinfo=UTC), "1er août 2026", id="next-month-in-summer"),
    ],
)
def test_long_date(day: date, text: str) -> None:
    assert dates.long_date(day) == text


def test_long_date_names_each_month() -> None:
    assert [dates.long_date(date(2026, month, 3)) for month in range(1, 13)] == [
        "3 janvier 2026",
        "3 février 2026",
        "3 mars 2026",
        "3 avril 2026",
        "3 mai 2026",
        "3 juin 2026",
        "3 juillet 2026",
        "3 août 2026",
        "3 septembre 2026",
        "3 octobre 2026",
        "3 novembre 2026",
        "3 décembre 2026",
    ]


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        pytest.param(datetime(2026, 11, 21, 13, 5, tzinfo=UTC), "21 novembre 2026 à 14_h_05", id="winter"),
        pytest.param(datetime(2026, 7, 14, 12, 5, tzinfo=UTC), "14 juillet 2026 à 14_h_05", id="summer"),
        pytest.param(datetime(2026, 11, 20, 23, 0, tzinfo=UTC), "21 novembre 2026 à 0_h_00", id="midnight"),
        pytest.param(
            datetime(2026, 1, 1, 8, 9, 59, tzinfo=UTC), "1er janvier 2026 à 9_h_09", id="seconds-cut"
        ),
        pytest.param(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "29 mars 2026 à 1_h_59", id="before-spring"),
        pytest.param(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29 mars 2026 à 3_h_00", id="spring-forward"),
        pytest.param(
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 octobre 2026 à 2_h_30", id="autumn-first"
        ),
        pytest.param(
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 octobre 2026 à 2_h_30", id="autumn-again"
        ),
        pytest.param(datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "25 octobre 2026 à 3_h_00", id="after-autumn"),
        pytest.param(
            datetime(2026, 11, 21, 9, 5, tzinfo=timezone(timedelta(hours=-4))),
            "21 novembre 2026 à 14_h_05",
            id="another-zone",
        ),
    ],
)
def test_long_datetime(instant: datetime, text: str) -> None:
    assert dates.long_datetime(instant) == text.replace("_", NBSP)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 11, 22, 17, 22, tzinfo=UTC), "dimanche 22 novembre 2026 à 18_h_22"),
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), "lundi 23 novembre 2026 à 0_h_00"),
        (datetime(2026, 11, 24, 11, 0, tzinfo=UTC), "mardi 24 novembre 2026 à 12_h_00"),
        (datetime(2026, 11, 25, 11, 0, tzinfo=UTC), "mercredi 25 novembre 2026 à 12_h_00"),
        (datetime(2026, 11, 26, 11, 0, tzinfo=UTC), "jeudi 26 novembre 2026 à 12_h_00"),
        (datetime(2026, 11, 27, 11, 0, tzinfo=UTC), "vendredi 27 novembre 2026 à 12_h_00"),
        (datetime(2026, 11, 28, 11, 0, tzinfo=UTC), "samedi 28 novembre 2026 à 12_h_00"),
    ],
)
def test_weekday_datetime(instant: datetime, text: str) -> None:
    assert dates.weekday_datetime(instant) == text.replace("_", NBSP)


@pytest.mark.parametrize("function", AWARE)
def test_a_naive_datetime_is_refused(function: object) -> None:
    with pytest.raises(ValueError, match="naive"):
        function(datetime(2026, 11, 21, 14, 5))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        pytest.param(date(2026, 11, 21), datetime(2026, 11, 20, 23, tzinfo=UTC), id="winter"),
        pytest.param(date(2026, 7, 14), datetime(2026, 7, 13, 22, tzinfo=UTC), id="summer"),
        pytest.param(date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), id="spring-forward"),
        pytest.param(date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), id="autumn-back"),
        pytest.param(date(2026, 10, 26), datetime(2026, 10, 25, 23, tzinfo=UTC), id="day-after"),
    ],
)
def test_midnight_is_that_of_paris(day: date, instant: datetime) -> None:
    assert dates.midnight(day) == instant


def test_ninety_six_hours_from_midnight_are_elapsed_time_across_the_change_of_hour() -> None:
    reopening = dates.midnight(date(2026, 10, 23)) + timedelta(hours=96)
    assert dates.long_datetime(reopening) == f"26 octobre 2026 à 23{NBSP}h{NBSP}00"


@pytest.mark.parametrize(
    ("born", "age", "instant"),
    [
        pytest.param(date(2014, 11, 21), 12, datetime(2026, 11, 20, 23, tzinfo=UTC), id="winter"),
        pytest.param(date(2010, 7, 1), 16, datetime(2026, 6, 30, 22, tzinfo=UTC), id="summer"),
        pytest.param(date(2012, 2, 29), 14, datetime(2026, 2, 28, 23, tzinfo=UTC), id="leap-day-1-march"),
        pytest.param(date(2012, 2, 29), 16, datetime(2028, 2, 28, 23, tzinfo=UTC), id="leap-day-itself"),
        pytest.param(date(2026, 1, 1), 0, datetime(2025, 12, 31, 23, tzinfo=UTC), id="birth"),
    ],
)
def test_birthday_starts_at_midnight_in_paris(born: date, age: int, instant: datetime) -> None:
    assert dates.birthday(born, age) == instant


@pytest.mark.parametrize("born", [date(2012, 2, 29), date(2012, 2, 28), date(2012, 3, 1), date(2012, 10, 25)])
@pytest.mark.parametrize("age", [1, 12, 16, 18])
def test_age_changes_at_the_birthday_to_the_microsecond(born: date, age: int) -> None:
    instant = dates.birthday(born, age)
    assert dates.age_on(born, instant) == age
    assert dates.age_on(born, instant - timedelta(microseconds=1)) == age - 1


def test_age_of_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        dates.age_on(date(2012, 2, 29), datetime(2026, 2, 28))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("delay", "text"),
    [
        (timedelta(days=30), f"30{NBSP}jours"),
        (timedelta(days=3), f"3{NBSP}jours"),
        (timedelta(days=2), f"48{NBSP}heures"),
        (timedelta(days=1), f"24{NBSP}heures"),
        (timedelta(days=3, hours=1), f"73{NBSP}heures"),
        (timedelta(hours=1), f"1{NBSP}heure"),
        (timedelta(minutes=15), f"15{NBSP}minutes"),
        (timedelta(minutes=90), f"90{NBSP}minutes"),
        (timedelta(seconds=59), f"59{NBSP}secondes"),
        (timedelta(seconds=1), f"1{NBSP}seconde"),
    ],
)
def test_duration_is_in_the_largest_unit_without_a_rest(delay: timedelta, text: str) -> None:
    assert dates.duration(delay) == text


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        (datetime(2026, 11, 28, 8, 4, tzinfo=UTC), "9 h 04"),
        (datetime(2026, 7, 1, 12, 30, tzinfo=UTC), "14 h 30"),
    ],
    ids=["winter", "summer"],
)
def test_time_of_day_is_written_without_a_leading_zero(instant: datetime, told: str) -> None:
    assert dates.time_of_day(instant) == told.replace(" ", "\N{NO-BREAK SPACE}")
