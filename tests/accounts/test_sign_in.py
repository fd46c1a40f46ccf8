"""Two doors that never open for the other (A1, A10), and that say nothing of who has an account."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from stdnum.fr import nir as oracle

from accounts.forms import WRONG_PAIR
from accounts.models import Agent, Assure, User
from accounts.nir import NirFault
from tests.devices import known
from tests.factories import CODE, PASSWORD, AgentFactory, AssureFactory, BeneficiaireFactory

pytestmark = pytest.mark.django_db
PLAIN, CORSICAN = "2561001053001", "285012A001001"
KEY = oracle.calc_check_digits(PLAIN)
DOOR, DESK = "/connexion/", "/gestion/login/"


def account(nir: str, **user: Any) -> User:
    fields = {f"user__{name}": value for name, value in user.items()}
    return AssureFactory(beneficiaire=BeneficiaireFactory(nir=nir), **fields).user


def knock(client: Client, nir: str, code: str = CODE, **more: str) -> HttpResponse:
    return client.post(DOOR, {"nir": nir, "code": code, **more})


def who(client: Client) -> int | None:
    """Who is signed in."""
    found = client.session.get("_auth_user_id")
    return int(found) if found else None


# --- Writing one's NIR (A1) ---------------------------------------------------------------------

WRITINGS = {
    "13 characters": (PLAIN, PLAIN),
    "15 characters": (PLAIN, PLAIN + KEY),
    "spaces as on the card": (PLAIN, f"2 56 10 01 053 001 {KEY}"),
    "spaces anywhere": (PLAIN, " 25 610010 5300 1 "),
    "non-breaking spaces": (PLAIN, "2\u00a056\u00a010\u202f01\u00a0053\u00a0001"),
    "2A": (CORSICAN, CORSICAN),
    "2a": (CORSICAN, CORSICAN.lower()),
    "2a with key and spaces": (CORSICAN, f"2 85 01 2a 001 001 {oracle.calc_check_digits(CORSICAN)}"),
}


@pytest.mark.parametrize(("nir", "typed"), WRITINGS.values(), ids=WRITINGS)
def test_nir_is_read_as_people_write_it(client: Client, nir: str, typed: str) -> None:
    user = account(nir)
    known(client, user)
    answer = knock(client, typed)
    assert (answer.status_code, answer.url, who(client)) == (302, reverse("dashboard"), user.pk)


FAULTS = {
    "wrong key": (f"{PLAIN}{(int(KEY) + 1) % 100:02d}", NirFault.KEY),
    "14 characters": (PLAIN + KEY[0], NirFault.LENGTH),
    "12 characters": (PLAIN[:-1], NirFault.LENGTH),
    "letters": ("2X61001053001", NirFault.CHARACTERS),
    "month 13": (f"256{13}01053001", NirFault.MONTH),
}


@pytest.mark.parametrize(("typed", "fault"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("exists", [True, False])
def test_what_is_no_nir_is_told_whether_or_not_an_account_is_near(
    client: Client, typed: str, fault: NirFault, *, exists: bool
) -> None:
    if exists:
        account(PLAIN)
    form = knock(client, typed).context["form"]
    assert (form.errors.get_json_data(), who(client)) == (
        {"nir": [{"message": fault.label, "code": fault.value}]},
        None,
    )


@pytest.mark.parametrize("name", ["nir", "code"])
def test_what_is_missing_is_told_next_to_it(client: Client, name: str) -> None:
    form = client.post(DOOR, {"nir": PLAIN, "code": CODE} | {name: ""}).context["form"]
    assert [(field, [e["code"] for e in found]) for field, found in form.errors.get_json_data().items()] == [
        (name, ["required"])
    ]


# --- What is never told --------------------------------------------------------------------------


def nobody() -> None:
    """No account has this NIR."""


def someone() -> None:
    account(PLAIN)


def someone_inactive() -> None:
    account(PLAIN, is_active=False)


def someone_without_account() -> None:
    AssureFactory(beneficiaire=BeneficiaireFactory(nir=PLAIN), user=False)


def an_agent_of_that_number() -> None:
    agent = AgentFactory()
    agent.user.identifiant = PLAIN
    agent.user.set_password(CODE)
    agent.user.save()


CASES: dict[str, tuple[Callable[[], None], str]] = {
    "no account": (nobody, CODE),
    "wrong code": (someone, "Autre-2026"),
    "code in another case": (someone, CODE.swapcase()),
    "code with a space": (someone, f"{CODE} "),
    "inactive, right code": (someone_inactive, CODE),
    "inactive, wrong code": (someone_inactive, "Autre-2026"),
    "no account yet": (someone_without_account, CODE),
    "an agent's": (an_agent_of_that_number, CODE),
}


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Each code that was hashed: what a sign-in takes its time for."""
    found: list[str] = []
    encode = MD5PasswordHasher.encode

    def noted(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        found.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    return found


def page(answer: HttpResponse) -> str:
    """The page, apart from its token."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


@pytest.mark.parametrize(("arrange", "code"), CASES.values(), ids=CASES)
def test_refusal_is_the_same_page_after_the_same_work(
    client: Client, hashes: list[str], arrange: Callable[[], None], code: str
) -> None:
    unknown = page(knock(client, PLAIN, code))
    arrange()
    hashes.clear()
    answer = knock(client, PLAIN, code)
    assert answer.context["form"].non_field_errors() == [WRONG_PAIR]
    assert (page(answer), len(hashes), who(client)) == (unknown, 1, None)


# --- Two doors (A10) -----------------------------------------------------------------------------


def knock_at_the_desk(client: Client, identifiant: str, password: str) -> HttpResponse:
    return client.post(DESK, {"username": identifiant, "password": password, "next": "/gestion/"})


def test_agent_enters_at_the_desk(client: Client, agent: Agent) -> None:
    answer = knock_at_the_desk(client, agent.user.identifiant, PASSWORD)
    assert (answer.status_code, answer.url, who(client)) == (302, "/gestion/", agent.user.pk)


def test_agent_does_not_enter_by_the_assure_s_door(client: Client, agent: Agent) -> None:
    knock(client, agent.user.identifiant, PASSWORD)
    assert who(client) is None


@pytest.mark.parametrize("fields", [{}, {"is_superuser": True}], ids=["plain", "superuser"])
def test_assure_does_not_enter_at_the_desk(client: Client, fields: dict[str, Any]) -> None:
    user = account(PLAIN, **fields)
    knock_at_the_desk(client, PLAIN, CODE)
    assert who(client) is None
    client.force_login(user, backend="accounts.sign_in.CodePersonnelBackend")
    answer = client.get("/gestion/")
    assert (answer.status_code, answer.url) == (302, "/gestion/login/?next=/gestion/")


def test_agent_is_brought_from_the_assure_s_pages_to_the_desk(agent_client: Client) -> None:
    answer = agent_client.get(reverse("dashboard"))
    assert (answer.status_code, answer.url) == (302, "/gestion/")


def test_inactive_agent_does_not_enter(client: Client, agent: Agent) -> None:
    User.objects.update(is_active=False)
    knock_at_the_desk(client, agent.user.identifiant, PASSWORD)
    assert who(client) is None


@pytest.mark.parametrize("name", ["assure", "agent"])
def test_session_of_one_made_inactive_is_over(request: pytest.FixtureRequest, name: str) -> None:
    browser = request.getfixturevalue(f"{name}_client")
    User.objects.update(is_active=False)
    path = {"assure": "/messagerie/", "agent": "/gestion/"}[name]
    answer = browser.get(path)
    door = {"assure": DOOR, "agent": DESK}[name]
    assert (answer.status_code, answer.url) == (302, f"{door}?next={path}")


# --- Where one goes ------------------------------------------------------------------------------

DASHBOARD = "/accueil/"
TARGETS = {
    "": DASHBOARD,
    "/suivi/": "/suivi/",
    "/carte/commander/?beneficiaire=1": "/carte/commander/?beneficiaire=1",
    "http://testserver/suivi/": DASHBOARD,  # ours, but not from the root
    "dashboard": DASHBOARD,
    "http://testserver.example/": DASHBOARD,
    "https://faux.example/": DASHBOARD,
    "//faux.example/": DASHBOARD,
    "///faux.example/": DASHBOARD,
    "/\\faux.example/": DASHBOARD,
    "\\\\faux.example": DASHBOARD,
    "javascript:alert(1)": DASHBOARD,
    " https://faux.example/": DASHBOARD,
    "http:///faux.example/": DASHBOARD,
}


@pytest.mark.parametrize("target", TARGETS)
def test_next_leads_only_to_this_site(client: Client, target: str) -> None:
    known(client, account(PLAIN))
    assert knock(client, PLAIN, next=target).url == TARGETS[target]


def test_page_asked_for_is_the_page_one_gets(client: Client) -> None:
    known(client, account(PLAIN))
    answer = client.get("/suivi/")
    assert answer.url == f"{DOOR}?next=/suivi/"
    assert client.post(answer.url, {"nir": PLAIN, "code": CODE}).url == "/suivi/"


def test_door_is_passed_by_who_is_in(assure_client: Client) -> None:
    assert assure_client.get(DOOR).url == DASHBOARD


def test_signing_in_begins_a_session_of_15_minutes_under_another_key(client: Client) -> None:
    """A6."""
    known(client, account(PLAIN))
    client.get(DOOR)
    session = client.session
    session["left"] = "behind"
    session.save()
    before = session.session_key
    knock(client, PLAIN)
    assert (client.session.session_key == before, client.session.get_expiry_age()) == (False, 15 * 60)


def test_signing_out_ends_the_session_and_takes_a_post(assure_client: Client, assure: Assure) -> None:
    assert (assure_client.get("/deconnexion/").status_code, who(assure_client)) == (405, assure.user.pk)
    assert (assure_client.post("/deconnexion/").url, who(assure_client)) == ("/", None)
