"""« Notez votre démarche »: one opinion an order, by its author, read without his name (section 7)."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Assure
from carte.enums import Channel, CommandeState
from carte.models import Commande
from suivi.enums import Opinion
from suivi.forms import SatisfactionForm
from suivi.models import Satisfaction
from suivi.models.satisfaction import COMMENT_MAX
from suivi.satisfaction import give_satisfaction, months
from tests.factories import NOW, AgentFactory, AssureFactory, CommandeFactory, ayant_droit
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def commande(assure: Assure) -> Commande:
    return CommandeFactory(author=assure, state=CommandeState.SUBMITTED)


def url(commande: Commande) -> str:
    return reverse("satisfaction", args=[commande.reference])


def confirmation(commande: Commande) -> str:
    return reverse("order_confirmation", args=[commande.reference])


def rows() -> list[tuple[str, str]]:
    return list(Satisfaction.objects.values_list("opinion", "comment"))


def test_confirmation_asks_then_thanks(assure_client: Client, commande: Commande) -> None:
    page = assure_client.get(confirmation(commande)).content.decode()
    assert page.count(f'action="{url(commande)}"') == 1
    assert [page.count(f'value="{face}"') for face in Opinion] == [1, 1]
    given = assure_client.post(
        url(commande), {"opinion": "GOOD", "comment": " Rapide.\r\nMerci. "}, follow=True
    )
    assert given.redirect_chain == [(confirmation(commande), 302)]
    page = given.content.decode()
    assert "votre avis est enregistré" in page
    assert "Merci de nous avoir donné votre avis." in page
    assert f'action="{url(commande)}"' not in page
    assert rows() == [("GOOD", "Rapide.\nMerci.")]


def test_opinion_may_be_changed_and_stays_one(assure_client: Client, commande: Commande) -> None:
    give_satisfaction(commande=commande, opinion=Opinion.GOOD, comment="Simple", now=NOW)
    form = assure_client.get(url(commande)).context["form"]
    assert (form["opinion"].value(), form["comment"].value()) == ("GOOD", "Simple")
    assure_client.post(url(commande), {"opinion": "BAD", "comment": ""})
    assert rows() == [("BAD", "")]


@pytest.mark.parametrize(
    ("posted", "errors"),
    [
        ({}, {"opinion": ["Choisissez l’un des deux visages."]}),
        ({"opinion": "SOSO"}, {"opinion": ["Choisissez l’un des deux visages."]}),
        ({"opinion": "GOOD"}, {}),
        ({"opinion": "BAD", "comment": "a" * COMMENT_MAX}, {}),
        (
            {"opinion": "BAD", "comment": "a" * (COMMENT_MAX + 1)},
            {"comment": ["Trop long\xa0: 501 caractères trouvés, 500 au plus."]},
        ),
    ],
    ids=["nothing", "no face", "face alone", "500", "501"],
)
def test_form_says_what_is_missing(posted: dict[str, str], errors: dict[str, list[str]]) -> None:
    assert SatisfactionForm(posted).errors == errors


def test_refused_form_keeps_the_comment_on_a_page_of_its_own(
    assure_client: Client, commande: Commande
) -> None:
    response = assure_client.post(url(commande), {"comment": "Trop long à remplir"})
    assert response.context["form"]["comment"].value() == "Trop long à remplir"
    assert "Il reste un point à corriger" in response.content.decode()
    assert rows() == []


@pytest.mark.parametrize(
    "fields",
    [{"state": CommandeState.DRAFT}, {"state": CommandeState.SUBMITTED, "channel": Channel.PAPER}],
    ids=["draft", "on paper"],
)
def test_only_an_order_sent_online_is_rated(
    assure_client: Client, assure: Assure, fields: dict[str, str]
) -> None:
    commande = CommandeFactory(author=assure, **fields)
    assert assure_client.post(url(commande), {"opinion": "GOOD"}).status_code == 404
    assert rows() == []


def test_other_holder_does_not_rate(client: Client, assure: Assure) -> None:
    other = AssureFactory()
    commande = CommandeFactory(
        author=assure, beneficiaire=ayant_droit(assure, other), state=CommandeState.SUBMITTED
    )
    client.force_login(other.user, backend="accounts.sign_in.CodePersonnelBackend")
    assert client.post(url(commande), {"opinion": "GOOD"}).status_code == 404
    assert rows() == []


def given_at(*instants: datetime, opinion: Opinion = Opinion.GOOD) -> None:
    for instant in instants:
        commande = CommandeFactory(state=CommandeState.SUBMITTED)
        give_satisfaction(commande=commande, opinion=opinion, comment="Bien fait", now=instant)


def test_opinions_are_counted_by_month_of_paris() -> None:
    """23:30 UTC on 30 November is 1 December in Paris."""
    given_at(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 30, 22, 59, tzinfo=UTC))
    given_at(datetime(2026, 11, 30, 23, 30, tzinfo=UTC), opinion=Opinion.BAD)
    counted = [(row["month"].month, row["good"], row["bad"]) for row in months()]
    assert counted == [(12, 0, 1), (11, 2, 0)]


@pytest.mark.parametrize(
    ("group", "status"), [("supervision", 200), ("audit", 200), ("contrôle", 403), ("droits", 403)]
)
def test_opinions_are_for_supervision_and_audit(group: str, status: int) -> None:
    given_at(NOW)
    client = at_desk(AgentFactory(groups=(group,)))
    response = client.get(reverse("admin:suivi_satisfaction_changelist"))
    assert response.status_code == status
    page = response.content.decode()
    assert ("Bien fait" in page, "<td>1</td><td>0</td>" in page) == (status == 200, status == 200)
    assert Commande.objects.get().reference not in page


def test_opinion_is_changed_by_nobody_at_the_desk() -> None:
    given_at(NOW)
    client = at_desk(AgentFactory(groups=("supervision",)))
    one = Satisfaction.objects.get()
    edit = reverse("admin:suivi_satisfaction_change", args=[one.pk])
    assert client.post(edit, {"opinion": "BAD"}).status_code == 403
    assert client.get(reverse("admin:suivi_satisfaction_add")).status_code == 403
    assert rows() == [("GOOD", "Bien fait")]
