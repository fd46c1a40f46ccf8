"""Sessions (A6): how long one lasts, what the database knows of it, those one sees and closes."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from time_machine import Traveller

from accounts.browsers import browser_label
from accounts.enums import Act
from accounts.models import Agent, Assure, Session, Trace
from accounts.session_store import SessionStore
from accounts.sessions import REMEMBERED, clear_ended, end_sessions
from tests.factories import NOW, AssureFactory
from tests.visitor import Visitor, signed_in
from vitale_portal.fingerprints import fingerprint

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


def is_in(visitor: Client, url: str = "/accueil/") -> bool:
    return visitor.get(url).status_code == 200


def left(visitor: Client) -> dict[str, object]:
    return visitor.get(reverse("session_left")).json()


# --- How long it lasts ---------------------------------------------------------------------------


@pytest.mark.parametrize(("idle", "stays"), [(15 * MINUTE - SECOND, True), (15 * MINUTE, False)])
def test_session_ends_after_15_idle_minutes(
    clock: Traveller, assure: Assure, idle: timedelta, *, stays: bool
) -> None:
    visitor = signed_in(assure)
    clock.shift(10 * MINUTE)
    assert is_in(visitor)
    clock.shift(idle)
    assert is_in(visitor) is stays


@pytest.mark.parametrize(("since", "stays"), [(12 * HOUR - SECOND, True), (12 * HOUR, False)])
def test_session_ends_12_hours_after_the_sign_in_however_busy(
    clock: Traveller, assure: Assure, since: timedelta, *, stays: bool
) -> None:
    visitor = signed_in(assure)
    begun = NOW
    while timezone.now() + 14 * MINUTE < begun + since:
        clock.shift(14 * MINUTE)
        assert is_in(visitor)
    clock.move_to(begun + since)
    assert is_in(visitor) is stays


def test_agent_is_held_to_the_same_times(clock: Traveller, agent: Agent) -> None:
    visitor = signed_in(agent)
    clock.shift(15 * MINUTE - SECOND)
    assert is_in(visitor, "/gestion/")
    clock.shift(15 * MINUTE)
    assert not is_in(visitor, "/gestion/")


def test_asking_how_long_is_left_is_no_activity(clock: Traveller, assure: Assure) -> None:
    visitor = signed_in(assure)
    assert is_in(visitor)
    for minute in range(1, 15):
        clock.move_to(NOW + minute * MINUTE)
        assert left(visitor) == {"left": (15 - minute) * 60, "last": False}
    clock.move_to(NOW + 15 * MINUTE)
    assert visitor.get(reverse("session_left")).status_code == 302


def test_staying_is_activity_and_tells_until_when(clock: Traveller, assure: Assure) -> None:
    visitor = signed_in(assure)
    visitor.open("/accueil/")
    clock.shift(14 * MINUTE)
    assert visitor.send({}, reverse("session_stay")).json() == {"left": 900, "last": False}
    clock.shift(14 * MINUTE)
    assert left(visitor) == {"left": 60, "last": False}
    assert is_in(visitor)


def test_staying_cannot_go_past_the_longest_time(
    clock: Traveller, assure: Assure, settings: pytest.FixtureRequest
) -> None:
    settings.VITALE_SESSION_LONGEST = 20 * MINUTE
    visitor = signed_in(assure)
    visitor.open("/accueil/")
    clock.shift(14 * MINUTE)
    assert visitor.send({}, reverse("session_stay")).json() == {"left": 360, "last": True}
    clock.shift(6 * MINUTE)
    assert not is_in(visitor)


def test_staying_without_the_token_changes_nothing_and_says_nothing_later(assure: Assure) -> None:
    """Another tab signed in again: the page asks how things stand instead."""
    visitor = signed_in(assure)
    visitor.open("/accueil/")
    assert visitor.post(reverse("session_stay")).status_code == 403
    assert "Vous vous êtes reconnecté" not in visitor.get("/accueil/").content.decode()


def test_cookie_of_the_session_lives_until_the_browser_closes(assure: Assure) -> None:
    cookie = signed_in(assure).cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"], cookie["httponly"], cookie["samesite"]) == (
        "", "", True, "Lax",
    )  # fmt: skip


@pytest.mark.usefixtures("clock")
def test_every_page_knows_how_long_is_left_and_only_when_signed_in(assure: Assure, agent: Agent) -> None:
    for who, url in ((assure, "/accueil/"), (agent, "/gestion/")):
        page = signed_in(who).get(url).content.decode()
        assert re.findall(r'data-left="(\d+)"', page) == ["900"]
    assert "data-session" not in Client().get("/").content.decode()


# --- What the database knows ---------------------------------------------------------------------


def test_database_holds_no_key(assure: Assure) -> None:
    visitor = signed_in(assure)
    row = Session.objects.get()
    assert row.session_key == fingerprint(visitor.key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_session")
        stored = repr(cursor.fetchall())
    assert visitor.key not in stored
    assert visitor.key not in repr(signing.loads(row.session_data, salt=SessionStore().key_salt))
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.session_key
    assert not is_in(thief)


def test_key_changes_when_one_signs_in(assure: Assure) -> None:
    """A key that somebody else chose opens nothing."""
    visitor = Visitor()
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    visitor.sign_in(assure)
    first = visitor.key
    visitor.sign_in(assure, "/connexion/?next=/messagerie/")
    assert first != "a" * 32
    assert list(Session.objects.values_list("session_key", flat=True)) == [fingerprint(visitor.key)]


def test_row_tells_whose_since_when_and_from_where(clock: Traveller, assure: Assure) -> None:
    visitor = signed_in(assure, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.7")
    clock.shift(MINUTE)
    visitor.get("/accueil/")
    row = Session.objects.get()
    assert (row.user, row.started_at, row.seen_at, row.network_address, row.browser) == (
        assure.user, NOW, NOW + MINUTE, "192.0.2.7", "Firefox sur Linux",
    )  # fmt: skip


def test_slow_request_undoes_nothing_of_another(assure: Assure) -> None:
    visitor = signed_in(assure)
    slow, quick = SessionStore(visitor.key), SessionStore(visitor.key)
    assert slow.get("x") is None
    quick["x"] = 1
    quick.save()
    slow.save()
    assert SessionStore(visitor.key)["x"] == 1


def test_visitor_without_an_account_leaves_no_row() -> None:
    visitor = Visitor()
    visitor.open("/")
    visitor.open("/connexion/")
    assert Session.objects.count() == 0


LABELS = {
    FIREFOX: "Firefox sur Linux",
    CHROME: "Chrome sur Windows",
    f"{CHROME} Edg/130.0": "Edge sur Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1": (
        "Safari sur iPhone"
    ),
    "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/27.0 Chrome/125.0 Mobile": "Samsung Internet sur Android",
    "curl/8.0": "Navigateur non reconnu",
    "": "Navigateur non reconnu",
    "<script>alert(1)</script> Windows": "Navigateur non reconnu sur Windows",
    "x" * 100_000: "Navigateur non reconnu",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) Version/18.0 Safari/605.1.15": "Safari sur Mac",
    "Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0": "Firefox sur Android",
}


@pytest.mark.parametrize(("text", "label"), LABELS.items(), ids=range(len(LABELS)))
def test_browser_is_named_in_plain_words(text: str, label: str) -> None:
    assert browser_label(text) == label


# --- Those one sees and closes -------------------------------------------------------------------


def handles(page: str) -> list[str]:
    return re.findall(r'name="session" value="(\w+)"', page)


def test_list_shows_ones_own_open_sessions_this_one_first(clock: Traveller, assure: Assure) -> None:
    here = signed_in(assure, HTTP_USER_AGENT=FIREFOX)
    clock.shift(MINUTE)
    signed_in(assure, HTTP_USER_AGENT=CHROME)
    signed_in(AssureFactory(), HTTP_USER_AGENT=f"{CHROME} Edg/1.0")
    page = here.open(reverse("session_list")).content.decode()
    found = re.findall(r'<h3 id="session-[^>]*>\s*(\w+ sur (?:Linux|Windows))', page)
    assert found == ["Firefox sur Linux", "Chrome sur Windows"]
    assert page.count("Cette session") == 1
    assert handles(page) == [Session.objects.get(browser="Chrome sur Windows").handle]
    assert here.key not in page


def test_closed_session_is_over_and_traced(assure: Assure) -> None:
    here, there = signed_in(assure), signed_in(assure, HTTP_USER_AGENT=CHROME)
    (handle,) = handles(here.open(reverse("session_list")).content.decode())
    answer = here.send({"session": handle}, reverse("session_close"), follow=True)
    assert "La session est fermée." in answer.content.decode()
    assert (is_in(here), is_in(there)) == (True, False)
    trace = Trace.objects.filter(act=Act.SESSION_CLOSED).get()
    assert (trace.by, trace.beneficiaire, trace.words) == (
        assure.user, assure.beneficiaire, "Chrome sur Windows",
    )  # fmt: skip


def test_all_the_others_are_closed_at_once(assure: Assure) -> None:
    here, *others = (signed_in(assure) for _ in range(3))
    stranger = signed_in(AssureFactory())
    here.open(reverse("session_list"))
    here.send({}, reverse("session_close_others"))
    assert [is_in(one) for one in (here, *others, stranger)] == [True, False, False, True]
    assert Trace.objects.filter(act=Act.SESSION_CLOSED).count() == 1


@pytest.mark.parametrize("what", ["a stranger's", "one that ended", "nothing", "all", "too short"])
def test_session_that_is_not_ones_own_and_open_is_not_found(
    clock: Traveller, assure: Assure, what: str
) -> None:
    signed_in(assure)
    ended = Session.objects.get()
    clock.shift(15 * MINUTE)
    here, there = signed_in(assure), signed_in(AssureFactory())
    stranger = Session.objects.get(session_key=fingerprint(there.key))
    handle = {
        "a stranger's": stranger.handle, "one that ended": ended.handle, "nothing": "",
        "all": "%", "too short": stranger.handle[:8],
    }[what]  # fmt: skip
    here.open(reverse("session_list"))
    before = set(Session.objects.values_list("pk", flat=True))
    assert here.send({"session": handle}, reverse("session_close")).status_code == 404
    assert set(Session.objects.values_list("pk", flat=True)) == before


def test_this_session_is_not_closed_by_its_own_list(assure: Assure) -> None:
    here = signed_in(assure)
    here.open(reverse("session_list"))
    here.send({"session": fingerprint(here.key)[:16]}, reverse("session_close"))
    assert is_in(here)


def test_changed_code_ends_every_other_session(assure: Assure) -> None:
    """A5: what the callers of ``end_sessions`` rest on: they give the key, not its fingerprint."""
    here, there = signed_in(assure), signed_in(assure)
    stranger = signed_in(AssureFactory())
    assert end_sessions(assure.user, keep=here.key) == 1
    assert [is_in(one) for one in (here, there, stranger)] == [True, False, True]
    assert end_sessions(assure.user, keep=None) == 1
    assert (is_in(here), is_in(stranger)) == (False, True)


def test_list_costs_the_same_with_more_sessions(assure: Assure) -> None:
    here = signed_in(assure)

    def queries() -> int:
        here.open(reverse("session_list"))
        with CaptureQueriesContext(connection) as captured:
            here.get(reverse("session_list"))
        return len(captured)

    alone = queries()
    for _ in range(5):
        signed_in(assure)
    assert (queries(), alone) == (alone, 7)


# --- What is swept -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "kept"),
    [(0 * SECOND, True), (15 * MINUTE, True), (REMEMBERED + 15 * MINUTE - SECOND, True),
     (REMEMBERED + 15 * MINUTE, False)],
)  # fmt: skip
def test_ended_session_is_forgotten_after_a_while(
    clock: Traveller, assure: Assure, after: timedelta, *, kept: bool
) -> None:
    signed_in(assure)
    clock.shift(after)
    assert clear_ended(timezone.now()) == (0 if kept else 1)
    assert Session.objects.exists() is kept
    assert clear_ended(timezone.now()) == 0


def test_session_of_nobody_is_forgotten_at_once(clock: Traveller) -> None:
    store = SessionStore()
    store["x"] = 1
    store.save()
    assert clear_ended(timezone.now()) == 0
    clock.shift(15 * MINUTE)
    assert clear_ended(timezone.now()) == 1
