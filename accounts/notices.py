"""Notices: one call writes the message in the inbox and the mail in the outbox (section 10).

Who has no account gets a letter instead (F10).

Both are rendered when written. A mail carries no personal data and no link but the portal's front
page (section 11): it is given none of the facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import make_msgid, parseaddr
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.template.loader import get_template, render_to_string

from accounts.enums import Notice
from accounts.models import Assure, Lettre, Message, OutboxMail, User
from accounts.models.messagerie import BLANK
from vitale_portal.inserts import insert_from


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A notice owed to an assuré. ``about`` names its object: the same notice on it is written once."""

    assure: Assure
    notice: Notice
    about: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def notify(owed: Iterable[Owed], *, at: datetime) -> None:
    """Write what is owed, in the caller's transaction. Nothing is written twice for the same object.

    However many are owed, the questions to the database are the same few.
    """
    news = list({_key(one): one for one in owed}.values())
    if not news:
        return
    with_account = _with_account(news)
    try:
        with transaction.atomic():
            _write(news, with_account, at)
    except IntegrityError:
        # Another wrote one of them at the same time: it is seen now. Or a reference fell twice.
        with transaction.atomic():
            _write(news, with_account, at)


Key = tuple[int, str, str]


def _key(owed: Owed) -> Key:
    return owed.assure.pk, owed.notice.value, owed.about


def _with_account(owed: Iterable[Owed]) -> set[int]:
    ids = {one.assure.pk for one in owed}
    users = User.objects.filter(assure__in=ids)
    return {pk for pk in users.values_list("assure_id", flat=True) if pk}


def _write(owed: Sequence[Owed], with_account: set[int], at: datetime) -> None:
    inbox = [one for one in owed if one.assure.pk in with_account]
    _write_mails(_write_new(Message, inbox, at))
    _write_new(Lettre, [one for one in owed if one.assure.pk not in with_account], at)


N = TypeVar("N", Message, Lettre)


def _write_new(model: type[N], owed: Sequence[Owed], at: datetime) -> list[N]:
    """Write the messages or letters that are not there yet, and return them."""
    if not owed:
        return []
    rows: Any = model.objects
    about = rows.filter(about__in={one.about for one in owed}, assure__in={one.assure.pk for one in owed})
    there = set(about.values_list("assure_id", "notice", "about"))
    news = [one for one in owed if _key(one) not in there]
    subjects = {notice: _line(f"{_folder(notice)}/subject.txt") for notice in {one.notice for one in news}}
    texts = {notice: get_template(f"{_folder(notice)}/message.txt") for notice in subjects}
    written: list[N] = rows.bulk_create(
        model(
            assure=one.assure,
            notice=one.notice,
            about=one.about,
            subject=subjects[one.notice],
            body=texts[one.notice].render({**one.facts, "letter": model is Lettre}).strip(),
            written_at=at,
        )
        for one in news
    )
    return written


def _write_mails(messages: Sequence[Message]) -> None:
    """Write the mail of each message just written, to who has an e-mail address; it is named after it.

    Mails tell nothing of the person, so that they are the same for all who get a notice.
    """
    for notice in {Notice(message.notice) for message in messages}:
        ours = [message.reference for message in messages if message.notice == notice]
        columns = {
            "message_id": Concat(Value("<"), F("reference"), Value(f"@{_domain()}>")),
            "recipient": F("assure__email"),
            "written_at": F("written_at"),
            "due_at": F("written_at"),
            "attempts": 0,
            "last_error": "",
            **_mail(_folder(notice), {}),
        }
        rows = Message.objects.filter(reference__in=ours).exclude(assure__email="")
        insert_from(OutboxMail, rows.order_by("pk"), columns)


def write_mail(
    recipient: str,
    folder: str,
    *,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    code: str = "",
    link: str = "",
) -> None:
    """Write one mail of the templates ``emails/<folder>/``, with no message in the inbox.

    For what is said to an e-mail address rather than to an account: a code, a link to confirm it, a warning
    to a former address. ``facts`` are for those texts alone (section 11 has the exceptions). A ``code`` is
    ``{{ code }}`` in them; a ``link`` just asked for shows under the text. The outbox keeps either sealed.
    """
    OutboxMail.objects.create(
        message_id=make_msgid(domain=_domain()),
        recipient=recipient,
        written_at=at,
        due_at=at,
        secret=code or link or None,
        **_mail(
            f"emails/{folder}", dict(facts or {}) | {"code": BLANK if code else ""}, BLANK if link else ""
        ),
    )


def _folder(notice: Notice) -> str:
    return f"emails/{notice.value}"


def _mail(folder: str, facts: Mapping[str, Any], link: str = "") -> dict[str, str]:
    context = {
        "subject": _line(f"{folder}/subject.txt"),
        "content": render_to_string(f"{folder}/mail.txt", dict(facts)).strip(),
        "portal": settings.VITALE_PUBLIC_URL,
        "link": link,
    }
    return {
        "subject": context["subject"],
        "text": render_to_string("emails/mail.txt", context),
        "html": render_to_string("emails/mail.html", context),
    }


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def _line(template: str) -> str:
    return " ".join(render_to_string(template).split())
