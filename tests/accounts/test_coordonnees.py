"""Changing one's e-mail, code, address, bank details: what is kept, who is told, what is traced (A7, A9)."""

import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from time_machine import Traveller

from accounts.coordonnees import LinkOver, ask_email, confirm_email
from accounts.enums import Act, LinkPurpose, Notice
from accounts.liens import make_link
from accounts.models import Assure, Device, MailLink, OutboxMail, Session, Trace
from tests.factories import CODE, NOW, AgentFactory, AssureFactory, assure_ready
from tests.fixtures import at_desk, code_typed
from vitale_portal.fingerprints import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SECOND, HALF_HOUR = timedelta(seconds=1), timedelta(minutes=30)
NEW = "nouvelle@courriel.example"
IBAN = "FR7630006000011234567890189"
KNOWN = {
    "voie": "12 RUE DES LILAS", "code_postal": "01000", "commune": "Bourg-en-Bresse", "kind": "DEFINITIVE",
}  # fmt: skip
ADDRESS = KNOWN | {"voie": "1 RUE NEUVE"}


def told() -> list[tuple[str, str]]:
    """Every mail written: to whom, about what."""
    return sorted(OutboxMail.objects.values_list("recipient", "subject"))


def acts(assure: Assure) -> list[str]:
    return list(Trace.objects.filter(beneficiaire=assure.beneficiaire).values_list("act", flat=True))


def ask(client: Client, email: str = NEW) -> str:
    """Ask for another address; give the token that was mailed, empty when none was."""
    client.post(reverse("email"), {"email": email})
    mail = OutboxMail.objects.filter(recipient__iexact=email).order_by("pk").last()
    return parse_qs(urlsplit(mail.secret).query)["jeton"][0] if mail and mail.secret else ""


def confirm(client: Client, token: str) -> object:
    return client.post(reverse("email_confirm"), {"jeton": token})


def words(client: Client, view: str) -> str:
    """What a page says."""
    page = client.get(reverse(view)).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace(" .", ".")


# --- E-mail ------------------------------------------------------------------------------------


def test_email_changes_once_its_link_is_followed_and_both_are_told(
    assure_client: Client, assure: Assure
) -> None:
    former = assure.email
    token = ask(assure_client)
    assure.refresh_from_db()
    assert (assure.email, told()) == (former, [(NEW, "Confirmez votre adresse électronique")])
    page = assure_client.get(reverse("email_confirm"), {"jeton": token})
    assert (NEW in page.content.decode(), Assure.objects.get(pk=assure.pk).email) == (True, former)
    assert confirm(assure_client, token).url == reverse("profile")
    assure.refresh_from_db()
    assert assure.email == NEW
    assert told()[-3:] == sorted(
        [
            (former, "L’adresse électronique de votre compte est changée"),
            (NEW, "Confirmez votre adresse électronique"),
            (NEW, "Votre adresse électronique est changée"),
        ]
    )
    assert acts(assure) == [Act.EMAIL_CHANGED]
    assert assure.messages.get().notice == Notice.EMAIL_CHANGED


def test_link_serves_once(assure_client: Client, assure: Assure) -> None:
    token = ask(assure_client)
    confirm(assure_client, token)
    Assure.objects.filter(pk=assure.pk).update(email="encore@courriel.example")
    assert "ne peut pas servir" in confirm(assure_client, token).content.decode()
    assert Assure.objects.get(pk=assure.pk).email == "encore@courriel.example"


@pytest.mark.parametrize(("after", "good"), [(HALF_HOUR - SECOND, True), (HALF_HOUR, False)])
def test_link_lasts_thirty_minutes(
    assure_client: Client, assure: Assure, clock: Traveller, after: timedelta, *, good: bool
) -> None:
    token = ask(assure_client)
    for _ in range(2):  # the session lasts 15 minutes from the last page
        clock.shift(after / 3)
        assure_client.get(reverse("inbox"))
    clock.move_to(NOW + after)
    confirm(assure_client, token)
    assert (Assure.objects.get(pk=assure.pk).email == NEW) == good


