"""The ground floor and the agents' door."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "accounts"
    verbose_name = "Assurés et agents"

    def ready(self) -> None:
        """Listen to sign-ins: each opens a session."""
        from accounts.sessions import begin  # noqa: PLC0415 -- the models are not there before

        user_logged_in.connect(begin, dispatch_uid="accounts.sessions.begin")


class GestionAdminConfig(AdminConfig):
    """The Django admin, with a site of our own at /gestion/."""

    default_site = "accounts.gestion.GestionSite"
