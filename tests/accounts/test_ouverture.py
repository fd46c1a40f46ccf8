"""Opening an account, page after page, until it is open (A2, A4)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from time_machine import Traveller

from accounts.enums import Notice
from accounts.models import (
    Assure,
    CodeProvisoire,
    Demande,
    Lettre,
    MailLink,
    Message,
    OutboxMail,
    Ouverture,
    Session,
    Trace,
    User,
)
from accounts.notices import Owed, notify
from accounts.ouverture import TERMS_VERSION, erase_over
from accounts.ouverture.code_provisoire import hand_over
from accounts.ouverture.demandes import judge
from tests.factories import CODE, DAY, HOUR, NOW, assure_ready
from tests.ouvrir import (
    MAILBOX,
    NEW_CODE,
    PROOF,
    by_code,
    finish_steps,
    last_link,
    send,
    stranger,
    subjects,
    to_mail,
    to_proof,
    typed,
)
from tests.told import facts_of
from vitale_portal.fingerprints import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LIFE = timedelta(minutes=30)


def confirm(client: Client) -> HttpResponse:
    client.get(last_link())
    return send(client, "opening_confirm")


def words(response: HttpResponse) -> str:
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


# --- The two ways ------------------------------------------------------------------------------


def test_account_opens_at_once_by_iban_and_card(client: Client) -> None:
    assure = stranger()
    assert to_proof(client, assure).url == reverse("opening_terms")
    assert finish_steps(client, code=NEW_CODE, email=MAILBOX).url == reverse("opening_sent")
    assert User.objects.count() == 0
    assert confirm(client).url == reverse("sign_in")
    user = User.objects.get()
    assert (user.assure, user.identifiant, user.check_password(NEW_CODE)) == (
        assure,
        assure.beneficiaire.nir,
        True,
    )
    assert (user.terms_version, user.terms_accepted_at) == (TERMS_VERSION, NOW)
    assert Assure.objects.get().email == MAILBOX
    assert subjects() == ["Confirmez votre adresse électronique", "Votre compte est ouvert"]
    trace = Trace.objects.get()
    assert (trace.act, trace.by, trace.beneficiaire) == ("ACCOUNT_OPENED", user, assure.beneficiaire)
    signed = send(client, "sign_in", nir=assure.beneficiaire.nir, code=NEW_CODE)
    assert (signed.status_code, signed.url) == (302, "/connexion/code-recu/")


def test_account_opens_with_an_old_card(client: Client) -> None:
    assure = stranger(with_photo=False)
    send(client, "opening_who", **typed(assure))
    answer = send(client, "opening_proof", iban="7890189", kind="PLAIN", serial="1234 567 890")
    assert answer.url == reverse("opening_terms")


def test_account_opens_by_a_provisional_code_which_then_serves_no_more(client: Client) -> None:
    assure = stranger()
    assert by_code(client, assure).url == reverse("opening_sent")
    confirm(client)
    assert User.objects.get().check_password(NEW_CODE) is True
    assert (CodeProvisoire.objects.count(), Ouverture.objects.count()) == (0, 0)


def test_code_typed_again_elsewhere_starts_anew(client: Client) -> None:
    """Nothing is lost by a closed browser; nobody finishes what another began with his own code."""
    assure, other = stranger(), Client()
    by_code(client, assure)
    assert by_code(other, assure, code="Renoncule-bleue-8").url == reverse("opening_sent")
    confirm(other)
    assert User.objects.get().check_password("Renoncule-bleue-8") is True


def test_link_opens_on_another_device(client: Client) -> None:
    to_mail(client, stranger())
    confirm(Client())
    assert User.objects.count() == 1


def test_from_now_on_messages_instead_of_letters(client: Client) -> None:
    assure = stranger()
    to_mail(client, assure)
    confirm(client)
    facts = facts_of(assure_ready())
    notify([Owed(assure=assure, notice=Notice.CARTE_UPDATE, about="x", facts=facts)], at=NOW)
    assert (Lettre.objects.count(), Message.objects.count()) == (0, 1)


def test_session_key_changes_once_proved(client: Client) -> None:
    """No session fixed by another."""
    assure = stranger()
    send(client, "opening_who", **typed(assure))
    before = client.session.session_key
    send(client, "opening_proof", **PROOF)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


# --- Steps -------------------------------------------------------------------------------------

STEPS = ("opening_terms", "opening_choose_code", "opening_email", "opening_sent")


@pytest.mark.parametrize("step", [*STEPS, "opening_proof", "opening_post"])
def test_step_without_what_comes_before_leads_to_the_first(client: Client, step: str) -> None:
    assert client.get(reverse(step)).url == reverse("opening_who")


def test_later_steps_are_out_of_reach_until_those_ahead_are_done(client: Client) -> None:
    to_proof(client, stranger())
    assert {client.get(reverse(step)).url for step in STEPS[1:]} == {reverse("opening_terms")}
    send(client, "opening_terms", accepted="on")
    assert {client.get(reverse(step)).url for step in STEPS[2:]} == {reverse("opening_choose_code")}
    assert client.get(reverse("opening_terms")).status_code == 200


def test_another_text_of_the_terms_is_another_version() -> None:
    """A4: the version kept tells what was accepted. Change both, and this line."""
    text = render_to_string("public/terms_text.html", {"version": TERMS_VERSION})
    assert (TERMS_VERSION, fingerprint(" ".join(text.split()))[:12]) == ("2026-11-28", "25522eb55cc6")


def test_terms_are_accepted_or_nothing_goes_on(client: Client) -> None:
    to_proof(client, stranger())
    page = words(send(client, "opening_terms"))
    assert "<title>Erreur : Étape 3" in page
    assert "Cochez la case pour accepter les conditions d’utilisation." in page
    assert Ouverture.objects.get().terms_accepted_at is None


REFUSED = {
    "short": ("a-1", "Ce code est trop court"),
    "no special": ("tulipe777", "au moins un caractère spécial"),
    "common": ("azerty123!", "Ce code est trop courant"),
    "his name": ("Durand-0!camille", "ni votre nom ni vos prénoms"),
    "birth date": ("x-15011985", "votre date de naissance"),
}


@pytest.mark.parametrize(("code", "sentence"), REFUSED.values(), ids=REFUSED)
def test_code_obeys_the_rules(client: Client, code: str, sentence: str) -> None:
    to_proof(client, stranger())
    send(client, "opening_terms", accepted="on")
    page = words(send(client, "opening_choose_code", code=code))
    assert ("<title>Erreur : Étape 4" in page, sentence in page, code in page) == (True, True, False)
    assert Ouverture.objects.get().code_hash == ""


def test_code_is_hashed_in_the_opening(client: Client) -> None:
    to_mail(client, stranger())
    assert NEW_CODE not in Ouverture.objects.get().code_hash
    assert NEW_CODE not in str(dict(client.session))


def test_what_was_typed_is_there_at_an_error_and_on_the_way_back(client: Client) -> None:
    assure = stranger()
    page = words(send(client, "opening_who", **typed(assure, code_postal="0100")))
    assert all(f'value="{value}"' in page for value in typed(assure, code_postal="0100").values())
    send(client, "opening_who", **typed(assure))
    page = words(client.get(reverse("opening_who")))
    shown = typed(assure, date_naissance="15/01/1985").values()
    assert all(f'value="{value}"' in page for value in shown)
    page = words(send(client, "opening_proof", **PROOF | {"serial": "12"}))
    assert 'value="7890189"' in page
    assert "Vous avez écrit 2 chiffres, il en faut 11" in page


BORN = {
    "15/01/1985": True, "15 01 1985": True, "15.01.1985": True, "15011985": True, "1985-01-15": True,
    "15/01/85": False, "31/02/1985": False, "15/01/2085": False, "01/01/1700": False, "": False,
}  # fmt: skip


@pytest.mark.parametrize(("text", "read"), BORN.items())
def test_birth_date_is_read_as_people_write_it(client: Client, text: str, read: bool) -> None:
    answer = send(client, "opening_who", **typed(stranger(), date_naissance=text))
    assert (answer.status_code == 302) is read


def test_two_tabs_go_on_with_the_same_opening(client: Client) -> None:
    to_proof(client, stranger())
    for _ in range(2):
        send(client, "opening_terms", accepted="on")
    finish_steps(client, code=NEW_CODE, email=MAILBOX)
    finish_steps(client, code="Renoncule-bleue-8", email=MAILBOX)
    confirm(client)
    assert User.objects.get().check_password("Renoncule-bleue-8") is True
    lost = client.get(reverse("opening_email"), follow=True)
    assert "Si votre compte est ouvert, connectez-vous" in words(lost)


def test_opening_is_over_after_a_day(client: Client, clock: Traveller) -> None:
    to_mail(client, stranger())
    assert erase_over(NOW + DAY - timedelta(seconds=1)) > 0  # the link
    assert Ouverture.objects.count() == 1
    clock.move_to(NOW + DAY)
    erase_over(NOW + DAY)
    assert Ouverture.objects.count() == 0


# --- The mail ----------------------------------------------------------------------------------


def test_mail_has_the_link_and_how_to_know_a_false_one(client: Client) -> None:
    to_mail(client, stranger())
    mail = OutboxMail.objects.get()
    assert mail.recipient == MAILBOX
    assert mail.whole_text.count(mail.secret) == 1
    assert "nous n’envoyons ce lien qu’à qui vient de le demander" in mail.text
    assert "le seul lien de nos messages" not in mail.text + mail.html


def test_address_is_corrected_and_the_link_sent_again(client: Client) -> None:
    to_mail(client, stranger(), email="fausse@courriel.example")
    first = last_link()
    assert "Un nouveau lien" not in words(client.get(reverse("opening_sent"))).partition("<form")[0]
    send(client, "opening_email", email=MAILBOX)
    page = words(client.get(reverse("opening_sent")))
    assert "<strong>nouvelle@courriel.example</strong>" in page
    assert page.count("Un nouveau lien vient de partir. Lui seul convient désormais.") == 1
    client.get(first)
    assert "Ce lien ne sert plus" in words(client.get(reverse("opening_confirm")))
    confirm(client)
    assert Assure.objects.get().email == MAILBOX


def test_links_are_five_an_hour(client: Client, clock: Traveller) -> None:
    to_mail(client, stranger())
    statuses = [send(client, "opening_email", email=MAILBOX).status_code for _ in range(5)]
    assert statuses == [302] * 4 + [429]
    clock.move_to(NOW + 14 * timedelta(minutes=1))
    assert send(client, "opening_email", email="autre@courriel.example").status_code == 429
    assert OutboxMail.objects.count() == 5


def test_one_mailbox_gets_five_an_hour_whoever_asks() -> None:
    """Nobody's mailbox is filled from here."""
    assure = stranger()
    answers = [by_code(Client(REMOTE_ADDR=f"192.0.2.{n}"), assure, email=MAILBOX) for n in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]


