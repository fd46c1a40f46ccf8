"""``manage.py create_agent``: an agent, with a first password that is printed once."""

from argparse import ArgumentParser
from secrets import token_urlsafe
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone

from accounts.agents import create_agent
from accounts.groups import GROUPS, sync_groups
from accounts.models import Caisse


class Command(BaseCommand):
    """Make an agent who can sign in at /gestion/."""

    help = "Crée un agent et affiche son premier mot de passe, qu’il change à sa première connexion."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take his staff number, his name, his caisse and his group."""
        parser.add_argument("identifiant", help="numéro d’agent")
        parser.add_argument("nom")
        parser.add_argument("prenom")
        parser.add_argument("--caisse", required=True, help="code de la caisse, par exemple 011")
        parser.add_argument("--groupe", required=True, choices=list(GROUPS))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make the agent; say what is wrong rather than show a traceback."""
        caisse = Caisse.objects.filter(code=options["caisse"]).first()
        if caisse is None:
            codes = ", ".join(Caisse.objects.values_list("code", flat=True)) or "aucune, chargez « regimes »"
            raise CommandError(f"Pas de caisse de code « {options['caisse']} ». Caisses connues : {codes}.")
        sync_groups()
        password = token_urlsafe(12)
        names = {name: options[name] for name in ("identifiant", "nom", "prenom")}
        try:
            create_agent(
                **names, caisse=caisse, group=options["groupe"], password=password, now=timezone.now()
            )
        except IntegrityError as error:
            raise CommandError(f"Le numéro d’agent « {options['identifiant']} » est déjà pris.") from error
        self.stdout.write(f"Agent {options['identifiant']} créé. Premier mot de passe : {password}")
