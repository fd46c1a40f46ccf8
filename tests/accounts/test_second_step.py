"""The second step of signing in: six digits by mail on a device that is not trusted (A11)."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from time_machine import Traveller

from accounts.enums import Act, Notice
from accounts.models import Device, MailedCode, Message, OutboxMail, Rate, Session, Trace, User
from accounts.outbox import send_due
from accounts.ouverture import forget_access
from accounts.sessions import is_code_recent
from accounts.sign_in.devices import TRUST, cookie_name, devices_of, forget_device, forget_devices
from accounts.sign_in.locks import Paused
from accounts.sign_in.second_step import Verdict, check_spared, is_needed, send_code, try_code
from tests.devices import known
from tests.factories import CODE, NOW, AssureFactory, BeneficiaireFactory
from vitale_portal.text import masked_email

pytestmark = pytest.mark.django_db
BACKEND = "accounts.sign_in.CodePersonnelBackend"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NIR, OTHER = "2561001053001", "2561001053002"
DOOR, STEP, AGAIN = "/connexion/", "/connexion/code-recu/", "/connexion/code-recu/renvoyer/"
PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0"


@pytest.fixture
def user() -> User:
    return AssureFactory(beneficiaire=BeneficiaireFactory(nir=NIR)).user


def knock(client: Client, nir: str = NIR, **more: str) -> HttpResponse:
    return client.post(DOOR, {"nir": nir, "code": CODE, **more}, headers={"User-Agent": PHONE})


def last_digits() -> str:
    """What the last mail tells its reader."""
    found = re.search(r"\b\d{6}\b", OutboxMail.objects.latest("pk").whole_text)
    assert found is not None
    return found[0]


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def give(client: Client, digits: str, **more: str) -> HttpResponse:
    return client.post(STEP, {"digits": digits, **more}, headers={"User-Agent": PHONE})


def who(client: Client) -> int | None:
    found = client.session.get("_auth_user_id")
    return int(found) if found else None


def error(answer: HttpResponse) -> list[str]:
    return [one["code"] for one in answer.context["form"].errors.get_json_data().get("digits", [])]


# --- The two steps --------------------------------------------------------------------------------


def test_new_device_passes_two_steps_and_arrives_where_it_was_going(client: Client, user: User) -> None:
    assert (knock(client, next="/suivi/").url, who(client)) == (STEP, None)
    page = client.get(STEP).content.decode()
    assert (page.count(masked_email(user.assure.email)), page.count(user.assure.email)) == (1, 0)
    assert re.findall(r'<input[^>]*name="digits"[^>]*>', page)[0].count('autocomplete="one-time-code"') == 1
    assert 'inputmode="numeric"' in page
    answer = give(client, last_digits())
    assert (answer.status_code, answer.url, who(client)) == (302, "/suivi/", user.pk)


def test_digits_may_be_written_with_spaces(client: Client, user: User) -> None:
    knock(client)
    digits = last_digits()
    give(client, f" {digits[:3]}\u00a0{digits[3:]} ")
    assert who(client) == user.pk


def test_first_step_alone_opens_nothing(client: Client, user: User) -> None:  # noqa: ARG001
    knock(client)
    for name in ("dashboard", "inbox", "profile", "cartes"):
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, DOOR)
    assert client.get("/gestion/").status_code == 302
    assert set(Session.objects.values_list("user", flat=True)) == {None}


@pytest.mark.parametrize("url", [STEP, AGAIN])
def test_second_step_without_the_first_leads_to_it(client: Client, user: User, url: str) -> None:  # noqa: ARG001
    answer = client.post(url, {"digits": "123456"})
    assert (answer.status_code, answer.url, MailedCode.objects.count()) == (302, DOOR, 0)
    assert client.get(url).status_code in {302, 405}


def test_code_of_one_browser_is_not_that_of_another(client: Client, user: User) -> None:
    knock(client)
    digits, other = last_digits(), Client()
    assert give(other, digits).url == DOOR
    while True:
        knock(other)
        if last_digits() != digits:
            break
    assert (error(give(other, digits)), who(other), who(client)) == (["wrong_digits"], None, None)
    assert (give(client, digits).url, who(client)) == ("/accueil/", user.pk)


def test_code_of_another_person_lets_nobody_in(client: Client, user: User) -> None:  # noqa: ARG001
    AssureFactory(beneficiaire=BeneficiaireFactory(nir=OTHER))
    knock(Client(), OTHER)
    digits = last_digits()
    knock(client)
    if last_digits() != digits:
        assert (error(give(client, digits)), who(client)) == (["wrong_digits"], None)


def test_used_code_is_of_no_more_use(client: Client, user: User) -> None:
    knock(client)
    digits, code = last_digits(), MailedCode.objects.get()
    give(client, digits)
    client.post("/deconnexion/")
    assert give(client, digits).url == DOOR
    assert try_code(code=code, digits=digits, now=code.expires_at - SECOND) == Verdict.OVER
    assert who(client) is None
    assert user.devices.count() == 1


def test_second_tab_begins_again_and_the_last_code_is_the_good_one(client: Client, user: User) -> None:
    knock(client)
    first = last_digits()
    knock(client)
    second = last_digits()
    if first != second:
        assert error(give(client, first)) == ["wrong_digits"]
    give(client, second)
    assert who(client) == user.pk


def test_session_key_changes_at_each_step(client: Client, user: User) -> None:
    session = client.session
    session["left"] = "behind"
    session.save()
    keys = [session.session_key]
    knock(client)
    keys.append(client.session.session_key)
    give(client, last_digits())
    keys.append(client.session.session_key)
    assert (len(set(keys)), who(client), client.session.get("second_step")) == (3, user.pk, None)


def test_session_planted_beforehand_is_left_outside(client: Client, user: User) -> None:  # noqa: ARG001
    """Who fixed the visitor's session key before he came does not follow him to the second step."""
    session = client.session
    session["left"] = "behind"
    session.save()
    planted = Client()
    planted.cookies["sessionid"] = session.session_key
    knock(client)
    assert give(planted, last_digits()).url == DOOR


