"""Where the parts of the accounts floor meet, as who attacks would use it (A1, A3, A4, A6, A9, A10)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import Traveller

from accounts.agents import create_agent
from accounts.enums import Act
from accounts.gestion.otp import begin_device, code_of, confirm_device
from accounts.models import Agent, Assure, CodeProvisoire, Lock, Trace
from accounts.ouverture.code_provisoire import hand_over
from accounts.rates import over_rate
from accounts.sign_in import hashing
from accounts.sign_in.sweep import tell_and_forget
from declarations.models import Declaration
from tests.factories import (
    CODE,
    NOW,
    AgentFactory,
    AssureFactory,
    CaisseFactory,
)
from tests.fixtures import at_desk
from tests.visitor import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LOGIN, SET_UP, CHANGE = "/gestion/login/", "/gestion/code/application/", "/gestion/password_change/"
DESK_CODE = "/gestion/code/"


# --- The first password of an agent, once its week is over (A10) ----------------------------------


@pytest.fixture
def newcomer() -> Agent:
    """An agent who has signed in nowhere yet."""
    AgentFactory()
    return create_agent(
        identifiant="S7001",
        nom="PETIT",
        prenom="Ana",
        caisse=CaisseFactory(),
        group="contrôle",
        password="Premier-1!",
        now=NOW,
    )


@pytest.mark.parametrize("page", [SET_UP, CHANGE])
def test_first_password_over_opens_no_step_named_by_its_address(
    client: Client, newcomer: Agent, clock: Traveller, page: str
) -> None:
    if page == CHANGE:
        confirm_device(device=begin_device(user=newcomer.user), code=code_now(newcomer), now=NOW)
    clock.move_to(NOW + 7 * DAY)
    sent = {"username": "S7001", "password": "Premier-1!", "next": page}
    answer = client.post(LOGIN, sent)
    if page == CHANGE:
        answer = client.post(f"{DESK_CODE}?next={page}", {"code": code_now(newcomer)})
    assert client.get(page).url.partition("?")[0] == LOGIN
    assert "_auth_user_id" not in client.session
    assert answer.status_code == 302


def code_now(agent: Agent) -> str:
    device = agent.user.totp_devices.get()
    return code_of(device.secret, timezone.now())


# --- What the desk does not show cannot be asked of its filters -----------------------------------

HIDDEN = {
    "words of a declaration, its author’s alone (F1)": (
        "droits",
        "declarations_declaration",
        "circumstances__contains=sac",
    ),
    "reference of a complaint": ("droits", "declarations_declaration", "police_reference__startswith=2"),
    "mailbox of an assuré": ("droits", "accounts_assure", "email__startswith=a"),
    "mailbox of a mail": ("supervision", "accounts_outboxmail", "recipient__startswith=a"),
    "words of a mail": ("audit", "accounts_outboxmail", "text__contains=Bonjour"),
    "content of a lot, for who may not download it": (
        "audit",
        "carte_lotfabrication",
        "csv__contains=DURAND",
    ),
}


@pytest.mark.parametrize(("group", "page", "asked"), HIDDEN.values(), ids=HIDDEN)
def test_filter_tells_nothing_of_a_field_that_is_not_shown(group: str, page: str, asked: str) -> None:
    desk = at_desk(AgentFactory(groups=(group,)))
    url = reverse(f"admin:{page}_changelist")
    assert [desk.get(url).status_code, desk.get(f"{url}?{asked}").status_code] == [200, 400]


def test_filters_that_are_shown_serve() -> None:
    desk = at_desk(AgentFactory(groups=("droits", "supervision", "contrôle")))
    for page, asked in (
        ("carte_commande", "state__exact=SUBMITTED"),
        ("carte_signalement", "etat=a-traiter"),
        ("declarations_declaration", "kind__exact=PERTE&channel__exact=ONLINE"),
        ("accounts_trace", "at__gte=2026-11-02%2000:00:00%2B00:00&act__exact=FILE_SEEN"),
        ("accounts_setaside", "sweep=accounts.codes"),
    ):
        assert desk.get(f"{reverse(f'admin:{page}_changelist')}?{asked}").status_code == 200
    assert Declaration.objects.count() == 0


# --- A count of a day is not forgotten after an hour (A4) -----------------------------------------


def test_sweep_forgets_no_count_before_its_own_time() -> None:
    assert [over_rate("opening-nir:x", 5, NOW, DAY) for _ in range(5)] == [0] * 5
    tell_and_forget(NOW + DAY - MINUTE)
    assert over_rate("opening-nir:x", 5, NOW + DAY - MINUTE, DAY) == 60
    assert over_rate("opening-nir:x", 5, NOW + DAY, DAY) == 0


# --- What is hashed on the asking of a visitor waits in a lane ------------------------------------


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Fill one of the lanes."""
    taken: list[Any] = []

    def fill(name: str) -> None:
        lane = hashing.Lane(places=1, patience=0)
        monkeypatch.setattr(hashing, name, lane)
        place = lane.place()
        place.__enter__()
        taken.append(place)

    yield fill
    for place in taken:
        place.__exit__(None, None, None)


def test_provisional_code_waits_among_strangers_and_costs_no_try(
    client: Client, full: Callable[[str], None]
) -> None:
    assure = AssureFactory(user=False)
    code = hand_over(assure=assure, now=NOW)
    full("STRANGERS")
    known = {"nir": assure.beneficiaire.nir, "code": code}
    unknown = {"nir": "1840501001001", "code": code}
    answers = [client.post(reverse("opening_code"), sent) for sent in (known, unknown)]
    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(429, "5")] * 2
    assert CodeProvisoire.objects.get().tries == 0


def test_code_asked_again_waits_in_a_lane(assure: Assure, full: Callable[[str], None]) -> None:
    visitor = signed_in(assure)
    url = reverse("code")
    visitor.open(url)
    full("KNOWN")
    answer = visitor.send({"code": "faux", "new_code": "Rivage-2027!"}, url)
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert Trace.objects.filter(act=Act.SIGN_IN_FAILED).count() == 0
    assert assure.user.check_password(CODE)


# --- Half way through the agents’ door ------------------------------------------------------------


def test_wrong_one_time_code_is_traced(agent: Agent) -> None:
    """Who tries codes knows the password already."""
    client = at_desk(agent, verified=False)
    client.post(DESK_CODE, {"code": "000000"})
    client.post(DESK_CODE, {"code": "000000"})  # not looked at: a pause
    line = Trace.objects.get(act=Act.SIGN_IN_FAILED)
    assert (line.by, line.about, line.caisse) == (agent.user, agent.user.identifiant, agent.caisse)
    assert Lock.objects.count() == 0


# --- Where a door leads ---------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["id", ";env;", "a`)`", "sign_out", "//example.net/", "/\\example.net/"])
def test_door_leads_to_addresses_of_the_site_alone(assure: Assure, target: str) -> None:
    """A word is no address: it would be looked up as the name of a page, and not found (500)."""
    visitor = signed_in(assure)
    assert visitor.get(reverse("sign_in"), {"next": target}).url == reverse("dashboard")
