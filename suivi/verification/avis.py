"""What people were told: one message an event, one mail a row of the outbox (section 10)."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DecimalField,
    Exists,
    Expression,
    F,
    Func,
    Min,
    Model,
    OuterRef,
    Q,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat

from accounts.models import Lettre, Message, OutboxMail
from carte.avis import NOTICES
from carte.models import Commande, CommandeEvent
from suivi.verification.question import Anomaly, named, shown

TOLD_BY = (Message, Lettre)
ABOUT_MOVES = frozenset(notice.value for notice in NOTICES.values())


def _about(reference: Any, number: Any) -> Expression:
    """Give the expression of how a notice names the event it is about."""
    return Concat(
        Value("commande "), reference, Value(" n° "), Cast(number, CharField()), output_field=CharField()
    )


def _owed() -> Any:
    """Give the events whose author is owed a notice, with ``notice`` and ``about``."""
    pairs = [Q(from_state=before, to_state=after) for before, after in NOTICES]
    told = pairs[0]
    for pair in pairs[1:]:
        told |= pair
    notice = Case(
        *(When(pair, then=Value(notice.value)) for pair, notice in zip(pairs, NOTICES.values(), strict=True)),
        output_field=CharField(),
    )
    about = _about(F("subject__reference"), F("number"))
    return CommandeEvent.objects.order_by().filter(told).annotate(notice=notice, about=about)


def each_event_is_told_once() -> Iterator[Anomaly]:
    """Tell the events whose author got neither message nor letter, or both; and notices of no event.

    On PostgreSQL what is owed and what was written are first compared by a fingerprint each: millions of
    rows are then read once, and looked at one by one only when something is wrong.
    """
    if connection.vendor == "postgresql" and _fingerprint_of_owed() == _fingerprint_of_written():
        return
    yield from _untold()
    yield from _of_no_event()


class Fingerprint(Func):
    """A figure of 64 bits drawn from a text and a number by PostgreSQL.

    The sum of those of a set, with its count, is the set's own: two sets that differ have the same one by
    a chance in 10^19.
    """

    function = "hashtextextended"
    output_field = BigIntegerField()


def _fingerprint(rows: Any, whom: str) -> tuple[int, int]:
    """Give how many notices these rows are, and the sum of their fingerprints."""
    one = Fingerprint(Concat(F("notice"), F("about"), output_field=TextField()), F(whom))
    of_all = Sum(one, output_field=DecimalField())
    found = rows.aggregate(count=Count("pk"), sum=of_all)
    return found["count"], int(found["sum"] or 0)


def _fingerprint_of_owed() -> tuple[int, int]:
    return _fingerprint(_owed(), "subject__author")


def _fingerprint_of_written() -> tuple[int, int]:
    some = [
        _fingerprint(model._base_manager.filter(notice__in=ABOUT_MOVES), "assure")  # noqa: SLF001
        for model in TOLD_BY
    ]
    return sum(count for count, _ in some), sum(figure for _, figure in some)


def _untold() -> Iterator[Anomaly]:
    key = {"notice": OuterRef("notice"), "about": OuterRef("about"), "assure": OuterRef("subject__author")}
    message, lettre = (Exists(model._base_manager.filter(**key)) for model in TOLD_BY)  # noqa: SLF001
    for wrong, found in ((~message & ~lettre, "0"), (message & lettre, "2")):
        names = ("subject__reference", "number", "notice")
        for reference, number, notice in _owed().filter(wrong).values_list(*names):
            yield Anomaly(named(Commande, reference), shown("1 avis", notice, "n°", number), found)


def _of_no_event() -> Iterator[Anomaly]:
    for model in TOLD_BY:
        made = _owed().filter(notice=OuterRef("notice"), about=OuterRef("about"))
        orphan = model._base_manager.order_by().filter(~Exists(made), notice__in=ABOUT_MOVES)  # noqa: SLF001
        for notice, about in orphan.values_list("notice", "about"):
            yield Anomaly(shown(_label(model), notice), about, "–")


def _label(model: type[Model]) -> str:
    return str(model._meta.verbose_name)  # noqa: SLF001 -- Django's documented name


def one_mail_a_message() -> Iterator[Anomaly]:
    """Tell the mails written more often than the messages they go with, and those sent without a try."""
    mails = OutboxMail.objects.order_by()
    together = mails.values_list("recipient", "written_at").annotate(count=Count("pk")).filter(count__gt=1)
    for recipient, written_at, count in together:
        messages = Message.objects.filter(assure__email__iexact=recipient, written_at=written_at).count()
        if messages < count:
            first = mails.filter(recipient=recipient, written_at=written_at).aggregate(pk=Min("pk"))["pk"]
            yield Anomaly(shown("courriel", first, written_at), str(messages), str(count))
    for row in mails.filter(attempts=0, sent_at__isnull=False).values_list("pk", flat=True):
        yield Anomaly(shown("courriel", row), "1 essai", "0")
