"""« Demander une correction »: asked by an assuré, dealt with by an agent, told (A7)."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from accounts.enums import Act, Notice, RectificationKind, RectificationOutcome
from accounts.models import Assure, OutboxMail, Rectification, Trace
from accounts.rectifications import AlreadyAsked, AlreadyHandled, ask_rectification, handle_rectification
from tests.factories import HOUR, NOW, AgentFactory, CaisseFactory, assure_ready
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db
KIND = RectificationKind.NOM
SENT = {"kind": KIND.value, "wrong": "DURANT avec un T", "right": "DURAND avec un D"}


def asked(assure: Assure, **fields: Any) -> Rectification:
    given = {"kind": KIND, "wrong": SENT["wrong"], "right": SENT["right"], "now": NOW}
    return ask_rectification(assure=assure, **given | fields)


def desk(group: str, caisse: str = "011") -> Client:
    return at_desk(AgentFactory(groups=(group,), caisse=CaisseFactory(code=caisse)))


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


def test_demand_sent_twice_is_one(assure: Assure) -> None:
    assert asked(assure) == asked(assure, now=NOW + HOUR)
    assert assure.messages.count() == 1
    with pytest.raises(AlreadyAsked):
        asked(assure, right="DUPONT")
    assert asked(assure, kind=RectificationKind.MEDECIN) != asked(assure)


def test_database_holds_one_open_demand_a_kind(assure: Assure) -> None:
    row = asked(assure)
    row.pk, row.reference = None, "0000000000"
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (RectificationOutcome.DONE, "corrigé dans votre dossier"),
        (RectificationOutcome.PROOF, "besoin d’un justificatif"),
        (RectificationOutcome.INSEE, "service en ligne"),
        (RectificationOutcome.RIGHT, "votre dossier est juste"),
    ],
)
def test_demand_is_dealt_with_once_told_and_traced(
    assure: Assure, outcome: RectificationOutcome, words: str
) -> None:
    row, user = asked(assure), AgentFactory().user
    handle_rectification(rectification=row, user=user, outcome=outcome, now=NOW + HOUR)
    with pytest.raises(AlreadyHandled):
        handle_rectification(rectification=row, user=user, outcome=outcome, now=NOW + HOUR)
    assert words in assure.messages.get(notice=Notice.RECTIFICATION_HANDLED).body
    trace = Trace.objects.get()
    assert (trace.act, trace.by, trace.beneficiaire, trace.words) == (
        Act.DECIDED, user, assure.beneficiaire, outcome.label,
    )  # fmt: skip
    assert asked(assure, now=NOW + 2 * HOUR) != row


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


def handle_url(row: Rectification) -> str:
    return reverse("admin:accounts_rectification_handle", args=[row.pk])


def test_desk_reads_it_deals_with_it_and_says_so_once(assure: Assure) -> None:
    row, client = asked(assure), desk("droits")
    page = client.get(reverse("admin:accounts_rectification_change", args=[row.pk])).content.decode()
    assert all(word in page for word in (SENT["wrong"], SENT["right"], handle_url(row)))
    assert "Choisissez la suite" in client.post(handle_url(row), {}, follow=True).content.decode()
    page = client.post(handle_url(row), {"outcome": "DONE"}, follow=True).content.decode()
    assert ("La demande est traitée" in page, handle_url(row) in page) == (True, False)
    assert "déjà traitée" in client.post(handle_url(row), {"outcome": "PROOF"}, follow=True).content.decode()
    row.refresh_from_db()
    assert row.outcome == RectificationOutcome.DONE


@pytest.mark.parametrize(
    ("group", "caisse", "looks", "handles"),
    [
        ("droits", "011", 200, 302),
        ("droits", "301", 404, 404),
        ("contrôle", "011", 403, 403),
        ("supervision", "011", 403, 403),
        ("audit", "301", 200, 403),
    ],
)
def test_desk_is_scoped(assure: Assure, group: str, caisse: str, looks: int, handles: int) -> None:
    row, client = asked(assure), desk(group, caisse)
    shown = reverse("admin:accounts_rectification_change", args=[row.pk])
    assert client.get(shown).status_code == looks
    assert client.post(handle_url(row), {"outcome": "DONE"}).status_code == handles
    assert client.get(handle_url(row)).status_code == 405


def test_others_see_nothing_of_it(client: Client, assure: Assure) -> None:
    asked(assure)
    client.force_login(assure_ready().user, backend="accounts.sign_in.CodePersonnelBackend")
    assert list(client.get(reverse("rectification")).context["waiting"]) == []
