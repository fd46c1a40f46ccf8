"""The sweep that sends what is in the outbox (section 10)."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F

from accounts.models import OutboxMail
from accounts.notices import sending_pause

logger = logging.getLogger(__name__)

BATCH = 50
# How long a worker keeps a mail to itself. A crash in the act sends it again, with the same Message-ID.
LEASE = timedelta(minutes=5)


def send_due(now: datetime) -> int:
    """Send the mails that are due; return how many left. One that fails waits longer and longer."""
    sent = 0
    for mail in _take(now):
        try:
            _send(mail)
        except (
            OSError,
            SMTPException,
            ValueError,
        ) as error:  # ValueError: an address or a header no mail can have
            logger.warning("Mail %s could not be sent: %s", mail.pk, type(error).__name__)
            due_at = now + sending_pause(mail.attempts)
            OutboxMail.objects.filter(pk=mail.pk).update(due_at=due_at, last_error=str(error)[:200])
        else:
            OutboxMail.objects.filter(pk=mail.pk).update(sent_at=now, last_error="")
            sent += 1
    return sent


def _take(now: datetime) -> list[OutboxMail]:
    due = OutboxMail.objects.filter(sent_at=None, due_at__lte=now)
    if not due.exists():
        return []
    with transaction.atomic():
        mails = list(due.select_for_update(skip_locked=True).order_by("due_at", "pk")[:BATCH])
        OutboxMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(
            due_at=now + LEASE, attempts=F("attempts") + 1
        )
    for mail in mails:
        mail.attempts += 1
    return mails


def _send(mail: OutboxMail) -> None:
    email = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        to=[mail.recipient],
        headers={"Message-ID": mail.message_id},
        connection=get_connection(),
    )
    email.attach_alternative(mail.html, "text/html")
    email.send()
