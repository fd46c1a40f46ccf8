"""What people do in the storm: order a card and follow it, declare one lost, review orders.

Who follows an order corrects it when asked to, and, as his way is, waits for the card, cancels the order,
says that the card came, or that it never did.

Nobody trusts what was not answered: each step begins by looking where things stand.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus

from accounts.gestion.otp import code_of
from tests.people import CODE, PASSWORD, TOTP_SECRET
from tests.storm.browser import Browser, Page, reference_in
from tests.storm.promises import Promises
from vitale_portal.references import display

LOOK_AGAIN = 0.5


WAYS = ("waits", "cancels", "confirms", "never came")
# What the tracking page says of an order that nothing more is awaited of.
OVER = ("Carte reçue", "Commande annulée", "NPAI)")


@dataclass(frozen=True)
class Person:
    """An assuré: his NIR, his reference as a beneficiary, the serial of the card he will lose, his way."""

    nir: str
    reference: str
    serial: str = ""
    way: str = WAYS[0]


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
        self.follows(self.orders())

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

    def follows(self, reference: str) -> None:
        """Look at the tracking until the card is there, or will not come; act as one's way is."""
        while True:
            page = self.look(f"/suivi/{reference}/")
            if "Carte reçue</" in page.text:
                self.promises.keep("delivered", reference)
            if any(f"{label}<" in page.text for label in OVER):
                return
            if "/corriger/" in page.text:
                self.corrects(reference)
            self._acts(page, reference)
            time.sleep(LOOK_AGAIN)

    def _acts(self, page: Page, reference: str) -> None:
        """Cancel, or say whether the card came, once the page offers it."""
        received = next((form for form in page.forms if form.action.endswith("/recue/")), None)
        if self.person.way == "cancels" and "/annuler/" in page.text:
            self._confirms("annuler", reference, "Votre commande est annulée.", "cancelled")
        elif self.person.way == "never came" and received:
            self._confirms("jamais-recue", reference, "La carte est désactivée et la", "never came")
        elif self.person.way == "confirms" and received:
            answer = self.browser.post(page, received, {})
            if answer and "Merci. La carte est en service." in answer.text:
                self.promises.keep("received", reference)

    def _confirms(self, act: str, reference: str, words: str, promise: str) -> None:
        """Open the page that says what follows, and go on; what is promised is written down."""
        page = self.look(f"/carte/commande/{reference}/{act}/")
        form = next((form for form in page.forms if not form.action), None)
        answer = self.browser.post(page, form, {}) if form else None
        if answer and words in answer.text:
            self.promises.keep(promise, reference)

    def corrects(self, reference: str) -> None:
        """Replace the photo, then send the order again."""
        page = self.look(f"/carte/commande/{reference}/corriger/")
        upload = page.form("photo-file")
        if upload and not self.browser.post(page, upload, {"photo-file": self.photo}):
            return
        page = self.look(f"/carte/commande/{reference}/corriger/")
        send = next((form for form in page.forms if form.action == "?acte=renvoyer"), None)
        answer = self.browser.post(page, send, {}) if send else None
        if answer and "Votre commande est renvoyée." in answer.text:
            self.promises.keep("corrected", reference)


ASKS_EVERY = 4  # orders: one has its photo asked again


class Agent:
    """An agent at his desk: takes the next order, accepts it or asks for another photo, and so on."""

    def __init__(self, browser: Browser, identifiant: str, promises: Promises) -> None:
        self.browser, self.identifiant, self.promises = browser, identifiant, promises
        self.reviewed = 0

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
        """Take the next order; accept it, or ask for another photo."""
        page = self.claims()
        form = page and page.form("version", "compared")
        if not page or not form:
            time.sleep(LOOK_AGAIN)
            return
        self.reviewed += 1
        if self.reviewed % ASKS_EVERY == 0:
            self.asks_again(page)
            return
        reference = reference_in(page.path)
        answer = self.browser.post(page, form, {"compared": "on"})
        if answer and f"{display(reference)} est acceptée" in answer.text:
            self.promises.keep("accepted", reference)

    def asks_again(self, page: Page) -> None:
        """Ask for another photo: the message shows first, then it is sent."""
        reference = reference_in(page.path)
        asked = next((form for form in page.forms if form.action.endswith("/corriger/")), None)
        shown = self.browser.post(page, asked, {"PHOTO": "EYES"}) if asked else None
        sent = next((form for form in shown.forms if form.hidden.get("PHOTO")), None) if shown else None
        answer = self.browser.post(shown, sent, {"send": "1"}) if shown and sent else None
        if answer and f"{display(reference)} attend une nouvelle pièce" in answer.text:
            self.promises.keep("asked again", reference)

    def claims(self) -> Page | None:
        desk = self.desk()
        form = next((form for form in desk.forms if form.action.endswith("/suivante/")), None)
        return self.browser.post(desk, form, {}) if form else None
