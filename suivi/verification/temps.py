"""Time: nothing before its time, nothing overdue, nothing that time has forgotten (section 10)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, DateTimeField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Concat

from accounts.enums import Notice
from accounts.models import Adresse, Message, OutboxMail
from carte.enums import CommandeState
from carte.models import Commande, CommandeEvent
from declarations.models import PliPapier
from suivi.echeances import ECHEANCES, MAILS, patience
from suivi.verification.question import Anomaly, name_column, named, shown
from vitale_portal.clock import accelerated
from vitale_portal.transitions import Actor

_C = CommandeState

# How long a move at least comes after the one before it, when made by this actor. Measured with the delays
# in force: « verify » runs with the settings the portal runs with.
DELAYS: dict[tuple[str, str, str], Callable[[], timedelta]] = {
    (_C.IN_REVIEW, _C.SUBMITTED, Actor.SYSTEM): lambda: settings.VITALE_CLAIM_TIME,
    (_C.SHIPPED, _C.DELIVERED, Actor.POST): lambda: accelerated(settings.VITALE_POST_DELAY),
    (_C.SHIPPED, _C.DELIVERED, Actor.SYSTEM): lambda: accelerated(settings.VITALE_PRESUMED_DELAY),
    (_C.TO_CORRECT, _C.CANCELLED, Actor.SYSTEM): lambda: accelerated(settings.VITALE_CORRECTION_TIME),
    (_C.RETURNED, _C.CANCELLED, Actor.SYSTEM): lambda: accelerated(settings.VITALE_RETURNED_TIME),
}


def no_move_before_its_time() -> Iterator[Anomaly]:
    """Tell the orders that time moved on sooner than the delay of their state. One pass for all delays."""
    since = F("subject__events__at")  # the instant of the move before
    by_time, due = Q(), []
    for (from_state, to_state, actor), delay in DELAYS.items():
        this = Q(from_state=from_state, to_state=to_state, actor=actor)
        by_time |= this
        due.append(When(this, then=since + Value(delay())))
    made = CommandeEvent.objects.order_by().filter(by_time, by=None, subject__events__number=F("number") - 1)
    early = made.annotate(due=Case(*due, output_field=DateTimeField())).filter(at__lt=F("due"))
    for reference, number, to_state, due_at, at in early.values_list(
        "subject__reference", "number", "to_state", "due", "at"
    ):
        row = shown(named(Commande, reference), "n°", number, to_state)
        yield Anomaly(row, due_at.isoformat(), at.isoformat())


def nothing_told_before_its_time() -> Iterator[Anomaly]:
    """Tell the forms, mails and notices of addresses that left before they were due."""
    plis = PliPapier.objects.filter(sent_at__lt=F("due_at"))
    mails = OutboxMail.objects.filter(sent_at__lt=F("written_at"))
    about = Concat(Value("adresse "), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    told = Message.objects.filter(notice=Notice.ADRESSE_USABLE, assure=OuterRef("assure"), about=about)
    adresses = Adresse.objects.annotate(told_at=Subquery(told.values("written_at")[:1]))
    early: tuple[tuple[Any, str, str], ...] = (
        (plis, "due_at", "sent_at"),
        (mails, "written_at", "sent_at"),
        (adresses.filter(told_at__lt=F("usable_at")), "usable_at", "told_at"),
    )
    for rows, due, done in early:
        for name, due_at, at in rows.order_by().values_list(name_column(rows.model), due, done):
            yield Anomaly(named(rows.model, name), due_at.isoformat(), at.isoformat())


def nothing_is_overdue(now: datetime) -> Iterator[Anomaly]:
    """Tell the rows due for longer than two sweeps. Those set aside, or held without an address, are not."""
    since = now - patience()
    for echeance in (*ECHEANCES, MAILS):
        late = echeance.late(since, now).order_by()
        for name, due_at in late.values_list(name_column(echeance.model), echeance.instant):
            yield Anomaly(named(echeance.model, name), due_at.isoformat(), now.isoformat())


def nothing_is_forgotten() -> Iterator[Anomaly]:
    """Tell the orders in a state that time ends, and that have no due time: no sweep would ever see them."""
    timed = {_C.DRAFT, _C.IN_REVIEW, _C.TO_CORRECT, _C.ACCEPTED, _C.SHIPPED, _C.RETURNED}
    if settings.VITALE_SIMULATION:
        timed.add(_C.IN_PRODUCTION)
    ended = Q(state__in=(_C.DELIVERED, _C.REJECTED, _C.CANCELLED), pieces__isnull=False)
    forgotten = Commande.objects.filter(Q(state__in=timed) | ended, due_at=None).distinct()
    for reference, state in forgotten.order_by().values_list("reference", "state"):
        yield Anomaly(named(Commande, reference), shown(state, "avec une échéance"), "–")
