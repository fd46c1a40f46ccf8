"""« Demander une correction »: asked by an assuré, dealt with by an agent of his caisse (A7)."""

from datetime import datetime

from django.db import transaction

from accounts.enums import Act, Notice, RectificationKind, RectificationOutcome
from accounts.models import Assure, Rectification, User
from accounts.notices import Owed, notify
from accounts.traces import trace
from vitale_portal.locks import hold


class AlreadyAsked(Exception):
    """He asked for it before, in other words, and the caisse has not dealt with it yet."""


class AlreadyHandled(Exception):
    """Another agent dealt with it meanwhile."""


def ask_rectification(
    *, assure: Assure, kind: RectificationKind, wrong: str, right: str, now: datetime
) -> Rectification:
    """Record what an assuré asks his caisse to correct, and acknowledge it to him.

    Sent twice with the same words, it is one. Raises ``AlreadyAsked`` when the same thing, in other words,
    still waits.
    """
    with transaction.atomic():
        hold(Assure.objects).get(pk=assure.pk)
        waiting = assure.rectifications.filter(kind=kind, handled_at=None).first()
        if waiting and (waiting.wrong, waiting.right) == (wrong, right):
            return waiting
        if waiting:
            raise AlreadyAsked
        asked = Rectification.objects.create(
            assure=assure, caisse=assure.caisse, kind=kind, wrong=wrong, right=right, sent_at=now
        )
        _tell(asked, Notice.RECTIFICATION_RECEIVED, now)
    return asked


def handle_rectification(
    *, rectification: Rectification, user: User, outcome: RectificationOutcome, now: datetime
) -> None:
    """Record that an agent dealt with a demande, trace it, and tell the assuré what came of it.

    Raises ``AlreadyHandled`` when it is done already: nothing is changed, nobody told twice.
    """
    with transaction.atomic():
        waiting = Rectification.objects.filter(pk=rectification.pk, handled_at=None)
        if not waiting.update(handled_at=now, handled_by=user, outcome=outcome):
            raise AlreadyHandled
        handled = Rectification.objects.select_related("assure__beneficiaire").get(pk=rectification.pk)
        trace(
            Act.DECIDED,
            at=now,
            by=user,
            beneficiaire=handled.assure.beneficiaire,
            caisse=handled.caisse,
            about=str(handled),
            words=outcome.label,
        )
        _tell(handled, Notice.RECTIFICATION_HANDLED, now)


def _tell(rectification: Rectification, notice: Notice, at: datetime) -> None:
    facts = {"rectification": rectification}
    notify([Owed(assure=rectification.assure, notice=notice, about=str(rectification), facts=facts)], at=at)