CLICKS = {"last second": (LIFE - timedelta(seconds=1), 1), "30 minutes": (LIFE, 0)}


@pytest.mark.parametrize(("after", "users"), CLICKS.values(), ids=CLICKS)
def test_link_is_good_for_30_minutes(client: Client, clock: Traveller, after: timedelta, users: int) -> None:
    to_mail(client, stranger())
    clock.move_to(NOW + after)
    other = Client()
    other.get(last_link())
    page = words(send(other, "opening_confirm"))
    assert (User.objects.count(), "Ce lien ne sert plus" in page) == (users, not users)


def test_scanner_of_mails_opens_nothing(client: Client) -> None:
    to_mail(client, stranger())
    scanner = Client()
    assert scanner.get(last_link(), follow=True).status_code == 200
    scanner.head(last_link())
    assert User.objects.count() == 0
    assert MailLink.objects.get().used_at is None


def test_link_serves_once(client: Client) -> None:
    to_mail(client, stranger())
    link = last_link()
    confirm(client)
    other = Client()
    other.get(link)
    assert "Ce lien ne sert plus" in words(send(other, "opening_confirm"))
    assert User.objects.count() == 1


@pytest.mark.parametrize("taken", [MAILBOX, MAILBOX.upper()])
def test_address_of_another_account_says_the_same_on_screen(client: Client, taken: str) -> None:
    """Its owner is told by mail; who typed it learns nothing."""
    assure_ready(email=MAILBOX)
    assure = stranger()
    answer = by_code(client, assure, email=taken)
    assert (answer.status_code, answer.url) == (302, reverse("opening_sent"))
    (mail,) = OutboxMail.objects.all()
    assert (mail.subject, mail.recipient, mail.secret) == ("Cette adresse sert déjà à un compte", taken, None)


