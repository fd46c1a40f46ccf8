"""A browser without JavaScript, strict on tokens: it opens pages and sends their forms."""

import re
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import Agent, Assure
from tests.factories import CODE, PASSWORD

HOST = "http://testserver"


class Visitor(Client):
    """Keeps the last page it opened as one does in a tab: its address, and the token of its forms."""

    def __init__(self, **headers: Any) -> None:
        super().__init__(enforce_csrf_checks=True, **headers)
        self.page = self.token = ""

    def open(self, url: str) -> HttpResponse:
        """Open a page; what is sent next is sent from it."""
        answer = self.get(url, follow=True)
        self.page = answer.request["PATH_INFO"]
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.content.decode())
        self.token = found.group(1) if found else ""
        return answer

    def send(self, data: dict[str, Any], url: str = "", **more: Any) -> HttpResponse:
        """Send a form of the page, to its own address or to another."""
        body = data | {"csrfmiddlewaretoken": self.token}
        return self.post(url or self.page, body, headers={"referer": HOST + self.page}, **more)

    def tab(self) -> tuple[str, str]:
        """Leave this tab as it is; ``back`` comes back to it."""
        return self.page, self.token

    def back(self, tab: tuple[str, str]) -> None:
        """Come back to a tab."""
        self.page, self.token = tab

    def sign_in(self, who: Assure | Agent, url: str = "") -> HttpResponse:
        """Sign in by the door of who it is, or by the address one was sent to."""
        if isinstance(who, Agent):
            url = url or reverse("admin:login")
            data = {"username": who.user.identifiant, "password": PASSWORD}
        else:
            url = url or reverse("sign_in")
            data = {"nir": who.beneficiaire.nir, "code": CODE}
        self.open(url)
        query = re.search(r"next=([^&]+)", url)
        with patch("accounts.views.sign_in.is_needed", return_value=False):  # a device known before (A11)
            answer = self.send(data | ({"next": query.group(1)} if query else {}), url)
        if isinstance(who, Agent):  # his one-time code was given too (A10)
            session = self.session
            session[DEVICE_ID_SESSION_KEY] = who.user.totp_devices.get().pk
            session.save()
        return answer

    @property
    def key(self) -> str:
        """The key of the session, as the cookie has it."""
        return self.cookies[settings.SESSION_COOKIE_NAME].value


def signed_in(who: Assure | Agent, **headers: Any) -> Visitor:
    """A browser in which someone has signed in on the page."""
    visitor = Visitor(**headers)
    visitor.sign_in(who)
    return visitor
