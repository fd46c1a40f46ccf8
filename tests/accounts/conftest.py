"""Fixtures of the floor ``accounts``."""

import pytest
from time_machine import Traveller

from accounts.models import Assure
from carte.models import Commande
from tests.factories import NOW, whole_draft
from tests.reprises import WRITTEN, Late, step


@pytest.fixture
def draft(assure: Assure) -> Commande:
    """A whole draft whose conditions were read."""
    return whole_draft(author=assure, photo_conditions_at=NOW, identite_conditions_at=NOW)


@pytest.fixture
def sans_photo(draft: Commande) -> str:
    """The address where one explains why there is no photo."""
    return step("sans_photo", draft)


@pytest.fixture
def visitor(clock: Traveller, assure: Assure) -> Late:
    """A browser in which the assuré signed in at ``NOW``."""
    return Late(assure, clock)


@pytest.fixture
def kept(visitor: Late, sans_photo: str) -> Late:
    """That browser, once an explanation was sent too late, and kept (A6)."""
    visitor.send_late(WRITTEN, page=sans_photo)
    return visitor
