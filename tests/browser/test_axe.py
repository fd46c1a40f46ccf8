"""Every page of the site, valid and in error: axe-core finds nothing, it fits, an error takes the focus.

An address that no walk of the tour names fails.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Page, expect

from accounts.models import Assure
from tests.addresses import patterns
from tests.browser.conftest import SignedIn
from tests.browser.steps import SPILL
from tests.browser.tour import ANSWERS, IN_ERROR, NO_PAGES, VALID, Walk, mistakes

pytestmark = pytest.mark.browser

NARROW, PHONE, DESK = ({"width": width, "height": 800} for width in (320, 360, 1280))
# A colour half-way to another has no contrast of its own.
STILL = {"viewport": NARROW, "reduced_motion": "reduce"}
AXE = Axe()
# ``target-size`` (WCAG 2.2) is axe-core's only rule to be asked for.
EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
# What may differ: a width changes all, a scheme the colours alone.
LOOKS = ((PHONE, "light", EVERYTHING), (DESK, "light", EVERYTHING), (DESK, "dark", COLOURS))
# A page in error is that page with words more, and stands as it did.
LOOKS_IN_ERROR = ((PHONE, "light", EVERYTHING), (PHONE, "dark", COLOURS))
RUN = "options => axe.run(options)"
HAS_AXE = "() => 'axe' in window"
# What sticks out of its card, or its own words out of it.
OUTSIDE = """(skipped) => [...document.querySelectorAll("main *")].filter((node) => {
  const box = node.getBoundingClientRect();
  const style = getComputedStyle(node);
  if (box.width <= 1 || style.position === "absolute" || node.matches(skipped)) return false;
  const card = node.parentElement.closest(".card, .notice, .upload, main");
  const room = card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight);
  return box.right > room + 1 || (node.clientWidth && node.scrollWidth > node.clientWidth + 1);
}).map((node) => node.outerHTML.slice(0, 200))"""
FIELDS = "main form :is(input:not([type=hidden]), select, textarea)"
SCROLLED = "input, select, textarea, dialog, dialog *"  # have a room of their own


def assert_fits(page: Page) -> None:
    """No sideways scroll; each tab is whole on the screen."""
    assert page.evaluate(SPILL) == 0, page.url
    assert page.evaluate(OUTSIDE, SCROLLED) == [], page.url
    for tab in page.locator(".tabs a").all():
        box = tab.bounding_box()
        assert box is not None
        assert box["x"] >= 0, page.url
        assert box["x"] + box["width"] <= NARROW["width"], page.url


def assert_nothing_found(page: Page, looks: Sequence[tuple[Any, Any, Any]]) -> None:
    """In each of these looks, by axe-core."""
    if not page.evaluate(HAS_AXE):
        page.evaluate(AXE.axe_script)
    for size, scheme, options in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found = AxeResults(page.evaluate(RUN, options))
        assert found.violations_count == 0, f"{page.url}, {size}, {scheme}: {found.generate_report()}"
    page.set_viewport_size(NARROW)


def test_every_address_is_on_a_walk() -> None:
    names = {entry.name for namespace, entry in patterns() if not namespace}
    assert names == set.union(NO_PAGES, *VALID.values())


@pytest.mark.parametrize("walk", VALID, ids=lambda walk: walk.__name__)
def test_page_has_no_fault(signed_in: SignedIn, assure: Assure, walk: Walk) -> None:
    page = signed_in(assure, has_touch=True, permissions=["camera"], **STILL)
    seen, with_fields = set(), set()
    for view in walk(page, assure):
        assert_fits(page)
        assert_nothing_found(page, LOOKS)
        seen.add(view)
        if page.locator(FIELDS).count():
            with_fields.add(view)
    assert seen == VALID[walk]
    assert with_fields <= IN_ERROR | ANSWERS


def test_page_in_error_has_no_fault_and_the_focus_goes_there(
    signed_in: SignedIn, assure: Assure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.sessions.RECENT", timedelta(0))  # the code is asked for wherever it may be
    page = signed_in(assure, **STILL)
    seen = set()
    for view in mistakes(page, assure):
        expect(page.locator("[data-error-summary]")).to_be_focused()
        assert page.title().startswith("Erreur\N{NO-BREAK SPACE}: "), page.url
        assert_fits(page)
        assert_nothing_found(page, LOOKS_IN_ERROR)
        seen.add(view)
    assert seen == IN_ERROR
