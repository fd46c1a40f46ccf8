"""« Demander une correction »: asked by an assuré (A7). Dealt with: ``tests/test_saisines.py``."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.enums import Notice, RectificationKind
from accounts.models import Assure, OutboxMail, Rectification
from accounts.rectifications import ask_rectification
from tests.factories import NOW, assure_ready

pytestmark = pytest.mark.django_db
KIND = RectificationKind.NOM
SENT = {"kind": KIND.value, "wrong": "DURANT avec un T", "right": "DURAND avec un D"}


def asked(assure: Assure, **fields: Any) -> Rectification:
    given = {"kind": KIND, "wrong": SENT["wrong"], "right": SENT["right"], "now": NOW}
    return ask_rectification(assure=assure, **given | fields)


def test_demand_is_kept_sealed_for_the_caisse_and_acknowledged(assure: Assure) -> None:
    row = asked(assure)
    assert (row.caisse, row.sent_at, row.handled_at) == (assure.caisse, NOW, None)
    with connection.cursor() as cursor:
        cursor.execute('SELECT wrong, "right" FROM accounts_rectification')
        kept = b"".join(bytes(part) for part in cursor.fetchone())
    assert b"DURAN" not in kept
    assert Rectification.objects.get().wrong == SENT["wrong"]
    assert assure.messages.get().notice == Notice.RECTIFICATION_RECEIVED
    assert "DURAN" not in OutboxMail.objects.get().text + assure.messages.get().body


def test_page_takes_the_demand_and_shows_that_it_waits(assure_client: Client, assure: Assure) -> None:
    answer = assure_client.post(reverse("rectification"), SENT)
    assert (answer.status_code, answer.url) == (302, reverse("profile"))
    assert Rectification.objects.get().assure == assure
    for name in ("profile", "rectification"):
        assert "nom de famille. Votre caisse s’en occupe" in assure_client.get(reverse(name)).content.decode()


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, ["kind", "wrong", "right"]),
        (SENT | {"kind": "RIEN"}, ["kind"]),
        (SENT | {"wrong": "  "}, ["wrong"]),
        (SENT | {"right": "é" * 501}, ["right"]),
        (SENT | {"right": "é" * 498 + "\r\n" + "é"}, []),  # an end of line counts as one
        (SENT | {"wrong": "a\x00b"}, ["wrong"]),
    ],
)
def test_page_says_what_is_missing(assure_client: Client, sent: dict[str, str], wrong: list[str]) -> None:
    answer = assure_client.post(reverse("rectification"), sent)
    assert (answer.status_code, Rectification.objects.count()) == ((200, 0) if wrong else (302, 1))
    if wrong:
        assert list(answer.context["form"].errors) == wrong


def test_page_refuses_the_same_thing_in_other_words(assure_client: Client) -> None:
    assure_client.post(reverse("rectification"), SENT)
    form = assure_client.post(reverse("rectification"), SENT | {"right": "DUPONT"}).context["form"]
    assert (list(form.errors), Rectification.objects.count()) == (["kind"], 1)


def test_demands_are_ten_an_hour(assure_client: Client) -> None:
    answers = [assure_client.post(reverse("rectification"), SENT).status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]


def test_others_see_nothing_of_it(client: Client, assure: Assure) -> None:
    asked(assure)
    client.force_login(assure_ready().user, backend="accounts.sign_in.CodePersonnelBackend")
    assert list(client.get(reverse("rectification")).context["waiting"]) == []