def test_newer_link_ends_the_former(assure_client: Client, assure: Assure) -> None:
    first = ask(assure_client)
    second = ask(assure_client, "autre@courriel.example")
    confirm(assure_client, first)
    assert Assure.objects.get(pk=assure.pk).email == assure.email
    confirm(assure_client, second)
    assert Assure.objects.get(pk=assure.pk).email == "autre@courriel.example"


def test_link_of_another_is_no_good_and_stays_his(assure_client: Client, assure: Assure) -> None:
    """Who reads a mailbox typed by mistake gets into no account, and takes nothing."""
    token = ask(assure_client)
    other = Client()
    other.force_login(AssureFactory().user, backend="accounts.sign_in.CodePersonnelBackend")
    assert "ne peut pas servir" in other.get(reverse("email_confirm"), {"jeton": token}).content.decode()
    assert "ne peut pas servir" in confirm(other, token).content.decode()
    assert confirm(assure_client, token).status_code == 302
    assert Assure.objects.get(pk=assure.pk).email == NEW


def test_link_asks_to_sign_in_and_comes_back(client: Client) -> None:
    answer = client.get(reverse("email_confirm"), {"jeton": "abc"})
    assert (answer.status_code, answer.url) == (
        302, f"{reverse('sign_in')}?next={reverse('email_confirm')}%3Fjeton%3Dabc",
    )  # fmt: skip


