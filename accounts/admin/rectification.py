"""What people ask to have corrected in their files, at the desk (A7)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.enums import RectificationOutcome
from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, agent_of
from accounts.models import Rectification, User
from accounts.saisines import AlreadyHandled, handle

HANDLE = "accounts.change_rectification"


class RectificationOutcomeForm(forms.Form):
    """What came of a demande of correction."""

    outcome = forms.ChoiceField(
        label="Suite donnée", choices=RectificationOutcome.choices, widget=forms.RadioSelect
    )


@admin.register(Rectification)
class RectificationAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """What the people of the agent's caisse ask to have corrected; each is dealt with once."""

    file_path = "assure.beneficiaire"
    list_display = ("sent_at", "kind", "assure", "outcome", "handled_at")
    list_select_related = ("assure__beneficiaire",)
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "kind")
    search_fields = ("reference", "assure__beneficiaire__nir", "assure__beneficiaire__nom")
    fields = (
        "reference", "assure", "kind", "what_is_wrong", "what_is_right", "sent_at",
        "outcome", "handled_at", "handled_by",
    )  # fmt: skip
    readonly_fields = ("what_is_wrong", "what_is_right")
    change_form_template = "gestion/rectification.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave sealed, in a list, what is only read one by one."""
        return super().get_queryset(request).defer("wrong", "right")

    @admin.display(description="ce qui est faux")
    def what_is_wrong(self, row: Rectification) -> str:
        """Open what was written."""
        return str(row.wrong)

    @admin.display(description="ce qu’il faudrait lire")
    def what_is_right(self, row: Rectification) -> str:
        """Open what was written."""
        return str(row.right)

    def get_urls(self) -> list[URLPattern]:
        """Add the handling to the pages of the admin."""
        view = self.admin_site.admin_view(require_POST(self.handle_view))
        return [path("<int:pk>/traiter/", view, name="accounts_rectification_handle"), *super().get_urls()]

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what is asked, and the form to deal with it."""
        may = request.user.has_perm(HANDLE)
        kwargs["extra_context"] = {"form": RectificationOutcomeForm(), "may_handle": may}
        return super().change_view(request, *args, **kwargs)

    def handle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """« Traité », with what was done; only by the caisse of the assuré."""
        if not request.user.has_perm(HANDLE):
            raise PermissionDenied
        row = get_object_or_404(Rectification, pk=pk, caisse=agent_of(request).caisse)
        form = RectificationOutcomeForm(request.POST)
        if form.is_valid() and isinstance(request.user, User):
            _handle(request, row, request.user, RectificationOutcome(form.cleaned_data["outcome"]))
        else:
            messages.error(request, "Choisissez la suite donnée : la personne en est informée.")
        return redirect("admin:accounts_rectification_change", pk)


def _handle(request: HttpRequest, row: Rectification, user: User, outcome: RectificationOutcome) -> None:
    try:
        handle(saisine=row, user=user, outcome=outcome, now=timezone.now())
    except AlreadyHandled:
        messages.error(request, "Rien n’est changé : cette demande est déjà traitée.")
    else:
        messages.success(request, "La demande est traitée ; la personne en est informée.")
