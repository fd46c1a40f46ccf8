"""A message leads to what it is about, as long as its reader can open it (section 8, D1; F2; B1)."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Notice
from accounts.models import Assure, Message
from carte.enums import CommandeState
from tests.factories import (
    AssureFactory,
    CommandeFactory,
    DeclarationFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
)
from vitale_portal.references import new_reference

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]


def button(client: Client, assure: Assure, about: str) -> tuple[str, str] | None:
    """Where a message about that leads, and in which words."""
    told = Message.objects.create(
        assure=assure, notice=Notice.COMMANDE_SUBMITTED, about=about, subject="s", body="b",
        written_at=timezone.now(),
    )  # fmt: skip
    page = client.get(reverse("message", args=[told.reference])).content.decode()
    found = re.search(r'<div class="actions"><a class="button" href="([^"]+)">([^<]+)</a>', page)
    return (found[1], found[2]) if found else None


def _sent(assure: Assure) -> tuple[str, str]:
    row = CommandeFactory(author=assure, state=CommandeState.SHIPPED)
    return f"commande {row.reference} n° 5", row.get_absolute_url()


def _reminded(assure: Assure) -> tuple[str, str]:
    row = CommandeFactory(author=assure, state=CommandeState.TO_CORRECT)
    return f"commande {row.reference} n° 4 rappel 1", row.get_absolute_url()


def _of_the_other_parent(assure: Assure) -> tuple[str, str]:
    other = assure_ready()
    row = CommandeFactory(
        author=other, beneficiaire=ayant_droit(other, assure), state=CommandeState.SUBMITTED
    )
    return f"commande {row.reference} n° 1", row.get_absolute_url()


def _draft(assure: Assure) -> tuple[str, str]:
    row = CommandeFactory(author=assure)
    about = f"brouillon {row.reference} 20261101000000000000 n° 1"
    return about, reverse("order_resume", args=[row.reference])


def _declared(assure: Assure) -> tuple[str, str]:
    row = DeclarationFactory(author=assure)
    return f"declaration {row.reference}", row.get_absolute_url()


def _form(assure: Assure) -> tuple[str, str]:
    row = PliFactory(declaration__author=assure)
    return f"pli {row.reference} n° 1", row.declaration.get_absolute_url()


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (_sent, "Ouvrir cette commande"),
        (_reminded, "Ouvrir cette commande"),
        (_of_the_other_parent, "Ouvrir cette commande"),
        (_draft, "Reprendre cette commande"),
        (_declared, "Ouvrir cette déclaration"),
        (_form, "Ouvrir cette déclaration"),
    ],
)
def test_message_opens_what_it_is_about(
    assure_client: Client, assure: Assure, make: Callable[[Assure], tuple[str, str]], label: str
) -> None:
    about, url = make(assure)
    assert button(assure_client, assure, about) == (url, label)
    assert assure_client.get(url).status_code in {200, 302}


@pytest.mark.parametrize("word", ["commande", "brouillon", "declaration", "pli"])
def test_message_shows_no_way_to_what_is_not_there(assure_client: Client, assure: Assure, word: str) -> None:
    assert button(assure_client, assure, f"{word} {new_reference()} n° 1") is None


@pytest.mark.parametrize("about", ["carte 12", "2026-11-28", "", "commande", "commande toto"])
def test_message_about_anything_else_has_no_button(assure_client: Client, assure: Assure, about: str) -> None:
    assert button(assure_client, assure, about) is None


def test_message_shows_no_way_to_what_one_cannot_open(assure_client: Client, assure: Assure) -> None:
    """An order of a stranger; a draft for who is no longer attached (B1)."""
    theirs = CommandeFactory(state=CommandeState.SUBMITTED)
    child = ayant_droit(assure, AssureFactory())
    draft = CommandeFactory(author=assure, beneficiaire=child)
    assure.rattachements.filter(beneficiaire=child).delete()
    for about in (f"commande {theirs.reference} n° 1", f"brouillon {draft.reference} x n° 1"):
        assert button(assure_client, assure, about) is None
