"""The agents' side of declarations: entering one, opposing a card, what rows show."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Agent, Assure, Message
from carte.enums import CarteState
from carte.models import Carte
from declarations.enums import PliState
from declarations.models import Declaration, PliPapier
from tests.declarations.desk import desk, entry_url, faults, oppose_url, told
from tests.factories import (
    HOUR,
    NOW,
    AttestationFactory,
    CaisseFactory,
    CarteFactory,
    DeclarationFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
)
from vitale_portal.references import display

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "pieces_root")]
MINUTE = HOUR / 60


# --- A declaration received (F10) ---------------------------------------------------------------


def received(author: Assure, /, **said: Any) -> dict[str, Any]:
    known = {"author": author.pk, "channel": "PHONE", "kind": "PERTE", "facts_on": "2026-11-01"}
    return known | {"circumstances": "Au marché", "police_reference": ""} | said


@pytest.mark.parametrize(("kind", "police"), [("PERTE", ""), ("VOL", "PV 12")], ids=["perte", "vol"])
def test_declaration_received_has_the_same_effects(
    droits: Client, carte: Carte, assure: Assure, kind: str, police: str
) -> None:
    """F10."""
    response = droits.post(
        entry_url(carte), received(assure, kind=kind, police_reference="PV 12"), follow=True
    )
    assert told(response) == ["La déclaration est enregistrée : la carte est en opposition."]
    made = Declaration.objects.get()
    agent = Agent.objects.get()
    assert (made.channel, made.facts_on, made.entered_by, made.author) == (
        "PHONE",
        date(2026, 11, 1),
        agent,
        assure,
    )
    assert (made.circumstances, made.police_reference, made.declared_at) == ("Au marché", police, NOW)
    carte.refresh_from_db()
    assert (carte.state, carte.form_due_at) == (CarteState.OPPOSED, NOW + 96 * HOUR)
    assert [(e.actor, e.by_id) for e in carte.events.all()] == [("AGENT", agent.user.pk)]
    assert PliPapier.objects.get().state == PliState.PLANNED


def test_declaration_entered_twice_is_one(droits: Client, carte: Carte, assure: Assure) -> None:
    """F2."""
    droits.post(entry_url(carte), received(assure), follow=True)
    with time_machine.travel(NOW + MINUTE, tick=False):
        response = droits.post(entry_url(carte), received(assure), follow=True)
    assert told(response) == ["Cette carte était déjà déclarée : voici la déclaration."]
    assert [made.declared_at for made in Declaration.objects.all()] == [NOW]


DATE_REFUSED = "La date des faits n’est ni à venir, ni antérieure à la carte, fabriquée le 4 mai 2020."


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"facts_on": "2026-11-03"}, {"facts_on": [DATE_REFUSED]}),
        ({"facts_on": "2020-05-03"}, {"facts_on": [DATE_REFUSED]}),
        ({"facts_on": ""}, {"facts_on": ["Écrivez le jour, comme 21/11/2026."]}),
        ({"channel": "ONLINE"}, {"channel": ["Choisissez un canal de la liste."]}),
        ({"channel": ""}, {"channel": ["Dites comment la déclaration est arrivée."]}),
        ({"author": 0}, {"author": ["Choisissez un assuré de la liste."]}),
    ],
    ids=["future", "before-the-card", "no-date", "online", "no-channel", "another-author"],
)
def test_declaration_is_refused_beside_the_field(
    droits: Client, carte: Carte, assure: Assure, said: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    """F1."""
    response = droits.post(entry_url(carte), received(assure, **said))
    assert faults(response) == expected
    assert Declaration.objects.count() == 0


def test_card_not_in_use_is_not_declared(droits: Client, assure: Assure) -> None:
    opposed = CarteFactory(beneficiaire=assure.beneficiaire, opposed=True)
    response = droits.post(entry_url(opposed), received(assure))
    sentence = "Cette carte n’est pas en service : elle ne peut pas être déclarée."
    assert faults(response) == {"__all__": [sentence]}
    assert Declaration.objects.count() == 0


def test_child_is_declared_for_a_parent_of_the_caisse(droits: Client) -> None:
    """The other parent's caisse is another: he is no choice here."""
    here, elsewhere = assure_ready(), assure_ready(caisse=CaisseFactory(code="301"))
    lou = CarteFactory(beneficiaire=ayant_droit(elsewhere, here))
    page = droits.get(entry_url(lou))
    assert [h.pk for h in page.context["form"].fields["author"].queryset] == [here.pk]


@pytest.mark.parametrize("typed", ["nir", "nir-with-key", "serial", "spaced"])
def test_card_is_found_by_nir_or_serial(droits: Client, carte: Carte, typed: str) -> None:
    formatted = carte.beneficiaire.nir_value.formatted
    texts_of = {
        "nir": carte.beneficiaire.nir,
        "nir-with-key": formatted,
        "serial": carte.serial,
        "spaced": f" {carte.serial[:5]} {carte.serial[5:]}",
    }
    CarteFactory(beneficiaire=assure_ready().beneficiaire)
    response = droits.post(reverse("admin:declarations_declaration_search"), {"text": texts_of[typed]})
    assert list(response.context["cartes"]) == [carte]
    assert response.content.decode().count(f'href="{entry_url(carte)}"') == 1


def test_card_of_another_caisse_is_not_found(carte: Carte) -> None:
    url = reverse("admin:declarations_declaration_search")
    response = desk("droits", caisse="301").post(url, {"text": carte.serial})
    assert list(response.context["cartes"]) == []
    assert "Aucune carte de votre caisse ne porte ce numéro." in response.content.decode()


