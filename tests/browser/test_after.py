"""After sending, in a browser: a refused photo replaced, with and without the module, and sent again (D2)."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Assure
from carte.enums import CommandeState, PieceKind
from carte.models import Commande
from tests.browser.conftest import SignedIn
from tests.browser.steps import path, picture, press
from tests.factories import to_correct

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def choose(page: Page, rank: int, **file: bytes | str) -> None:
    """Give a file to the piece of that rank, and send it."""
    part = page.locator("[data-upload]").nth(rank)
    part.locator("input[type=file]").first.set_input_files(picture(**file))  # type: ignore[arg-type]
    part.get_by_role("button", name="Envoyer", exact=True).click()


@pytest.mark.parametrize("javascript", [True, False], ids=["module", "plain"])
def test_two_refused_pieces_are_replaced_and_the_order_is_sent_again(
    signed_in: SignedIn, assure: Assure, *, javascript: bool
) -> None:
    commande = to_correct({kind: ["UNREADABLE"] for kind in PieceKind}, author=assure)
    page = signed_in(assure, java_script_enabled=javascript)
    page.goto(path("order_correct", commande))
    choose(page, 1, data=b"GIF89a" * 20_000)
    expect(page.locator("[data-error-summary]")).to_contain_text("GIF")
    for rank in (0, 1):
        choose(page, rank)
        expect(page.get_by_text("conformes")).to_have_count(rank + 1)
    page.get_by_label("Passeport").check()
    press(page, "Renvoyer la commande")
    expect(page.get_by_text("Votre commande est renvoyée.")).to_be_visible()
    assert Commande.objects.get(pk=commande.pk).state == CommandeState.SUBMITTED
