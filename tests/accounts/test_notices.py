"""Notices: written once, in the transaction that owes them; mails say nothing of the person (section 11)."""

import re

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.enums import Notice
from accounts.models import Assure, Message, OutboxMail
from accounts.notices import Owed, notify, write_mail
from tests.factories import (
    NOW,
    AdresseFactory,
    AssureFactory,
    BeneficiaireFactory,
    CaisseFactory,
)
from tests.told import facts_of

pytestmark = pytest.mark.django_db
# Told by no other word of any notice.
NAMES = {"nom": "KERVAZOU", "prenoms": "Philomène Odile"}
STREET = {"voie": "9 QUAI D'AVAL & CIE <B>", "code_postal": "76400", "commune": "Fécamp"}


def people() -> list[Assure]:
    """Two assurés that have nothing in common."""
    someone = AssureFactory(beneficiaire=BeneficiaireFactory(**NAMES), caisse=CaisseFactory(code="CFE"))
    AdresseFactory(assure=someone, **STREET)
    other = AssureFactory()
    AdresseFactory(assure=other)
    return [someone, other]


def owed(assure: Assure, notice: Notice = Notice.ADRESSE_USABLE, about: str = "adresse 1") -> Owed:
    return Owed(assure=assure, notice=notice, about=about, facts={"adresse": assure.adresses.get()})


# --- Writing -----------------------------------------------------------------------------------


def test_notify_writes_one_message_and_one_mail(assure: Assure) -> None:
    notify([owed(assure)], at=NOW)
    message, mail = Message.objects.get(), OutboxMail.objects.get()
    assert (message.assure, message.notice, message.written_at, message.read_at) == (
        assure,
        Notice.ADRESSE_USABLE,
        NOW,
        None,
    )
    assert (mail.recipient, mail.subject, mail.written_at, mail.due_at) == (
        assure.email,
        message.subject,
        NOW,
        NOW,
    )
    assert (mail.attempts, mail.sent_at) == (0, None)


def test_notify_twice_about_the_same_thing_writes_once(assure: Assure) -> None:
    for _ in range(2):
        notify([owed(assure), owed(assure)], at=NOW)
    assert (Message.objects.count(), OutboxMail.objects.count()) == (1, 1)


def test_notify_about_another_thing_or_another_person_writes_again(assure: Assure) -> None:
    other = AssureFactory()
    AdresseFactory(assure=other)
    notify([owed(assure), owed(assure, about="adresse 2"), owed(other)], at=NOW)
    assert (Message.objects.count(), OutboxMail.objects.count()) == (3, 3)


def test_notify_asks_as_few_questions_for_twenty_as_for_one() -> None:
    counts = []
    for many in (1, 20):
        news = [owed(adresse.assure) for adresse in (AdresseFactory() for _ in range(many))]
        with CaptureQueriesContext(connection) as asked:
            notify(news, at=NOW)
        counts.append(len(asked))
    assert counts == [counts[0]] * 2
    assert (counts[0] <= 8, Message.objects.count(), OutboxMail.objects.count()) == (True, 21, 21)


def test_notify_draws_again_when_a_reference_falls_twice(
    assure: Assure, monkeypatch: pytest.MonkeyPatch
) -> None:
    notify([owed(assure)], at=NOW)
    drawn = iter([Message.objects.get().reference, "ANOTHERONE"])
    monkeypatch.setattr(Message.reference.field, "_get_default", lambda: next(drawn))
    notify([owed(assure, about="adresse 2")], at=NOW)
    assert (Message.objects.filter(reference="ANOTHERONE").count(), OutboxMail.objects.count()) == (1, 2)


def test_mails_are_named_after_their_messages(assure: Assure) -> None:
    for about in ("adresse 1", "adresse 2"):
        notify([owed(assure, about=about)], at=NOW)
    named = [f"<{message.reference}@ma-carte-vitale.example>" for message in Message.objects.order_by("pk")]
    assert list(OutboxMail.objects.order_by("pk").values_list("message_id", flat=True)) == named


