"""What people say is wrong on their cards, at the desk (section 6)."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, agent_of
from accounts.saisines import AlreadyHandled, handle
from carte.admin.desk import require
from carte.enums import SignalementOutcome
from carte.forms_gestion import OutcomeForm
from carte.models import Signalement

HANDLE = "carte.change_signalement"


@admin.register(Signalement)
class SignalementAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Errors the people of the agent's caisse saw on their cards; each is dealt with once."""

    file_path = "carte.beneficiaire"
    list_display = ("sent_at", "kind", "carte", "assure", "outcome", "handled_at")
    list_select_related = ("carte", "assure__beneficiaire")
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "kind")
    search_fields = ("reference", "carte__serial", "assure__beneficiaire__nir", "assure__beneficiaire__nom")
    fields = (
        "carte", "assure", "caisse", "kind", "text", "sent_at", "outcome", "handled_at", "handled_by",
    )  # fmt: skip
    change_form_template = "gestion/signalement.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the handling to the pages of the admin."""
        view = self.admin_site.admin_view(require_POST(self.handle_view))
        return [path("<int:pk>/traiter/", view, name="carte_signalement_handle"), *super().get_urls()]

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the error, and the form to deal with it."""
        kwargs["extra_context"] = {"form": OutcomeForm(), "may_handle": request.user.has_perm(HANDLE)}
        return super().change_view(request, *args, **kwargs)

    def handle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """« Traité », with what was done; only by the caisse of the assuré."""
        require(request, HANDLE)
        row = get_object_or_404(Signalement, pk=pk, caisse=agent_of(request).caisse)
        form = OutcomeForm(request.POST)
        if form.is_valid():
            _handle(request, row, SignalementOutcome(form.cleaned_data["outcome"]))
        else:
            messages.error(request, "Choisissez la suite donnée : la personne en est informée.")
        return redirect("admin:carte_signalement_change", pk)


def _handle(request: HttpRequest, row: Signalement, outcome: SignalementOutcome) -> None:
    try:
        handle(saisine=row, user=request.user, outcome=outcome, now=timezone.now())  # type: ignore[arg-type]
    except AlreadyHandled:
        messages.error(request, "Rien n’est changé : ce signalement est déjà traité.")
    else:
        messages.success(request, "Le signalement est traité ; la personne en est informée.")
