"""The ground floor and the agents' door."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "accounts"
    verbose_name = "Assurés et agents"

    def ready(self) -> None:
        """Give this floor's part of « télécharger mes données »."""
        from accounts import donnees, mes_donnees  # noqa: PLC0415 -- models are ready only now

        mes_donnees.contribute(self.name, donnees.PART)


class GestionAdminConfig(AdminConfig):
    """The Django admin, with a site of our own at /gestion/."""

    default_site = "accounts.gestion.GestionSite"
