"""The outbox: sent by a sweep, retried with growing pauses, doubled only by a crash (section 10)."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.conf import settings
from django.core import mail as sent
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import DjangoAssertNumQueries

from accounts.models import OutboxMail
from accounts.outbox import send_due
from tests.factories import DAY, NOW, OutboxMailFactory

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Server:
    """A mail server that does what the test says, and remembers what reached it."""

    def __init__(self) -> None:
        self.answers: dict[str, BaseException] = {}
        self.seen: list[str] = []

    def take(self, message: Any) -> None:
        """Note one mail; answer with the error the test set for all (``*``) or for its recipient."""
        self.seen.append(message.message()["Message-ID"])
        answer = self.answers.get("*") or self.answers.get(message.to[0])
        if answer:
            raise answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    found = Server()
    deliver = EmailBackend.send_messages

    def send_messages(backend: EmailBackend, messages: list[Any]) -> int:
        for message in messages:
            found.take(message)
        return deliver(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return found


def stands(mail: OutboxMail) -> tuple[Any, ...]:
    row = OutboxMail.objects.get(pk=mail.pk)
    return row.attempts, row.sent_at, row.due_at


def test_mail_leaves_as_it_was_written() -> None:
    mail = OutboxMailFactory()
    assert send_due(NOW) == 1
    message = sent.outbox[0]
    assert (message.to, message.cc, message.bcc) == ([mail.recipient], [], [])
    assert (message.subject, message.body, message.from_email) == (
        mail.subject,
        mail.text,
        settings.DEFAULT_FROM_EMAIL,
    )
    assert [(part.content, part.mimetype) for part in message.alternatives] == [(mail.html, "text/html")]
    assert (message.attachments, message.extra_headers) == ([], {"Message-ID": mail.message_id})


DUE = {"a second early": (-SECOND, 0), "due": (timedelta(0), 1), "three days late": (3 * DAY, 1)}


@pytest.mark.parametrize(("after", "count"), DUE.values(), ids=DUE)
def test_mail_leaves_once_when_it_is_due(after: timedelta, count: int) -> None:
    OutboxMailFactory()
    assert [send_due(NOW + after), send_due(NOW + after)] == [count, 0]
    assert (len(sent.outbox), OutboxMail.objects.filter(sent_at=None).count()) == (count, 1 - count)


def test_pauses_grow_and_the_message_id_stays(server: Server) -> None:
    mail = OutboxMailFactory()
    server.answers["*"] = SMTPServerDisconnected("away")
    now = NOW
    for attempts, minutes in enumerate([1, 2, 4, 8, 16, 32, 60, 60], 1):
        assert send_due(now) == 0
        assert stands(mail) == (attempts, None, now + minutes * MINUTE)
        assert send_due(now + minutes * MINUTE - SECOND) == 0
        now += minutes * MINUTE
    server.answers.clear()
    assert send_due(now) == 1
    assert (stands(mail)[:2], server.seen) == ((9, now), [mail.message_id] * 9)


@pytest.mark.parametrize("error", [OSError("x" * 300), SMTPServerDisconnected("x" * 300)])
def test_error_is_kept_until_the_mail_has_left(server: Server, error: Exception) -> None:
    mail = OutboxMailFactory()
    server.answers["*"] = error
    send_due(NOW)
    mail.refresh_from_db()
    assert mail.last_error == "x" * 200
    server.answers.clear()
    send_due(NOW + DAY)
    mail.refresh_from_db()
    assert (mail.last_error, mail.sent_at) == ("", NOW + DAY)


REFUSED = {
    "by the server": ("boite@courriel.example", SMTPRecipientsRefused({})),
    "no connection": ("boite@courriel.example", ConnectionRefusedError()),
    "two lines": ("boite@courriel.example\nBcc: x@y.example", None),
}


@pytest.mark.parametrize(("recipient", "error"), REFUSED.values(), ids=REFUSED)
def test_mail_that_cannot_leave_holds_no_other(
    server: Server, recipient: str, error: BaseException | None
) -> None:
    bad, good = OutboxMailFactory(recipient=recipient), OutboxMailFactory()
    if error:
        server.answers[recipient] = error
    assert send_due(NOW) == 1
    assert (stands(bad), stands(good)[:2]) == ((1, None, NOW + MINUTE), (1, NOW))


def test_crash_in_the_act_sends_again_with_the_same_message_id(server: Server) -> None:
    mail = OutboxMailFactory()
    server.answers["*"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        send_due(NOW)
    server.answers.clear()
    assert send_due(NOW + 5 * MINUTE - SECOND) == 0
    assert send_due(NOW + 5 * MINUTE) == 1
    assert server.seen == [mail.message_id] * 2


def test_mail_in_another_worker_s_hands_is_left_to_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = OutboxMailFactory()
    while_sending = []
    monkeypatch.setattr(server, "take", lambda _message: while_sending.append((send_due(NOW), stands(mail))))
    assert send_due(NOW) == 1
    assert while_sending == [(0, (1, None, NOW + 5 * MINUTE))]


def test_sweep_takes_a_batch_the_longest_due_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.outbox.BATCH", 2)
    mails = [OutboxMailFactory(due_at=NOW - n * MINUTE) for n in range(3)]
    assert [send_due(NOW) for _ in range(3)] == [2, 1, 0]
    assert [message.to[0] for message in sent.outbox] == [mail.recipient for mail in reversed(mails)]


def test_sweep_with_nothing_due_asks_one_question(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    OutboxMailFactory(due_at=NOW + SECOND)
    with django_assert_num_queries(1):
        send_due(NOW)
