"""A provisional code handed over at the counter: two clicks, a page printed (A4)."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import Assure, Trace
from tests.browser.conftest import SignedIn
from tests.factories import AgentFactory
from tests.ouvrir import stranger

pytestmark = pytest.mark.browser
CODE = ".secret-code"


@pytest.fixture
def assure(db: None) -> Assure:  # noqa: ARG001
    return stranger()


@pytest.fixture
def page(signed_in: SignedIn, assure: Assure) -> Page:
    """The form, filled."""
    page = signed_in(AgentFactory(groups=("droits",)))
    page.goto(reverse("admin:accounts_assure_code", args=[assure.pk]))
    page.locator("[name=reason]").fill("n’a pas sa carte")
    page.locator("[name=checked]").check()
    return page


def test_two_clicks_make_one_code_and_show_it(page: Page) -> None:
    page.get_by_role("button", name="Faire un code et le montrer").dblclick()
    expect(page.locator(CODE)).to_be_visible()
    assert Trace.objects.filter(act="CODE_HANDED").count() == 1


def test_page_printed_is_for_the_person(page: Page) -> None:
    page.get_by_role("button", name="Faire un code et le montrer").click()
    expect(page.locator(CODE)).to_be_visible()
    page.emulate_media(media="print")
    hidden = ("#header", ".breadcrumbs", "#content a", "main h1", ".not-printed")
    assert [part for part in hidden if page.locator(part).first.is_visible()] == []
    expect(page.get_by_text("Valable jusqu’au")).to_be_visible()
    assert not page.get_by_text("Recopiez-le").is_visible()
