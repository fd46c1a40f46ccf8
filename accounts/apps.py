"""The ground floor and the agents' door."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in
from django.core.checks import register


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "accounts"
    verbose_name = "Assurés et agents"

    def ready(self) -> None:
        """Give this floor’s part of « télécharger mes données »; listen to sign-ins and moves; check keys."""
        from accounts import donnees, mes_donnees  # noqa: PLC0415 -- models are ready only now
        from accounts.sessions import begin  # noqa: PLC0415
        from accounts.sign_in.second_step import check_spared  # noqa: PLC0415
        from accounts.traces import trace_moves  # noqa: PLC0415
        from accounts.traces.macs import check_trace_keys, check_trace_keys_are_set  # noqa: PLC0415
        from vitale_portal.transitions import moved  # noqa: PLC0415

        mes_donnees.contribute(self.name, donnees.PART)
        moved.connect(trace_moves, dispatch_uid="accounts.trace_moves")
        register(check_trace_keys, "traces")
        register(check_trace_keys_are_set, "traces", deploy=True)
        user_logged_in.connect(begin, dispatch_uid="accounts.sessions.begin")
        register(check_spared)


class GestionAdminConfig(AdminConfig):
    """The Django admin, with a site of our own at /gestion/."""

    default_site = "accounts.gestion.GestionSite"
