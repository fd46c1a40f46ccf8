"""The one way to change a state (D1).

It locks the row, checks the table of moves and the version the caller saw, saves, and writes one
event. What must follow is written by whoever listens to ``moved``, which is sent *inside* the
transaction. This module owns no table: each floor makes its own event table with a foreign key
named ``subject`` and ``related_name="events"``.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.dispatch import Signal

from vitale_portal.inserts import insert_from
from vitale_portal.locks import hold


class Actor(models.TextChoices):
    """Who may make a move."""

    AUTHOR = "AUTHOR", "l’assuré"
    AGENT = "AGENT", "un agent"
    SYSTEM = "SYSTEM", "le portail"
    CENTRE = "CENTRE", "le centre de fabrication"
    POST = "POST", "la Poste"


Moves = Mapping[tuple[str, str], frozenset[Actor]]

# Sent just before the rows of one move are written: who listens gives the columns of theirs that follow
# from it, as a mapping. ``sender`` is the class of the rows, ``step`` the move.
moving = Signal()

# Sent inside the transaction, once for all the rows that move together.
# ``sender`` is the class of the rows, ``rows`` the moved rows, ``events`` what each one's event keeps (a list
# of ``Happened``), in the same order.
moved = Signal()


class Stateful(models.Model):
    """A row with a state that only ``move`` changes.

    ``version`` counts its moves: it is the number of its last event, and 0 before the first.
    """

    MOVES: ClassVar[Moves] = {}

    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class Event(models.Model):
    """One move of one row. Numbered within the row, without a hole."""

    number = models.PositiveIntegerField("numéro")
    from_state = models.CharField("de", max_length=16)
    to_state = models.CharField("à", max_length=16)
    at = models.DateTimeField("le")
    actor = models.CharField("par", max_length=8, choices=Actor.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="identifiant",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField("motif", max_length=200, blank=True)

    class Meta:
        abstract = True
        ordering = ("number",)


S = TypeVar("S", bound=Stateful)


class MoveRefused(Exception):
    """The row can't make that move. ``subject`` is the row as it stands now."""

    def __init__(self, subject: Stateful) -> None:
        super().__init__(str(subject.pk))
        self.subject = subject


class NotInTable(MoveRefused):
    """The table has no such move for that actor."""


class MovedOn(MoveRefused):
    """The row is no longer at the version the caller saw (D4)."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A move to make: where to, by whom and when (an aware instant), and which columns change with it."""

    to: str
    actor: Actor
    at: datetime
    by: models.Model | None = None
    reason: str = ""
    changes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """What the event of one row keeps of its move. Listeners get these: hundreds of rows move at once."""

    number: int
    from_state: str
    to_state: str
    at: datetime
    actor: Actor
    by: Any  # the user, if somebody made it
    reason: str


def lock(subject: S) -> S:
    """Give the row as it stands, locked until the transaction ends.

    On SQLite the transaction itself is the lock (it begins IMMEDIATE).
    """
    manager = type(subject)._base_manager  # noqa: SLF001 -- Django's documented name
    return hold(manager).get(pk=subject.pk)


def move(subject: S, step: Step, *, version: int | None = None) -> S:
    """Move one row and return it as it then stands.

    ``version`` is the one the caller saw, if the decision rests on what was on screen.
    Raises ``MovedOn`` when the row is at another version, ``NotInTable`` when the table forbids it.
    """
    with transaction.atomic():
        row = lock(subject)
        if version is not None and row.version != version:
            raise MovedOn(row)
        move_batch([row], step)
    return row


def move_batch(rows: Sequence[S], step: Step) -> None:
    """Move rows of one class together. The caller holds their locks, in a transaction.

    Raises ``NotInTable`` for the first row that may not move, ``MovedOn`` when one is no longer as it was
    read (its lock was not held): then none has moved.
    """
    if not rows:
        return
    model = type(rows[0])
    event_model: Any = model._meta.get_field("events").related_model  # noqa: SLF001
    events = [_happened(row, step) for row in rows]
    if _write_events(event_model, rows, step) != len(rows):
        raise MovedOn(rows[0])
    changes: dict[str, Any] = {"state": step.to, **(step.changes or {})}
    answers: Any = moving.send(sender=model, step=step)
    for _listener, columns in answers:
        changes |= columns
    model._base_manager.filter(pk__in=[row.pk for row in rows]).update(  # noqa: SLF001
        version=models.F("version") + 1, **changes
    )
    for row in rows:
        vars(row).update(version=row.version + 1)
        for name, value in changes.items():
            setattr(row, name, value)
    moved.send(sender=model, rows=rows, events=events)


def _write_events(event_model: Any, rows: Sequence[S], step: Step) -> int:
    """Write the events of a move from the rows as the database has them; return how many there were."""
    columns = {
        "subject": models.F("pk"),
        "number": models.F("version") + 1,
        "from_state": models.F("state"),
        "to_state": step.to,
        "by": step.by.pk if step.by else None,
        **{name: getattr(step, name) for name in ("at", "actor", "reason")},
    }
    return insert_from(event_model, _as_read(rows).order_by("pk"), columns)


def _as_read(rows: Sequence[S]) -> models.QuerySet[S]:
    """Give the rows that are still in the state and at the version they were read with."""
    as_read: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in rows:
        as_read[row.version, row.state].append(row.pk)  # type: ignore[attr-defined]
    still_so = models.Q()
    for (version, state), keys in as_read.items():
        still_so |= models.Q(version=version, state=state, pk__in=keys)
    return type(rows[0])._base_manager.filter(still_so)  # noqa: SLF001


def _happened(row: Stateful, step: Step) -> Happened:
    state: str = getattr(row, "state")  # noqa: B009 -- each floor declares it with its own choices
    if step.actor not in row.MOVES.get((state, step.to), frozenset()):
        raise NotInTable(row)
    return Happened(row.version + 1, state, step.to, step.at, step.actor, step.by, step.reason)
