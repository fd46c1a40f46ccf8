"""Cards at the desk: opposition (section 6)."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, agent_of
from carte.admin.desk import OPPOSE, cartes_of, history, require
from carte.cartes import OppositionReason, oppose_by_agent
from carte.enums import CarteState
from carte.forms_gestion import OppositionForm
from carte.models import Carte
from vitale_portal.transitions import MoveRefused


@admin.register(Carte)
class CarteAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Cards of the people of the agent's caisse; one may be put in opposition (section 6)."""

    file_path = "beneficiaire"
    caisse_path = "beneficiaire__rattachements__assure__caisse"
    list_display = ("serial", "beneficiaire", "state", "made_on")
    list_select_related = ("beneficiaire",)
    search_fields = ("serial",)
    readonly_fields = ("state", "moves")
    change_form_template = "gestion/oppose_tools.html"

    @admin.display(description="historique")
    def moves(self, row: Carte) -> SafeString:
        """Give its events."""
        return history(row)

    def get_urls(self) -> list[URLPattern]:
        """Add the opposition to the pages of the admin."""
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.oppose_view))
        return [path("<int:pk>/opposition/", view, name="carte_carte_oppose"), *super().get_urls()]

    def oppose_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say that it is for good, then put the card in opposition, with a reason."""
        require(request, OPPOSE)
        carte = get_object_or_404(cartes_of(agent_of(request).caisse).select_related("beneficiaire"), pk=pk)
        form = OppositionForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            _oppose(request, carte, form)
            return redirect("admin:carte_carte_change", pk)
        self.trace_look(carte)
        title = "Mettre une carte en opposition"
        context = {**self.admin_site.each_context(request), "title": title, "carte": carte, "form": form}
        return render(request, "gestion/oppose.html", context)


def _oppose(request: HttpRequest, carte: Carte, form: OppositionForm) -> None:
    try:
        oppose_by_agent(
            carte=carte,
            user=request.user,  # type: ignore[arg-type]
            reason=OppositionReason(form.cleaned_data["reason"]),
            detail=form.cleaned_data["detail"],
            now=timezone.now(),
        )
    except MoveRefused as refusal:
        label = CarteState(getattr(refusal.subject, "state")).label  # noqa: B009 -- a card
        messages.error(request, f"Rien n’est changé : la carte est déjà « {label} ».")
    else:
        messages.success(request, "La carte est en opposition.")
