"""The agents' door: the stock Django admin at /gestion/, for agents only (A10)."""

from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.functional import cached_property

from accounts import gestion_steps
from accounts.models import Agent


class GestionSite(admin.AdminSite):
    """Opens on the queue of the agent's caisse; lets nobody in but agents who gave both factors."""

    site_header = "Ma carte Vitale – gestion"
    site_title = "Gestion"
    index_title = "Accueil des agents"
    index_template = "gestion/index.html"
    login_template = "gestion/login.html"
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the visitor is an agent with nothing left to do at the door; an assuré never is."""
        return gestion_steps.is_agent(request) and gestion_steps.step_left(request) is None

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Close a page of the desk: who has a step left at the door is led to it, whatever he asked for."""
        closed = super().admin_view(view, cacheable)

        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not gestion_steps.is_agent(request):
                return closed(request, *args, **kwargs)
            if request.resolver_match and request.resolver_match.url_name == "logout":
                return view(request, *args, **kwargs)  # one may always leave
            step = gestion_steps.step_left(request)
            return gestion_steps.to_step(request, step) if step else closed(request, *args, **kwargs)

        return update_wrapper(page, closed)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ask for staff number and password; the steps after them have their own pages."""
        if request.method == "GET" and gestion_steps.is_agent(request):
            step = gestion_steps.step_left(request)
            return gestion_steps.to_step(request, step) if step else redirect("admin:index")
        return super().login(request, extra_context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Put the steps of the door before the pages of the desk.

        « view_on_site » goes: it tells the address of any row whose number is tried. Nothing completes as one
        types, so « autocomplete » goes too.
        """
        from accounts.gestion_views import STEPS  # noqa: PLC0415 -- its forms need the models

        named = {str(step.name) for step in STEPS} | {"view_on_site", "autocomplete"}
        return [*STEPS, *(url for url in super().get_urls() if getattr(url, "name", None) not in named)]


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
    """A list of the desk, whatever the size of its table. A row out of the agent's sight is a 404."""

    paginator = BoundedPaginator
    show_full_result_count = False
    view_on_site = False

    def _get_obj_does_not_exist_redirect(self, *_asked: Any) -> HttpResponse:
        """Answer as any page of the portal does to a stranger."""
        raise Http404


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


class ScopedRawId(ForeignKeyRawIdWidget):
    """A number typed for a row: names it only when it is among those the agent may choose."""

    def __init__(self, rel: Any, admin_site: admin.AdminSite, rows: QuerySet[Any]) -> None:
        super().__init__(rel, admin_site)
        self.rows = rows

    def label_and_url_for_value(self, value: Any) -> tuple[str, str]:
        """Give the name of the row, or nothing."""
        known = str(value).isdecimal() and self.rows.filter(pk=value).exists()
        return super().label_and_url_for_value(value) if known else ("", "")


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
