"""« Vérifier une attestation »: anybody may, so often an hour (F4)."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Rate
from declarations.enums import DeclarationKind
from declarations.views import CHECKS_AN_HOUR
from tests.declarations.situations import words
from tests.factories import HOUR, NOW, AttestationFactory, BeneficiaireFactory, assure_ready

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
UNKNOWN = "0000000000000000"  # its check character is right


def check(code: str, client: Client | None = None, **headers: Any) -> HttpResponse:
    return (client or Client()).post(reverse("verify"), {"code": code}, **headers)


def status_of(response: HttpResponse) -> list[str]:
    """The heading of the answer, and what follows."""
    found = re.findall(r'role="status">(.*?)</div>\s*<form', response.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


@pytest.fixture
def declared() -> Any:
    """The attestation of a stolen card."""
    author = assure_ready(beneficiaire=BeneficiaireFactory(prenoms="Philomène Odile", nom="KERVAZOU"))
    return AttestationFactory(declaration__author=author, declaration__kind=DeclarationKind.VOL)


GENUINE = (
    "Cette attestation est authentique Document Attestation de déclaration Initiales P. K. "
    "Nature Vol Carte en opposition depuis le 1er novembre 2026 à 10 h 00"
)


def test_genuine_says_kind_initials_and_since_when(declared: Any) -> None:
    assert status_of(check(declared.code)) == [GENUINE]


def test_genuine_says_nothing_more(declared: Any) -> None:
    page = check(declared.code).content.decode()
    who, carte = declared.beneficiaire, declared.declaration.carte
    secrets = [who.nom, "Philomène", who.nir, carte.serial, declared.declaration.reference]
    assert [secret for secret in secrets if secret in page] == []


def test_genuine_attestation_of_rights_says_when(client: Client) -> None:
    made = AttestationFactory(
        droits=True, assure=assure_ready(beneficiaire__prenoms="Ève", beneficiaire__nom="AÏT")
    )
    said = (
        "Cette attestation est authentique Document Attestation de droits Initiales È. A. "
        "Établie 1er novembre 2026 à 10 h 00"
    )
    assert status_of(check(made.code, client)) == [said]


HEADINGS = {
    "typing error": ("1000000000000000", "Ce code est mal recopié"),
    "unknown": (UNKNOWN, "Ce code est inconnu"),
    "too short": ("123", "Ce code est mal recopié"),
    "markup": ("<b>gras</b>", "Ce code est mal recopié"),
}


@pytest.mark.parametrize(("code", "heading"), HEADINGS.values(), ids=HEADINGS)
def test_wrong_code_says_what_is_wrong(code: str, heading: str) -> None:
    response = check(code)
    assert (response.status_code, [said.startswith(heading) for said in status_of(response)]) == (200, [True])


def test_code_scanned_is_checked_at_once(declared: Any) -> None:
    """The QR brings it in the address."""
    assert status_of(Client().get(reverse("verify"), {"code": declared.code})) == [GENUINE]


@pytest.mark.parametrize("how", ["get", "post"])
def test_no_code_asks_for_one_and_costs_nothing(client: Client, how: str) -> None:
    response = client.get(reverse("verify")) if how == "get" else check(" ", client)
    assert (response.status_code, status_of(response), Rate.objects.count()) == (200, [], 0)
    assert ("Écrivez le code de l’attestation." in words(response)) is (how == "post")


def test_signed_in_one_may_check_too(assure_client: Client, declared: Any) -> None:
    assert status_of(check(declared.code, assure_client)) == [GENUINE]


# --- So often an hour --------------------------------------------------------------------------


def statuses(times: int, **headers: Any) -> list[int]:
    return [check(UNKNOWN, **headers).status_code for _ in range(times)]


def test_thirty_an_hour_then_a_pause() -> None:
    assert CHECKS_AN_HOUR == 30
    with time_machine.travel(NOW, tick=False) as time:
        assert statuses(30) == [200] * 30
        refused = check(UNKNOWN)
        assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
        time.move_to(NOW + HOUR - SECOND)
        refused = check(UNKNOWN)
        assert (refused.status_code, refused["Retry-After"]) == (429, "1")
        time.move_to(NOW + HOUR)
        assert statuses(31) == [200] * 30 + [429]


def test_pause_tells_nothing_of_a_code_even_genuine(declared: Any) -> None:
    with time_machine.travel(NOW, tick=False):
        statuses(30)
        genuine, unknown = check(declared.code), check(UNKNOWN)
        scanned = Client().get(reverse("verify"), {"code": declared.code})
    assert {r.status_code for r in (genuine, unknown, scanned)} == {429}
    assert genuine.content == unknown.content


def test_pause_is_for_one_network_address() -> None:
    with time_machine.travel(NOW, tick=False):
        assert statuses(31, REMOTE_ADDR="192.0.2.1")[-1] == 429
        assert statuses(1, REMOTE_ADDR="192.0.2.2") == [200]


BEHIND: dict[str, tuple[int, str, int]] = {
    "each visitor behind the proxy": (1, "198.51.100.{n}", 200),
    "what one writes oneself does not count": (1, "203.0.113.{n}, 198.51.100.7", 429),
    "without a proxy the header is not believed": (0, "198.51.100.{n}", 429),
    "behind two": (2, "198.51.100.{n}, 10.0.0.2", 200),
}


@pytest.mark.parametrize(("proxies", "header", "last"), BEHIND.values(), ids=BEHIND)
def test_pause_follows_the_visitor_behind_our_proxies(
    settings: Settings, proxies: int, header: str, last: int
) -> None:
    settings.VITALE_PROXIES = proxies
    with time_machine.travel(NOW, tick=False):
        found = [statuses(1, HTTP_X_FORWARDED_FOR=header.format(n=n))[0] for n in range(31)]
    assert found == [200] * 30 + [last]


def test_blank_declaration_is_public(client: Client, paper: list[str]) -> None:
    """F8: without login, to fill in."""
    response = client.get(reverse("blank_declaration"))
    assert (response.status_code, paper) == (200, ["pdf/declaration_honneur.html"])
    assert response.content.endswith(b"True")  # asked for as a form
    assert (response["Content-Type"], response["Cache-Control"]) == (
        "application/pdf",
        "public, max-age=3600",
    )
    assert response["Content-Disposition"] == 'attachment; filename="declaration-sur-l-honneur.pdf"'