def test_signing_in_as_another_signs_the_first_out_at_once(client: Client, user: User) -> None:  # noqa: ARG001
    client.force_login(AssureFactory().user, backend="accounts.sign_in.CodePersonnelBackend")
    knock(client)
    assert (who(client), client.get("/accueil/").status_code) == (None, 302)


def test_code_personnel_changed_in_between_ends_it(client: Client, user: User) -> None:
    knock(client)
    user.set_password("Lune-2027")
    user.save()
    assert (give(client, last_digits()).url, who(client)) == (DOOR, None)


def test_account_closed_in_between_ends_it(client: Client, user: User) -> None:
    knock(client)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert (give(client, last_digits()).url, who(client)) == (DOOR, None)


@pytest.mark.parametrize("target", ["https://faux.example/", "//faux.example/", "javascript:alert(1)"])
def test_second_step_leads_only_to_this_site(client: Client, user: User, target: str) -> None:  # noqa: ARG001
    knock(client, next=target)
    assert give(client, last_digits()).url == "/accueil/"


def test_code_was_typed_just_now(client: Client, user: User, clock: Traveller) -> None:  # noqa: ARG001
    """A9."""
    knock(client)
    give(client, last_digits())
    request = type("Request", (), {"session": client.session})()
    recent = [is_code_recent(request, NOW + 10 * MINUTE - shift) for shift in (SECOND, 0 * SECOND)]
    assert recent == [True, False]


# --- Ten minutes, five tries, one use -------------------------------------------------------------

AGES = {"at once": 0, "9 min 59 s": 599, "10 min": 600, "an hour": 3600}


