"""Pages on paper: black on white whatever the screen, and the states of a timeline told apart."""

from pathlib import Path

import pytest

from accounts.models import Assure
from carte.enums import CommandeState
from tests.browser.conftest import SignedIn
from tests.factories import CommandeFactory

pytestmark = pytest.mark.browser
STYLES = """() => {
  const dots = [...document.querySelectorAll(".timeline li")].map((li) => getComputedStyle(li, "::before"));
  return {
    ink: getComputedStyle(document.body).color,
    paper: getComputedStyle(document.body).backgroundColor,
    columns: getComputedStyle(document.querySelector(".columns")).display,
    adjust: [...new Set(dots.map((dot) => dot.printColorAdjust))],
    filled: new Set(dots.map((dot) => dot.backgroundColor)).size,
  };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tracking_is_printed_black_on_white(
    signed_in: SignedIn, assure: Assure, tmp_path: Path, scheme: str
) -> None:
    commande = CommandeFactory(author=assure, state=CommandeState.SHIPPED)
    page = signed_in(assure)
    page.goto(commande.get_absolute_url())
    page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
    assert page.evaluate(STYLES) == {
        "ink": "rgb(0, 0, 0)",
        "paper": "rgb(255, 255, 255)",
        "columns": "block",
        "adjust": ["exact"],
        "filled": 2,
    }
    assert page.pdf(path=tmp_path / "suivi.pdf", format="A4").startswith(b"%PDF")
