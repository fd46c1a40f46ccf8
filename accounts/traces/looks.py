"""Who looked at somebody’s file at the desk, or changed it: what he may see of the trace.

His own file, and those of the people attached to him who have none of their own to sign in to: of two
parents neither sees the other’s, and a young person who is an assuré sees his alone. Agents are told by
their caisse and not by name; the number of a line lets the caisse say who it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.enums import Act
from accounts.models import Assure, Beneficiaire, Trace
from vitale_portal.references import display, normalise

# What some of our tables are to the person.
SPOKEN = {
    "assuré": "fiche d’assuré",
    "bénéficiaire": "état civil et droits",
    "traces": "liste des consultations",
}
SHOWN = (Act.PIECE_SEEN, Act.FILE_SEEN, Act.DECIDED, Act.FLAG_CHANGED, Act.EXPORTED)


@dataclass(frozen=True)
class Look:
    """One line as the person it concerns reads it."""

    number: str
    at: datetime
    act: str
    about: str
    words: str
    caisse: str
    whose: Beneficiaire
    inside: bool | None


def lines_for(assure: Assure) -> QuerySet[Trace]:
    """Give the lines an assuré may see, the newest first."""
    attached = Q(rattachements__assure=assure, assure=None)
    files = Beneficiaire.objects.filter(Q(pk=assure.beneficiaire_id) | attached).values("pk")
    lines = Trace.objects.filter(beneficiaire__in=files, act__in=SHOWN, by__agent__isnull=False)
    return lines.select_related("caisse", "beneficiaire")


def as_read(lines: Sequence[Trace]) -> list[Look]:
    """Give lines as they are read."""
    return [_look(line) for line in lines]


def _look(line: Trace) -> Look:
    assert line.beneficiaire is not None  # noqa: S101 -- ``lines_for`` asked for it
    return Look(
        number=line.reference,
        at=line.at,
        act=line.get_act_display(),
        about=_about(line.about),
        words=line.words,
        caisse=line.caisse.nom if line.caisse else "",
        whose=line.beneficiaire,
        inside=from_the_caisse(line.network_address),
    )


def _about(text: str) -> str:
    """Give what a line is about: a reference as people read it; without the numbers of our tables."""
    name, _, reference = text.rpartition(" ")
    if normalise(reference) != reference:
        name = text.partition(" n° ")[0]
        return SPOKEN.get(name, name)
    return SPOKEN.get(name) or f"{name} {display(reference)}"


def from_the_caisse(address: str | None) -> bool | None:
    """Tell whether an address is in the networks of the caisses; None where neither is known."""
    networks = settings.VITALE_CAISSE_NETWORKS
    if not networks or address is None:
        return None
    return any(ip_address(address) in network for network in networks)
