"""Reminders to update a card: yearly, and after a change of address, name or rights (section 6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.adresses import tell_usable
from accounts.changements import changed
from accounts.enums import Changement, Notice
from accounts.models import Adresse, Assure, Beneficiaire, Lettre, Message, OutboxMail, SweepRun
from carte.cartes import oppose_carte
from carte.enums import CarteState, CommandeState
from carte.fabrication.poste import deliver
from carte.mises_a_jour import next_reminder, remind_due
from carte.models import Carte, Commande
from carte.tasks import sweep_reminders
from tests.factories import (
    DAY,
    NOW,
    AgentFactory,
    AssureFactory,
    CarteFactory,
    CommandeFactory,
    assure_ready,
    ayant_droit,
)
from tests.fixtures import at_desk
from vitale_portal.transitions import Actor

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def told(assure: Assure) -> list[str]:
    messages = assure.messages.filter(notice=Notice.CARTE_UPDATE).order_by("pk")
    return [" ".join(body.split()) for body in messages.values_list("body", flat=True)]


def carded(assure: Assure, **fields: Any) -> Carte:
    return CarteFactory(**{"beneficiaire": assure.beneficiaire, "remind_at": NOW} | fields)


@pytest.mark.parametrize(
    ("since", "reminder"),
    [
        ("2026-11-02T09:00", "2027-11-02T09:00"),
        ("2028-02-29T10:00", "2029-02-28T10:00"),  # a day that year lacks is the last of its month
        ("2027-02-28T10:00", "2028-02-28T10:00"),
        ("2027-12-31T23:30", "2028-12-31T23:30"),  # 1 January in Paris
        # The same hour in Paris, though that of UTC is another: the change falls on another day each year.
        ("2026-03-28T12:00", "2027-03-28T11:00"),
        ("2027-03-28T11:00", "2028-03-28T11:00"),
        ("2026-10-25T12:00", "2027-10-25T11:00"),
        # 2.30 a.m. does not exist on 28 March 2027: an hour later by the clocks.
        ("2026-03-28T01:30", "2027-03-28T01:30"),
        # 2.30 a.m. comes twice on 31 October 2027: the first of them.
        ("2026-10-31T01:30", "2027-10-31T00:30"),
    ],
)
def test_reminder_comes_a_year_later_by_the_clocks_of_paris(since: str, reminder: str) -> None:
    at, expected = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (since, reminder))
    assert next_reminder(at) == expected


def test_year_is_accelerated(settings: Settings) -> None:
    settings.VITALE_ACCELERATION = 365 * 24
    assert next_reminder(NOW) == NOW + timedelta(hours=1)


def test_card_in_use_is_reminded_of_a_year_later_and_never_once_it_is_not() -> None:
    commande = CommandeFactory(author=assure_ready(), state=CommandeState.SHIPPED)
    deliver([commande], actor=Actor.POST, now=NOW)
    carte = Carte.objects.get()
    assert carte.remind_at == next_reminder(NOW)
    opposed = oppose_carte(carte=carte, actor=Actor.AUTHOR, user=None, reason="", now=NOW + DAY)
    carte.refresh_from_db()
    assert (opposed.remind_at, carte.remind_at) == (None, None)


@pytest.mark.parametrize(
    ("late", "reminders"), [(-SECOND, 0), (timedelta(0), 1), (3 * DAY, 1), (800 * DAY, 1)]
)
def test_sweep_reminds_once_from_the_due_second_on(late: timedelta, reminders: int) -> None:
    assure = assure_ready()
    carte = carded(assure)
    now = NOW + late
    assert (remind_due(now), remind_due(now)) == (reminders, 0)
    carte.refresh_from_db()
    assert carte.remind_at == (next_reminder(now) if reminders else NOW)
    assert (len(told(assure)), OutboxMail.objects.count()) == (reminders, reminders)


def test_each_year_has_its_reminder() -> None:
    assure = assure_ready()
    carded(assure)
    for years in range(3):
        remind_due(NOW + 366 * years * DAY)
    assert len(told(assure)) == 3


@pytest.mark.parametrize("state", [one for one in CarteState if one != CarteState.IN_USE])
def test_card_not_in_use_is_not_reminded_of(state: str) -> None:
    assure = assure_ready()
    carded(assure, state=state)
    assert (remind_due(NOW), told(assure)) == (0, [])


def test_card_to_hand_back_is_not_reminded_of() -> None:
    """E5."""
    assure = assure_ready(beneficiaire__rights_ended_since=NOW)
    carded(assure)
    assert (remind_due(NOW), told(assure)) == (1, [])


def test_all_holders_are_reminded_and_who_has_no_account_by_letter() -> None:
    parent, other = assure_ready(), AssureFactory(user=False)
    CarteFactory(beneficiaire=ayant_droit(parent, other), remind_at=NOW)
    sweep_reminders()
    assert ([" de Lou." in body for body in told(parent)], Lettre.objects.get().assure) == ([True], other)
    assert SweepRun.objects.get().rows == 1


def test_mail_tells_nothing_of_the_person() -> None:
    assure = assure_ready()
    carded(assure)
    remind_due(NOW)
    mail = OutboxMail.objects.get()
    personal = [assure.beneficiaire.prenom, assure.beneficiaire.nom, assure.beneficiaire.nir, "adresse a"]
    assert [one for one in personal if one in mail.text + mail.html + mail.subject] == []


@pytest.mark.parametrize("rows", [1, 30])
def test_sweep_costs_the_same_with_more_cards(rows: int) -> None:
    for _ in range(rows):
        carded(assure_ready())
    with CaptureQueriesContext(connection) as captured:
        assert remind_due(NOW) == rows
    assert len(captured) <= 16


# --- After a change ----------------------------------------------------------------------------


def test_new_address_once_usable_reminds_of_the_cards_of_the_household() -> None:
    assure, other = assure_ready(), AssureFactory()
    carded(assure)
    CarteFactory(beneficiaire=ayant_droit(assure, other))
    ayant_droit(assure)  # without a card
    Adresse.objects.filter(assure=assure).update(notice_due_at=NOW)
    tell_usable(NOW - SECOND)
    assert told(assure) == []
    tell_usable(NOW)
    tell_usable(NOW)
    (body,) = told(assure)
    first = assure.beneficiaire.prenom
    assert body.startswith(
        f"Votre adresse a changé : mettez à jour la carte Vitale de {first} et celle de Lou."
    )
    assert told(other) == []  # where the other parent lives is none of his business


def test_new_address_without_a_card_reminds_nobody() -> None:
    assure = assure_ready()
    Adresse.objects.update(notice_due_at=NOW)
    assert (tell_usable(NOW), told(assure)) == (1, [])


@pytest.mark.parametrize("changement", [Changement.ETAT_CIVIL, Changement.DROITS])
def test_change_of_a_person_tells_every_holder_once_a_day(changement: Changement) -> None:
    parent, other = assure_ready(), AssureFactory()
    child = ayant_droit(parent, other)
    CarteFactory(beneficiaire=child)
    for at in (NOW, NOW + SECOND, NOW + DAY):
        changed.send(sender=Beneficiaire, rows=[child], changement=changement, at=at)
    assert (len(told(parent)), len(told(other))) == (2, 2)
    assert {"nouvelle carte se commande" in body for body in told(parent)} == {
        changement == Changement.ETAT_CIVIL
    }


def droits_client() -> Client:
    return at_desk(AgentFactory(groups=("droits",)))


def fields_of(client: Client, url: str) -> dict[str, Any]:
    """What the form of the admin would send unchanged."""
    shown = client.get(url).context
    forms = [shown["adminform"].form]
    for one in shown["inline_admin_formsets"]:
        forms += [one.formset.management_form, *one.formset.forms]
    sent: dict[str, Any] = {}
    for bound in (field for form in forms for field in form):
        parts = getattr(bound.field.widget, "decompress", lambda value: [value])(bound.value())
        names = (
            [bound.html_name] if len(parts) == 1 else [f"{bound.html_name}_{n}" for n in range(len(parts))]
        )
        sent |= {name: "" if part is None else part for name, part in zip(names, parts, strict=True)}
    return sent


@pytest.mark.parametrize(
    ("change", "reminders"),
    [
        ({}, 0),
        ({"date_naissance": "01/02/1985"}, 0),  # not on the card
        ({"nom": "MARTIN"}, 1),
        ({"nom": "MARTIN", "prenoms": "Camille"}, 1),
        ({"mutation_since_0": "01/11/2026", "mutation_since_1": "10:00:00"}, 1),
        ({"rights_ended_since_0": "01/11/2026", "rights_ended_since_1": "10:00:00"}, 0),  # E5
        ({"nom": "MARTIN", "mutation_since_0": "01/11/2026", "mutation_since_1": "10:00:00"}, 2),
    ],
)
@pytest.mark.time_machine(NOW)
def test_agent_who_changes_a_person_has_the_holders_told(change: dict[str, str], reminders: int) -> None:
    assure = assure_ready()
    carded(assure)
    client = droits_client()
    url = reverse("admin:accounts_beneficiaire_change", args=[assure.beneficiaire.pk])
    sent = fields_of(client, url) | change
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 302  # sent again: nothing is changed
    assert len(told(assure)) == reminders


@pytest.mark.parametrize(
    ("change", "reminders"),
    [
        ({}, 0),
        ({"email": "autre@courriel.example"}, 0),
        ({"exemption": "Maternité"}, 1),
        ({"rights_from": "01/01/2026"}, 1),
    ],
)
def test_agent_who_changes_rights_has_the_assure_told(change: dict[str, str], reminders: int) -> None:
    assure = assure_ready()
    carded(assure)
    client = droits_client()
    url = reverse("admin:accounts_assure_change", args=[assure.pk])
    assert client.post(url, fields_of(client, url) | change).status_code == 302
    assert len(told(assure)) == reminders


def test_agent_who_takes_an_ayant_droit_away_has_the_assure_told() -> None:
    assure = assure_ready()
    carded(assure)
    ayant_droit(assure)
    client = droits_client()
    url = reverse("admin:accounts_assure_change", args=[assure.pk])
    assert client.post(url, fields_of(client, url) | {"rattachements-1-DELETE": "on"}).status_code == 302
    assert (assure.rattachements.count(), len(told(assure))) == (1, 1)


def test_no_card_is_reminded_of_for_orders_alone() -> None:
    CommandeFactory(author=assure_ready(), state=CommandeState.ACCEPTED)
    assert (remind_due(NOW), Message.objects.count(), Commande.objects.count()) == (0, 0, 1)
