"""Instants and days as people in France read them, and ages (sections 5, 10 and 11 of the rules).

Instants are aware; they are computed in UTC, where a difference is elapsed time, and shown in Paris time.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

# A clock time is never cut at the end of a line.
_NBSP = "\N{NO-BREAK SPACE}"
_HOUR, _DAY = 3_600, 86_400  # s
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def paris(instant: datetime) -> datetime:
    """Return the same instant on the clocks of Paris, to be shown. Raises ValueError for a naive datetime."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is no instant")
    return instant.astimezone(PARIS)


def long_date(day: date) -> str:
    """« 21 novembre 2026 », « 1er mai 2026 »; of an instant (aware datetime), its day in Paris."""
    if isinstance(day, datetime):
        day = paris(day)
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def time_of_day(instant: datetime) -> str:
    """« 9 h 05 » in Paris time. Raises ValueError for a naive datetime."""
    local = paris(instant)
    return f"{local.hour}{_NBSP}h{_NBSP}{local.minute:02d}"


def long_datetime(instant: datetime) -> str:
    """« 21 novembre 2026 à 14 h 05 » in Paris time. Raises ValueError for a naive datetime."""
    return f"{long_date(paris(instant))} à {time_of_day(instant)}"


def weekday_datetime(instant: datetime) -> str:
    """« dimanche 22 novembre 2026 à 18 h 22 » in Paris time. Raises ValueError for a naive datetime."""
    return f"{WEEKDAYS[paris(instant).weekday()]} {long_datetime(instant)}"


def duration(delay: timedelta) -> str:
    """« 30 jours », « 48 heures », « 15 minutes »: the largest unit without a rest, hours up to 2 days."""
    seconds = int(delay.total_seconds())
    for name, size in (("jour", _DAY), ("heure", _HOUR), ("minute", 60), ("seconde", 1)):
        count, rest = divmod(seconds, size)
        if not rest and (size < _DAY or seconds > 2 * _DAY):
            return f"{count}{_NBSP}{name}{'s' if count > 1 else ''}"
    raise AssertionError("seconds leave no rest")


def midnight(day: date) -> datetime:
    """Return the instant a day starts in Paris, in UTC, so that 96 hours added are 96 elapsed hours."""
    return datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)


def birthday(born: date, age: int) -> datetime:
    """Return the instant, in UTC, of a birthday: 00:00 in Paris; for a 29 February, else 1 March."""
    year = born.year + age
    try:
        return midnight(born.replace(year=year))
    except ValueError:
        return midnight(date(year, 3, 1))


def months_later(instant: datetime, months: int) -> datetime:
    """Return, in UTC, the same time on the clocks of Paris so many months later.

    A day that month lacks is its last one: two months after 31 December is 28 or 29 February. Raises
    ValueError for a naive datetime.
    """
    local = paris(instant)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def age_on(born: date, now: datetime) -> int:
    """Age in whole years at an instant, by the day in Paris. Raises ValueError for a naive datetime."""
    today = paris(now)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
