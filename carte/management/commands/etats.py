"""``manage.py etats``: draw the tables of moves of every row with a state into ``docs/etats.md`` (D1)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand

from vitale_portal.transitions import Actor, Stateful

PAGE = Path(settings.BASE_DIR) / "docs/etats.md"
HEAD = """# States and moves

Drawn by `manage.py etats` from the tables the code obeys; a test says when this page is no longer theirs.
A move that is not here is refused, whoever asks.
"""


class Command(BaseCommand):
    """Write ``docs/etats.md``."""

    help = "Dessine les tables des passages d’état dans docs/etats.md."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the page."""
        PAGE.write_text(draw(), encoding="utf-8")
        self.stdout.write(f"{PAGE}")


def draw() -> str:
    """Give the page: a table for each class of rows with a state, in the order of their floors."""
    models = [model for model in apps.get_models() if issubclass(model, Stateful)]
    return "\n".join([HEAD, *("\n".join(_section(model)) for model in models)])


def _section(model: type[Stateful]) -> Iterator[str]:
    labels: dict[str, str] = dict(getattr(model, "state").field.choices)  # noqa: B009 -- each floor declares it
    yield f"## {model.__name__}\n"
    yield "| from | to | by |\n|---|---|---|"
    for state, label in labels.items():
        moves = [(to, model.MOVES[state, to]) for to in labels if (state, to) in model.MOVES]
        for to, actors in moves:
            by = ", ".join(actor.name.lower() for actor in Actor if actor in actors)
            yield f"| `{state}` {label} | `{to}` {labels[to]} | {by} |"
        if not moves:
            yield f"| `{state}` {label} | – | |"
    yield ""
