"""Each signed-in page costs the same number of queries whatever the size of the tables."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Notice, RectificationKind
from accounts.models import Agent, Assure, Message
from accounts.rectifications import ask_rectification
from carte.copies import plan
from carte.enums import CarteState, CommandeState, PieceKind
from carte.models import Commande, Recapitulatif
from tests.factories import (
    AdresseFactory,
    AgentFactory,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
    to_correct,
    whole_draft,
)
from tests.fixtures import at_desk
from vitale_portal.references import new_reference

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

PAGES = [
    "dashboard", "demarches", "cartes", "inbox", "profile", "address", "order_start", "tracking_list",
    "declare", "declaration_list", "file_looks",
    "email", "email_confirm", "code", "bank", "rectification", "export",
]  # fmt: skip
MOST = 12


def queries(client: Client, url: str) -> int:
    client.get(url)  # the session and the content types are there
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def fill(assure: Assure, rows: int) -> None:
    """So many beneficiaries, cards, orders (running, ended, drafts), addresses and messages."""
    for number in range(rows):
        AdresseFactory(assure=assure, voie=f"{number} RUE DES LILAS")
        Message.objects.create(
            assure=assure, notice=Notice.ADRESSE_USABLE, about=new_reference(), subject="s", body="b",
            written_at=timezone.now(),
        )  # fmt: skip
        carded, ordering, drafting = (ayant_droit(assure) for _ in range(3))
        plan([CarteFactory(beneficiaire=carded)], timezone.now())
        CarteFactory(beneficiaire=ordering, state=CarteState.OPPOSED)
        CommandeFactory(author=assure, beneficiaire=ordering, state=CommandeState.IN_PRODUCTION)
        refused = CommandeFactory(author=assure, beneficiaire=carded, state=CommandeState.REJECTED)
        Recapitulatif.objects.create(commande=refused)
        CommandeFactory(author=assure, beneficiaire=drafting)
        PliFactory(declaration__author=assure, declaration__carte__beneficiaire=drafting)


@pytest.mark.parametrize("name", PAGES)
def test_page_costs_the_same_with_more_rows(assure_client: Client, assure: Assure, name: str) -> None:
    fill(assure, 1)
    at_one = queries(assure_client, reverse(name))
    fill(assure, 2)
    at_three = queries(assure_client, reverse(name))
    fill(assure, 27)
    assert (at_three, queries(assure_client, reverse(name))) == (at_one, at_one)
    assert at_one <= MOST


@pytest.mark.parametrize(
    "name",
    [
        "order_photo",
        "sans_photo",
        "order_identite",
        "order_validation",
        "tracking",
        "order_confirmation",
        "satisfaction",
    ],
)
def test_order_page_costs_the_same_with_more_rows(assure_client: Client, assure: Assure, name: str) -> None:
    sent = name in {"tracking", "order_confirmation", "satisfaction"}
    commande: Commande = (
        CommandeFactory(author=assure, state=CommandeState.SHIPPED) if sent else whole_draft(author=assure)
    )
    Commande.objects.update(photo_conditions_at=timezone.now(), identite_conditions_at=timezone.now())
    url = reverse(name, args=[commande.reference])
    alone = queries(assure_client, url)
    fill(assure, 30)
    assert queries(assure_client, url) == alone
    assert alone <= MOST


def test_page_of_an_error_costs_the_same_with_more_rows(assure_client: Client, assure: Assure) -> None:
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    plan([carte], timezone.now())
    url = reverse("report_error", args=[carte.copie.reference])
    alone = queries(assure_client, url)
    fill(assure, 30)
    assert queries(assure_client, url) == alone
    assert alone <= MOST


@pytest.mark.parametrize("state", [state for state in CommandeState if state != CommandeState.DRAFT])
def test_tracking_costs_the_same_in_each_state(
    assure_client: Client, assure: Assure, state: CommandeState
) -> None:
    url = CommandeFactory(author=assure, state=state).get_absolute_url()
    alone = queries(assure_client, url)
    fill(assure, 30)
    assert queries(assure_client, url) == alone
    assert alone <= MOST


@pytest.mark.parametrize("name", ["order_correct", "correct_sans_photo", "order_cancel", "never_received"])
def test_page_after_sending_costs_the_same_with_more_rows(
    assure_client: Client, assure: Assure, name: str
) -> None:
    shipped = name == "never_received"
    refused = {kind: ["UNREADABLE"] for kind in PieceKind}
    commande = (
        CommandeFactory(author=assure, state=CommandeState.SHIPPED)
        if shipped
        else to_correct(refused, author=assure)
    )
    url = reverse(name, args=[commande.reference])
    alone = queries(assure_client, url)
    fill(assure, 30)
    assert queries(assure_client, url) == alone
    assert alone <= MOST


@pytest.mark.parametrize("with_form", [False, True], ids=["no form", "form"])
def test_declaration_costs_the_same_with_more_rows(
    assure_client: Client, assure: Assure, *, with_form: bool
) -> None:
    declaration = DeclarationFactory(author=assure)
    if with_form:
        PliFactory(declaration=declaration)
    alone = queries(assure_client, declaration.get_absolute_url())
    fill(assure, 30)
    assert queries(assure_client, declaration.get_absolute_url()) == alone
    assert alone <= MOST


def test_home_of_the_desk_costs_the_same_with_more_rows(agent: Agent) -> None:
    client = at_desk(AgentFactory(groups=("contrôle", "droits"), caisse=agent.caisse))

    def wait(rows: int) -> int:
        for _ in range(rows):
            author = assure_ready(caisse=agent.caisse)
            CommandeFactory(author=author, state=CommandeState.SUBMITTED)
            ask_rectification(
                assure=author, kind=RectificationKind.NOM, wrong="DURANT", right="DURAND", now=timezone.now()
            )
        return queries(client, reverse("admin:index"))

    assert len({wait(1), wait(2), wait(27)}) == 1


def test_list_of_orders_costs_the_same_with_more_rows(agent_client: Client, agent: Agent) -> None:
    def there(rows: int) -> int:
        for _ in range(rows):
            CommandeFactory(author=assure_ready(caisse=agent.caisse), state=CommandeState.SUBMITTED)
        return queries(agent_client, reverse("admin:carte_commande_changelist"))

    assert len({there(1), there(2), there(27)}) == 1
