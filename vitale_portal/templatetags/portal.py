"""Filters for what every page shows: dates, references, weights."""

from django import template
from django.forms import BaseForm

from vitale_portal import dates, references, text

_KILO = 1_000
_MEGA = 1_000_000
_NBSP = "\N{NO-BREAK SPACE}"

register = template.Library()
register.filter("long_date", dates.long_date)
register.filter("long_datetime", dates.long_datetime)
register.filter("time_of_day", dates.time_of_day)
register.filter("weekday_datetime", dates.weekday_datetime)
register.filter("reference", references.display)
register.filter("duration", dates.duration)
register.filter("of", text.of)


@register.filter
def error_count(form: BaseForm) -> int:
    """Give how many errors a form has to list: one field may have several."""
    return sum(len(errors) for errors in form.errors.values())


@register.filter
def weight(size: int) -> str:
    """Weight of a file of so many bytes, in decimal units: « 1,2 Mo », « 48 Ko », « 850 octets ».

    Ko are cut and tenths of Mo rounded: a file just below the floor (50 Ko) or just above the ceiling
    (2 Mo, read as 2 097 152 bytes) never shows the very figure that is allowed (P2).
    """
    if size < _KILO:
        return f"{size}{_NBSP}octet{'s' if size > 1 else ''}"
    if size < _MEGA:
        return f"{size // _KILO}{_NBSP}Ko"
    whole, tenth = divmod((size + _MEGA // 20) // (_MEGA // 10), 10)
    return f"{whole},{tenth}{_NBSP}Mo" if tenth else f"{whole}{_NBSP}Mo"
