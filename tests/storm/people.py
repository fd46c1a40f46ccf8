"""What people do in the storm: order and receive a card, declare one lost, review orders.

Nobody trusts what was not answered: each step begins by looking where things stand.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus

from accounts.otp import code_of
from tests.people import CODE, PASSWORD, TOTP_SECRET
from tests.storm.browser import Browser, Page, reference_in
from tests.storm.promises import Promises

LOOK_AGAIN = 0.5


@dataclass(frozen=True)
class Person:
    """An assuré: his NIR, his reference as a beneficiary, the serial of the card he will lose, if any."""

    nir: str
    reference: str
    serial: str = ""


class Assure:
    """An assuré at his browser."""

    def __init__(self, browser: Browser, person: Person, promises: Promises, photo: bytes) -> None:
        self.browser, self.person, self.promises, self.photo = browser, person, promises, photo

    def look(self, path: str) -> Page:
        """Give a page, signing in when asked to."""
        page = self.browser.get(path)
        while page.path.startswith("/connexion/") and (form := page.form("nir", "code")):
            self.browser.post(page, form, {"nir": self.person.nir, "code": CODE})
            page = self.browser.get(path)
        return page

    def lives(self) -> None:
        """Declare one's card lost if one has one, then order one and wait for it."""
        if self.person.serial:
            self.declares()
        self.receives(self.orders())

    def declares(self) -> None:
        while not (found := self._declaration()):
            page = self.look("/declarations/nouvelle/")
            form = page.form("cartes", "kind", "facts_on")
            if form is not None:
                answer = {"cartes": self.person.serial, "kind": "PERTE", "facts_on": date.today().isoformat()}  # noqa: DTZ011
                self.browser.post(page, form, answer)
        self.promises.keep("declared", found)

    def _declaration(self) -> str:
        page = self.look("/declarations/")
        start = page.text.find('href="/declarations/')
        while start >= 0:
            path = page.text[start + 6 :].partition('"')[0]
            if reference := reference_in(path):
                return reference
            start = page.text.find('href="/declarations/', start + 1)
        return ""

    def orders(self) -> str:
        """Go from step to step until the confirmation; give the reference it shows."""
        reference = ""
        while True:
            page = self.look(f"/carte/commande/{reference}/" if reference else "/carte/commander/")
            if page.path.endswith("/confirmation/") or "/suivi/" in page.path:
                self.promises.keep("sent", reference)
                return reference
            if page.status == HTTPStatus.NOT_FOUND:  # the draft was left for too long, and purged (C3)
                reference = ""
                continue
            answer = self._step(page)
            if answer is not None:
                reference = reference_in(answer.path) or reference
            else:
                time.sleep(LOOK_AGAIN)

    def _step(self, page: Page) -> Page | None:
        """Do what the page asks for."""
        fields = {
            "beneficiaire": {"beneficiaire": self.person.reference},
            "nature": {"nature": "PASSEPORT"},
            "statement": {"adresse": "on", "statement": "on"},
            "file": {"file": self.photo},
            "action": {},
        }
        for name, values in fields.items():
            form = page.form(name)
            if form is not None and "/pivoter/" not in form.action and "/supprimer/" not in form.action:
                return self.browser.post(page, form, values)
        return None

    def receives(self, reference: str) -> None:
        """Look at the tracking until the card is there, or will not come."""
        while True:
            page = self.look(f"/suivi/{reference}/")
            if "Carte reçue</" in page.text:
                self.promises.keep("delivered", reference)
            if any(f"{label}<" in page.text for label in ("Carte reçue", "Commande annulée", "NPAI)")):
                return
            time.sleep(LOOK_AGAIN)


class Agent:
    """An agent at his desk: takes the next order, accepts it, and so on."""

    def __init__(self, browser: Browser, identifiant: str, promises: Promises) -> None:
        self.browser, self.identifiant, self.promises = browser, identifiant, promises

    def desk(self) -> Page:
        page = self.browser.get("/gestion/")
        while form := page.form("username", "password"):
            self.browser.post(page, form, {"username": self.identifiant, "password": PASSWORD})
            page = self.browser.get("/gestion/")
            page = self.gives_code(page)
        return page

    def gives_code(self, page: Page) -> Page:
        """Give the code of the moment until one is taken: none is taken twice, nor too soon after another."""
        while "/gestion/code/" in page.path and (form := page.form("code")):
            self.browser.post(page, form, {"code": code_of(TOTP_SECRET, datetime.now(UTC))})
            page = self.browser.get("/gestion/")
            if "/gestion/code/" in page.path:
                time.sleep(LOOK_AGAIN)
        return page

    def reviews(self) -> None:
        """Take the next order and accept it."""
        page = self.claims()
        form = page and page.form("version", "compared")
        if not page or not form:
            time.sleep(LOOK_AGAIN)
            return
        reference = reference_in(page.path)
        answer = self.browser.post(page, form, {"compared": "on"})
        if answer and f"{reference} est acceptée" in answer.text:
            self.promises.keep("accepted", reference)

    def claims(self) -> Page | None:
        desk = self.desk()
        form = next((form for form in desk.forms if form.action.endswith("/suivante/")), None)
        return self.browser.post(desk, form, {}) if form else None
