"""The same thing asked four times at once, again and again: what a row lock is for.

A missing lock shows as a page that fails, as the constraints then have the last word.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.storm.browser import Browser, Fields, Form, Page
from tests.storm.people import Agent, Assure

AT_ONCE = 4


def at_once(browser: Browser, page: Page, form: Form, fields: Fields) -> list[Page | None]:
    """Send one form four times at the same instant."""
    barrier = Barrier(AT_ONCE, timeout=30)

    def send() -> Page | None:
        tab = Browser(browser.port, browser.going_on, browser.seen)
        tab.cookies = dict(browser.cookies)
        barrier.wait()
        return tab.post(page, form, fields)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _turn: send(), range(AT_ONCE)))


def send_at_once(assure: Assure, reference: str) -> int:
    """Send a whole draft; give how many of the four were not answered properly."""
    page = assure.look(f"/carte/commande/{reference}/validation/")
    form = page.form("adresse", "statement")
    assert form is not None, page.path
    answers = at_once(assure.browser, page, form, {"adresse": "on", "statement": "on"})
    return sum(answer is None for answer in answers)


def accept_at_once(agent: Agent) -> int:
    """Claim the next order and accept it; give how many of the four were not answered properly."""
    page = agent.claims()
    form = page and page.form("version", "compared")
    assert page is not None
    assert form is not None, page.path
    return sum(answer is None for answer in at_once(agent.browser, page, form, {"compared": "on"}))
