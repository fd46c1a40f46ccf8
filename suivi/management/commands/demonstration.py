"""``manage.py demonstration``: invented people, sample files, and what each shows."""

import textwrap
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from suivi.demonstration.identities import CODE
from suivi.demonstration.load import Demonstration, listing_path, load
from suivi.demonstration.sans_compte import OpeningEntry, told

WIDTH = 100
ROW = "  {:<11}  {:<21}  {}"
INDENT = 38  # columns before the last one of a row


class Command(BaseCommand):
    """Load the data of a demonstration and say how to use it."""

    help = "Charge les données de démonstration et dit ce que chaque identité montre."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load once, or put ahead again what has passed. Refused outside a demonstration."""
        if not settings.VITALE_DEMONSTRATION:
            raise CommandError(
                "Les données de démonstration ne se chargent que dans une démonstration "
                "(VITALE_DEMONSTRATION=true), jamais avec de vraies personnes."
            )
        for line in _lines(load(timezone.now())):
            self.stdout.write(line)


def _lines(loaded: Demonstration) -> list[str]:
    site = settings.VITALE_PUBLIC_URL
    return [
        "",
        f"Démonstration\N{NO-BREAK SPACE}: {site}",
        f"Identités et courriels à lire\N{NO-BREAK SPACE}: {site}demonstration/",
        "",
        f"Identités\N{NO-BREAK SPACE}; leur code personnel à toutes est {CODE}",
        ROW.format("Règle", "N° sécurité sociale", "Ce que l’identité montre"),
        *(line for entry in loaded.assures for line in _row(entry.rule, entry.nir, entry.shows)),
        "",
        f"Sans compte\N{NO-BREAK SPACE}: pour en ouvrir un, à {site}compte/ouvrir/",
        *(line for entry in loaded.without_account for line in _opening(entry)),
        "",
        f"Agents, à {site}gestion/\N{NO-BREAK SPACE}; leur mot de passe à tous est {CODE}",
        f"Leur code à six chiffres du moment\N{NO-BREAK SPACE}: {site}demonstration/#agents",
        *(f"  {agent.identifiant:<11}  {agent.groupe:<21}  {agent.caisse}" for agent in loaded.agents),
        "",
        "Fichiers d’exemple",
        f"  photo             {loaded.files['photo']}",
        f"  pièce d’identité  {loaded.files['piece']}",
        f"Les mêmes en données\N{NO-BREAK SPACE}: {listing_path()}",
        "",
    ]


def _row(rule: str, nir: str, shows: str) -> list[str]:
    first, *rest = textwrap.wrap(shows, WIDTH - INDENT)
    return [ROW.format(rule, nir, first), *(" " * INDENT + line for line in rest)]


def _opening(entry: OpeningEntry) -> list[str]:
    return [f"  {entry.shows}", *(f"    {label:<36}  {value}" for label, value in told(entry).items())]
