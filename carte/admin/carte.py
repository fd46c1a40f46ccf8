"""Cards at the desk: opposition, return (section 6)."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, agent_of
from carte.admin.desk import OPPOSE, cartes_of, history, require
from carte.cartes import HAND_BACK_REASONS, hand_back, oppose_by_agent
from carte.enums import OPEN, CarteState
from carte.forms_gestion import HandBackForm, OppositionForm
from carte.models import Carte, Commande
from vitale_portal.transitions import MoveRefused

OPPOSED = "La carte est en opposition."
NOT_OPPOSED = "Rien n’est changé : la carte est déjà « {} »."
HANDED_BACK = "La restitution est enregistrée ; la personne en est informée."
NOT_HANDED_BACK = "Rien n’est changé : entre-temps, la carte est devenue « {} »."


@admin.register(Carte)
class CarteAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Cards of the people of the agent's caisse; one may be opposed, or handed back (section 6)."""

    file_path = "beneficiaire"
    caisse_path = "beneficiaire__rattachements__assure__caisse"
    list_display = ("serial", "beneficiaire", "state", "made_on")
    list_select_related = ("beneficiaire",)
    search_fields = (
        "serial", "beneficiaire__nir__exact", "beneficiaire__nom", "beneficiaire__prenoms",
        "beneficiaire__reference__exact",
    )  # fmt: skip
    search_help_text = "Numéro de série, numéro de sécurité sociale, nom ou prénom."
    exclude = ("ayants_droit",)
    readonly_fields = ("state", "people", "moves")
    change_form_template = "gestion/oppose_tools.html"

    @admin.display(description="ayants droit")
    def people(self, row: Carte) -> str:
        """Give who is on it beside its holder."""
        return ", ".join(f"{one['prenoms']} {one['nom']}" for one in row.ayants_droit) or "aucun"

    @admin.display(description="historique")
    def moves(self, row: Carte) -> SafeString:
        """Give its events."""
        return history(row)

    def get_urls(self) -> list[URLPattern]:
        """Add opposition and return to the pages of the admin."""
        acts = {
            "opposition": (self.oppose_view, "carte_carte_oppose"),
            "restitution": (self.hand_back_view, "carte_carte_hand_back"),
        }
        pages = [
            path(
                f"<int:pk>/{word}/",
                self.admin_site.admin_view(require_http_methods(["GET", "POST"])(view)),
                name=name,
            )
            for word, (view, name) in acts.items()
        ]
        return pages + super().get_urls()

    def oppose_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say that it is for good, then put the card in opposition, with a reason."""
        carte = _ours(request, pk)
        form = OppositionForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            return _do(request, carte, form, oppose_by_agent, OPPOSED, NOT_OPPOSED)
        context = {"title": "Mettre une carte en opposition", "carte": carte, "form": form}
        return self._page(request, "gestion/oppose.html", context)

    def hand_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what follows, then record that the card was handed back, with a reason."""
        carte = _ours(request, pk)
        form = HandBackForm(request.POST if request.method == "POST" else None, carte=carte)
        if form.is_valid():
            return _do(request, carte, form, hand_back, HANDED_BACK, NOT_HANDED_BACK)
        context = {
            "title": "Enregistrer la restitution d’une carte",
            "carte": carte,
            "form": form,
            "returnable": carte.state in HAND_BACK_REASONS,
            "open_commande": Commande.objects.filter(beneficiaire=carte.beneficiaire, state__in=OPEN).first(),
        }
        return self._page(request, "gestion/hand_back.html", context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        self.trace_look(context["carte"])
        return render(request, template, {**self.admin_site.each_context(request), **context})


def _ours(request: HttpRequest, pk: int) -> Carte:
    """Get a card of the people of the agent's caisse, for who may oppose; any other is a 404."""
    require(request, OPPOSE)
    cartes = cartes_of(agent_of(request).caisse).select_related("beneficiaire")
    found: Carte = get_object_or_404(cartes, pk=pk)
    return found


def _do(
    request: HttpRequest, carte: Carte, form: Form, act: Callable[..., Carte], done: str, refused: str
) -> HttpResponse:
    """Do what the form says of a card, and tell the agent that it is done, or how the card stands."""
    try:
        act(carte=carte, user=request.user, now=timezone.now(), **form.cleaned_data)
    except MoveRefused as refusal:
        label = CarteState(getattr(refusal.subject, "state")).label  # noqa: B009 -- a card
        messages.error(request, refused.format(label))
    else:
        messages.success(request, done)
    return redirect("admin:carte_carte_change", carte.pk)
