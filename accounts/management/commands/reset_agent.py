"""``manage.py reset_agent``: a lost telephone, a forgotten password."""

from argparse import ArgumentParser
from secrets import token_urlsafe
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.agents import give_first_password
from accounts.gestion.otp import reset_device
from accounts.models import Agent


class Command(BaseCommand):
    """Take an agent's application of codes away, or give him a new first password, or both."""

    help = "Retire l’application de codes d’un agent, ou lui donne un premier mot de passe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take his staff number, and what he lost."""
        parser.add_argument("identifiant", help="numéro d’agent")
        parser.add_argument("--application", action="store_true", help="il a perdu son téléphone")
        parser.add_argument("--mot-de-passe", action="store_true", help="il a oublié son mot de passe")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it; his sessions end."""
        agent = Agent.objects.filter(user__identifiant=options["identifiant"]).first()
        if agent is None:
            raise CommandError(f"Pas d’agent de numéro « {options['identifiant']} ».")
        if not options["application"] and not options["mot_de_passe"]:
            raise CommandError("Dites ce qu’il a perdu : --application, --mot-de-passe, ou les deux.")
        now = timezone.now()
        if options["application"]:
            reset_device(user=agent.user, now=now)
            self.stdout.write("Application retirée : il en installe une à sa prochaine connexion.")
        if options["mot_de_passe"]:
            password = token_urlsafe(12)
            give_first_password(agent=agent, password=password, now=now)
            self.stdout.write(f"Premier mot de passe, à changer sous 7 jours : {password}")
