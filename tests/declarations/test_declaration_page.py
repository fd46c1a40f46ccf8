"""Following a declaration, as the site serves it (F1, F4, F5, F8, F9)."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Assure
from carte.enums import CommandeState
from carte.models import Carte
from tests.declarations.situations import DECLARE, LIST, main_of, posted, signed_in, words
from tests.factories import (
    DAY,
    NOW,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    assure_ready,
    ayant_droit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


# --- Following ---------------------------------------------------------------------------------


def actions(response: HttpResponse) -> set[str]:
    """Where one may go, or what one may download, from the main part."""
    return set(re.findall(r'(?:href|action)="(/[^"]*)"', main_of(response)))


def test_confirmation_offers_what_comes_next(assure_client: Client, assure: Assure, carte: Carte) -> None:
    """F4, F5, F8, F9."""
    url = assure_client.post(DECLARE, posted(carte)).url
    page = assure_client.get(url)
    assert actions(page) == {
        f"{reverse('order_start')}?beneficiaire={assure.beneficiaire.reference}",
        f"{url}attestation.pdf",
        f"{url}calendrier.ics",
        reverse("ask_rights"),
        LIST,
    }
    said = words(page)
    assert f"n° … {carte.serial[-4:]}, depuis le 2 novembre 2026 à 10 h 00" in said
    assert "Elle reste désactivée. Remettez-la à votre caisse" in said


def test_declaration_without_a_window_has_no_calendar(assure_client: Client, assure: Assure) -> None:
    CommandeFactory(author=assure, state=CommandeState.IN_REVIEW)
    made = DeclarationFactory(author=assure)
    page = assure_client.get(made.get_absolute_url())
    assert f"{made.get_absolute_url()}calendrier.ics" not in actions(page)


SECRETS = {"circumstances": "sous le pont d’Avignon", "police_reference": "PV-2026-77"}


def test_circumstances_are_seen_by_their_author_alone(assure: Assure) -> None:
    """F1."""
    child = ayant_droit(assure, other := assure_ready())
    carte = CarteFactory(beneficiaire=child)
    mine = signed_in(assure)
    url = mine.post(DECLARE, posted(carte, **SECRETS)).url
    seen = {}
    for who, browser in (("author", mine), ("other", signed_in(other))):
        pages = [browser.get(address) for address in (url, LIST, reverse("inbox"), reverse("demarches"))]
        assert [p.status_code for p in pages] == [200] * 4
        seen[who] = [
            name for name, text in SECRETS.items() for page in pages if text in page.content.decode()
        ]
    assert seen == {"author": list(SECRETS), "other": []}


def test_other_holder_follows_without_the_attestation(assure: Assure) -> None:
    child = ayant_droit(assure, other := assure_ready())
    made = DeclarationFactory(author=assure, carte__beneficiaire=child)
    browser = signed_in(other)
    page = browser.get(made.get_absolute_url())
    assert f"{made.get_absolute_url()}attestation.pdf" not in actions(page) | actions(browser.get(LIST))
    assert "En ligne, par une autre personne du foyer" in words(page)


def test_list_holds_one_s_own_and_those_of_one_s_beneficiaries(assure_client: Client, assure: Assure) -> None:
    own = DeclarationFactory(author=assure, declared_at=NOW - 3 * DAY)
    parent = assure_ready()
    theirs = DeclarationFactory(author=parent, carte__beneficiaire=ayant_droit(assure, parent))
    DeclarationFactory()
    assert list(assure_client.get(LIST).context["declarations"]) == [theirs, own]


def test_list_without_any_says_so(assure_client: Client) -> None:
    said = words(assure_client.get(LIST))
    assert "Aucune carte de votre foyer n’a été déclarée perdue, volée ou hors d’usage." in said


@pytest.mark.parametrize("name", ["declaration", "declaration_attestation", "declaration_calendar"])
def test_stranger_s_declaration_is_not_found(assure_client: Client, name: str) -> None:
    made = DeclarationFactory()
    assert assure_client.get(reverse(name, args=[made.reference])).status_code == 404
