"""The agents' door: nothing of the desk before both factors, and each step leads on (A10)."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.agents import create_agent, give_first_password
from accounts.enums import Act
from accounts.gestion.otp import begin_device, code_of, confirm_device
from accounts.models import Agent, Session, TotpDevice, Trace
from tests.factories import NOW, PASSWORD, TOTP_SECRET, AgentFactory, AssureFactory, CaisseFactory
from tests.fixtures import at_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
INDEX, LOGIN, CODE = "/gestion/", "/gestion/login/", "/gestion/code/"
RECOVERY, SET_UP, CHANGE = "/gestion/code/secours/", "/gestion/code/application/", "/gestion/password_change/"
NEW = "Guichet-2027!"


def sign_in(client: Client, agent: Agent, then: str = "", password: str = PASSWORD) -> Any:
    sent = {"username": agent.user.identifiant, "password": password} | ({"next": then} if then else {})
    return client.post(LOGIN, sent, follow=True)


def where(response: Any) -> str:
    return str(response.redirect_chain[-1][0]) if response.redirect_chain else ""


def faults(response: Any) -> list[str]:
    return [fault.replace("\u00a0", " ") for fault in response.context["form"].errors.get("code", [])]


def test_password_alone_leads_to_the_code_then_where_one_was_going(client: Client, agent: Agent) -> None:
    page = client.get("/gestion/carte/commande/", follow=True)
    assert where(page) == f"{LOGIN}?next=/gestion/carte/commande/"
    page = sign_in(client, agent, "/gestion/carte/commande/")
    assert where(page) == f"{CODE}?next=%2Fgestion%2Fcarte%2Fcommande%2F"
    before = client.session.session_key
    page = client.post(where(page), {"code": code_of(TOTP_SECRET, NOW), "next": "/gestion/carte/commande/"})
    assert (page.status_code, page.url) == (302, "/gestion/carte/commande/")
    assert client.session.session_key != before
    assert client.get("/gestion/carte/commande/").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://example.net/", "//example.net/gestion/", "/accueil/"])
def test_code_leads_nowhere_but_to_the_desk(agent: Agent, elsewhere: str) -> None:
    client = at_desk(agent, verified=False)
    answer = client.post(CODE, {"code": code_of(TOTP_SECRET, NOW), "next": elsewhere})
    assert (answer.status_code, answer.url) == (302, INDEX)


def test_wrong_code_is_told_and_the_title_says_error(agent: Agent) -> None:
    client = at_desk(agent, verified=False)
    page = client.post(CODE, {"code": "000000"})
    assert faults(page) == [
        (
            "Ce code n’est pas le bon, ou il a déjà servi. Attendez que l’application en affiche un autre, "
            "et vérifiez que votre téléphone est à l’heure."
        )
    ]
    assert "<title>Erreur" in page.content.decode()
    page = client.post(CODE, {"code": code_of(TOTP_SECRET, NOW)})
    assert faults(page) == ["Après un essai manqué, attendez 1 seconde avant de recommencer."]


def test_signed_in_at_the_code_one_may_leave(agent: Agent) -> None:
    client = at_desk(agent, verified=False)
    assert client.post("/gestion/logout/").url == "/"
    assert client.get(INDEX).url == f"{LOGIN}?next=/gestion/"


def test_login_page_leads_on_who_gave_his_password(agent: Agent) -> None:
    assert at_desk(agent, verified=False).get(LOGIN).url == CODE
    assert at_desk(agent).get(LOGIN).url == INDEX


def test_steps_that_are_over_lead_to_the_desk(agent: Agent) -> None:
    client = at_desk(agent)
    assert [client.get(url).url for url in (CODE, RECOVERY)] == [INDEX, INDEX]


def test_steps_are_closed_to_others(assure_client: Client) -> None:
    for url in (CODE, RECOVERY, SET_UP, CHANGE):
        assert assure_client.get(url).url == f"{LOGIN}?next={url}"
        assert Client().post(url).url == f"{LOGIN}?next={url}"


def test_superuser_is_nobody_at_the_desk() -> None:
    agent = AgentFactory()
    agent.user.is_superuser = True
    agent.user.save()
    assert at_desk(agent).get(INDEX).url == f"{LOGIN}?next=/gestion/"


def test_session_of_another_application_opens_nothing(agent: Agent) -> None:
    """The one it was given with was replaced, or is somebody else's."""
    client = at_desk(agent)
    session = client.session
    session["otp_device_id"] = AgentFactory().user.totp_devices.get().pk
    session.save()
    assert client.get(INDEX).url == CODE


