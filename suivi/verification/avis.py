"""What people were told: one message an event, one mail a row of the outbox (section 10)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    Expression,
    F,
    Min,
    Model,
    OuterRef,
    Q,
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

    When each event is told and there are as many notices as events, no notice is left over to look for.
    """
    untold = list(_untold())
    yield from untold
    if untold or _written() != _due():
        yield from _of_no_event()


def _untold() -> Iterator[Anomaly]:
    key = {"notice": OuterRef("notice"), "about": OuterRef("about"), "assure": OuterRef("subject__author")}
    message, lettre = (Exists(model._base_manager.filter(**key)) for model in TOLD_BY)  # noqa: SLF001
    for wrong, found in ((~message & ~lettre, "0"), (message & lettre, "2")):
        names = ("subject__reference", "number", "notice")
        for reference, number, notice in _owed().filter(wrong).values_list(*names):
            yield Anomaly(named(Commande, reference), shown("1 avis", notice, "n°", number), found)


def _written() -> int:
    """Count the messages and letters about moves of orders."""
    return sum(model._base_manager.filter(notice__in=ABOUT_MOVES).count() for model in TOLD_BY)  # noqa: SLF001


def _due() -> int:
    count: int = _owed().count()
    return count


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
            yield Anomaly(shown("mail", first, written_at), str(messages), str(count))
    for row in mails.filter(attempts=0, sent_at__isnull=False).values_list("pk", flat=True):
        yield Anomaly(shown("mail", row), "1 essai", "0")
