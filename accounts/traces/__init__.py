"""The trace: who did what, to whose file, when, from where. One call writes one line, for good.

A line never holds a NIR, a name or a reason: keys, references, and labels of ours.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from ipaddress import ip_address
from operator import attrgetter
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from accounts.enums import Act
from accounts.models import Beneficiaire, Caisse, Trace, User
from accounts.rates import client_address
from accounts.traces.macs import COLUMNS, mac_of_line
from vitale_portal.transitions import Actor, Happened, Stateful

_acting: ContextVar[HttpRequest | None] = ContextVar("acting", default=None)
_columns = attrgetter(*COLUMNS)
_LONGEST = Trace._meta.get_field("words").max_length  # noqa: SLF001 -- Django's documented name


@contextmanager
def acting(request: HttpRequest) -> Iterator[None]:
    """Have the lines written meanwhile say by whom and from where they come, unless told otherwise."""
    token = _acting.set(request)
    try:
        yield
    finally:
        _acting.reset(token)


def trace(  # noqa: PLR0913 -- who, what, whose, where, when: that is what a trace is
    act: Act,
    *,
    at: datetime,
    request: HttpRequest | None = None,
    by: User | None = None,
    beneficiaire: Beneficiaire | None = None,
    caisse: Caisse | None = None,
    about: str = "",
    words: str = "",
) -> Trace:
    """Write one act, in the caller's transaction.

    ``request`` is by default the one being answered; it tells from where, and ``by`` is by default its
    signed-in user. ``caisse`` is by default his. ``about`` names the object (``named``: a reference, never a
    NIR or a name); ``words`` what a reader must know more, naming nobody, cut where the column ends.
    """
    key = beneficiaire.pk if beneficiaire else None
    line = _line(act, at, request, by, beneficiaire_id=key, about=about, words=words)
    if caisse is not None:
        line.caisse = caisse
    return _written([line])[0]


def _line(  # noqa: PLR0913 -- as above
    act: Act,
    at: datetime,
    request: HttpRequest | None,
    by: User | None,
    *,
    beneficiaire_id: int | None,
    about: str,
    words: str,
) -> Trace:
    request = request or _acting.get()
    user = by or (getattr(request, "user", None) if request else None)
    user = user if isinstance(user, User) else None
    person = (user.agent or user.assure) if user else None
    return Trace(
        act=act,
        at=at,
        by=user,
        network_address=_address(client_address(request)) if request else None,
        beneficiaire_id=beneficiaire_id,
        caisse_id=person.caisse_id if person else None,
        about=about,
        words=words[:_LONGEST],
    )


def _address(text: str) -> str | None:
    """Give a network address as the database takes it; None when a proxy says something else."""
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def _written(lines: Sequence[Trace]) -> list[Trace]:
    for line in lines:
        line.mac = mac_of_line(_columns(line))
    return Trace.objects.bulk_create(lines)


def named(row: Model) -> str:
    """Name a row in the trace: as it says itself, or what it is, and its reference, or its number."""
    if name := getattr(row, "trace_name", None):
        return str(name)
    reference = getattr(row, "reference", None)
    return f"{row._meta.verbose_name} {reference or f'n° {row.pk}'}"  # noqa: SLF001 -- documented


def trace_moves(
    sender: type[Stateful], rows: Sequence[Any], events: Sequence[Happened], **_signal: Any
) -> None:
    """Write the decisions of agents: it listens to ``moved``, so that none can be taken without a line.

    The reason stays in the event, which only the desk reads.
    """
    fields: Any = sender._meta  # noqa: SLF001 -- Django's documented name
    labels = dict(fields.get_field("state").flatchoices)
    _written(
        [
            _line(
                Act.DECIDED,
                event.at,
                None,
                event.by,
                beneficiaire_id=row.beneficiaire_id,
                about=named(row),
                words=f"{labels[event.from_state]} → {labels[event.to_state]}",
            )
            for row, event in zip(rows, events, strict=True)
            if event.actor == Actor.AGENT
        ]
    )
