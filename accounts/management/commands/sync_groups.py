"""``manage.py sync_groups``: the agents' groups as the table says."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.groups import GROUPS, sync_groups


class Command(BaseCommand):
    """Give each group of agents just its permissions."""

    help = "Makes the groups of agents and gives each its permissions."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Sync, and say what was synced."""
        sync_groups()
        self.stdout.write("Groupes à jour : " + ", ".join(GROUPS))
