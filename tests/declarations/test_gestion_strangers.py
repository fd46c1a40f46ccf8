"""The agents' side of declarations, asked by those it is not for."""

import pytest
from django.test import Client
from django.urls import reverse

from carte.models import Carte
from declarations.enums import PliState
from declarations.models import PliPapier
from tests.declarations.desk import COURRIER, desk, entry_url, oppose_url, pli_url
from tests.factories import (
    DAY,
    NOW,
    PliFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "pieces_root")]


@pytest.fixture
def pli() -> PliPapier:
    """A form that has left after a loss."""
    return PliFactory(state=PliState.SENT, declaration__declared_at=NOW - 10 * DAY)


# --- Strangers ----------------------------------------------------------------------------------------


def pages(carte: Carte, pli: PliPapier) -> dict[str, tuple[str, str]]:
    """Every page of this desk: how it is asked, and where."""
    return {
        "oppose": ("get", oppose_url(carte)),
        "oppose-post": ("post", oppose_url(carte)),
        "enter": ("get", entry_url(carte)),
        "enter-post": ("post", entry_url(carte)),
        "pdf": ("get", pli_url("pdf", pli)),
        "npai": ("post", pli_url("npai", pli)),
        "close": ("post", pli_url("close", pli)),
        "return": ("get", pli_url("return", pli)),
        "return-post": ("post", pli_url("return", pli)),
        "search": ("get", reverse("admin:declarations_declaration_search")),
        "courrier": ("get", reverse(COURRIER)),
        "courrier-pdf": ("get", reverse(COURRIER + "_pdf")),
    }


@pytest.fixture
def urls(carte: Carte, pli: PliPapier) -> dict[str, tuple[str, str]]:
    return pages(carte, pli)


OF_A_ROW = ["oppose", "oppose-post", "enter", "enter-post", "pdf", "npai", "close", "return", "return-post"]
NAMES = [*OF_A_ROW, "search", "courrier", "courrier-pdf"]
READS = {"audit": {"pdf"}, "supervision": {"pdf"}, "contrôle": set()}


@pytest.mark.parametrize("name", OF_A_ROW)
@pytest.mark.parametrize("groups", [("droits",), ("droits", "audit")], ids=["droits", "who-spans"])
def test_row_of_another_caisse_is_not_found(
    urls: dict[str, tuple[str, str]], name: str, groups: tuple[str, ...]
) -> None:
    method, url = urls[name]
    assert getattr(desk(*groups, caisse="301"), method)(url).status_code == 404


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("group", ["contrôle", "supervision", "audit"])
def test_page_is_closed_to_groups_without_the_right(
    urls: dict[str, tuple[str, str]], name: str, group: str
) -> None:
    method, url = urls[name]
    assert getattr(desk(group), method)(url).status_code == (200 if name in READS[group] else 403)


@pytest.mark.parametrize("name", NAMES)
def test_assure_is_sent_to_the_desks_door(
    assure_client: Client, urls: dict[str, tuple[str, str]], name: str
) -> None:
    """A10."""
    method, url = urls[name]
    response = getattr(assure_client, method)(url)
    assert (response.status_code, response.url.partition("?")[0]) == (302, reverse("admin:login"))
