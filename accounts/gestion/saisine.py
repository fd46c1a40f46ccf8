"""What people refer to the agent's caisse, at the desk: each is read, then dealt with once."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min, QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, ToDo, agent_of
from accounts.models.saisine import WAITING
from accounts.saisines import AlreadyHandled, handle


class OutcomeForm(forms.Form):
    """What came of it, among the outcomes of its kind."""

    def __init__(self, *args: Any, outcomes: type[TextChoices]) -> None:
        super().__init__(*args)
        self.fields["outcome"] = forms.TypedChoiceField(
            label="Suite donnée", choices=outcomes.choices, coerce=outcomes, widget=forms.RadioSelect
        )


class HandledFilter(admin.SimpleListFilter):
    """Those that wait, or those that were dealt with."""

    title = "état"
    parameter_name = "etat"
    WAITS = "a-traiter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Name both."""
        return [(self.WAITS, "À traiter"), ("traitees", "Traitées")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        """Keep those that were chosen; all when nothing was."""
        if self.value() is None:
            return queryset
        return queryset.filter(WAITING) if self.value() == self.WAITS else queryset.exclude(WAITING)


class SaisineAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """One kind of saisine: ``outcomes`` is what may come of it; the sentences name it to the agent."""

    outcomes: ClassVar[type[TextChoices]]
    waiting: ClassVar[tuple[str, str]]  # what one that waits is called, and several
    to_handle: ClassVar[str]
    handled: ClassVar[str]
    handled_before: ClassVar[str]

    file_path = "beneficiaire"
    list_filter = (HandledFilter, "kind")
    change_form_template = "gestion/saisine.html"

    @property
    def page(self) -> str:
        """How the names of its pages begin."""
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> list[URLPattern]:
        """Add the handling to the pages of the admin."""
        view = self.admin_site.admin_view(require_POST(self.handle_view))
        return [path("<int:pk>/traiter/", view, name=f"{self.page}_handle"), *super().get_urls()]

    def may_handle(self, request: HttpRequest) -> bool:
        """Whether the agent may deal with what he sees."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def to_do(self, request: HttpRequest) -> ToDo | None:
        """Say how many wait in the agent's own caisse, to who may deal with them."""
        if not self.may_handle(request):
            return None
        rows = self.model._default_manager.filter(WAITING, caisse=agent_of(request).caisse)  # noqa: SLF001
        found = rows.order_by().aggregate(count=Count("pk"), since=Min("sent_at"))
        if not found["count"]:
            return None
        words = self.waiting[found["count"] > 1]
        url = (
            f"{reverse(f'admin:{self.page}_changelist')}?{HandledFilter.parameter_name}={HandledFilter.WAITS}"
        )
        return ToDo(words=f"{found['count']} {words}", since=found["since"], url=url)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what was written, and the form to deal with it."""
        kwargs["extra_context"] = {
            "form": OutcomeForm(outcomes=self.outcomes),
            "may_handle": self.may_handle(request),
            "to_handle": self.to_handle,
            "handle_page": f"admin:{self.page}_handle",
        }
        return super().change_view(request, *args, **kwargs)

    def handle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """« Traité », with what was done; only by the caisse of the assuré."""
        if not self.may_handle(request):
            raise PermissionDenied
        agent = agent_of(request)
        row = get_object_or_404(self.model, pk=pk, caisse=agent.caisse)
        form = OutcomeForm(request.POST, outcomes=self.outcomes)
        if not form.is_valid():
            messages.error(request, "Choisissez la suite donnée : la personne en est informée.")
            return redirect(f"admin:{self.page}_change", pk)
        try:
            handle(saisine=row, user=agent.user, outcome=form.cleaned_data["outcome"], now=timezone.now())
        except AlreadyHandled:
            messages.error(request, self.handled_before)
        else:
            messages.success(request, self.handled)
        return redirect(f"admin:{self.page}_change", pk)
