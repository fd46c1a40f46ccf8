"""A form of the desk that serves once: sent again, it would undo what it made the first time.

Each form shown has a mark of its own; the session keeps it, with whether it has served. « Actualiser » on the
page that answers sends the form again, and its mark with it.
"""

import secrets
from enum import Enum

from django.http import HttpRequest

FIELD = "formulaire"
MARKS = "forms_once"  # in the session: the marks, the last ones shown, and whether each has served
MOST = 30
MARK_BYTES = 12


class Mark(Enum):
    """What a form that was sent is."""

    FRESH = "shown in this session, not sent yet"
    SERVED = "sent before"
    UNKNOWN = "of another session, or too old"


def new_mark(request: HttpRequest) -> str:
    """Give the mark of a form about to be shown."""
    mark = secrets.token_urlsafe(MARK_BYTES)
    _keep(request, mark, served=False)
    return mark


def mark_of(request: HttpRequest) -> Mark:
    """Tell what the form just sent is."""
    served = request.session.get(MARKS, {}).get(request.POST.get(FIELD, ""))
    if served is None:
        return Mark.UNKNOWN
    return Mark.SERVED if served else Mark.FRESH


def has_served(request: HttpRequest) -> None:
    """Keep that the form just sent has done what it was for."""
    _keep(request, request.POST.get(FIELD, ""), served=True)


def _keep(request: HttpRequest, mark: str, *, served: bool) -> None:
    marks = request.session.get(MARKS, {}) | {mark: served}
    request.session[MARKS] = dict(list(marks.items())[-MOST:])
