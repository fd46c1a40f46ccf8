"""Attestations: made once, checked by anybody (F4, F9)."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Assure, Beneficiaire
from declarations import attestation as attestations
from declarations import impression
from declarations.attestation import Check, Checked, NoRights, ask_droits, check_code, make_due, pdf_of
from declarations.enums import DeclarationKind
from declarations.models import Attestation
from tests.declarations.situations import TODAY, signed_in
from tests.factories import DAY, NOW, AttestationFactory, BeneficiaireFactory, assure_ready, ayant_droit
from vitale_portal.references import ALPHABET, display

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def renders(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """The template was changed: it gives something else now."""
    monkeypatch.setattr(impression.pdf, "render", lambda *_args, **_kwargs: content)


# --- Made once (F4) ----------------------------------------------------------------------------


@pytest.mark.parametrize("droits", [False, True], ids=["F4 declaration", "F9 rights"])
def test_attestation_is_the_same_bytes_for_ever(monkeypatch: pytest.MonkeyPatch, *, droits: bool) -> None:
    made = AttestationFactory(droits=droits)
    renders(monkeypatch, b"%PDF first")
    first = pdf_of(made)
    renders(monkeypatch, b"%PDF second")
    stored = Attestation.objects.get()
    assert (first, pdf_of(made), pdf_of(stored)) == (b"%PDF first",) * 3
    assert stored.sha256 == hashlib.sha256(first).hexdigest()


def test_attestation_asked_for_before_the_sweep_is_made_at_once(paper: list[str]) -> None:
    made = AttestationFactory()
    pdf_of(made)
    assert (make_due(NOW), paper) == (0, ["pdf/attestation_declaration.html"])


def test_attestation_is_made_by_the_sweep_once(paper: list[str]) -> None:
    made = [AttestationFactory(), AttestationFactory(droits=True)]
    assert (make_due(NOW), make_due(NOW)) == (2, 0)
    assert sorted(paper) == ["pdf/attestation_declaration.html", "pdf/attestation_droits.html"]
    assert [bool(a.pdf and a.sha256) for a in Attestation.objects.filter(pk__in=[m.pk for m in made])] == [
        True,
        True,
    ]


def test_of_two_makers_the_first_to_write_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both render; what one has downloaded is never rewritten."""
    page, sweep = AttestationFactory(), Attestation.objects.get()

    def slow(*_args: Any, **_kwargs: Any) -> bytes:
        renders(monkeypatch, b"%PDF the sweep's")
        pdf_of(sweep)
        return b"%PDF the page's"

    monkeypatch.setattr(impression.pdf, "render", slow)
    assert pdf_of(page) == b"%PDF the sweep's"
    stored = Attestation.objects.get()
    assert (bytes(stored.pdf), stored.sha256) == (
        b"%PDF the sweep's",
        hashlib.sha256(b"%PDF the sweep's").hexdigest(),
    )


def test_sweep_takes_a_batch_the_oldest_first(monkeypatch: pytest.MonkeyPatch, paper: list[str]) -> None:
    monkeypatch.setattr(attestations, "BATCH", 2)
    made = [AttestationFactory(droits=True, requested_at=NOW - days * DAY) for days in (1, 3, 2)]
    assert (make_due(NOW), len(paper)) == (2, 2)
    assert Attestation.objects.get(pdf=None) == made[0]


def test_rights_are_asked_for_the_assure_himself(assure: Assure) -> None:
    asked = ask_droits(assure=assure, now=NOW)
    assert (asked.kind, asked.assure, asked.beneficiaire, asked.declaration, asked.pdf) == (
        "DROITS",
        assure,
        assure.beneficiaire,
        None,
        None,
    )


RIGHTS: dict[str, tuple[dict[str, Any], bool]] = {
    "no end known": ({}, True),
    "until today": ({"rights_until": TODAY}, True),
    "until yesterday": ({"rights_until": TODAY - DAY}, False),
    "E5 this second": ({"beneficiaire__rights_ended_since": NOW}, False),
    "E5 the next second": ({"beneficiaire__rights_ended_since": NOW + SECOND}, True),
}


@pytest.mark.parametrize(("fields", "there"), RIGHTS.values(), ids=RIGHTS)
def test_rights_that_ended_are_not_attested(fields: dict[str, Any], *, there: bool) -> None:
    try:
        ask_droits(assure=assure_ready(**fields), now=NOW)
    except NoRights:
        assert not there
    assert Attestation.objects.count() == int(there)


def test_rights_that_ended_are_told_on_the_page(assure_client: Client, assure: Assure) -> None:
    Beneficiaire.objects.filter(pk=assure.beneficiaire_id).update(rights_ended_since=NOW)
    asked = assure_client.post(reverse("ask_rights"))
    assert (asked.url, Attestation.objects.count()) == (reverse("profile"), 0)


# --- Who may download it -----------------------------------------------------------------------


def attestation_url(made: Attestation) -> str:
    if made.declaration:
        return reverse("declaration_attestation", args=[made.declaration.reference])
    return reverse("rights_attestation", args=[made.reference])


