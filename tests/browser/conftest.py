"""What the tests in a browser share: a portal that listens, and contexts whose every complaint is heard."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client
from django.utils.crypto import get_random_string
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Agent, Assure
from accounts.session_store import FORMS_KEY
from tests.fixtures import at_desk, code_typed
from vitale_portal.fingerprints import fingerprint

NewContext = Callable[..., BrowserContext]
SignedIn = Callable[..., Page]
INSIDE = ("blob:", "data:")
PATIENCE = 20_000  # ms: a machine with much else to do

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Put SQLite in a file: a server's threads would share the one connection of a database in memory."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("browser") / "portal.sqlite3")


@pytest.fixture
def heard() -> list[str]:
    """What browsers complained of: errors in the console (the CSP's are there), requests to another host."""
    return []


@pytest.fixture
def new_context(
    new_context: NewContext,
    live_server: LiveServer,
    pieces_root: Path,  # noqa: ARG001
    heard: list[str],
) -> Iterator[NewContext]:
    """Open a context on the portal; at the end nothing was heard from any."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            heard.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith((live_server.url, *INSIDE)):
            heard.append(request.url)

    def make(**options: object) -> BrowserContext:
        context = new_context(
            **{"base_url": live_server.url, "locale": "fr-FR", "timezone_id": "Europe/Paris"} | options
        )
        context.set_default_timeout(PATIENCE)
        context.on("console", on_console)
        context.on("weberror", lambda error: heard.append(str(error.error)))
        context.on("request", on_request)
        return context

    yield make
    assert heard == []


@pytest.fixture
def signed_in(new_context: NewContext, live_server: LiveServer) -> SignedIn:
    """Open a page as someone, by the cookies of his session; options are the context's."""

    def enter(person: Assure | Agent, **options: object) -> Page:
        client = at_desk(person) if isinstance(person, Agent) else Client()
        if isinstance(person, Assure):
            client.force_login(person.user, backend="accounts.sign_in.CodePersonnelBackend")
        code_typed(client)
        secret = get_random_string(CSRF_SECRET_LENGTH)
        session = client.session
        session[FORMS_KEY] = fingerprint(secret)
        session.save()
        context = new_context(**options)
        cookies = {
            settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
            settings.CSRF_COOKIE_NAME: secret,
        }
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        return context.new_page()

    return enter