@pytest.mark.parametrize("token", ["", "x", "'; DROP TABLE", "é" * 500])
def test_what_is_no_link_is_told_so(assure_client: Client, token: str) -> None:
    shown = assure_client.get(reverse("email_confirm"), {"jeton": token})
    for answer in (shown, confirm(assure_client, token)):
        assert (answer.status_code, "ne peut pas servir" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("case", [str.lower, str.upper], ids=["same", "capitals"])
def test_address_of_another_account_reads_the_same_on_screen(
    assure_client: Client, assure: Assure, case: type[str]
) -> None:
    """No word, no redirection and no page tells who has an account."""
    taken = case(AssureFactory(email="voisin@courriel.example").email)
    shown = {}
    for email in (taken, NEW):
        answer = assure_client.post(reverse("email"), {"email": email}, follow=True)
        page = re.sub(r'value="[^"]{64}"', "", answer.content.decode())
        shown[email] = (answer.status_code, answer.redirect_chain, page.replace(email, "…"))
    assert shown[taken] == shown[NEW]
    mail = OutboxMail.objects.get(recipient=taken)
    assert (mail.subject, mail.secret) == ("Cette adresse sert déjà à un compte", None)
    assert assure.email not in mail.text


def test_address_taken_meanwhile_is_refused_at_the_link(assure_client: Client, assure: Assure) -> None:
    token = ask(assure_client)
    AssureFactory(email=NEW.upper())
    assert confirm(assure_client, token).url == reverse("email")
    assert Assure.objects.get(pk=assure.pk).email == assure.email
    assert (acts(assure), MailLink.objects.get().used_at) == ([], None)


@pytest.mark.parametrize(
    "typed",
    ["", "x", "a@b", "a b@c.fr", "a@c.fr\nBcc: d@e.fr", "a@c.fr,d@e.fr", "x" * 250 + "@c.fr", "a@c.fr\x00"],
)
def test_what_is_no_address_gets_no_mail(assure_client: Client, typed: str) -> None:
    form = assure_client.post(reverse("email"), {"email": typed}).context["form"]
    assert (list(form.errors), told()) == (["email"], [])


def test_own_address_is_no_other(assure_client: Client, assure: Assure) -> None:
    form = assure_client.post(reverse("email"), {"email": assure.email.upper()}).context["form"]
    assert [error.code for error in form.errors.as_data()["email"]] == ["same"]


def test_links_to_a_mailbox_are_five_an_hour(assure_client: Client) -> None:
    answers = [assure_client.post(reverse("email"), {"email": NEW}).status_code for _ in range(6)]
    assert (answers, OutboxMail.objects.count()) == ([302] * 5 + [429], 5)


def test_code_forgotten_sent_to_the_former_address_ends_with_it(
    assure_client: Client, assure: Assure
) -> None:
    make_link(purpose=LinkPurpose.FORGOTTEN, assure=assure, email=assure.email, now=NOW)
    confirm(assure_client, ask(assure_client))
    assert not MailLink.objects.filter(purpose=LinkPurpose.FORGOTTEN).exists()


def test_link_is_confirmed_for_its_assure_alone(assure: Assure, rf: object) -> None:
    other = AssureFactory()
    ask_email(assure=assure, email=NEW, view="email_confirm", now=NOW)
    token = parse_qs(urlsplit(OutboxMail.objects.get().secret).query)["jeton"][0]
    with pytest.raises(LinkOver):
        confirm_email(assure=other, token=token, request=rf.get("/"), now=NOW)


def test_desk_does_not_change_where_the_mails_go(assure: Assure) -> None:
    url = reverse("admin:accounts_assure_change", args=[assure.pk])
    form = at_desk(AgentFactory(groups=("droits",))).get(url).context["adminform"].form
    assert ("email" in form.fields, "medecin_traitant" in form.fields) == (False, True)


# --- Code --------------------------------------------------------------------------------------

CODES = {"code": CODE, "new_code": "Galet-rond-7"}


def test_code_changes_other_sessions_end_and_this_one_goes_on(assure_client: Client, assure: Assure) -> None:
    elsewhere = Client()
    elsewhere.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    waiting = ask(assure_client)
    before = fingerprint(assure_client.session.session_key)
    assert assure_client.post(reverse("code"), CODES).url == reverse("profile")
    assure.user.refresh_from_db()
    assert assure.user.check_password(CODES["new_code"])
    assert elsewhere.get(reverse("profile")).status_code == 302
    assert assure_client.get(reverse("profile")).status_code == 200
    keys = set(Session.objects.filter(user=assure.user).values_list("session_key", flat=True))
    assert (keys, before in keys) == ({fingerprint(assure_client.session.session_key)}, False)
    assert (acts(assure), assure.messages.get().notice) == ([Act.CODE_CHANGED], Notice.CODE_CHANGED)
    assert (assure.email, "Votre code personnel a changé") in told()
    confirm(assure_client, waiting)
    assert Assure.objects.get(pk=assure.pk).email == assure.email


def test_devices_are_forgotten_with_the_former_code(assure_client: Client, assure: Assure) -> None:
    """A5, A11: but the one at hand, if it is known."""
    facts = {"label": "Firefox", "first_used_at": NOW, "last_used_at": NOW}
    Device.objects.create(user=assure.user, token_hash="0" * 64, **facts)
    theirs = Device.objects.create(user=AssureFactory().user, token_hash="0" * 64, **facts)
    assure_client.post(reverse("code"), CODES)
    assert list(Device.objects.all()) == [theirs]


def test_present_code_is_asked_for_even_just_typed(assure_client: Client) -> None:
    form = assure_client.post(reverse("code"), CODES | {"code": ""}).context["form"]
    assert list(form.errors) == ["code"]


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ("court-1", "code_too_short"),
        ("sans-chiffre", "code_no_digit"),
        ("SansSigne2", "code_no_special"),
        ("12345678-", "code_no_letter"),
        ("a-1" * 17, "code_too_long"),
        ("Azerty123!", "code_too_common"),
        ("Camille-85", "code_holds_name"),
        (CODE, "code_too_common"),
        ("", "required"),
    ],
)
def test_new_code_obeys_the_rules(assure_client: Client, assure: Assure, new: str, fault: str) -> None:
    """A2."""
    form = assure_client.post(reverse("code"), CODES | {"new_code": new}).context["form"]
    assert list(form.errors) == ["new_code"]
    assert fault in {error.code or "" for error in form.errors.as_data()["new_code"]}
    assure.user.refresh_from_db()
    assert assure.user.check_password(CODE)


def test_new_code_is_another_than_the_present_one(assure_client: Client, assure: Assure) -> None:
    assure.user.set_password(CODES["new_code"])
    assure.user.save()
    assure_client.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    same = CODES | {"code": CODES["new_code"]}
    assert list(assure_client.post(reverse("code"), same).context["form"].errors) == ["new_code"]