@pytest.mark.parametrize("seconds", AGES.values(), ids=AGES)
def test_code_is_good_for_ten_minutes(user: User, seconds: int) -> None:
    code = send_code(assure=user.assure, now=NOW)
    verdict = try_code(code=code, digits=last_digits(), now=NOW + seconds * SECOND)
    assert verdict == (Verdict.RIGHT if seconds < 600 else Verdict.OVER)


@pytest.mark.parametrize("wrong_tries", [0, 4, 5])
def test_code_takes_five_tries(user: User, wrong_tries: int) -> None:
    code = send_code(assure=user.assure, now=NOW)
    digits = last_digits()
    found = [try_code(code=code, digits=wrong(digits), now=NOW) for _ in range(wrong_tries)]
    assert found == [Verdict.WRONG] * wrong_tries
    assert try_code(code=code, digits=digits, now=NOW) == (Verdict.RIGHT if wrong_tries < 5 else Verdict.OVER)


def test_tries_left_are_told_then_another_code_is_asked_for(client: Client, user: User) -> None:  # noqa: ARG001
    knock(client)
    digits = last_digits()
    said = [give(client, wrong(digits)).context["form"].errors["digits"][0] for _ in range(6)]
    fits = "Ce code ne convient pas. Vérifiez-le\u00a0: il reste"
    over = "Ce code ne sert plus. Demandez-en un nouveau."
    assert said == [f"{fits} {n} essai{'s' if n > 1 else ''}." for n in (4, 3, 2, 1)] + [over, over]
    assert (error(give(client, digits)), who(client)) == (["over"], None)
    assert list(Trace.objects.values_list("act", "words")) == [
        (Act.SIGN_IN_FAILED, "code reçu par courriel, tous les essais faux")
    ]


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345", "1" * 30, "\u00b2" * 6]
)
def test_what_is_no_code_costs_no_try(client: Client, user: User, typed: str) -> None:  # noqa: ARG001
    knock(client)
    answer = give(client, typed)
    assert (answer.status_code, MailedCode.objects.get().tries, who(client)) == (200, 0, None)
    assert answer.content.decode().count("<title>Erreur\u00a0:") == 1


def test_new_code_on_request_replaces_the_last(client: Client, user: User) -> None:
    knock(client)
    first = last_digits()
    for _ in range(5):
        give(client, wrong(first))
    assert client.post(AGAIN).url == STEP
    give(client, last_digits())
    assert who(client) == user.pk


