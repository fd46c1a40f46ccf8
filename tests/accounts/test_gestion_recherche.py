"""The search of the desk takes what the portal itself prints (section 11, references; A1, NIR)."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.gestion.recherche import readings
from accounts.models import Assure
from carte.models import Carte, Commande
from declarations.models import Attestation, Declaration
from tests.factories import (
    AgentFactory,
    AttestationFactory,
    CaisseFactory,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    assure_ready,
)
from tests.fixtures import at_desk
from vitale_portal.references import display, new_reference


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2 84 06 01 053 101 79", ["2840601053101"]),
        ("2840601053101", ["2840601053101"]),
        ("2840601053101 78", ["284060105310178"]),
        ("80 25 17", ["802517"]),
        ("Fontanel Camille", ["Fontanel Camille"]),
    ],
    ids=["printed", "stored", "wrong key", "serial", "name"],
)
def test_term_is_read_as_it_is_stored(typed: str, read: list[str]) -> None:
    assert readings(typed) == read


def test_reference_is_read_without_its_hyphens() -> None:
    reference = new_reference()
    while reference.isdecimal():
        reference = new_reference()
    assert readings(display(reference)) == [reference, display(reference)]
    assert readings(reference) == [reference]


def _found(client: Client, model: type[Model], typed: str) -> list[Any]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"  # noqa: SLF001 -- documented
    return list(client.get(reverse(name), {"q": typed}).context["cl"].result_list)


def _row(model: type[Model], assure: Assure) -> Any:
    carte = CarteFactory(beneficiaire=assure.beneficiaire)
    made: dict[type[Model], Any] = {
        Assure: lambda: assure,
        Carte: lambda: carte,
        Commande: lambda: CommandeFactory(author=assure, state="SUBMITTED"),
        Declaration: lambda: DeclarationFactory(author=assure, carte=carte),
        Attestation: lambda: AttestationFactory(assure=assure, beneficiaire=assure.beneficiaire),
    }
    return made[model]()


MODELS = [Assure, Carte, Commande, Declaration, Attestation]


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS)
def test_row_is_found_by_its_person(model: type[Model]) -> None:
    mine, other = assure_ready(), assure_ready()
    mine.beneficiaire.nom, mine.beneficiaire.prenoms = "FONTANEL", "Camille Rose"
    mine.beneficiaire.save()
    row = _row(model, mine)
    _row(model, other)
    desk = at_desk(AgentFactory(groups=("droits",), caisse=mine.caisse))
    nir = mine.beneficiaire.nir_value.formatted
    for typed in (nir, nir.replace(" ", ""), mine.beneficiaire.nir, "fontanel", "Rose", "Camille Fontanel"):
        assert _found(desk, model, typed) == [row], typed


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS)
def test_row_of_another_caisse_is_not_found(model: type[Model]) -> None:
    assure = assure_ready()
    row = _row(model, assure)
    desk = at_desk(AgentFactory(groups=("droits",), caisse=CaisseFactory(code="301")))
    printed = display(getattr(row, "code", "") or getattr(row, "reference", ""))
    for typed in (assure.beneficiaire.nir_value.formatted, assure.beneficiaire.nom, printed or "x"):
        assert _found(desk, model, typed) == []


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Commande, Declaration, Attestation])
def test_row_is_found_by_its_printed_reference(model: type[Model]) -> None:
    assure = assure_ready()
    row = _row(model, assure)
    desk = at_desk(AgentFactory(groups=("droits",), caisse=assure.caisse))
    printed = display(row.code if model is Attestation else row.reference)
    for typed in (printed, printed.lower(), printed.replace("-", " ")):
        assert _found(desk, model, typed) == [row]


@pytest.mark.django_db
def test_part_of_a_nir_finds_no_order() -> None:
    """Try by try, it would tell a NIR to who is shown none."""
    assure = assure_ready()
    _row(Commande, assure)
    desk = at_desk(AgentFactory(groups=("droits",), caisse=assure.caisse))
    assert _found(desk, Commande, assure.beneficiaire.nir[:12]) == []


@pytest.mark.django_db
def test_page_of_an_assure_leads_to_what_is_his() -> None:
    assure = assure_ready()
    declaration = _row(Declaration, assure)
    commande = CommandeFactory(author=assure, state="SUBMITTED")
    for model in (Carte, Commande, Declaration):
        _row(model, assure_ready())
    desk = at_desk(AgentFactory(groups=("droits",), caisse=assure.caisse))
    page = desk.get(reverse("admin:accounts_assure_change", args=[assure.pk])).content.decode()
    for words, model, expected in (
        ("Ses cartes", Carte, [declaration.carte]),
        ("Ses commandes", Commande, [commande]),
        ("Ses déclarations", Declaration, [declaration]),
    ):
        assert words in page
        assert _found(desk, model, assure.beneficiaire.reference) == expected
    reviewer = at_desk(AgentFactory(groups=("contrôle",), caisse=assure.caisse))
    page = reviewer.get(reverse("admin:accounts_assure_change", args=[assure.pk])).content.decode()
    assert "Ses commandes" in page
    assert "Ses cartes" not in page