def test_codes_are_never_written_back_into_the_page(assure_client: Client) -> None:
    page = assure_client.post(reverse("code"), {"code": CODE, "new_code": "court-1"}).content.decode()
    assert (CODE in page, "court-1" in page) == (False, False)


def test_fault_of_a_new_code_is_read_with_its_field(assure_client: Client) -> None:
    """By a screen reader: the rules, then what is wrong. The summary follows the page."""
    page = assure_client.post(reverse("code"), {"new_code": ""}).content.decode()
    assert 'aria-describedby="regles-du-code id_new_code_error"' in page
    assert re.findall(r'href="#(id_\w+)"', page) == ["id_code", "id_new_code"]


# --- Bank details ------------------------------------------------------------------------------


def test_iban_is_shown_whole_once_confirmed_then_by_its_end(assure_client: Client, assure: Assure) -> None:
    typed = "fr76 3000 6000 0112 3456 7890 189"
    page = assure_client.post(reverse("bank"), {"iban": typed})
    assert (page.context["grouped"], Assure.objects.get(pk=assure.pk).iban) == (
        "FR76 3000 6000 0112 3456 7890 189", None,
    )  # fmt: skip
    again = assure_client.post(reverse("bank"), {"iban": IBAN, "again": "1"})
    assert again.context["form"]["iban"].value() == IBAN
    assert Assure.objects.get(pk=assure.pk).iban is None
    assert assure_client.post(reverse("bank"), {"iban": IBAN, "confirm": "1"}).url == reverse("profile")
    assert Assure.objects.get(pk=assure.pk).iban == IBAN
    pages = "".join(assure_client.get(reverse(name)).content.decode() for name in ("profile", "bank"))
    assert ("0189" in pages, "7890189" in pages) == (True, False)
    assert (acts(assure), told()) == (
        [Act.IBAN_CHANGED], [(assure.email, "Vos coordonnées bancaires sont changées")],
    )  # fmt: skip
    rows = (*Trace.objects.values_list(), *assure.messages.values_list(), *OutboxMail.objects.values_list())
    assert not [row for row in rows if IBAN[-6:] in str(row) or IBAN[4:10] in str(row)]


def test_profile_without_an_iban_offers_to_add_one(assure_client: Client, assure: Assure) -> None:
    """A7."""
    without = words(assure_client, "profile")
    assert ("IBAN aucun Ajouter un IBAN" in without, "Vos remboursements y sont versés" in without) == (
        True,
        False,
    )
    Assure.objects.filter(pk=assure.pk).update(iban=IBAN)
    page = words(assure_client, "profile")
    assert ("Ajouter un IBAN" in page, "Vos remboursements y sont versés" in page) == (False, True)


def test_same_iban_changes_nothing_and_tells_nobody(assure_client: Client, assure: Assure) -> None:
    Assure.objects.filter(pk=assure.pk).update(iban=IBAN)
    assure_client.post(reverse("bank"), {"iban": IBAN, "confirm": "1"})
    assert (told(), acts(assure)) == ([], [])


def test_confirmation_checks_what_it_is_sent(assure_client: Client, assure: Assure) -> None:
    page = assure_client.post(reverse("bank"), {"iban": IBAN[:-1] + "8", "confirm": "1"})
    assert list(page.context["form"].errors) == ["iban"]
    assert Assure.objects.get(pk=assure.pk).iban is None


def test_code_asked_for_at_the_confirmation_keeps_the_iban(assure_client: Client, assure: Assure) -> None:
    code_typed(assure_client, timedelta(minutes=10))
    page = assure_client.post(reverse("bank"), {"iban": IBAN, "confirm": "1"})
    assert (page.context["form"]["iban"].value(), list(page.context["form"].errors)) == (IBAN, ["code"])
    assert "grouped" not in page.context
    assert Assure.objects.get(pk=assure.pk).iban is None


# --- Address -----------------------------------------------------------------------------------


