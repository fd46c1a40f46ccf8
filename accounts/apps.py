"""The ground floor and the agents' door."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "accounts"
    verbose_name = "Assurés et agents"


class GestionAdminConfig(AdminConfig):
    """The Django admin, with a site of our own at /gestion/."""

    default_site = "accounts.gestion.GestionSite"
