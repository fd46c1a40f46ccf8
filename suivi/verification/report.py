"""Asking all the questions, and what came of it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from django.db import connection, transaction

from accounts.models import Message, OutboxMail, SetAside
from carte.models import Carte, Commande, CommandeEvent, Page
from declarations.models import PliPapier
from suivi.verification.question import Anomaly, Question

COUNTED = (Commande, CommandeEvent, Carte, PliPapier, Message, OutboxMail, Page)
WORK_MEMORY = "256MB"  # a hash may take twice that, with a million orders


@dataclass(frozen=True)
class Answer:
    """What one question found, and how long it took, in seconds."""

    question: Question
    anomalies: list[Anomaly]
    seconds: float


@dataclass(frozen=True)
class Report:
    """All the answers, how many rows were looked at, and the rows a sweep set aside, told apart."""

    answers: list[Answer] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    aside: list[SetAside] = field(default_factory=list)

    @property
    def anomalies(self) -> int:
        """How many things are wrong."""
        return sum(len(answer.anomalies) for answer in self.answers)


def verify(questions: Iterable[Question], about_files: Iterable[Question] = (), *, now: datetime) -> Report:
    """Ask each question as of ``now``, and those about files last. Writes nothing."""
    with _one_state():
        answers = [_ask(question, now) for question in questions]
        counts = {str(model._meta.verbose_name): model._base_manager.count() for model in COUNTED}  # noqa: SLF001
        aside = list(SetAside.objects.order_by("since", "pk"))
    # Files come and go with rows: these are asked of the rows of the moment.
    answers += [_ask(question, now) for question in about_files]
    return Report(answers, counts, aside)


@contextmanager
def _one_state() -> Iterator[None]:
    """On PostgreSQL: see one state of the database though the portal goes on, and hash in memory.

    On SQLite a transaction would keep writers out: there each query sees a state of its own.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:  # else a caller's transaction has begun already
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEMORY])
        yield


def _ask(question: Question, now: datetime) -> Answer:
    start = monotonic()
    return Answer(question, list(question.find(now)), monotonic() - start)
