"""The agents' door: the stock Django admin at /gestion/, for agents only (A10)."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.models import Agent


class GestionSite(admin.AdminSite):
    """Opens on the queue of the agent's caisse; lets nobody in but agents."""

    site_header = "Ma carte Vitale – gestion"
    site_title = "Gestion"
    index_title = "Accueil des agents"
    index_template = "gestion/index.html"
    login_template = "gestion/login.html"
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the visitor is an agent; an assuré never is."""
        user = request.user
        return user.is_active and getattr(user, "agent_id", None) is not None


def agent_of(request: HttpRequest) -> Agent:
    """Give the agent of a request that the site has let in."""
    agent = getattr(request.user, "agent", None)
    if not isinstance(agent, Agent):
        raise PermissionError
    return agent


class CaisseScopedAdmin(admin.ModelAdmin[Any]):
    """Shows an agent the rows of his caisse; supervision and audit may span caisses, for rows only."""

    caisse_path = "caisse"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Give the rows this agent may see."""
        rows = super().get_queryset(request)
        user = request.user
        if user.has_perm("accounts.span_caisses"):
            return rows
        return rows.filter(**{self.caisse_path: agent_of(request).caisse}).distinct()


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows one looks at: they are only changed by the functions the site itself calls."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- Django's signature
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody changes one by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody deletes one by hand."""
        return False
