"""Fixtures of the floor ``declarations``."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Assure
from declarations import impression
from declarations.enums import PliState
from declarations.models import PliPapier
from tests.declarations.desk import desk
from tests.factories import PliFactory


@pytest.fixture
def droits(db: None) -> Client:  # noqa: ARG001
    """A browser in which an agent of the group « droits » is signed in."""
    return desk("droits")


@pytest.fixture
def pli(assure: Assure) -> PliPapier:
    """A form that left, nobody asked for."""
    return PliFactory(unasked=True, assure=assure, state=PliState.SENT)


def _in_a_transaction() -> bool:
    """Whether a transaction of the portal's runs, beside the one pytest wraps a test in."""
    marks = [getattr(block, "_from_testcase", False) for block in connection.atomic_blocks]
    return not all(marks)


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """PDFs that cost nothing: each is the template's name and a number. Gives the templates rendered.

    As the real one, it is never entered inside a transaction.
    """
    rendered: list[str] = []

    def render(template: str, _context: object, *, forms: bool = False) -> bytes:
        if _in_a_transaction():
            pytest.fail("rendered inside a transaction")  # no sweep swallows this one
        rendered.append(template)
        return f"%PDF-1.7 {template} {len(rendered)} {forms}".encode()

    monkeypatch.setattr(impression.pdf, "render", render)
    monkeypatch.setattr(impression.pdf, "concatenate", b"".join)
    impression._blank.cache_clear()  # noqa: SLF001
    yield rendered
    impression._blank.cache_clear()  # noqa: SLF001
