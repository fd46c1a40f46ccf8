"""Fixtures that several floors share: a plugin of pytest, named in ``tests/conftest.py``."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from pytest_django import Settings
from time_machine import Traveller

from accounts.models import Agent, Assure
from carte.models import Carte
from tests.factories import NOW, AgentFactory, CarteFactory, assure_ready


def at_desk(agent: Agent, *, verified: bool = True, **client: Any) -> Client:
    """A browser in which an agent is signed in; unless ``verified`` his code is still asked for."""
    browser = Client(**client)
    browser.force_login(agent.user, backend="accounts.sign_in.AgentBackend")
    if verified:
        session = browser.session
        session[DEVICE_ID_SESSION_KEY] = agent.user.totp_devices.get(confirmed=True).pk
        session.save()
    return browser


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """Time that stands at ``NOW``, and moves when told."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def pieces_root(settings: Settings, tmp_path: Path) -> Path:
    """A storage of this test's own: the directory where pieces lie."""
    at_rest = settings.STORAGES["at_rest"]
    options = at_rest["OPTIONS"] | {"location": tmp_path / "pieces"}
    settings.STORAGES = settings.STORAGES | {"at_rest": at_rest | {"OPTIONS": options}}
    return tmp_path / "pieces"


@pytest.fixture
def stored_files(pieces_root: Path) -> Callable[[], set[str]]:
    """Tell which files the storage holds, by the names rows know them under."""

    def names() -> set[str]:
        return {str(path.relative_to(pieces_root)) for path in pieces_root.rglob("*") if path.is_file()}

    return names


@pytest.fixture
def assure(db: None) -> Assure:  # noqa: ARG001
    """An assuré with an account and an address, who may order a first card."""
    return assure_ready()


@pytest.fixture
def carte(assure: Assure) -> Carte:
    """His card, in use."""
    return CarteFactory(beneficiaire=assure.beneficiaire)


@pytest.fixture
def agent(db: None) -> Agent:  # noqa: ARG001
    """An agent of the group « contrôle », of the same caisse."""
    return AgentFactory()


@pytest.fixture
def assure_client(client: Client, assure: Assure) -> Client:
    """A browser in which the assuré is signed in."""
    client.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    code_typed(client)
    return client


def code_typed(client: Client, ago: timedelta = timedelta(0)) -> None:
    """Say when who is signed in last typed his code: just now, as one who signs in (A9)."""
    session = client.session
    session["code_typed_at"] = (timezone.now() - ago).isoformat()
    session.save()


@pytest.fixture
def agent_client(agent: Agent) -> Client:
    """A browser in which the agent is signed in, with both factors."""
    return at_desk(agent)
