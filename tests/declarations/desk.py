"""The desk, as tests ask it: who sits there, what is answered, where each page is."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from carte.models import Carte
from declarations.models import PliPapier
from tests.factories import AgentFactory, CaisseFactory
from tests.fixtures import at_desk

COURRIER = "admin:declarations_plipapier_courrier"


def desk(*groups: str, caisse: str = "011") -> Client:
    """A browser in which an agent of these groups is signed in."""
    return at_desk(AgentFactory(groups=groups, caisse=CaisseFactory(code=caisse)))


def told(response: Any) -> list[str]:
    """The messages on the page an action leads to, with plain spaces and without tags."""
    return [re.sub("<.*?>", "", str(m)).replace("\u00a0", " ") for m in response.context["messages"]]


def faults(response: Any) -> dict[str, list[str]]:
    errors = response.context["form"].errors
    return {name: [str(e).replace("\u00a0", " ") for e in found] for name, found in errors.items()}


def entry_url(carte: Carte) -> str:
    return reverse("admin:declarations_declaration_enter", args=[carte.pk])


def oppose_url(carte: Carte) -> str:
    return reverse("admin:carte_carte_oppose", args=[carte.pk])


def pli_url(action: str, pli: PliPapier) -> str:
    return reverse(f"admin:declarations_plipapier_{action}", args=[pli.reference])
