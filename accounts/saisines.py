"""What an assuré refers to his caisse, and one of its agents deals with, once (A7, section 6)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction

from accounts.enums import Act, Notice
from accounts.models import Assure, Saisine, User
from accounts.models.saisine import WAITING
from accounts.notices import Owed, notify
from accounts.traces import trace
from vitale_portal.locks import hold

S = TypeVar("S", bound=Saisine)


class AlreadyWaiting(Exception):
    """He said so before, in other words, and the caisse has not dealt with it yet."""


class AlreadyHandled(Exception):
    """Another agent dealt with it meanwhile."""


def send(
    model: type[S], *, assure: Assure, matter: Mapping[str, Any], words: Mapping[str, str], now: datetime
) -> S:
    """Record what an assuré refers to his caisse, and acknowledge it to him.

    ``matter`` is what may wait once only, ``words`` what he says of it. Sent twice with the same words, it is
    one. Raises ``AlreadyWaiting`` when the same thing, in other words, still waits.
    """
    rows = model._default_manager  # noqa: SLF001 -- Django's documented name
    with transaction.atomic():
        hold(Assure.objects).get(pk=assure.pk)
        waiting = rows.filter(WAITING, assure=assure, **matter).first()
        if waiting is None:
            sent = rows.create(assure=assure, caisse=assure.caisse, sent_at=now, **matter, **words)
            _tell(sent, model.RECEIVED, now)
            return sent
    if any(getattr(waiting, name) != said for name, said in words.items()):
        raise AlreadyWaiting
    return waiting


def handle(*, saisine: Saisine, user: User, outcome: models.TextChoices, now: datetime) -> None:
    """Record that an agent dealt with it, trace it, and tell the assuré what came of it.

    Raises ``AlreadyHandled`` when it is done already: nothing is changed, nobody told twice.
    """
    rows = type(saisine)._default_manager.filter(pk=saisine.pk)  # noqa: SLF001 -- Django's documented name
    with transaction.atomic():
        if not rows.filter(WAITING).update(handled_at=now, handled_by=user, outcome=outcome):
            raise AlreadyHandled
        handled = rows.get()
        trace(
            Act.DECIDED,
            at=now,
            by=user,
            beneficiaire=handled.beneficiaire,
            about=handled.key,
            words=outcome.label,
        )
        _tell(handled, handled.HANDLED, now)


def _tell(saisine: Saisine, notice: Notice, at: datetime) -> None:
    facts = {str(saisine._meta.model_name): saisine}  # noqa: SLF001 -- Django's documented name
    notify([Owed(assure=saisine.assure, notice=notice, about=saisine.key, facts=facts)], at=at)
