"""Notices: one call writes the message in the inbox and the mail in the outbox (section 10).

Who has no account gets a letter instead (F10).

Both are rendered when written. A mail carries no personal data and no link but the portal's front
page (section 11): it is given none of the facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from accounts.enums import Notice
from accounts.models import Assure, Lettre, Message, OutboxMail


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A notice owed to an assuré. ``about`` names its object: the same notice on it is written once."""

    assure: Assure
    notice: Notice
    about: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def notify(owed: Iterable[Owed], *, at: datetime) -> None:
    """Write what is owed, in the caller's transaction. Nothing is written twice for the same object."""
    with transaction.atomic():
        for one in owed:
            _write(one, at)


def _write(owed: Owed, at: datetime) -> None:
    folder = f"emails/{owed.notice.value}"
    text = {
        "subject": _line(f"{folder}/subject.txt"),
        "body": render_to_string(f"{folder}/message.txt", dict(owed.facts)).strip(),
        "written_at": at,
    }
    key = {"assure": owed.assure, "notice": owed.notice, "about": owed.about}
    if not hasattr(owed.assure, "user"):
        Lettre.objects.get_or_create(**key, defaults=text)
        return
    message, created = Message.objects.get_or_create(**key, defaults=text)
    if created and owed.assure.email:
        _post(owed.assure.email, message.subject, f"{folder}/mail.txt", at)


def _post(recipient: str, subject: str, template: str, at: datetime) -> None:
    context = {
        "subject": subject,
        "content": render_to_string(template).strip(),
        "portal": settings.VITALE_PUBLIC_URL,
    }
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    OutboxMail.objects.create(
        message_id=make_msgid(domain=domain),
        recipient=recipient,
        subject=subject,
        text=render_to_string("emails/mail.txt", context),
        html=render_to_string("emails/mail.html", context),
        written_at=at,
        due_at=at,
    )


def _line(template: str) -> str:
    return " ".join(render_to_string(template).split())


def sending_pause(attempts: int) -> timedelta:
    """Give the pause after a failed sending: 1 minute, doubled each time, an hour at most."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 6)), timedelta(hours=1))
