"""The mails that leave, read in a real mail catcher (section 11, F3)."""

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from pytest_django import Settings

from accounts.enums import Notice
from accounts.models import OutboxMail
from accounts.notices import Owed, notify
from accounts.outbox import send_due
from declarations.declarer import Faits, declare
from declarations.enums import DeclarationKind
from tests.factories import NOW, CarteFactory, assure_ready
from tests.told import facts_of

pytestmark = pytest.mark.django_db

ILLNESS = re.compile(
    r"maladie(?! et)|affection|ALD|grossesse|ordonnance|traitement|m[ée]decin", re.IGNORECASE
)
LINK = re.compile(r"https?://[^\s\"<]+")


class Catcher:
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.caught: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.caught.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def catcher(settings: Settings) -> Iterator[Catcher]:
    """A mail server on this machine, where the portal's mails go."""
    handler = Catcher()
    with socket.create_server(("127.0.0.1", 0)) as free:
        host, port = free.getsockname()
    controller = Controller(handler, hostname=host, port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    yield handler
    controller.stop()


def bodies(mail: EmailMessage) -> dict[str, str]:
    return {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}


def test_declaration_is_confirmed_by_a_mail_that_tells_nobody_else_anything(catcher: Catcher) -> None:
    author = assure_ready()
    carte = CarteFactory(beneficiaire=author.beneficiaire)
    faits = Faits(kind=DeclarationKind.VOL, facts_on=NOW.date(), circumstances="dans le train")
    declare(carte=carte, author=author, faits=faits, user=author.user, now=NOW)
    assert send_due(NOW) == 1
    (mail,) = catcher.caught
    assert mail["To"] == author.email
    assert mail["Message-ID"] == OutboxMail.objects.get().message_id
    assert bodies(mail).keys() == {"text/plain", "text/html"}
    for body in bodies(mail).values():
        assert "une photo d’identité et une pièce d’identité" in body  # what is needed next (F3)
        said = [author.beneficiaire.nir, author.beneficiaire.nom, carte.serial, carte.serial[-4:], "train"]
        assert [word for word in said if word in body] == []


@pytest.mark.parametrize("notice", Notice, ids=lambda notice: notice.value)
def test_no_mail_names_an_illness_or_leads_anywhere_but_home(catcher: Catcher, notice: Notice) -> None:
    author = assure_ready()
    notify([Owed(assure=author, notice=notice, about="x", facts=facts_of(author))], at=NOW)
    assert send_due(NOW) == 1
    (mail,) = catcher.caught
    assert mail.get_content_type() == "multipart/alternative"
    assert [part for part in mail.walk() if part.get_filename()] == []
    for body in bodies(mail).values():
        assert set(LINK.findall(body)) == {django_settings.VITALE_PUBLIC_URL}
        assert ILLNESS.findall(body) == []
        assert "<form" not in body