def test_five_codes_an_hour_then_a_pause(client: Client, user: User, clock: Traveller) -> None:  # noqa: ARG001
    knock(client)
    answers = [client.post(AGAIN) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [302] * 4 + [429]
    assert (answers[-1]["Retry-After"], OutboxMail.objects.count()) == ("3600", 5)
    clock.shift(timedelta(hours=1))
    knock(client)
    assert client.post(AGAIN).status_code == 302


def test_codes_are_limited_whichever_browser_asks(user: User) -> None:
    for _ in range(5):
        send_code(assure=user.assure, now=NOW)
    with pytest.raises(Paused):
        send_code(assure=user.assure, now=NOW)


def test_digits_are_nowhere_to_be_read_at_rest(user: User, client: Client) -> None:
    knock(client)
    digits = last_digits()
    row = OutboxMail.objects.values("subject", "text", "html").get()
    stored = [str(row), str(MailedCode.objects.values().get()), str(dict(client.session))]
    assert [digits in one for one in stored] == [False, False, False]
    send_due(OutboxMail.objects.get().due_at)
    assert digits in mail.outbox[0].body
    assert digits in str(mail.outbox[0].alternatives[0])
    assert OutboxMail.objects.get().secret is None
    assert user.assure.beneficiaire.nom not in mail.outbox[0].body


# --- Trust ----------------------------------------------------------------------------------------

DAYS = {
    "59 days, 23:59:59": (TRUST - SECOND, False),
    "60 days": (TRUST, True),
    "61 days": (TRUST + timedelta(days=1), True),
}


@pytest.mark.parametrize(("after", "asked"), DAYS.values(), ids=DAYS)
def test_trusted_device_is_spared_for_60_days(
    client: Client, user: User, clock: Traveller, after: timedelta, *, asked: bool
) -> None:
    knock(client)
    give(client, last_digits(), trust="on")
    client.post("/deconnexion/")
    clock.move_to(NOW + after)
    assert (knock(client).url == STEP, who(client) is None) == (asked, asked)
    assert user.devices.count() == 1


def test_device_that_is_not_trusted_is_asked_each_time_and_told_once(client: Client, user: User) -> None:
    for _ in range(2):
        assert knock(client).url == STEP
        give(client, last_digits())
        client.post("/deconnexion/")
    assert (user.devices.count(), Message.objects.filter(notice=Notice.DEVICE_NEW).count()) == (1, 1)


def test_cookie_of_a_device_is_out_of_reach_of_scripts(client: Client, user: User) -> None:
    knock(client)
    answer = give(client, last_digits())
    cookie = answer.cookies["appareil"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
        True,
        "Lax",
        "/",
        180 * 24 * 3600,
    )
    stored = Device.objects.values().get()
    assert cookie.value.partition(":")[0] not in str(stored)
    assert user.devices.get().label == "Firefox sur Android"


def test_cookie_is_bound_to_the_host_under_https(client: Client, user: User, settings: Settings) -> None:  # noqa: ARG001
    settings.VITALE_HTTPS = True
    knock(client)
    cookie = give(client, last_digits()).cookies["__Host-appareil"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


FORGED = {
    "unsigned": lambda value: value.partition(":")[0],
    "signed by another": lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"),
    "another token": lambda value: "x" + value,
    "nothing": lambda _value: "",
    "long": lambda _value: "a:" * 2000,
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_forged_cookie_is_no_device(client: Client, user: User, forge) -> None:  # noqa: ANN001
    known(client, user)
    client.cookies[cookie_name()] = forge(client.cookies[cookie_name()].value)
    assert knock(client).url == STEP


def test_trust_of_one_is_not_that_of_another_at_the_same_computer(client: Client, user: User) -> None:
    other = AssureFactory(beneficiaire=BeneficiaireFactory(nir=OTHER)).user
    known(client, other)
    assert knock(client).url == STEP
    give(client, last_digits(), trust="on")
    client.post("/deconnexion/")
    assert [knock(client, nir).url for nir in (NIR, OTHER)] == ["/accueil/", "/accueil/"]
    assert [one.devices.count() for one in (user, other)] == [1, 1]


def test_device_is_forgotten_by_its_owner_alone(user: User) -> None:
    here, there = (known(Client(), user) for _ in range(2))
    other = AssureFactory().user
    assert (forget_device(other, here.reference), forget_device(user, here.reference)) == (False, True)
    assert list(devices_of(user)) == [there]


def test_all_devices_but_one_are_forgotten(user: User) -> None:
    here, *_ = (known(Client(), user) for _ in range(3))
    known(Client(), AssureFactory().user)
    assert (forget_devices(user, keep=here), list(user.devices.all())) == (2, [here])
    assert Device.objects.count() == 2
    assert (forget_devices(user), user.devices.count()) == (1, 0)


def test_list_of_devices_shows_ones_own_and_this_one(client: Client, user: User) -> None:
    known(client, user, trust=False)
    known(Client(), user)
    stranger = known(Client(), AssureFactory().user)
    client.force_login(user, BACKEND)
    page = client.get(reverse("session_list")).content.decode()
    assert page.count('name="device"') == 2
    assert stranger.reference not in page
    assert page.count("Cet appareil") == 1
    assert page.count("non\N{NO-BREAK SPACE}: un code est demandé à chaque connexion") == 1


def test_device_is_forgotten_by_its_holder_alone(client: Client, user: User) -> None:
    mine, theirs = known(Client(), user), known(Client(), AssureFactory().user)
    client.force_login(user, BACKEND)
    url = reverse("device_forget")
    assert client.get(url).status_code == 405
    for reference in (theirs.reference, "", "0"):
        assert client.post(url, {"device": reference}).status_code == 404
    assert client.post(url, {"device": mine.reference}).url == reverse("session_list")
    assert list(Device.objects.all()) == [theirs]
    assert Trace.objects.filter(act=Act.DEVICE_FORGOTTEN, by=user).count() == 1


def test_changed_code_forgets_every_device_but_this_one(client: Client, user: User) -> None:
    """A5: who knew the former code, and made a device trusted with it, is asked for six digits again."""
    here, _there = known(client, user), known(Client(), user)
    client.force_login(user, BACKEND)
    request = client.get(reverse("session_list")).wsgi_request
    forget_access(user, but=request)
    assert list(user.devices.all()) == [here]
    forget_access(user)
    assert not user.devices.exists()


def test_forgotten_device_is_a_stranger_again(client: Client, user: User) -> None:
    known(client, user)
    forget_devices(user)
    assert knock(client).url == STEP


# --- Who is told, and what is kept ----------------------------------------------------------------


def test_arrival_is_traced_and_a_new_device_told(
    client: Client,
    user: User,
    clock: Traveller,  # noqa: ARG001
) -> None:
    knock(client)
    give(client, last_digits())
    trace = Trace.objects.get()
    assert (trace.act, trace.by, trace.beneficiaire, trace.at, trace.network_address) == (
        Act.SIGNED_IN,
        user,
        user.assure.beneficiaire,
        NOW,
        "127.0.0.1",
    )
    message = Message.objects.get()
    assert (message.notice, message.about) == (Notice.DEVICE_NEW, user.devices.get().reference)
    assert message.body.count("Firefox sur Android, le 2 novembre 2026 à 10\u00a0h\u00a000.") == 1
    assert OutboxMail.objects.filter(subject="Connexion depuis un nouvel appareil").count() == 1


def test_account_without_an_e_mail_address_is_told_whom_to_call(client: Client, user: User) -> None:
    user.assure.email = ""
    user.assure.save()
    page = knock(client).content.decode()
    assert (who(client), OutboxMail.objects.count(), page.count(user.assure.caisse.telephone)) == (None, 0, 1)
    known(client, user)
    assert (knock(client).url, who(client)) == ("/accueil/", user.pk)


# --- The demonstration ----------------------------------------------------------------------------

SPARED = {  # demonstration, spared: asked, errors of the system check
    (False, False): (True, 0),
    (True, False): (True, 0),
    (True, True): (False, 0),
    (False, True): (True, 1),
}


@pytest.mark.parametrize(("given", "found"), SPARED.items(), ids=map(str, SPARED))
def test_only_a_demonstration_spares_the_second_step(
    settings: Settings, given: tuple[bool, bool], found: tuple[bool, int]
) -> None:
    settings.VITALE_DEMONSTRATION, settings.VITALE_SPARE_DEMONSTRATION = given
    assert (is_needed(None, NOW), len(check_spared())) == found


def test_page_of_mails_shows_the_code_in_a_demonstration(
    client: Client,
    user: User,  # noqa: ARG001
    settings: Settings,
) -> None:
    settings.VITALE_DEMONSTRATION = True
    knock(client)
    digits = last_digits()
    send_due(OutboxMail.objects.get().due_at)
    assert (last_digits(), OutboxMail.objects.get().secret) == (digits, digits)


@pytest.mark.parametrize(
    ("email", "shown"),
    [("camille@courriel.example", "c…@courriel.example"), ("a@b.example", "a…@b.example"), ("", "")],
)
def test_address_is_masked(email: str, shown: str) -> None:
    assert masked_email(email) == shown


def test_rates_name_nobody(client: Client, user: User) -> None:  # noqa: ARG001
    knock(client)
    assert {len(key) for key in Rate.objects.values_list("key", flat=True)} == {64}