@pytest.mark.usefixtures("paper")
@pytest.mark.parametrize("droits", [False, True], ids=["F4 declaration", "F9 rights"])
def test_attestation_is_streamed_to_its_owner_alone(*, droits: bool) -> None:
    made = AttestationFactory(droits=droits)
    url = attestation_url(made)
    response = signed_in(made.assure).get(url)
    assert (response.status_code, response.content) == (200, pdf_of(Attestation.objects.get()))
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/pdf", "private, no-store")
    name = "attestation-de-droits" if droits else f"attestation-{made.declaration.reference}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}.pdf"'
    assert signed_in(assure_ready()).get(url).status_code == 404


@pytest.mark.usefixtures("paper")
def test_attestation_is_not_the_other_holder_s() -> None:
    made = AttestationFactory()
    other = assure_ready()
    other.rattachements.create(beneficiaire=made.beneficiaire, lien="AYANT_DROIT")
    browser = signed_in(other)
    assert browser.get(made.declaration.get_absolute_url()).status_code == 200
    assert browser.get(attestation_url(made)).status_code == 404


@pytest.mark.usefixtures("paper")
def test_attestation_of_a_declaration_is_not_one_of_rights() -> None:
    made = AttestationFactory()
    browser = signed_in(made.assure)
    assert browser.get(reverse("rights_attestation", args=[made.reference])).status_code == 404


@pytest.mark.usefixtures("paper")
def test_rights_are_asked_and_downloaded(assure_client: Client, assure: Assure) -> None:
    ayant_droit(assure)
    asked = assure_client.post(reverse("ask_rights"))
    made = Attestation.objects.get()
    assert (asked.status_code, asked.url) == (302, attestation_url(made))
    assert assure_client.get(asked.url).content == bytes(Attestation.objects.get().pdf)
    assert assure_client.get(reverse("ask_rights")).status_code == 405


# --- Checked by anybody (F4) -------------------------------------------------------------------


def in_lower_case(code: str) -> str:
    return code.lower()


def with_letters_for_figures(code: str) -> str:
    return code.replace("0", "o").replace("1", "l")


TYPED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "lower case": in_lower_case,
    "in groups": display,
    "spaces": " ".join,
    "spaces around": lambda code: f"  {code} \n",
    "O for 0, l for 1": with_letters_for_figures,
    "O for 0, I for 1": lambda code: code.replace("0", "O").replace("1", "I"),
}
CODE = "Y01Q0T5PKC10GSZ"  # 15 characters; the check character is worked out below


def whole(body: str) -> str:
    """The code of 16 characters that starts so: one check character is right."""
    return next(body + c for c in ALPHABET if check_code(body + c).check != Check.TYPO)


@pytest.fixture
def known() -> Attestation:
    """An attestation with figures one may take for letters in its code."""
    return AttestationFactory(code=whole(CODE), declaration__kind=DeclarationKind.VOL)


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_code_is_genuine_however_typed(known: Attestation, typed: Callable[[str], str]) -> None:
    checked = check_code(typed(known.code))
    assert (checked.check, checked.attestation) == (Check.GENUINE, known)


@pytest.mark.parametrize("position", range(16))
def test_one_wrong_character_is_told_as_a_typing_error(known: Attestation, position: int) -> None:
    code = known.code
    wrong = [code[:position] + c + code[position + 1 :] for c in ALPHABET if c != code[position]]
    assert {check_code(one).check for one in wrong} == {Check.TYPO}
    assert len(wrong) == 31


def test_two_characters_swapped_are_told_as_a_typing_error(known: Attestation) -> None:
    code = known.code
    swapped = {code[:n] + code[n + 1] + code[n] + code[n + 2 :] for n in range(15)} - {code}
    assert {check_code(one).check for one in swapped} == {Check.TYPO}


def test_whole_code_of_nothing_is_unknown(known: Attestation) -> None:  # noqa: ARG001
    assert check_code(whole("0" * 15)) == Checked(Check.UNKNOWN)


MISTYPED: dict[str, Callable[[str], str]] = {
    "too short": lambda code: code[:-1],
    "too long": lambda code: f"{code}0",
    "nothing": lambda _code: "",
    "a letter no code has": lambda code: f"U{code[1:]}",
    "not of this alphabet": lambda code: f"é{code[1:]}",
    "a reference": lambda _code: "7K3F92QX4J",
    "NUL": lambda _code: "\x00",
}


@pytest.mark.parametrize("typed", MISTYPED.values(), ids=MISTYPED)
def test_what_no_code_can_be_is_a_typing_error(known: Attestation, typed: Callable[[str], str]) -> None:
    """F4: never called a forgery."""
    assert check_code(typed(known.code)) == Checked(Check.TYPO)


NAMES = {"camille": ("Camille Jeanne", "DURAND", "C. D."), "accent": ("Éloïse", "ŒUVRARD", "É. Œ.")}


@pytest.mark.parametrize(("prenoms", "nom", "shown"), NAMES.values(), ids=NAMES)
def test_stranger_learns_the_initials(prenoms: str, nom: str, shown: str) -> None:
    who = BeneficiaireFactory(prenoms=prenoms, nom=nom)
    made = AttestationFactory(droits=True, assure=assure_ready(beneficiaire=who))
    assert check_code(made.code).initials == shown


def test_code_is_checked_without_the_pdf(known: Attestation, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        checked = check_code(known.code)
        assert checked.attestation.declaration.carte.serial == known.declaration.carte.serial
    with django_assert_num_queries(0):
        assert check_code(f"1{known.code[1:]}").check == Check.TYPO
