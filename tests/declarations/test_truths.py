"""What is said is true of who reads it, and one bad row is not the matter of the next."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Beneficiaire, Message
from declarations import impression
from declarations.attestation import NoRights, ask_droits
from declarations.courrier import print_lettres
from declarations.declarer import Faits, declare
from declarations.enums import DeclarationKind
from declarations.models import PliPapier
from declarations.plis import send_due
from tests.factories import (
    DAY,
    NOW,
    AdresseFactory,
    AgentFactory,
    AssureFactory,
    CarteFactory,
    assure_ready,
    ayant_droit,
)

pytestmark = pytest.mark.django_db

FAITS = Faits(kind=DeclarationKind.PERTE, facts_on=NOW.date())


def test_other_holder_is_not_promised_the_attestation() -> None:
    """F2, F4."""
    author, other = assure_ready(), AssureFactory()
    child = ayant_droit(author, other)
    declare(carte=CarteFactory(beneficiaire=child), author=author, faits=FAITS, user=author.user, now=NOW)
    bodies = [Message.objects.get(assure=one).body for one in (author, other)]
    assert ["prête dans votre compte" in body for body in bodies] == [True, False]


def test_who_has_no_account_gets_the_attestation_with_the_letter(paper: list[str]) -> None:
    """F10."""
    author = AssureFactory(user=False)
    AdresseFactory(assure=author)
    agent = AgentFactory()
    carte = CarteFactory(beneficiaire=author.beneficiaire)
    declare(carte=carte, author=author, faits=FAITS, user=agent.user, now=NOW)
    assert "jointe à cette lettre" in author.lettres.get().body
    assert print_lettres(NOW) == 1
    assert paper == ["pdf/lettre.html", "pdf/attestation_declaration.html"]


@pytest.mark.parametrize("flag", ["forbidden_since", "rights_ended_since"])
def test_nothing_is_promised_that_will_not_happen(flag: str) -> None:
    """F2, E3, E5: before and after."""
    author = assure_ready(**{f"beneficiaire__{flag}": NOW - DAY})
    carte = CarteFactory(beneficiaire=author.beneficiaire)
    client = Client()
    client.force_login(author.user, backend="accounts.sign_in.CodePersonnelBackend")
    before = client.get(reverse("declare")).content.decode()
    assert "dans la foulée" not in before
    assert "aucun formulaire papier ne part" in before
    declare(carte=carte, author=author, faits=FAITS, user=author.user, now=NOW)
    assert "préparez une photo" not in Message.objects.get().body


def test_form_that_cannot_be_made_keeps_nobody_waiting(paper: list[str]) -> None:  # noqa: ARG001
    """Section 10."""
    authors = [assure_ready() for _ in range(3)]
    for author in authors:
        carte = CarteFactory(beneficiaire=author.beneficiaire)
        declare(carte=carte, author=author, faits=FAITS, user=author.user, now=NOW)
    Beneficiaire.objects.filter(pk=authors[0].beneficiaire.pk).update(nir="broken", prenoms="")
    later = NOW + 5 * DAY
    with pytest.MonkeyPatch.context() as patch:
        real = impression.pdf.render

        def render(template: str, context: dict[str, PliPapier], **options: bool) -> bytes:
            assert context["pli"].beneficiaire.nir_value
            return real(template, context, **options)

        patch.setattr(impression.pdf, "render", render)
        assert (send_due(later), send_due(later)) == (2, 0)


def test_ended_rights_of_an_ayant_droit_are_not_attested(monkeypatch: pytest.MonkeyPatch) -> None:
    """F9, E5."""
    assure = assure_ready()
    ayant_droit(assure, prenoms="Julie", rights_ended_since=NOW - DAY)
    ayant_droit(assure, prenoms="Lou")
    shown: list[str] = []

    def render(_template: str, context: dict[str, list[Beneficiaire]], **_options: bool) -> bytes:
        shown.extend(one.prenom for one in context["beneficiaires"])
        return b"%PDF-1.7"

    monkeypatch.setattr(impression.pdf, "render", render)
    impression.attestation_pdf(ask_droits(assure=assure, now=NOW))
    assert shown == [assure.beneficiaire.prenom, "Lou"]


def test_rights_not_begun_are_not_attested() -> None:
    with pytest.raises(NoRights):
        ask_droits(assure=assure_ready(rights_from=date(2026, 11, 3)), now=NOW)


def test_rights_asked_again_at_once_are_the_same_attestation() -> None:
    assure = assure_ready()
    first = ask_droits(assure=assure, now=timezone.now())
    assert ask_droits(assure=assure, now=timezone.now()) == first


def test_blank_declaration_is_rendered_once(paper: list[str]) -> None:
    """F8: anybody may ask for it, so often as he likes."""
    assert {Client().get(reverse("blank_declaration")).content for _ in range(3)} == {
        b"%PDF-1.7 pdf/declaration_honneur.html 1 True"
    }
    assert paper == ["pdf/declaration_honneur.html"]
