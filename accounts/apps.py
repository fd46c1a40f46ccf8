"""The ground floor and the agents' door."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import register


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "accounts"
    verbose_name = "Assurés et agents"

    def ready(self) -> None:
        """Register the system checks of this floor."""
        from accounts.second_step import check_spared  # noqa: PLC0415 -- it needs the models

        register(check_spared)


class GestionAdminConfig(AdminConfig):
    """The Django admin, with a site of our own at /gestion/."""

    default_site = "accounts.gestion.GestionSite"
