"""What a stranger learns: nothing. Whole answers compared, whoever the NIR is that of (A1, A4, A5)."""

import re
from collections.abc import Callable, Mapping
from datetime import date

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import Traveller

from accounts.models import Assure, CodeProvisoire, Demande, OutboxMail, Ouverture, Rate, User
from accounts.ouverture.code_provisoire import TRIES, hand_over
from accounts.ouverture.demandes import judge
from tests.factories import DAY, HOUR, NOW, assure_ready
from tests.ouvrir import NEW_CODE, PROOF, UNKNOWN, send, stranger, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
GUESS = {"iban": "1111111", "kind": "PHOTO", "serial": "11111111111"}
CODE = "000000000000"


def shut() -> Assure:
    assure = assure_ready()
    User.objects.filter(assure=assure).update(is_active=False)
    return assure


def with_code() -> Assure:
    assure = stranger()
    hand_over(assure=assure, now=NOW)
    return assure


def tried_out() -> Assure:
    assure = with_code()
    CodeProvisoire.objects.update(tries=TRIES)
    return assure


# Who may be behind a NIR a stranger writes.
PEOPLE: Mapping[str, Callable[[], Assure | None]] = {
    "unknown": lambda: None,
    "without account": stranger,
    "with account": assure_ready,
    "with account, no mailbox": lambda: assure_ready(email=""),
    "account shut": shut,
    "too young": lambda: stranger(born=date(2012, 1, 1)),
    "no IBAN": lambda: stranger(iban=None),
    "with a code": with_code,
    "with a code tried out": tried_out,
}


def facts(assure: Assure | None) -> dict[str, str]:
    return typed(assure) if assure else dict(UNKNOWN)


def bare(answer: HttpResponse, who: Mapping[str, str]) -> str:
    """Status, headers and words of an answer, less what was typed and what is drawn each time."""
    text = answer.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    for value in who.values():
        text = text.replace(value, "…")
    headers = {name: value for name, value in answer.items() if name != "Content-Length"}
    return f"{answer.status_code} {sorted(headers.items())} {text}"


def opening(client: Client, who: Mapping[str, str]) -> list[HttpResponse]:
    return [
        send(client, "opening_who", **who),
        client.get(reverse("opening_proof")),
        send(client, "opening_proof", **GUESS),
        client.get(reverse("opening_post")),
        send(client, "opening_post"),
        client.get(reverse("opening_posted")),
    ]


def forgotten(client: Client, who: Mapping[str, str]) -> list[HttpResponse]:
    return [
        send(client, "forgotten", nir=who["nir"]),
        client.get(reverse("forgotten_sent")),
        send(client, "forgotten_by_post", **who),
    ]


def first_login(client: Client, who: Mapping[str, str]) -> list[HttpResponse]:
    return [send(client, "opening_code", nir=who["nir"], code=CODE)]


WAYS = {"opening": opening, "forgotten": forgotten, "first login": first_login}


@pytest.mark.parametrize("who", list(PEOPLE)[1:])
@pytest.mark.parametrize("way", WAYS)
def test_answers_are_the_same_whoever_it_is(way: str, who: str) -> None:
    answers = []
    for name in ("unknown", who):
        known = facts(PEOPLE[name]())
        answers.append([bare(one, known) for one in WAYS[way](Client(), known)])
    assert answers[0] == answers[1]


@pytest.mark.parametrize("way", WAYS)
def test_as_many_questions_to_the_database_whoever_it_is(way: str) -> None:
    counts = {}
    for number, (name, make) in enumerate(PEOPLE.items()):
        known, client = facts(make()), Client(REMOTE_ADDR=f"192.0.2.{number}")
        with CaptureQueriesContext(connection) as asked:
            WAYS[way](client, known)
        counts[name] = len(asked)
    assert len(set(counts.values())) == 1, counts


def test_hash_is_computed_whoever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """One Argon2, no more and no less, is what the duration of the first login is made of."""
    known = [facts(make()) for make in PEOPLE.values()]
    hashed: list[str] = []
    for name in ("make_password", "check_password"):
        monkeypatch.setattr(
            f"accounts.ouverture.code_provisoire.{name}", lambda *_args, name=name: hashed.append(name)
        )
    for one in known:
        first_login(Client(), one)
        assert len(hashed) == 1
        hashed.clear()


def test_first_page_looks_nothing_up(client: Client) -> None:
    known = facts(stranger())
    with CaptureQueriesContext(connection) as asked:
        send(client, "opening_who", **known)
    assert [one["sql"] for one in asked if "accounts_assure" in one["sql"]] == []


