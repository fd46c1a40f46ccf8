"""The sweep that sends what is in the outbox (section 10)."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F

from accounts.models import OutboxMail
from accounts.sweeps import NOT_THE_ROW, growing_pause
from vitale_portal.locks import hold

logger = logging.getLogger(__name__)

BATCH = 50
# How long a worker keeps a mail to itself. A crash in the act sends it again, with the same Message-ID.
LEASE = timedelta(minutes=5)
# How long a sweep goes on sending. The last mail may take a little more: the server's own limit.
PATIENCE = timedelta(minutes=1)


def send_due(now: datetime) -> int:
    """Send the mails that are due; return how many left. One that fails waits longer and longer.

    A mail server that does not answer holds the worker no longer than the mails are leased to it.
    """
    mails, start, sent = _take(now), monotonic(), 0
    for tried, mail in enumerate(mails):
        if monotonic() - start > PATIENCE.total_seconds():
            _give_back(mails[tried:], now)
            break
        sent += _try(mail, now)
    return sent


def _try(mail: OutboxMail, now: datetime) -> bool:
    row = OutboxMail.objects.filter(pk=mail.pk)
    try:
        _send(mail)
    except NOT_THE_ROW:
        raise
    except Exception as error:  # noqa: BLE001 -- an address or a header no mail can have, a server away
        logger.warning("Mail %s could not be sent: %s", mail.pk, type(error).__name__)
        row.update(due_at=now + growing_pause(mail.attempts), last_error=str(error)[:200])
        return False
    row.update(sent_at=now, last_error="")
    if mail.secret and not settings.VITALE_DEMONSTRATION:  # whose page of mails goes on showing it
        row.update(secret=None)
    return True


def _give_back(mails: Sequence[OutboxMail], now: datetime) -> None:
    """Leave to the next sweep the mails this one had no time for: they were not tried."""
    rows = OutboxMail.objects.filter(pk__in=[mail.pk for mail in mails], sent_at=None)
    rows.update(due_at=now, attempts=F("attempts") - 1)


def _take(now: datetime) -> list[OutboxMail]:
    due = OutboxMail.objects.filter(sent_at=None, due_at__lte=now)
    if not due.exists():
        return []
    with transaction.atomic():
        mails = list(hold(due, skip_held=True).order_by("due_at", "pk")[:BATCH])
        OutboxMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(
            due_at=now + LEASE, attempts=F("attempts") + 1
        )
    for mail in mails:
        mail.attempts += 1
    return mails


def _send(mail: OutboxMail) -> None:
    email = EmailMultiAlternatives(
        mail.subject,
        mail.whole_text,
        to=[mail.recipient],
        headers={"Message-ID": mail.message_id},
        connection=get_connection(),
    )
    email.attach_alternative(mail.whole_html, "text/html")
    email.send()
