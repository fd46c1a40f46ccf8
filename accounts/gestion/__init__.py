"""The agents' door: the stock Django admin at /gestion/, for agents only (A10)."""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce, update_wrapper
from http import HTTPStatus
from operator import attrgetter, or_
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache

from accounts.enums import Act
from accounts.gestion import steps
from accounts.gestion.recherche import readings
from accounts.models import Agent, Beneficiaire
from accounts.traces import named, trace
from vitale_portal.references import display


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
        return steps.is_agent(request) and steps.step_left(request) is None

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Close a page of the desk: who has a step left at the door is led to it, whatever he asked for."""
        closed = super().admin_view(view, cacheable)

        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not steps.is_agent(request):
                return closed(request, *args, **kwargs)
            if request.resolver_match and request.resolver_match.url_name == "logout":
                return view(request, *args, **kwargs)  # one may always leave
            step = steps.step_left(request)
            return steps.to_step(request, step) if step else closed(request, *args, **kwargs)

        return update_wrapper(page, closed)

    @method_decorator(never_cache)
    @login_not_required  # or a form sent here would be kept as one whose session had ended
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ask for staff number and password; the steps after them have their own pages."""
        if request.method == "GET" and steps.is_agent(request):
            step = steps.step_left(request)
            return steps.to_step(request, step) if step else redirect("admin:index")
        return super().login(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Open on what waits: the queue of orders, and what the lists of the desk have to do."""
        lists = [one for one in self._registry.values() if isinstance(one, DeskAdmin)]
        waiting = [found for found in (one.to_do(request) for one in lists) if found]
        return super().index(request, {"waiting": waiting, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Put the steps of the door before the pages of the desk.

        « view_on_site » goes: it tells the address of any row whose number is tried. Nothing completes as one
        types, so « autocomplete » goes too.
        """
        from accounts.gestion.views import STEPS  # noqa: PLC0415 -- its forms need the models

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


def file_of(row: Model, path: str) -> Beneficiaire:
    """Give whose file a row belongs to; ``path`` leads there from the row, with dots, or is empty."""
    found: Any = attrgetter(path)(row) if path else row
    return found  # type: ignore[no-any-return]


@dataclass(frozen=True)
class ToDo:
    """What waits in one list for the agents of a caisse: in words, since when, and where it is."""

    words: str
    since: datetime
    url: str


class DeskAdmin(admin.ModelAdmin[Any]):
    """A list of the desk, whatever the size of its table; who looks at a row of somebody leaves a trace.

    A row out of the agent's sight is a 404.
    ``file_path`` leads from a row to whose file it is (``file_of``); None where rows are nobody's.
    ``changed_act`` is what changing a row is called in the trace; None where that is written elsewhere.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    view_on_site = False
    file_path: str | None = None
    changed_act: Act | None = None

    @admin.display(description="référence", ordering="reference")
    def shown_reference(self, row: Any) -> str:
        """Give its reference as people read it, for the rows that have one."""
        return display(row.reference)

    def to_do(self, request: HttpRequest) -> ToDo | None:  # noqa: ARG002 -- for those that have something
        """Say what waits here for this agent; None when nothing does."""
        return None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filter by what the list offers alone: any other would tell, try by try, what is not shown."""
        rows: Any = self.get_list_filter(request)
        own = [row for row in rows if isinstance(row, type) and issubclass(row, admin.SimpleListFilter)]
        ours = {row.parameter_name for row in own}
        offered = {row if isinstance(row, str) else row[0] for row in rows if not isinstance(row, type)}
        known = lookup.partition("__")[0] in offered and super().lookup_allowed(lookup, value, request)
        return lookup in ours or known

    def _get_obj_does_not_exist_redirect(self, *_asked: Any) -> HttpResponse:
        """Answer as any page of the portal does to a stranger."""
        raise Http404

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a row under the name of its kind, and write that it was looked at.

        Django's own titles know no elision (« Modification de assuré »).
        """
        row = kwargs.get("obj") or context.get("original")
        if row is not None:
            context["title"] = capfirst(self.opts.verbose_name)
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
    known = {field.name: field.verbose_name for field in fields.fields}
    return [str(known.get(name) or form.fields[name].label) for name in form.changed_data] + [
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

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find, among these rows, what was typed as people write it and as the portal prints it."""
        search = super().get_search_results
        found = [search(request, queryset, one) for one in readings(search_term)]
        return reduce(or_, (rows for rows, _ in found)), any(twice for _, twice in found)


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