# --- The application ----------------------------------------------------------------------------------


def set_up(client: Client) -> tuple[str, str]:
    """Begin an application; give its secret, as the page shows it, and the page."""
    page = client.post(SET_UP, {"begin": "1"}, follow=True).content.decode()
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    assert secret is not None
    return secret[1].replace(" ", ""), page


def test_first_sign_in_sets_an_application_up(client: Client) -> None:
    agent = AgentFactory(totp=False)
    page = sign_in(client, agent)
    assert where(page) == SET_UP
    assert TotpDevice.objects.count() == 0  # a page looked at writes nothing
    secret, shown = set_up(client)
    assert (secret, len(secret)) == (TotpDevice.objects.get().secret, 32)
    assert 'src="data:image/svg+xml' in shown
    assert "style=" not in shown
    assert client.get(INDEX).url == SET_UP
    page = client.post(SET_UP, {"code": code_of(secret, NOW)})
    codes = re.findall(r"<li><code>([0-9A-Z-]{19})</code></li>", page.content.decode())
    assert len(set(codes)) == 10
    assert client.get(INDEX).status_code == 200
    assert Trace.objects.get(act=Act.OTP_SET_UP).by == agent.user


def test_recovery_codes_are_shown_once(client: Client) -> None:
    sign_in(client, AgentFactory(totp=False))
    secret, _ = set_up(client)
    sent = {"code": code_of(secret, NOW)}
    page = client.post(SET_UP, sent).content.decode()
    codes = re.findall(r"<li><code>([0-9A-Z-]{19})</code></li>", page)
    for again in (client.get(SET_UP), client.post(SET_UP, sent)):
        assert again.status_code == 200
        assert not any(code in again.content.decode() for code in codes)


def test_secret_begun_elsewhere_is_not_shown() -> None:
    """Who knows a password and began an application shares no secret with the agent who comes after."""
    agent = AgentFactory(totp=False)
    thief, owner = at_desk(agent, verified=False), at_desk(agent, verified=False)
    secret, _ = set_up(thief)
    assert secret not in owner.get(SET_UP).content.decode().replace(" ", "")
    own, _ = set_up(owner)
    assert own != secret
    thief.post(SET_UP, {"code": code_of(secret, NOW)})
    assert not TotpDevice.objects.filter(confirmed=True).exists()


def test_application_is_replaced_only_with_a_code(agent: Agent) -> None:
    client = at_desk(agent)
    assert faults(client.post(SET_UP, {"begin": "1", "code": ""})) == [
        "Écrivez les six chiffres que l’application affiche."
    ]
    assert TotpDevice.objects.count() == 1
    page = client.post(SET_UP, {"begin": "1", "code": code_of(TOTP_SECRET, NOW)}, follow=True)
    begun = TotpDevice.objects.get(confirmed=False)
    assert begun.secret in page.content.decode().replace(" ", "")
    assert client.get(INDEX).status_code == 200  # the former one still opens
    client.post(SET_UP, {"code": code_of(begun.secret, NOW)})
    assert TotpDevice.objects.get() == begun
    assert client.get(INDEX).status_code == 200


def test_recovery_code_opens_once_and_says_how_many_are_left(agent: Agent) -> None:
    begun = begin_device(user=agent.user)
    codes = confirm_device(device=begun, code=code_of(begun.secret, NOW), now=NOW)
    client = at_desk(agent, verified=False)
    page = client.post(RECOVERY, {"code": codes[0]}, follow=True)
    assert where(page) == INDEX
    assert "Il vous en reste 9." in html.unescape(page.content.decode())
    other = at_desk(agent, verified=False)
    assert faults(other.post(RECOVERY, {"code": codes[0]})) == [
        "Ce code de secours n’est pas le bon, ou il a déjà servi."
    ]
    assert other.get(INDEX).url == CODE


# --- The password -------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(db: None) -> Agent:  # noqa: ARG001
    """An agent just made, whose application is there already."""
    AgentFactory()  # the groups
    agent = create_agent(
        identifiant="S1",
        nom="Noé",
        prenom="Ali",
        caisse=CaisseFactory(),
        group="droits",
        password="Premier-1!",
        now=NOW,
    )
    TotpDevice.objects.create(user=agent.user, secret=TOTP_SECRET, confirmed=True, confirmed_at=NOW)
    return agent