def test_address_taken_meanwhile_is_said_and_another_given(client: Client) -> None:
    to_mail(client, stranger())
    assure_ready(email=MAILBOX)
    page = words(confirm(client))
    assert "Cette adresse ne peut plus servir" in page
    assert (User.objects.count(), MailLink.objects.filter(used_at=None).count()) == (1, 1)
    send(client, "opening_email", email="libre@courriel.example")
    confirm(client)
    assert User.objects.count() == 2


# --- Back into an account, by a provisional code (A5) -------------------------------------------


def test_holder_comes_back_with_a_new_code_and_a_new_address(client: Client) -> None:
    assure = assure_ready(email="perdue@courriel.example")
    elsewhere = Client()
    elsewhere.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    by_code(client, assure)
    assert User.objects.get().check_password(CODE) is True
    page = client.get(last_link(), follow=True)
    assert page.status_code == 200
    assert send(client, "opening_confirm").url == reverse("sign_in")
    user = User.objects.get()
    assert (user.check_password(NEW_CODE), user.assure.email) == (True, MAILBOX)
    assert elsewhere.get(reverse("dashboard")).status_code == 302
    told = OutboxMail.objects.filter(subject="Votre code personnel a changé")
    assert {mail.recipient for mail in told} == {"perdue@courriel.example", MAILBOX}
    left = OutboxMail.objects.filter(subject="L’adresse électronique de votre compte est changée")
    assert [mail.recipient for mail in left] == ["perdue@courriel.example"]  # A9
    assert set(Trace.objects.values_list("act", flat=True)) == {"CODE_CHANGED", "EMAIL_CHANGED"}


