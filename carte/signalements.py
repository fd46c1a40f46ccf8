"""What is wrong on a card: said by a holder, dealt with by an agent of his caisse (section 6)."""

from datetime import datetime

from django.db import transaction

from accounts.enums import Act, Notice
from accounts.models import Assure, Beneficiaire, User
from accounts.notices import Owed, notify
from accounts.traces import named, trace
from carte.enums import SignalementKind, SignalementOutcome
from carte.models import Carte, Signalement
from vitale_portal.locks import hold


class AlreadyOpen(Exception):
    """He said so before, in other words, and the caisse has not dealt with it yet."""


class AlreadyHandled(Exception):
    """Another agent dealt with it meanwhile."""


def report_error(
    *, carte: Carte, assure: Assure, kind: SignalementKind, text: str, now: datetime
) -> Signalement:
    """Record what a holder says is wrong on a card, for his caisse, and acknowledge it to him.

    Sent twice with the same words, it is one. Raises ``AlreadyOpen`` when the same thing, in other words,
    still waits.
    """
    with transaction.atomic():
        hold(Beneficiaire.objects).get(pk=carte.beneficiaire_id)
        waiting = Signalement.objects.filter(carte=carte, assure=assure, kind=kind, handled_at=None).first()
        if waiting and waiting.text == text:
            return waiting
        if waiting:
            raise AlreadyOpen
        said = Signalement.objects.create(
            carte=carte, assure=assure, caisse=assure.caisse, kind=kind, text=text, sent_at=now
        )
        _tell(said, Notice.SIGNALEMENT_RECEIVED, now)
    return said


def handle(*, signalement: Signalement, user: User, outcome: SignalementOutcome, now: datetime) -> None:
    """Record that an agent dealt with an error, and tell the assuré what came of it.

    Raises ``AlreadyHandled`` when it is done already: nothing is changed, nobody told twice.
    """
    with transaction.atomic():
        waiting = Signalement.objects.filter(pk=signalement.pk, handled_at=None)
        if not waiting.update(handled_at=now, handled_by=user, outcome=outcome):
            raise AlreadyHandled
        handled = Signalement.objects.select_related("assure", "carte__beneficiaire").get(pk=signalement.pk)
        file, about = handled.carte.beneficiaire, named(handled)
        trace(Act.DECIDED, at=now, by=user, beneficiaire=file, about=about)
        _tell(handled, Notice.SIGNALEMENT_HANDLED, now)


def _tell(signalement: Signalement, notice: Notice, at: datetime) -> None:
    about, facts = f"signalement {signalement.reference}", {"signalement": signalement}
    notify([Owed(assure=signalement.assure, notice=notice, about=about, facts=facts)], at=at)
