"""``manage.py prouver_traces``: whether the trace is whole."""

from argparse import ArgumentParser, ArgumentTypeError
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import TraceSeal
from accounts.traces.chain import Head
from accounts.traces.proof import last_head, prove

NBSP = "\N{NO-BREAK SPACE}"


def noted_head(text: str) -> Head:
    """Read a head as the command writes it: « number/mac ». Raises ``ArgumentTypeError``."""
    number, _, mac = text.partition("/")
    if number.isdecimal() and mac:
        return Head(int(number), mac)
    raise ArgumentTypeError("une tête s’écrit comme cette commande la donne : numéro/empreinte.")


class Command(BaseCommand):
    """Prove the chain from one end to the other; what is wrong is told, and makes the command fail."""

    help = "Prouve qu’aucune trace n’a été changée, retirée, ajoutée ou déplacée. Ne change rien."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a head that was noted earlier."""
        parser.add_argument(
            "--tete", type=noted_head, help="une tête notée auparavant, par où la chaîne doit passer"
        )

    def handle(self, *_args: Any, tete: Head | None, **_options: Any) -> None:
        """Print what is wrong, or the head of a whole chain; exit 1 when something is wrong."""
        start = monotonic()
        found = 0
        for fault in prove(timezone.now(), tete):
            self.stdout.write(f"{fault.where}{NBSP}: {fault.what}")
            found += 1
        if found:
            raise CommandError(f"{found} anomalie(s).")
        head, lines = last_head(), TraceSeal.objects.count()
        self.stdout.write(f"{lines} trace(s) prouvée(s) en {monotonic() - start:.1f} s.")
        self.stdout.write(f"Tête à noter hors de la base{NBSP}: {head.number}/{head.mac}")
