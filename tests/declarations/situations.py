"""Cards declared, forms on their way, pages read: what several tests of the floor start from."""

import re
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts.models import Agent, Assure, Lettre, Message, OutboxMail
from carte.enums import IdentiteNature
from carte.models import Carte, CarteEvent, Commande
from carte.papier import Formulaire
from declarations.declarer import Faits, declare
from declarations.enums import DeclarationKind
from declarations.models import Attestation, Declaration, PliPapier
from declarations.retours import enter_return
from tests.factories import HOUR, NOW, CarteFactory, jpeg

TODAY = date(2026, 11, 2)  # at NOW, in Paris
SIGNED = date(2026, 10, 29)
DUE, AGAIN = NOW + 96 * HOUR, NOW + 120 * HOUR  # of a card declared at NOW: its form leaves, online opens
DECLARE, LIST = "/declarations/nouvelle/", "/declarations/"
WRITTEN = (Declaration, PliPapier, Attestation, CarteEvent, Message, OutboxMail, Lettre)
NOTHING = {kind.__name__: 0 for kind in WRITTEN}
ONCE = dict.fromkeys(NOTHING, 1) | {"Lettre": 0}


def rows() -> dict[str, int]:
    """How many rows there are of each kind a declaration may write."""
    return {kind.__name__: kind.objects.count() for kind in WRITTEN}


def carte_of(assure: Assure, **fields: Any) -> Carte:
    return CarteFactory(**{"beneficiaire": assure.beneficiaire, "caisse": assure.caisse} | fields)


def declared(carte: Carte, author: Assure, **said: Any) -> Declaration:
    """Declare at ``NOW``, by the author unless ``user`` says otherwise."""
    user, now = said.pop("user", getattr(author, "user", None)), said.pop("now", NOW)
    faits = Faits(**{"kind": DeclarationKind.VOL, "facts_on": TODAY} | said)
    return declare(carte=carte, author=author, faits=faits, user=user, now=now)


def posted(*cartes: Carte, **said: Any) -> dict[str, Any]:
    """The form of the site, filled: a theft, today."""
    return {"cartes": [c.serial for c in cartes], "kind": "VOL", "facts_on": TODAY.isoformat()} | said


def declared_form(assure: Assure) -> PliPapier:
    """The form of a card declared at ``NOW``."""
    return declared(carte_of(assure), assure).pli


def stands(pli: PliPapier) -> tuple[str, int]:
    """Its state now, and how many moves led there."""
    pli.refresh_from_db()
    return pli.state, pli.version


def window(pli: PliPapier) -> tuple[Any, Any]:
    """The instants its card knows."""
    carte = Carte.objects.get(declaration__pli=pli)
    return carte.form_due_at, carte.online_again_at


def formulaire(**scans: bytes) -> Formulaire:
    """A form filled, with scans anybody accepts."""
    pictures = {"photo": jpeg(), "identite": jpeg(70_000)} | scans
    return Formulaire(nature=IdentiteNature.PASSEPORT, signed_on=SIGNED, **pictures)


def entered(pli: PliPapier, agent: Agent, **said: Any) -> Commande | None:
    """Enter the form at ``NOW``, on the page as it stands."""
    facts = {"formulaire": formulaire(), "version": pli.version} | said
    return enter_return(pli=pli, user=agent.user, now=NOW, **facts)


def signed_in(assure: Assure) -> Client:
    """A browser in which an assuré is signed in."""
    browser = Client()
    browser.force_login(assure.user, backend="accounts.sign_in.CodePersonnelBackend")
    return browser


def main_of(response: HttpResponse) -> str:
    """The main part of a page, as HTML."""
    return re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)[0]


def words(response: HttpResponse) -> str:
    """What a person reads in the main part: no tags, one plain space."""
    return " ".join(re.sub(r"<[^>]+>", " ", main_of(response)).split())
