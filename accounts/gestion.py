"""The agents' door: the stock Django admin at /gestion/, for agents only (A10)."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.arrivals import arrived
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

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign an agent in, and keep that he did (A3, A10)."""
        response: HttpResponse = super().login(request, extra_context)
        if request.method == "POST" and isinstance(response, HttpResponseRedirect):
            arrived(request, response, agent_of(request).user, now=timezone.now())
        return response

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


ROWS_MAX = 10_000


class BoundedPaginator(Paginator[Any]):
    """Pages of a list that may be long: what is beyond the bound is found by searching.

    Counting a whole table costs more than showing a page of it.
    """

    @cached_property
    def count(self) -> int:
        """How many rows can be paged through: the bound at most."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by().values("pk")[:ROWS_MAX].count()


class DeskAdmin(admin.ModelAdmin[Any]):
    """A list of the desk, whatever the size of its table."""

    paginator = BoundedPaginator
    show_full_result_count = False


class CaisseScopedAdmin(DeskAdmin):
    """Shows an agent the rows of his caisse; supervision and audit may span caisses, for rows only."""

    caisse_path = "caisse"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Give the rows this agent may see."""
        rows = super().get_queryset(request)
        user = request.user
        if user.has_perm("accounts.span_caisses"):
            return rows
        ours = self.model._base_manager.filter(**{self.caisse_path: agent_of(request).caisse})  # noqa: SLF001
        return rows.filter(pk__in=ours.values("pk"))


class ReadOnlyAdmin(DeskAdmin):
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
