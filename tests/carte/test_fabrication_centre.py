"""The simulated centre refuses, the desk reads the lot (D5)."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from carte.controle import accept, claim_next
from carte.enums import CommandeState
from carte.fabrication import seal_lot, ship_due
from carte.fabrication.centre import refusal
from carte.fabrication.prise import draw
from carte.models import Carte, Commande
from carte.motifs import CENTRE, decode
from tests.factories import DAY, HOUR, NOW, AgentFactory, CommandeFactory
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db
SUBMITTED, IN_PRODUCTION, SHIPPED = (
    CommandeState.SUBMITTED,
    CommandeState.IN_PRODUCTION,
    CommandeState.SHIPPED,
)
EVERY_MOTIF = {motif.code for motif in CENTRE}


@pytest.fixture
def _centre_refuses(settings: Settings) -> None:
    settings.VITALE_CENTRE_REFUSAL_RATE = 1.0


@pytest.mark.usefixtures("_centre_refuses")
def test_refused_order_goes_back_first_in_the_queue_and_its_author_is_told() -> None:
    commande = CommandeFactory(state=IN_PRODUCTION, due_at=NOW)
    older = CommandeFactory(state=SUBMITTED, submitted_at=commande.submitted_at - DAY, caisse=commande.caisse)
    assert [ship_due(NOW), ship_due(NOW)] == [1, 0]
    commande.refresh_from_db()
    found = (commande.state, commande.due_at, commande.lot, commande.first_in_queue)
    assert (found, Carte.objects.count()) == ((SUBMITTED, None, None, True), 0)
    event = commande.events.last()
    ((_list, (motif,)),) = decode(event.reason)
    assert (event.actor, motif.code in EVERY_MOTIF) == ("CENTRE", True)
    assert list(Commande.objects.waiting_for(commande.caisse)) == [commande, older]
    message = commande.author.messages.get()
    assert (message.notice, motif.wrong in message.body) == ("commande_refused_by_centre", True)


def test_order_refused_once_is_made_the_next_time(settings: Settings) -> None:
    """Its rank is kept; decided again, it is first no more."""
    settings.VITALE_CENTRE_REFUSAL_RATE = 1.0
    commande = CommandeFactory(state=IN_PRODUCTION, due_at=NOW)
    ship_due(NOW)
    settings.VITALE_CENTRE_REFUSAL_RATE = 0.0
    user = AgentFactory(caisse=commande.caisse).user
    row = claim_next(user=user, now=NOW)
    accept(commande=row, user=user, version=row.version, now=NOW)
    lot = seal_lot(NOW + DAY)
    ship_due(NOW + 3 * DAY)
    row.refresh_from_db()
    assert (row.state, row.lot, row.first_in_queue) == (SHIPPED, lot, False)
    assert (row.submitted_at, row.carte.commande) == (commande.submitted_at, row)


RATES = {0.0: 0, 0.02: 20, 0.5: 500, 1.0: 1000}


@pytest.mark.parametrize(("rate", "about"), RATES.items())
def test_refusals_come_at_their_rate_and_each_reason_comes(
    settings: Settings, rate: float, about: int
) -> None:
    settings.VITALE_CENTRE_REFUSAL_RATE = rate
    rows = [Commande(reference=f"{n:010}", version=4) for n in range(1000)]
    reasons = [reason for row in rows if (reason := refusal(row))]
    assert abs(len(reasons) - about) <= 50
    codes = {motif.code for reason in reasons for _list, motifs in decode(reason) for motif in motifs}
    assert codes == (EVERY_MOTIF if about else set())


def test_draw_is_the_same_for_the_same_and_new_for_a_new_version() -> None:
    row = Commande(reference="ABCDEFGHJK")
    draws = [draw("post", row, 4), draw("post", row, 4), draw("post", row, 5), draw("centre", row, 4)]
    assert (draws[0] == draws[1], len(set(draws))) == (True, 3)
    assert all(0 <= drawn < 1 for drawn in draws)


# --- At the desk -------------------------------------------------------------------------------


def desk(*groups: str) -> Client:
    return at_desk(AgentFactory(groups=groups))


@pytest.mark.parametrize(("group", "status"), [("supervision", 200), ("audit", 403), ("contrôle", 403)])
def test_csv_of_a_lot_is_downloaded_by_supervision_alone(group: str, status: int) -> None:
    CommandeFactory(state=CommandeState.ACCEPTED, due_at=NOW - HOUR)
    lot = seal_lot(NOW)
    client = desk(group)
    response = client.get(reverse("admin:carte_lotfabrication_csv", args=[lot.pk]))
    assert response.status_code == status
    assert LogEntry.objects.count() == (status == 200)
    if status == 200:
        assert response.content.decode() == lot.csv
        assert response["Content-Disposition"] == 'attachment; filename="lot-000001.csv"'
        assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(("group", "offered"), [("supervision", True), ("audit", False)])
def test_page_of_a_lot_names_nobody(group: str, *, offered: bool) -> None:
    commande = CommandeFactory(state=CommandeState.ACCEPTED, due_at=NOW)
    lot = seal_lot(NOW)
    page = desk(group).get(reverse("admin:carte_lotfabrication_change", args=[lot.pk])).content.decode()
    assert (lot.sha256 in page, commande.beneficiaire.nir in page) == (True, False)
    assert ("Télécharger le CSV" in page) is offered