def test_holder_may_keep_his_address(client: Client) -> None:
    assure = assure_ready(email=MAILBOX)
    by_code(client, assure)
    confirm(client)
    assert User.objects.get().check_password(NEW_CODE) is True
    assert subjects().count("Votre code personnel a changé") == 1
    assert "L’adresse électronique de votre compte est changée" not in subjects()


OPENS = ("Ouvrir un compte", "Votre compte est ouvert dès", "Confirmer et ouvrir mon compte")
RETURNS = ("Revenir dans mon compte", "Votre nouveau code sert dès", "Confirmer et retrouver mon compte")


def pages_of(client: Client) -> str:
    """The words of each step, once the mail has left: none is out of reach."""
    steps = ("opening_terms", "opening_choose_code", "opening_email", "opening_sent")
    pages = [words(client.get(reverse(step))) for step in steps]
    mains = [page[page.index("<title") : page.index("</title")] for page in pages]
    mains += [page[page.index("<main") : page.index("</main")] for page in pages]
    return "".join([*mains, words(client.get(last_link(), follow=True)).partition("<main")[2]])


@pytest.mark.parametrize(
    ("account", "walk", "said", "unsaid"),
    [(False, to_mail, OPENS, RETURNS), (False, by_code, OPENS, RETURNS), (True, by_code, RETURNS, OPENS)],
    ids=["opens at once", "opens by a code", "comes back"],
)
def test_each_step_says_what_one_came_for(
    client: Client,
    account: bool,
    walk: Callable[[Client, Assure], HttpResponse],
    said: tuple[str, ...],
    unsaid: tuple[str, ...],
) -> None:
    """A4, A5."""
    walk(client, assure_ready(email="perdue@courriel.example") if account else stranger())
    pages = pages_of(client)
    assert [line for line in said if line not in pages] == []
    assert [line for line in unsaid if line in pages] == []


