"""« Signaler une erreur » on a card: said by a holder, dealt with by an agent, told (section 6)."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Notice
from accounts.models import Assure, OutboxMail
from carte.copies import plan
from carte.enums import CarteState, SignalementKind, SignalementOutcome
from carte.models import Carte, CopieCarte, Signalement
from carte.signalements import AlreadyHandled, AlreadyOpen, handle, report_error
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AgentFactory,
    AssureFactory,
    CaisseFactory,
    CarteFactory,
    assure_ready,
    ayant_droit,
)
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db
KIND = SignalementKind.NOM
TEXT = "Il faut lire DURANT."


@pytest.fixture
def carte(assure: Assure) -> Carte:
    """A card with its copy."""
    carte: Carte = CarteFactory(beneficiaire=assure.beneficiaire)
    plan([carte], NOW)
    return carte


def said(carte: Carte, assure: Assure, **fields: Any) -> Signalement:
    return report_error(**{"carte": carte, "assure": assure, "kind": KIND, "text": TEXT, "now": NOW} | fields)


def url(carte: Carte) -> str:
    return reverse("report_error", args=[CopieCarte.objects.get(carte=carte).reference])


def agent_browser(group: str, caisse: str = "011") -> Client:
    return at_desk(AgentFactory(groups=(group,), caisse=CaisseFactory(code=caisse)))


def test_error_is_kept_for_the_caisse_and_acknowledged(carte: Carte, assure: Assure) -> None:
    row = said(carte, assure)
    assert (row.carte, row.caisse, row.sent_at, row.handled_at) == (carte, assure.caisse, NOW, None)
    message = assure.messages.get()
    assert (message.notice, carte.serial[-4:] in message.body) == (Notice.SIGNALEMENT_RECEIVED, True)
    mail = OutboxMail.objects.get()
    assert assure.beneficiaire.prenom not in mail.text + mail.subject


def test_error_said_twice_is_one(carte: Carte, assure: Assure) -> None:
    assert said(carte, assure) == said(carte, assure, now=NOW + HOUR)
    assert assure.messages.count() == 1
    with pytest.raises(AlreadyOpen):
        said(carte, assure, text="Autre chose.")
    assert said(carte, assure, kind=SignalementKind.PHOTO) != said(carte, assure)


def test_error_dealt_with_may_be_said_again(carte: Carte, assure: Assure) -> None:
    first = said(carte, assure)
    handle(signalement=first, user=AgentFactory().user, outcome=SignalementOutcome.RIGHT, now=NOW + HOUR)
    assert said(carte, assure, now=NOW + DAY) != first


def test_database_holds_one_open_error_a_line(carte: Carte, assure: Assure) -> None:
    row = said(carte, assure)
    row.pk, row.reference = None, "0000000000"
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


def test_error_is_dealt_with_once(carte: Carte, assure: Assure) -> None:
    row, first = said(carte, assure), AgentFactory().user
    handle(signalement=row, user=first, outcome=SignalementOutcome.UPDATE, now=NOW + HOUR)
    with pytest.raises(AlreadyHandled):
        handle(signalement=row, user=AgentFactory().user, outcome=SignalementOutcome.RIGHT, now=NOW + DAY)
    row.refresh_from_db()
    assert (row.handled_by, row.handled_at, row.outcome) == (first, NOW + HOUR, SignalementOutcome.UPDATE)
    assert assure.messages.filter(notice=Notice.SIGNALEMENT_HANDLED).count() == 1


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (SignalementOutcome.UPDATE, "Mettez la carte à jour"),
        (SignalementOutcome.NEW_CARD, "commandez-en une nouvelle"),
        (SignalementOutcome.RIGHT, "la carte est juste"),
        (SignalementOutcome.PROOF, "besoin d’un justificatif"),
    ],
)
def test_person_is_told_what_came_of_it(
    carte: Carte, assure: Assure, outcome: SignalementOutcome, words: str
) -> None:
    handle(signalement=said(carte, assure), user=AgentFactory().user, outcome=outcome, now=NOW)
    assert words in assure.messages.get(notice=Notice.SIGNALEMENT_HANDLED).body


# --- The page ----------------------------------------------------------------------------------


def test_page_shows_the_card_and_takes_the_error(assure_client: Client, carte: Carte, assure: Assure) -> None:
    page = assure_client.get(url(carte)).content.decode()
    assert (carte.nom in page, assure.beneficiaire.nir_value.masked in page) == (True, True)
    answer = assure_client.post(url(carte), {"kind": KIND, "text": TEXT})
    assert (answer.status_code, answer["Location"]) == (302, reverse("cartes"))
    row = Signalement.objects.get()
    assert (row.kind, row.text, row.assure) == (KIND, TEXT, assure)
    assert "Déjà signalé" in assure_client.get(url(carte)).content.decode()


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, ["kind", "text"]),
        ({"kind": "AUTRE", "text": TEXT}, ["kind"]),
        ({"kind": KIND, "text": "   "}, ["text"]),
        ({"kind": KIND, "text": "é" * 501}, ["text"]),
        ({"kind": KIND, "text": "é" * 499 + "\r\n" + "é"}, ["text"]),
        ({"kind": KIND, "text": "é" * 498 + "\r\n" + "é"}, []),  # an end of line counts as one
        ({"kind": KIND, "text": "é" * 500}, []),
    ],
)
def test_page_says_what_is_missing(
    assure_client: Client, carte: Carte, sent: dict[str, str], wrong: list[str]
) -> None:
    answer = assure_client.post(url(carte), sent)
    assert (answer.status_code, Signalement.objects.count()) == ((200, 0) if wrong else (302, 1))
    if wrong:
        assert list(answer.context["form"].errors) == wrong


def test_page_refuses_the_same_thing_in_other_words(assure_client: Client, carte: Carte) -> None:
    assure_client.post(url(carte), {"kind": KIND, "text": TEXT})
    answer = assure_client.post(url(carte), {"kind": KIND, "text": "Autre chose."})
    assert list(answer.context["form"].errors) == ["kind"]
    assert Signalement.objects.count() == 1


@pytest.mark.parametrize("state", [CarteState.OPPOSED, CarteState.ENDED, CarteState.HANDED_BACK])
def test_dead_card_has_nothing_to_correct(assure_client: Client, carte: Carte, state: str) -> None:
    Carte.objects.filter(pk=carte.pk).update(state=state)
    for answer in (
        assure_client.get(url(carte)),
        assure_client.post(url(carte), {"kind": KIND, "text": TEXT}),
    ):
        assert (answer.status_code, answer["Location"]) == (302, reverse("cartes"))
    assert not Signalement.objects.exists()


def test_page_is_for_the_holders_alone(carte: Carte, assure: Assure) -> None:
    stranger = Client()
    stranger.force_login(assure_ready().user, backend="accounts.sign_in.CodePersonnelBackend")
    assert {stranger.get(url(carte)).status_code, stranger.post(url(carte)).status_code} == {404}
    other = AssureFactory()
    theirs = CarteFactory(beneficiaire=ayant_droit(assure, other))
    plan([theirs], NOW)
    parent = Client()
    parent.force_login(other.user, backend="accounts.sign_in.CodePersonnelBackend")
    assert parent.get(url(theirs)).context["carte"] == theirs


def test_page_does_not_show_what_the_other_parent_said(assure_client: Client, assure: Assure) -> None:
    other = AssureFactory()
    theirs = CarteFactory(beneficiaire=ayant_droit(assure, other))
    plan([theirs], NOW)
    said(theirs, other)
    assert list(assure_client.get(url(theirs)).context["waiting"]) == []


# --- The desk ----------------------------------------------------------------------------------


def handle_url(row: Signalement) -> str:
    return reverse("admin:carte_signalement_handle", args=[row.pk])


def test_desk_deals_with_an_error_and_says_so_once(carte: Carte, assure: Assure) -> None:
    row, desk = said(carte, assure), agent_browser("droits")
    shown = reverse("admin:carte_signalement_change", args=[row.pk])
    page = desk.get(shown).content.decode()
    assert (TEXT in page, handle_url(row) in page) == (True, True)
    assert "Choisissez la suite" in desk.post(handle_url(row), {}, follow=True).content.decode()
    page = desk.post(handle_url(row), {"outcome": "RIGHT"}, follow=True).content.decode()
    assert ("Le signalement est traité" in page, handle_url(row) in page) == (True, False)
    page = desk.post(handle_url(row), {"outcome": "PROOF"}, follow=True).content.decode()
    assert "déjà traité" in page
    row.refresh_from_db()
    assert row.outcome == SignalementOutcome.RIGHT


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
def test_desk_is_scoped(
    carte: Carte, assure: Assure, group: str, caisse: str, looks: int, handles: int
) -> None:
    row, desk = said(carte, assure), agent_browser(group, caisse)
    shown = reverse("admin:carte_signalement_change", args=[row.pk])
    assert desk.get(shown).status_code == looks
    assert desk.post(handle_url(row), {"outcome": "RIGHT"}).status_code == handles
    assert desk.get(handle_url(row)).status_code == 405


def test_list_costs_the_same_with_more_rows(assure: Assure) -> None:
    desk = agent_browser("droits")

    def queries(rows: int) -> int:
        for _ in range(rows):
            said(CarteFactory(caisse=assure.caisse), assure)
        desk.get(reverse("admin:carte_signalement_changelist"))
        with CaptureQueriesContext(connection) as captured:
            desk.get(reverse("admin:carte_signalement_changelist"))
        return len(captured)

    assert queries(1) == queries(2)