# --- Opposition by an agent (section 6) -----------------------------------------------------------


def test_agent_opposes_a_card_for_good(droits: Client, carte: Carte) -> None:
    page = droits.get(oppose_url(carte)).content.decode().replace("\u00a0", " ")
    assert page.count("L’opposition est définitive : cette carte ne pourra plus jamais servir.") == 1
    said = {"reason": "MISUSE", "detail": "Prêtée"}
    response = droits.post(oppose_url(carte), said, follow=True)
    assert told(response) == ["La carte est en opposition."]
    carte.refresh_from_db()
    assert (carte.state, carte.opposed_at, carte.form_due_at) == (CarteState.OPPOSED, NOW, None)
    event = carte.events.get()
    assert (event.actor, event.reason) == ("AGENT", "Usage abusif de la carte – Prêtée")
    assert (Declaration.objects.count(), PliPapier.objects.count()) == (0, 0)
    again = droits.post(oppose_url(carte), said, follow=True)
    assert told(again) == ["Rien n’est changé : la carte est déjà « En opposition »."]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("MISUSE", "Votre caisse a relevé un usage de la carte qui n’est pas permis."),
        ("RIGHTS_ENDED", "Raison : Droits terminés."),
    ],
)
def test_opposition_tells_each_holder_what_it_closes_to_him(
    droits: Client, assure: Assure, reason: str, why: str
) -> None:
    """E3, E5: a flag closes the orders of who carries it, and those made from his account."""
    parent = assure_ready()
    child = ayant_droit(parent)
    closed = {
        assure: ("depuis ce compte", CarteFactory(beneficiaire=assure.beneficiaire)),
        parent: (f"pour {child.prenom}", CarteFactory(beneficiaire=child)),
    }
    for holder, (whose, carte) in closed.items():
        page = droits.get(oppose_url(carte)).content.decode()
        assert "elle ne pourra plus non plus en commander pour les autres personnes de ce compte" in page
        droits.post(oppose_url(carte), {"reason": reason, "detail": ""}, follow=True)
        body = Message.objects.get(assure=holder).body.replace("\u00a0", " ")
        assert body.split("\n\n")[1:] == [
            f"{why} Aucune carte ne peut être commandée en ligne {whose}.",
            "Pour savoir pourquoi ou contester, contactez votre caisse.",
        ]


def test_opposition_needs_its_reason(droits: Client, carte: Carte) -> None:
    response = droits.post(oppose_url(carte), {"detail": "Prêtée"})
    assert faults(response) == {"reason": ["Dites pourquoi : usage abusif, ou droits terminés."]}
    carte.refresh_from_db()
    assert carte.state == CarteState.IN_USE


@pytest.mark.parametrize(
    ("state", "shown"),
    [("IN_TRANSIT", 1), ("IN_USE", 2), ("OPPOSED", 0), ("ENDED", 0), ("HANDED_BACK", 0)],
)
def test_page_of_a_card_offers_what_it_can_bear(
    droits: Client, assure: Assure, state: str, shown: int
) -> None:
    carte = CarteFactory(beneficiaire=assure.beneficiaire, state=state)
    page = droits.get(reverse("admin:carte_carte_change", args=[carte.pk])).content.decode()
    assert page.count(f'href="{oppose_url(carte)}"') + page.count(f'href="{entry_url(carte)}"') == shown


# --- What rows show (F1) ----------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["droits", "supervision", "audit"])
def test_declaration_hides_what_only_its_author_sees(group: str) -> None:
    """F1."""
    made = DeclarationFactory(kind="VOL", circumstances="Dans le tram", police_reference="PV 2026/77")
    client = desk(group)
    page = client.get(reverse("admin:declarations_declaration_change", args=[made.pk])).content.decode()
    listing = client.get(reverse("admin:declarations_declaration_changelist"), {"q": made.reference})
    assert [page.count(text) for text in ("Dans le tram", "PV 2026/77")] == [0, 0]
    assert display(made.reference) in page
    assert list(listing.context["cl"].result_list) == [made]


def test_attestation_shows_no_bytes(droits: Client) -> None:
    attestation = AttestationFactory(pdf=b"%PDF-1.7 secret", sha256="ab" * 32)
    url = reverse("admin:declarations_attestation_change", args=[attestation.pk])
    page = droits.get(url).content.decode()
    assert (page.count("ab" * 32), page.count("secret")) == (1, 0)


@pytest.mark.parametrize("model", ["declaration", "attestation", "plipapier"])
@pytest.mark.parametrize(
    ("group", "caisse", "seen"),
    [("droits", "011", 1), ("droits", "301", 0), ("audit", "301", 1), ("contrôle", "011", None)],
)
def test_rows_are_those_of_the_caisse(model: str, group: str, caisse: str, seen: int | None) -> None:
    pli = PliFactory(state="SENT")
    AttestationFactory(declaration=pli.declaration)
    response = desk(group, caisse=caisse).get(reverse(f"admin:declarations_{model}_changelist"))
    rows = response.context["cl"].result_list if response.status_code == 200 else None
    assert (None if rows is None else len(rows)) == seen


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("model", ["declaration", "attestation", "plipapier"])
def test_list_costs_the_same_for_any_number(
    droits: Client, django_assert_num_queries: Any, model: str, count: int
) -> None:
    for _ in range(count):
        AttestationFactory(declaration=PliFactory(state="SENT").declaration)
    with django_assert_num_queries(8):
        response = droits.get(reverse(f"admin:declarations_{model}_changelist"), {"all": ""})
    assert len(response.context["cl"].result_list) == count