def test_address_mail_came_back_from_is_not_said_to_serve(assure_client: Client, assure: Assure) -> None:
    """B4: a new one is asked for until one waits; meanwhile the former serves nothing."""
    assert "L’ancienne sert encore pendant ce temps." in words(assure_client, "address")
    assure.adresses.update(npai_since=NOW)
    page = words(assure_client, "address")
    assert "Courrier revenu le 2 novembre 2026 : donnez une nouvelle adresse." in page
    assert "L’ancienne sert encore" not in page
    answer = assure_client.post(reverse("address"), ADDRESS, follow=True).content.decode()
    said = "Nouvelle adresse enregistrée. Elle servira à partir du mercredi 4 novembre 2026 à 10 h 00."
    assert said in answer.replace("\N{NO-BREAK SPACE}", " ")
    for view in ("address", "profile"):
        page = words(assure_client, view)
        assert "Courrier revenu le 2 novembre 2026." in page
        assert "donnez une nouvelle adresse" not in page
        assert "L’ancienne sert encore" not in page


def test_provisional_address_ends_with_its_last_day(assure_client: Client, assure: Assure) -> None:
    """B2: the day that was typed, on the page as in the form."""
    sent = ADDRESS | {"kind": "PROVISOIRE", "until": "01/12/2026"}
    assert assure_client.post(reverse("address"), sent).status_code == 302
    waits = "Utilisable à partir du mercredi 4 novembre 2026 à 10 h 00, jusqu’au 1er décembre 2026 inclus."
    assert waits in words(assure_client, "profile")
    assure.adresses.filter(kind="PROVISOIRE").update(usable_at=NOW)
    assert "Adresse provisoire, jusqu’au 1er décembre 2026 inclus." in words(assure_client, "profile")
    form = assure_client.get(reverse("address")).context["form"]
    assert form["until"].value() == date(2026, 12, 1)


def test_new_address_is_told_at_once(assure_client: Client, assure: Assure) -> None:
    assure_client.post(reverse("address"), ADDRESS)
    assert told() == [(assure.email, "Votre adresse postale est changée")]
    assert acts(assure) == [Act.ADDRESS_CHANGED]
    body = assure.messages.get(notice=Notice.ADRESSE_CHANGED).body
    assert ("1 RUE NEUVE" in body, "4 novembre 2026 à 10\u00a0h\u00a000" in body) == (True, True)


def test_going_back_to_the_former_address_is_told_too(assure_client: Client, assure: Assure) -> None:
    for sent in (ADDRESS, KNOWN):
        assure_client.post(reverse("address"), sent)
    assert assure.messages.filter(notice=Notice.ADRESSE_CHANGED).count() == 2


def test_address_confirmed_as_it_is_tells_nobody(assure_client: Client, assure: Assure) -> None:
    assure_client.post(reverse("address"), KNOWN)
    assert (told(), acts(assure)) == ([], [])


# --- The page ----------------------------------------------------------------------------------


def test_page_shows_what_the_caisse_knows(assure_client: Client, assure: Assure) -> None:
    page = assure_client.get(reverse("profile")).content.decode()
    assert "Pas de médecin traitant déclaré." in page
    Assure.objects.filter(pk=assure.pk).update(medecin_traitant="Docteur Anne Roux, Bourg-en-Bresse")
    page = assure_client.get(reverse("profile")).content.decode()
    assert ("Docteur Anne Roux" in page, "déclaré." in page, assure.caisse.nom in page) == (True, False, True)


def test_iban_is_opened_where_it_is_shown_alone(assure_client: Client, assure: Assure) -> None:
    """One that cannot be opened spoils no other page."""
    Assure.objects.filter(pk=assure.pk).update(iban=IBAN)
    assure_client.get(reverse("inbox"))
    request = assure_client.get(reverse("inbox")).wsgi_request
    assert "iban" in request.user.assure.get_deferred_fields()


def test_others_see_nothing_of_it(client: Client, assure: Assure) -> None:
    other = assure_ready()
    Assure.objects.filter(pk=assure.pk).update(iban=IBAN, medecin_traitant="Docteur Anne Roux")
    client.force_login(other.user, backend="accounts.sign_in.CodePersonnelBackend")
    code_typed(client)
    names = ("profile", "bank", "email", "export", "rectification")
    pages = "".join(client.get(reverse(name)).content.decode() for name in names)
    his = (assure.email, "0189", "Anne Roux", assure.beneficiaire.nom)
    assert [word for word in his if word in pages] == []
