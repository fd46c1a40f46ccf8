"""The floor ``suivi``."""

from django.apps import AppConfig


class SuiviConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "suivi"
    verbose_name = "Suivi"