def test_who_has_no_code_does_not_see_that_there_is_an_account() -> None:
    """A1, A4: a wrong provisional code leads to the same page, whether there is an account or not."""
    pages = set()
    for assure in (stranger(), assure_ready()):
        hand_over(assure=assure, now=NOW)
        client = Client()
        answer = send(client, "opening_code", nir=assure.beneficiaire.nir, code="0000-0000-0000")
        page = re.sub(r'value="[^"]*"', "", words(answer))
        pages.add(page)
        assert client.get(reverse("opening_terms")).url == reverse("opening_who")
    assert len(pages) == 1


def test_holder_without_an_address_gives_one(client: Client) -> None:
    """No former address to tell (A9), and no change to trace: there was none."""
    by_code(client, assure_ready(email=""))
    confirm(client)
    assert subjects().count("Votre code personnel a changé") == 1
    assert "L’adresse électronique de votre compte est changée" not in subjects()


def test_account_that_is_shut_stays_shut(client: Client) -> None:
    assure = assure_ready(email=MAILBOX)
    User.objects.update(is_active=False)
    by_code(client, assure)
    assert "Ce lien ne sert plus" in words(confirm(client))
    assert User.objects.get().check_password(CODE) is True


def test_opening_at_once_never_takes_an_account_over(client: Client) -> None:
    """Two prove themselves, one opens: the other's link opens nothing, and changes nothing."""
    assure, second = stranger(), Client()
    to_mail(client, assure)
    first_link = last_link()
    to_mail(second, assure, code="Renoncule-bleue-8", email="seconde@courriel.example")
    second_link = last_link()
    client.get(first_link)
    send(client, "opening_confirm")
    second.get(second_link)
    assert "Ce lien ne sert plus" in words(send(second, "opening_confirm"))
    user = User.objects.get()
    assert (user.check_password(NEW_CODE), user.assure.email) == (True, MAILBOX)


# --- By post -----------------------------------------------------------------------------------


def test_demand_by_post_is_judged_and_erased(client: Client) -> None:
    assure = stranger()
    send(client, "opening_who", **typed(assure))
    page = client.get(reverse("opening_post"))
    assert "au plus tard le 10 novembre 2026<" in words(page)
    assert send(client, "opening_post").url == reverse("opening_posted")
    assert (Demande.objects.count(), judge(NOW), Demande.objects.count()) == (1, 1, 0)
    assert CodeProvisoire.objects.get().assure == assure


def test_who_has_an_account_gets_a_warning_a_day_and_no_letter(client: Client) -> None:
    assure = assure_ready()
    for at in (NOW, NOW + HOUR, NOW + DAY):
        send(client, "opening_who", **typed(assure))
        send(client, "opening_post")
        judge(at)
    assert subjects() == ["Quelqu’un a voulu ouvrir un compte à votre nom"] * 2
    assert CodeProvisoire.objects.count() == 0


@pytest.mark.parametrize(("speed", "day"), [(1, "10 novembre 2026"), (1440, "2 novembre 2026")])
def test_letter_is_there_by_a_day_not_by_a_minute(
    client: Client, settings: Settings, speed: int, day: str
) -> None:
    """A4: the post has no minute, in an accelerated demonstration neither."""
    settings.VITALE_ACCELERATION = speed
    send(client, "opening_who", **typed(stranger()))
    pages = [
        words(client.get(reverse(step))) for step in ("opening_post", "opening_posted", "forgotten_by_post")
    ]
    assert [re.findall(r"au plus tard le ([^.<]+)", page) for page in pages] == [[day], [day], [f"{day}"]]


def test_who_has_an_account_gets_a_letter_to_come_back(client: Client) -> None:
    assure = assure_ready()
    assert send(client, "forgotten_by_post", **typed(assure)).url == reverse("opening_posted")
    judge(NOW)
    assert CodeProvisoire.objects.get().assure == assure
    assert subjects() == ["Un code provisoire a été demandé pour votre compte"]
