"""The floor ``suivi``."""

from django.apps import AppConfig


class SuiviConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "suivi"
    verbose_name = "Suivi"

    def ready(self) -> None:
        """Give this floor's part of « télécharger mes données »."""
        from accounts import mes_donnees  # noqa: PLC0415 -- models are ready only now
        from suivi import donnees  # noqa: PLC0415

        mes_donnees.contribute(self.name, donnees.PART)
