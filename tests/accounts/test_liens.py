"""Links sent by mail: 30 minutes, one use, nothing in the tables that opens (A4, A5)."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client

from accounts.enums import LinkPurpose
from accounts.liens import end_links, erase_over, find_link, link_url, make_link, use_link
from accounts.models import Assure, MailLink, OutboxMail
from accounts.notices import write_mail
from accounts.outbox import send_due
from accounts.ouverture import erase_over as sweep
from tests.factories import AssureFactory
from tests.ouvrir import NOW

pytestmark = pytest.mark.django_db
SECOND, LIFE = timedelta(seconds=1), timedelta(minutes=30)
FORGOTTEN = LinkPurpose.FORGOTTEN


def made(assure: Assure, purpose: LinkPurpose = FORGOTTEN, **fields: str) -> str:
    return make_link(purpose=purpose, assure=assure, email="a@courriel.example", now=NOW, **fields)


AGES = {"at once": (timedelta(), True), "last second": (LIFE - SECOND, True), "over": (LIFE, False)}


@pytest.mark.parametrize(("age", "good"), AGES.values(), ids=AGES)
def test_link_is_good_for_30_minutes(assure: Assure, age: timedelta, good: bool) -> None:
    token = made(assure)
    assert (find_link(token, FORGOTTEN, NOW + age) is not None) is good
    assert (use_link(token, FORGOTTEN, NOW + age) is not None) is good


def test_acceleration_leaves_a_link_its_time(assure: Assure, settings: object) -> None:
    settings.VITALE_ACCELERATION = 3600
    assert find_link(made(assure), FORGOTTEN, NOW + LIFE - SECOND) is not None


def test_link_serves_once_and_looking_uses_nothing_up(assure: Assure) -> None:
    token = made(assure)
    assert [find_link(token, FORGOTTEN, NOW) for _ in range(3)].count(None) == 0
    found = use_link(token, FORGOTTEN, NOW)
    assert (found.assure, found.email) == (assure, "a@courriel.example")
    assert (use_link(token, FORGOTTEN, NOW), find_link(token, FORGOTTEN, NOW)) == (None, None)


def test_link_serves_its_purpose_alone(assure: Assure) -> None:
    token = made(assure)
    assert [use_link(token, purpose, NOW) for purpose in LinkPurpose if purpose != FORGOTTEN] == [None, None]


@pytest.mark.parametrize("token", ["", "x", "é" * 2000, "\x00"])
def test_token_of_nobody_is_none(assure: Assure, token: str) -> None:
    made(assure)
    assert use_link(token, FORGOTTEN, NOW) is None


def test_new_link_ends_the_former_of_its_purpose_and_person(assure: Assure) -> None:
    other = AssureFactory()
    first, theirs, opening = made(assure), made(other), made(assure, LinkPurpose.OPENING)
    second = made(assure)
    good = [find_link(token, FORGOTTEN, NOW) is not None for token in (first, second, theirs)]
    assert good == [False, True, True]
    assert find_link(opening, LinkPurpose.OPENING, NOW) is not None


def test_ended_links_are_gone(assure: Assure) -> None:
    token = made(assure)
    end_links(assure, FORGOTTEN)
    assert find_link(token, FORGOTTEN, NOW) is None


def test_links_over_are_erased(assure: Assure) -> None:
    made(assure)
    assert (erase_over(NOW + LIFE - SECOND), erase_over(NOW + LIFE), MailLink.objects.count()) == (0, 1, 0)


def test_tokens_differ_and_hold_256_bits(assure: Assure) -> None:
    tokens = {made(assure) for _ in range(20)}
    assert (len(tokens), {len(token) for token in tokens}) == (20, {43})


def raw(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 -- a name of ours
        return repr([[bytes(one) if isinstance(one, memoryview) else one for one in row] for row in cursor])


def test_tables_hold_nothing_that_opens(assure: Assure) -> None:
    """The database in an attacker's hands, the outbox included."""
    token = made(assure)
    write_mail("a@courriel.example", "forgotten_code", at=NOW, link=link_url("forgotten_link", token))
    everything = raw("accounts_maillink") + raw("accounts_outboxmail")
    assert token not in everything


def test_mail_leaves_with_its_link_which_is_then_erased(assure: Assure) -> None:
    link = link_url("forgotten_link", made(assure))
    write_mail("a@courriel.example", "forgotten_code", at=NOW, link=link)
    send_due(NOW)
    (sent,) = mail.outbox
    (html,) = sent.alternatives
    assert [text.count(link) for text in (sent.body, html.content)] == [1, 2]
    with time_machine.travel(NOW + LIFE, tick=False):
        sweep(NOW + LIFE)
    assert OutboxMail.objects.get().secret is None


def test_looking_at_a_link_takes_it_out_of_the_address(client: Client, assure: Assure) -> None:
    """No token in a Referer, nor in the history of who comes after."""
    with time_machine.travel(NOW, tick=False):
        answer = client.get(link_url("forgotten_link", made(assure)).removeprefix("http://localhost:8000"))
    assert (answer.status_code, answer.url) == (302, "/compte/code-oublie/nouveau/")
    assert answer["Referrer-Policy"] == "same-origin"
