"""A closed door, seen from the page: who meets it, who does not, who is told (A3, A10)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings
from time_machine import Traveller

from accounts import sign_in
from accounts.enums import Act, Notice
from accounts.models import Agent, Device, Lock, MailedCode, Message, OutboxMail, Rate, Trace, User
from accounts.rates import network_of, over_rate
from accounts.sign_in import hashing
from accounts.sign_in.devices import LIFE
from accounts.sign_in.sweep import tell_and_forget
from tests.devices import known
from tests.factories import CODE, DAY, HOUR, NOW, PASSWORD, AssureFactory, BeneficiaireFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SECOND = timedelta(seconds=1)
QUARTER = timedelta(minutes=15)
NIR = "2561001053001"
DOOR, DESK = "/connexion/", "/gestion/login/"
HERE, THERE = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def user() -> User:
    return AssureFactory(beneficiaire=BeneficiaireFactory(nir=NIR)).user


def knock(client: Client, code: str = CODE, *, nir: str = NIR, address: str = HERE) -> HttpResponse:
    return client.post(DOOR, {"nir": nir, "code": code}, REMOTE_ADDR=address)


def statuses(times: int, code: str = "Autre-2026", **more: str) -> list[int]:
    return [knock(Client(), code, **more).status_code for _ in range(times)]


def shown(answer: HttpResponse) -> tuple[int, str | None, str]:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return answer.status_code, answer.headers.get("Retry-After"), text


# --- Who meets it ---------------------------------------------------------------------------------


def test_sixth_try_meets_a_closed_door_even_with_the_right_code(
    client: Client,
    user: User,  # noqa: ARG001
    clock: Traveller,
) -> None:
    assert statuses(6) == [200] * 5 + [429]
    assert shown(knock(client))[:2] == (429, "900")
    clock.move_to(NOW + QUARTER - SECOND)
    assert shown(knock(client))[:2] == (429, "1")
    clock.move_to(NOW + QUARTER)
    assert knock(client).url == "/connexion/code-recu/"


def someone() -> None:
    AssureFactory(beneficiaire=BeneficiaireFactory(nir=NIR))


def someone_inactive() -> None:
    AssureFactory(beneficiaire=BeneficiaireFactory(nir=NIR), user__is_active=False)


def someone_without_account() -> None:
    AssureFactory(beneficiaire=BeneficiaireFactory(nir=NIR), user=False)


def someone_without_a_code() -> None:
    someone()
    user = User.objects.get()
    user.set_unusable_password()
    user.save()


PEOPLE = [someone, someone_inactive, someone_without_account, someone_without_a_code]


def seven_tries() -> list[tuple[int, tuple[int, str | None, str]]]:
    """What each of seven tries costs in questions to the database, and what it shows."""
    found = []
    for _ in range(7):
        with CaptureQueriesContext(connection) as asked:
            answer = knock(Client(), "Autre-2026")
        found.append((len(asked), shown(answer)))
    return found


def test_closed_door_leads_to_a_new_code(client: Client) -> None:
    statuses(5)
    page = knock(client).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert re.findall(r'href="([^"]+)"', main) == [reverse("forgotten"), reverse("home")]


@pytest.mark.parametrize("arrange", PEOPLE)
def test_door_closes_alike_whether_or_not_there_is_an_account(arrange: Callable[[], None]) -> None:
    """Same pages, same statuses, same waits, same number of questions; one, once it is closed."""
    nobody = seven_tries()
    Lock.objects.all().delete()
    arrange()
    assert seven_tries() == nobody
    assert [asked for asked, _ in nobody[5:]] == [1, 1]


def test_nothing_is_hashed_behind_a_closed_door(user: User, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    statuses(5)
    monkeypatch.setattr(sign_in, "_is_right", lambda *_: pytest.fail("hashed"))
    assert statuses(3) == [429] * 3


def test_what_is_no_nir_counts_for_nothing(user: User) -> None:  # noqa: ARG001
    assert statuses(30, nir="256100105300") == [200] * 30
    assert Lock.objects.count() == 0


def test_strangers_never_shut_the_holder_out(client: Client, user: User) -> None:
    known(client, user)
    for n in range(12):
        statuses(6, address=f"198.51.100.{n}")
    statuses(25, address=HERE, nir="2561001053002")
    for n in range(25):
        statuses(1, address=HERE, nir=f"25610010530{n + 10}")
    assert statuses(1, CODE, address=THERE) == [429]
    assert (knock(client).url, knock(client, address=THERE).url) == ("/accueil/", "/accueil/")


def test_holder_on_a_device_that_is_known_and_not_trusted_passes_too(client: Client, user: User) -> None:
    known(client, user, trust=False)
    statuses(6)
    assert knock(client).url == "/connexion/code-recu/"


def test_known_device_has_five_tries_like_anybody(client: Client, user: User) -> None:
    known(client, user)
    assert [knock(client, "Autre-2026").status_code for _ in range(6)] == [200] * 5 + [429]
    assert (knock(client).status_code, statuses(1, CODE)) == (429, [302])


def test_device_of_another_is_a_stranger_s(client: Client, user: User) -> None:  # noqa: ARG001
    known(client, AssureFactory().user)
    statuses(5)
    assert knock(client).status_code == 429


def test_ipv6_is_counted_by_what_one_line_is_given(user: User) -> None:  # noqa: ARG001
    found = [statuses(1, address=f"2001:db8:1:2::{n}") for n in range(6)]
    assert found == [[200]] * 5 + [[429]]
    assert statuses(1, address="2001:db8:1:3::1") == [200]


def test_proxy_of_ours_hides_nobody(user: User, settings: Settings) -> None:  # noqa: ARG001
    settings.VITALE_PROXIES = 1

    def through(client: Client, said: str) -> int:
        return client.post(DOOR, {"nir": NIR, "code": "x"}, headers={"X-Forwarded-For": said}).status_code

    assert [through(Client(), f"203.0.113.{n}, {HERE}") for n in range(6)] == [200] * 5 + [429]
    assert through(Client(), THERE) == 200


def test_more_sign_ins_than_anybody_needs_meet_a_pause(client: Client, user: User) -> None:
    known(client, user)
    assert [knock(client).status_code for _ in range(61)] == [302] * 60 + [429]


def test_crowd_is_told_to_come_back_and_the_holder_is_not(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "STRANGERS", hashing.Lane(places=1, patience=0))
    known(client, user)
    with sign_in.STRANGERS.place():
        assert shown(knock(Client()))[:2] == (429, "5")
        assert knock(client).url == "/accueil/"
    assert Lock.objects.exclude(failures=0).count() == 0
    assert knock(Client()).status_code == 302


# --- The agents' door -----------------------------------------------------------------------------


def at_the_desk(client: Client, number: str, password: str) -> HttpResponse:
    return client.post(
        DESK, {"username": number, "password": password, "next": "/gestion/"}, REMOTE_ADDR=HERE
    )


def test_agents_door_closes_alike(agent: Agent) -> None:
    number = agent.user.identifiant
    for who in (number, "S9999"):
        assert [at_the_desk(Client(), who, "faux").status_code for _ in range(6)] == [200] * 5 + [429]
    assert at_the_desk(Client(), number, PASSWORD).status_code == 429


def test_agent_on_a_device_he_has_used_meets_no_lock_of_strangers(agent: Agent) -> None:
    number, browser = agent.user.identifiant, Client()
    known(browser, agent.user, trust=False)
    for _ in range(6):
        at_the_desk(Client(), number, "faux")
    answers = [at_the_desk(one, number, PASSWORD).status_code for one in (browser, Client())]
    assert answers == [302, 429]


# --- Who is told ----------------------------------------------------------------------------------


def told() -> tuple[int, int]:
    tell_and_forget(NOW)
    notices = Message.objects.filter(notice=Notice.SIGN_IN_LOCKED)
    return notices.count(), OutboxMail.objects.count()


def test_holder_is_told_of_a_lock_once_a_day(user: User, clock: Traveller) -> None:  # noqa: ARG001
    statuses(4)
    assert told() == (0, 0)
    statuses(3)
    assert (told(), told()) == ((1, 1), (1, 1))
    statuses(5, address=THERE)
    assert told() == (1, 1)
    clock.move_to(NOW + DAY)
    statuses(5)
    tell_and_forget(NOW + DAY)
    assert Message.objects.count() == 2


def test_lock_is_traced_and_not_each_failure(user: User) -> None:
    statuses(4)
    assert Trace.objects.count() == 0
    statuses(20)
    trace = Trace.objects.get()
    assert (trace.act, trace.by, trace.beneficiaire, trace.network_address, trace.at) == (
        Act.SIGN_IN_FAILED, None, user.assure.beneficiaire, HERE, NOW,
    )  # fmt: skip


def test_right_code_at_the_fifth_try_tells_nobody(client: Client, user: User) -> None:  # noqa: ARG001
    statuses(4)
    knock(client)
    assert (Trace.objects.count(), Message.objects.count(), Lock.objects.exclude(due_at=None).count()) == (
        0,
        0,
        0,
    )


def test_agents_and_nobody_are_told_nothing(agent: Agent) -> None:
    for _ in range(6):
        at_the_desk(Client(), agent.user.identifiant, "faux")
    statuses(6)
    assert (told(), Lock.objects.exclude(due_at=None).count()) == ((0, 0), 0)


# --- What is forgotten ----------------------------------------------------------------------------


def test_what_no_longer_counts_is_forgotten(client: Client, user: User) -> None:
    known(client, user, now=NOW)
    statuses(6)
    knock(client)
    knock(Client(), address=THERE)
    rows = (Lock, Rate, MailedCode, Device)
    Lock.objects.update(due_at=None)
    found = []
    for after in (timedelta(), HOUR, 5 * HOUR, 2 * DAY, LIFE - SECOND, LIFE):
        while tell_and_forget(NOW + after):
            pass
        found.append([model.objects.exists() for model in rows])
    assert found == [
        [True, True, True, True],
        [True, True, True, True],
        [True, True, True, True],
        [False, False, False, True],
        [False, False, False, True],
        [False, False, False, False],
    ]


def test_lock_that_is_still_to_be_told_is_kept(user: User) -> None:  # noqa: ARG001
    statuses(5)
    tell_and_forget(NOW + 30 * DAY)
    assert Message.objects.filter(notice=Notice.SIGN_IN_LOCKED).count() == 1


# --- Rates of public pages -------------------------------------------------------------------------


def test_rate_that_passes_is_one_statement_and_one_that_does_not_writes_nothing(
    django_assert_num_queries,  # noqa: ANN001
) -> None:
    over_rate("a", 2, NOW)
    with django_assert_num_queries(1):
        assert over_rate("a", 2, NOW) == 0
    for _ in range(9):
        assert over_rate("a", 2, NOW) == 3600
    assert Rate.objects.get().count == 2


NETWORKS = {
    "192.0.2.1": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "fe80::1%eth0": "fe80::/64",
    "": "",
    "not an address": "",
    "192.0.2.1:8080": "",
}


@pytest.mark.parametrize(("said", "network"), NETWORKS.items(), ids=NETWORKS)
def test_network_is_an_address_or_what_one_line_is_given(rf: RequestFactory, said: str, network: str) -> None:
    assert network_of(rf.get("/", REMOTE_ADDR=said)) == network
