"""The agents' door: the stock Django admin at /gestion/, for agents only (A10)."""

from http import HTTPStatus
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.arrivals import arrived
from accounts.enums import Act
from accounts.models import Agent, Beneficiaire
from accounts.traces import named, trace


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


def file_of(row: Model, path: str) -> Beneficiaire:
    """Give whose file a row belongs to; ``path`` leads there from the row, with dots, or is empty."""
    found: Any = attrgetter(path)(row) if path else row
    return found  # type: ignore[no-any-return]


class DeskAdmin(admin.ModelAdmin[Any]):
    """A list of the desk, whatever the size of its table; who looks at a row of somebody leaves a trace.

    ``file_path`` leads from a row to whose file it is (``file_of``); None where rows are nobody's.
    ``changed_act`` is what changing a row is called in the trace; None where that is written elsewhere.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    file_path: str | None = None
    changed_act: Act | None = None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a row, and write that it was looked at."""
        row = kwargs.get("obj") or context.get("original")
        if row is not None:
            self.trace_look(row)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the admin logged of a row, and write that it was looked at."""
        response = super().history_view(request, object_id, extra_context)
        row = self.get_object(request, object_id) if response.status_code == HTTPStatus.OK else None
        if row is not None:
            self.trace_look(row)
        return response

    def trace_look(self, row: Model, act: Act = Act.FILE_SEEN, words: str = "") -> None:
        """Write that a row of somebody’s file was looked at."""
        if self.file_path is not None:
            file = file_of(row, self.file_path)
            trace(act, at=timezone.now(), beneficiaire=file, about=named(row), words=words)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save what goes with the row, then write which fields changed, not to what."""
        super().save_related(request, form, formsets, change)
        labels = changed_labels(form, formsets)
        if self.changed_act and labels:
            row = form.instance
            file = None if self.file_path is None else file_of(row, self.file_path)
            words = ", ".join(labels)
            trace(self.changed_act, at=timezone.now(), beneficiaire=file, about=named(row), words=words)


def changed_labels(form: Any, formsets: Any) -> list[str]:
    """Give the labels of the fields an agent changed, and of the rows beside that he added or changed."""
    fields = form.instance._meta  # noqa: SLF001 -- Django's documented name
    beside = [formset.model for formset in formsets if formset.has_changed()]
    return [str(fields.get_field(name).verbose_name) for name in form.changed_data] + [
        str(model._meta.verbose_name)  # noqa: SLF001 -- Django's documented name
        for model in beside
    ]


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