def test_stranger_s_demands_reach_the_holder_alone() -> None:
    """What is true comes by mail and letter."""
    made = {name: make() for name, make in list(PEOPLE.items())[1:4]}
    for number, assure in enumerate((None, *made.values())):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        opening(client, facts(assure))
        forgotten(client, facts(assure))
    judge(NOW)
    assert Demande.objects.count() == 0
    recipients = set(OutboxMail.objects.values_list("recipient", flat=True))
    assert recipients == {made["with account"].email}


# --- Rates ---------------------------------------------------------------------------------------


def test_five_tries_at_once_then_by_post_only_even_with_the_right_proof(
    clock: Traveller,
) -> None:
    """Whatever the network address; the same for a NIR nobody has."""
    assure = stranger()
    for known in (dict(UNKNOWN), facts(assure)):
        pages = []
        for number in range(6):
            client = Client(REMOTE_ADDR=f"198.51.100.{number}")
            send(client, "opening_who", **known)
            pages.append(send(client, "opening_proof", **(PROOF if number == 5 else GUESS)).content.decode())
        shut_out = ["Cinq essais ont été faits avec ce numéro" in page for page in pages]
        assert shut_out == [False] * 5 + [True]
    assert Ouverture.objects.count() == 0
    client = Client()
    send(client, "opening_who", **facts(assure))
    assert send(client, "opening_post").status_code == 302
    clock.move_to(NOW + DAY)
    client = Client()
    send(client, "opening_who", **facts(assure))
    assert send(client, "opening_proof", **PROOF).url == reverse("opening_terms")


RATED = {
    "opening_proof": (GUESS, 20),
    "opening_post": ({}, 20),
    "opening_code": ({"nir": UNKNOWN["nir"], "code": CODE}, 20),
    "forgotten": ({"nir": UNKNOWN["nir"]}, 20),
    "forgotten_by_post": (UNKNOWN, 20),
}


@pytest.mark.parametrize(("view", "data", "limit"), [(k, *v) for k, v in RATED.items()], ids=RATED)
def test_one_network_address_is_made_to_wait(view: str, data: dict[str, str], limit: int) -> None:
    statuses = []
    for _ in range(limit + 1):
        client = Client()
        send(client, "opening_who", **UNKNOWN)
        statuses.append(send(client, view, **data).status_code)
    assert statuses.count(429) == 1
    assert statuses[-1] == 429


def test_counters_name_nobody(client: Client) -> None:
    opening(client, dict(UNKNOWN))
    forgotten(client, dict(UNKNOWN))
    judge(NOW)
    assert [key for key in Rate.objects.values_list("key", flat=True) if UNKNOWN["nir"] in key] == []


def test_links_to_one_account_are_three_an_hour_and_the_last_stays_good(
    clock: Traveller,
) -> None:
    """Who asks on and on cannot make each link useless."""
    assure = assure_ready()
    for number in range(5):
        send(Client(REMOTE_ADDR=f"192.0.2.{number}"), "forgotten", nir=assure.beneficiaire.nir)
        judge(NOW)
    assert OutboxMail.objects.count() == 3
    clock.move_to(NOW + HOUR)
    send(Client(), "forgotten", nir=assure.beneficiaire.nir)
    judge(NOW + HOUR)
    assert OutboxMail.objects.count() == 4


# --- Hostile inputs ------------------------------------------------------------------------------

HOSTILE = [
    "'; DROP TABLE accounts_assure;--",
    "<script>alert(1)</script>",
    "\x00",
    "é" * 5000,
    "𝟙" * 13,
    "٣" * 7,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "view", ["opening_who", "opening_proof", "opening_code", "forgotten", "forgotten_by_post"]
)
def test_hostile_input_gets_a_sentence(client: Client, view: str, text: str) -> None:
    send(client, "opening_who", **UNKNOWN)
    names = ("nom", "nir", "date_naissance", "code_postal", "iban", "kind", "serial", "code")
    answer = send(client, view, **dict.fromkeys(names, text))
    assert (answer.status_code, "<title>Erreur" in answer.content.decode()) == (200, True)
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("view", ["opening_link", "forgotten_link"])
def test_token_of_nobody_leads_to_the_page_of_a_link_over(client: Client, view: str) -> None:
    answer = client.get(reverse(view), {"jeton": "x" * 3000}, follow=True)
    assert "Ce lien ne sert plus" in answer.content.decode()


def test_answers_are_kept_in_no_cache(client: Client) -> None:
    views = ["opening_who", "opening_code", "opening_posted", "forgotten", "forgotten_sent", "forgotten_new"]
    kept = {client.get(reverse(view))["Cache-Control"] for view in views}
    assert kept == {"max-age=0, no-cache, no-store, must-revalidate, private"}


def test_nothing_secret_is_shown_again(client: Client) -> None:
    send(client, "opening_who", **facts(stranger()))
    page = send(client, "opening_code", nir=UNKNOWN["nir"], code=CODE).content.decode()
    assert NEW_CODE not in page
