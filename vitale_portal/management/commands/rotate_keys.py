"""``manage.py rotate_keys``: go over to a new key of the pieces."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vitale_portal.rotation import Tally, rotate
from vitale_portal.sealing import sealer

NBSP = "\N{NO-BREAK SPACE}"


class Command(BaseCommand):
    """Seal anew, count once more, and say of each older key whether it may leave the settings."""

    help = (
        "Chiffre à nouveau, avec la première clé de VITALE_PIECES_KEYS, tout ce qu’une autre a chiffré. "
        "Le portail reste ouvert ; à relancer sans crainte après un arrêt."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to count only."""
        parser.add_argument("--dry-run", action="store_true", help="compte seulement, ne change rien")

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        """Print the counts of each kind; exit 1 when something could not be opened."""
        first = sealer().key_ids[0]
        done = rotate(dry_run=dry_run)
        for tally in done:
            self.stdout.write(_line(tally, first))
        # Counted anew: a process that still had the former settings may have sealed meanwhile.
        left = done if dry_run else rotate(dry_run=True)
        for line in _verdicts(left):
            self.stdout.write(line)
        if unreadable := [f"{tally.kind} {name}" for tally in done for name in tally.unreadable]:
            for name in unreadable:
                self.stderr.write(f"Illisible{NBSP}: {name}")
            raise CommandError(f"{len(unreadable)} contenu(s) illisible(s), laissé(s) tels quels.")


def _line(tally: Tally, first: str) -> str:
    found = f"{tally.by_key[first]} sous la clé {first}, {tally.older(first)} sous une autre"
    return (
        f"{tally.kind}{NBSP}: {found}{NBSP}; {tally.resealed} chiffré(s) à nouveau, "
        f"{tally.gone} changé(s) ou effacé(s) entre-temps, {len(tally.unreadable)} illisible(s)"
    )


def _verdicts(left: list[Tally]) -> Iterator[str]:
    """Say of each key but the first whether something still needs it."""
    needed: Counter[str] = sum((tally.by_key for tally in left), Counter())
    ours = sealer().key_ids
    for key_id in ours[1:]:
        if needed[key_id]:
            yield f"La clé {key_id} doit rester{NBSP}: {needed[key_id]} contenu(s) en dépendent."
        else:
            yield (
                f"La clé {key_id} peut quitter VITALE_PIECES_KEYS. Gardez-la à part tant que vous gardez des "
                "sauvegardes d’avant aujourd’hui."
            )
    for key_id in sorted(set(needed) - set(ours)):
        yield f"La clé {key_id} manque{NBSP}: {needed[key_id]} contenu(s) ne s’ouvrent pas sans elle."
