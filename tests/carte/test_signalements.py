"""« Signaler une erreur » on a card: said by a holder (6). Dealt with: ``tests/test_saisines.py``."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Act, Notice
from accounts.models import Agent, Assure, OutboxMail, Trace
from accounts.saisines import handle
from carte.copies import plan
from carte.enums import CarteState, SignalementKind, SignalementOutcome
from carte.models import Carte, CopieCarte, Signalement
from carte.signalements import report_error
from tests.factories import HOUR, NOW, AssureFactory, CarteFactory, assure_ready, ayant_droit

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


def test_error_is_kept_for_the_caisse_and_acknowledged(carte: Carte, assure: Assure) -> None:
    row = said(carte, assure)
    assert (row.carte, row.caisse, row.sent_at, row.handled_at) == (carte, assure.caisse, NOW, None)
    message = assure.messages.get()
    assert (message.notice, carte.serial[-4:] in message.body) == (Notice.SIGNALEMENT_RECEIVED, True)
    mail = OutboxMail.objects.get()
    assert assure.beneficiaire.prenom not in mail.text + mail.subject


def test_error_on_the_card_of_a_child_is_traced_in_his_file(assure: Assure, agent: Agent) -> None:
    child = ayant_droit(assure)
    row = said(CarteFactory(beneficiaire=child), assure)
    handle(saisine=row, user=agent.user, outcome=SignalementOutcome.RIGHT, now=NOW + HOUR)
    assert Trace.objects.get(act=Act.DECIDED).beneficiaire == child


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