def change(client: Client, old: str, new: str) -> Any:
    return client.post(CHANGE, {"old_password": old, "new_password1": new, "new_password2": new})


def test_first_password_is_changed_before_anything_else(client: Client, newcomer: Agent) -> None:
    sign_in(client, newcomer, password="Premier-1!")
    assert client.post(CODE, {"code": code_of(TOTP_SECRET, NOW)}).url == CHANGE
    assert client.get("/gestion/accounts/assure/").url == f"{CHANGE}?next=%2Fgestion%2Faccounts%2Fassure%2F"
    assert "new_password1" in change(client, "Premier-1!", "Premier-1!").context["form"].errors
    assert change(client, "Premier-1!", NEW).url == INDEX
    assert client.get(INDEX).status_code == 200
    newcomer.refresh_from_db()
    assert newcomer.first_password_until is None
    assert Trace.objects.filter(act=Act.CODE_CHANGED, by=newcomer.user).count() == 1


def test_password_is_not_changed_before_the_code(newcomer: Agent) -> None:
    assert change(at_desk(newcomer, verified=False), "Premier-1!", NEW).url == CODE


@pytest.mark.parametrize(
    ("later", "landed"), [(timedelta(days=7, seconds=-1), CODE), (timedelta(days=7), LOGIN)]
)
def test_first_password_lasts_seven_days(
    client: Client, newcomer: Agent, clock: Any, later: timedelta, landed: str
) -> None:
    clock.move_to(NOW + later)
    page = sign_in(client, newcomer, password="Premier-1!")
    assert where(page) == landed
    assert ("n’est plus valable" in page.content.decode()) is (landed == LOGIN)


def test_changed_password_ends_the_other_sessions(agent: Agent) -> None:
    here, elsewhere = at_desk(agent), at_desk(agent)
    change(here, PASSWORD, NEW)
    assert here.get(INDEX).status_code == 200
    assert elsewhere.get(INDEX).url == f"{LOGIN}?next=/gestion/"
    assert Session.objects.filter(user=agent.user).count() == 1


def test_new_first_password_ends_sessions(agent: Agent) -> None:
    at_desk(agent)
    give_first_password(agent=agent, password="Deuxieme-2!", now=NOW)
    assert not Session.objects.filter(user=agent.user).exists()
    agent.refresh_from_db()
    assert agent.first_password_until == NOW + timedelta(days=7)


def test_rows_have_no_address_one_could_try() -> None:
    """« view_on_site » told the reference of any order by its number."""
    with pytest.raises(NoReverseMatch):
        reverse("admin:view_on_site", args=[1, 1])


def test_form_of_the_desk_in_error_is_titled_so() -> None:
    client = at_desk(AgentFactory(groups=("droits",)))
    assure = AssureFactory(caisse=Agent.objects.get().caisse)
    page = client.post(reverse("admin:accounts_assure_code", args=[assure.pk]), {})
    assert "<title>Erreur\u00a0: Remettre un code provisoire" in page.content.decode()


BAND = "Démonstration\N{NO-BREAK SPACE}: ce site n’est pas celui de l’Assurance Maladie"


@pytest.mark.parametrize("shown", [True, False], ids=["demonstration", "elsewhere"])
def test_band_is_on_every_page_of_a_demonstration(settings: Any, *, shown: bool) -> None:
    """The pages: « a band on every page of a demonstration says that this is one »."""
    settings.VITALE_DEMONSTRATION = shown
    desk = at_desk(AgentFactory(groups=("droits",)))
    door, home = (client.get(reverse("admin:index"), follow=True) for client in (Client(), desk))
    assert [door.content.decode().count(BAND), home.content.decode().count(BAND)] == [shown, shown]


def test_agent_without_the_right_is_led_back_to_the_desk() -> None:
    """His group is the matter, and his supervision the remedy: not the number of the assurés."""
    answer = at_desk(AgentFactory(groups=("audit",))).get(reverse("admin:declarations_declaration_search"))
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Votre groupe ne permet pas cette action. Demandez à la supervision de votre caisse." in page
    assert f'href="{reverse("admin:index")}">Retour à l’accueil des agents</a>' in page
    assert "36 46" not in page
