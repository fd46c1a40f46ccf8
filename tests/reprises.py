"""Forms sent once their session is over (A6): what is sent, and the browser that sends it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from time_machine import Traveller

from accounts import reprises
from accounts.models import Agent, Assure
from carte.models import Commande
from tests.factories import jpeg
from tests.visitor import Visitor

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOME, RESUME = "/accueil/", "/reprendre/"
DOOR = f"/connexion/?garde=1&next={RESUME}"
WRITTEN = {"reason": "MEDICAL", "text": "Je ne peux pas quitter mon lit."}
AGAIN = {reprises.FIELD: "1"}


class Late(Visitor):
    """The browser of somebody signed in, whose forms come too late."""

    def __init__(self, who: Assure | Agent, clock: Traveller) -> None:
        super().__init__()
        self.who, self.clock = who, clock
        self.sign_in(who)

    def send_late(self, data: dict[str, Any], url: str = "", *, page: str = "") -> Any:
        """Send a form of the page, or of another opened first, fifteen minutes later."""
        if page:
            self.open(page)
        self.clock.shift(15 * MINUTE)
        return self.send(data, url)

    @contextmanager
    def another_tab(self) -> Iterator[None]:
        """Do something in another tab, fifteen minutes later, then come back to this one."""
        tab = self.tab()
        self.clock.shift(15 * MINUTE)
        yield
        self.back(tab)

    def offered(self) -> str:
        """Sign in again by the door one was sent to; give the page that offers what was kept."""
        self.sign_in(self.who, DOOR)
        return self.open(RESUME).content.decode()

    def finds_nothing(self) -> bool:
        """Whether the page that offers what was kept leads home."""
        return self.open(RESUME).redirect_chain == [(HOME, 302)]


def step(name: str, commande: Commande) -> str:
    return reverse(name, args=[commande.reference])


def photo(data: bytes | None = None) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("ma photo.jpg", jpeg() if data is None else data)}


def is_explained(draft: Commande) -> bool:
    """Whether an explanation took the place of the photo."""
    return draft.pieces.get(replaced_at=None, kind="PHOTO").is_explanation