def test_notify_without_an_e_mail_address_writes_the_message_alone(assure: Assure) -> None:
    Assure.objects.update(email="")
    notify([owed(assure)], at=NOW)
    assert (Message.objects.count(), OutboxMail.objects.count()) == (1, 0)


def test_notify_is_undone_with_the_transaction_that_owed_it(assure: Assure) -> None:
    with transaction.atomic():
        notify([owed(assure)], at=NOW)
        transaction.set_rollback(True)
    assert (Message.objects.count(), OutboxMail.objects.count()) == (0, 0)


def test_message_is_written_as_people_wrote_their_address() -> None:
    someone = people()[0]
    notify([owed(someone)], at=NOW)
    assert Message.objects.get().body.splitlines()[2:4] == ["9 QUAI D'AVAL & CIE <B>", "76400 Fécamp"]


# --- What is written ---------------------------------------------------------------------------


@pytest.mark.parametrize("notice", Notice)
def test_mail_is_the_same_for_everybody(notice: Notice) -> None:
    """Section 11: no personal data."""
    for assure in people():
        notify([Owed(assure=assure, notice=notice, about="x", facts=facts_of(assure))], at=NOW)
    texts = set(OutboxMail.objects.values_list("subject", "text", "html"))
    assert (len(texts), OutboxMail.objects.count()) == (1, 2)


@pytest.mark.parametrize("notice", Notice)
def test_mail_names_nobody_and_nothing(notice: Notice) -> None:
    """A word that came from a template may be anybody's; none may be this person's."""
    someone = people()[0]
    facts = facts_of(someone)
    notify([Owed(assure=someone, notice=notice, about="x", facts=facts)], at=NOW)
    mail = OutboxMail.objects.get()
    said = f"{mail.subject}{mail.text}{mail.html}".casefold()
    who = someone.beneficiaire
    reference = facts["commande"].reference
    secrets = [*NAMES.values(), "Philomène", *STREET.values(), who.nir, who.nir[1:], reference, reference[:4]]
    assert [word for word in secrets if word.casefold() in said] == []


@pytest.mark.parametrize("notice", Notice)
def test_mail_links_to_the_front_page_alone_and_tells_how_to_know_a_false_one(notice: Notice) -> None:
    someone = people()[0]
    notify([Owed(assure=someone, notice=notice, about="x", facts=facts_of(someone))], at=NOW)
    mail = OutboxMail.objects.get()
    for text in (mail.text, mail.html):
        assert set(re.findall(r"https?://[^\s\"<>]+", text)) == {settings.VITALE_PUBLIC_URL}
        assert text.count("Comment reconnaître un faux message") == 1
        assert FALSE_ONES in " ".join(text.split())


@pytest.mark.parametrize("link", ["", "https://portail.example/lien"])
def test_mail_with_a_link_or_a_code_tells_it_too(link: str) -> None:
    """Section 11: the site asks for an IBAN, and a code; no mail does."""
    write_mail("a@courriel.example", "email_to_confirm", at=NOW, link=link)
    mail = OutboxMail.objects.get()
    assert [FALSE_ONES in " ".join(text.split()) for text in (mail.text, mail.html)] == [True, True]


FALSE_ONES = (
    "Aucun courriel de notre part ne vous demande de payer, ni de répondre avec vos coordonnées bancaires ou "
    "votre code. La carte Vitale est gratuite."
)
LOOSE = re.compile(r" [:;?!»]|« |[\w]'|!")


@pytest.mark.parametrize("notice", Notice)
def test_texts_are_french_to_the_space(notice: Notice) -> None:
    assure = people()[1]
    notify([Owed(assure=assure, notice=notice, about="x", facts=facts_of(assure))], at=NOW)
    message, mail = Message.objects.get(), OutboxMail.objects.get()
    assert [LOOSE.findall(text) for text in (message.subject, message.body, mail.text)] == [[], [], []]


def test_message_ids_differ_and_are_of_the_portal(assure: Assure) -> None:
    notify([owed(assure, about=f"adresse {n}") for n in range(3)], at=NOW)
    found = set(OutboxMail.objects.values_list("message_id", flat=True))
    domains = {one.partition("@")[2] for one in found}
    assert (len(found), domains) == (3, {"ma-carte-vitale.example>"})
