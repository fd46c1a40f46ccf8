"""The ground floor and the agents' door."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import register


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what this floor may know."""

    name = "accounts"
    verbose_name = "Assurés et agents"

    def ready(self) -> None:
        """Listen to what moves, for the trace; register the checks of its keys."""
        from accounts.trace_macs import check_trace_keys, check_trace_keys_are_set  # noqa: PLC0415
        from accounts.traces import trace_moves  # noqa: PLC0415 -- models are ready only now
        from vitale_portal.transitions import moved  # noqa: PLC0415

        moved.connect(trace_moves, dispatch_uid="accounts.trace_moves")
        register(check_trace_keys, "traces")
        register(check_trace_keys_are_set, "traces", deploy=True)


class GestionAdminConfig(AdminConfig):
    """The Django admin, with a site of our own at /gestion/."""

    default_site = "accounts.gestion.GestionSite"
