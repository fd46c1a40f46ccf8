"""Declarations and attestations at the desk: to look at, and to enter what was received (F10)."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.enums import Act
from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, agent_of
from accounts.models import Assure, Beneficiaire
from accounts.traces import named, trace
from carte.admin.desk import cartes_of, require
from carte.enums import CarteState
from declarations.declarer import NotDeclarable, WrongDate, declare
from declarations.forms_gestion import CarteSearchForm, DeclarationEntryForm
from declarations.models import Attestation, Declaration
from vitale_portal.references import display

ENTER = "declarations.add_declaration"


@admin.register(Declaration)
class DeclarationAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Declarations. Circumstances and police reference are their author's alone (F1)."""

    file_path = "carte.beneficiaire"
    caisse_path = "carte__beneficiaire__rattachements__assure__caisse"
    list_display = ("shown_reference", "beneficiaire", "kind", "channel", "declared_at")
    list_select_related = ("carte__beneficiaire",)
    list_filter = ("kind", "channel")
    search_fields = (
        "reference", "carte__serial",
        "carte__beneficiaire__nir__exact", "carte__beneficiaire__nom", "carte__beneficiaire__prenoms",
        "carte__beneficiaire__reference__exact", "author__beneficiaire__reference__exact",
    )  # fmt: skip
    search_help_text = "Référence, numéro de série de la carte, numéro de sécurité sociale, nom ou prénom."
    readonly_fields = ("shown_reference",)
    fields = (
        "shown_reference",
        "carte",
        "author",
        "caisse",
        "kind",
        "facts_on",
        "channel",
        "entered_by",
        "declared_at",
    )

    @admin.display(description="bénéficiaire")
    def beneficiaire(self, row: Declaration) -> Beneficiaire:
        """Give whose card it is."""
        return row.carte.beneficiaire

    def get_urls(self) -> list[URLPattern]:
        """Add the entry of a declaration to the pages of the admin."""
        close = self.admin_site.admin_view
        both = require_http_methods(["GET", "POST"])
        return [
            path("recherche/", close(both(self.search_view)), name="declarations_declaration_search"),
            path("saisie/<int:pk>/", close(both(self.entry_view)), name="declarations_declaration_enter"),
            *super().get_urls(),
        ]

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Find the card a person speaks of. By POST: a NIR stays out of addresses and logs."""
        require(request, ENTER)
        form = CarteSearchForm(request.POST if request.method == "POST" else None)
        found = None
        if form.is_bound and form.is_valid():
            cartes = cartes_of(agent_of(request).caisse).filter(form.criteria)
            found = cartes.select_related("beneficiaire").order_by("-made_on", "-pk")
        context = {"form": form, "cartes": found, "in_use": CarteState.IN_USE}
        return self._page(request, "gestion/declaration_entry_search.html", context)

    def entry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enter a declaration for the assuré who made it (F10)."""
        require(request, ENTER)
        caisse = agent_of(request).caisse
        carte = get_object_or_404(cartes_of(caisse).select_related("beneficiaire"), pk=pk)
        holders = Assure.objects.filter(caisse=caisse, rattachements__beneficiaire=carte.beneficiaire)
        data = request.POST if request.method == "POST" else None
        now = timezone.now()
        form = DeclarationEntryForm(data, carte=carte, holders=list(holders.order_by("pk")), now=now)
        if form.is_bound and form.is_valid():
            declaration = _declare(request, form, now)
            if declaration:
                return redirect("admin:declarations_declaration_change", declaration.pk)
        trace(Act.FILE_SEEN, at=now, beneficiaire=carte.beneficiaire, about=named(carte))
        context = {"form": form, "carte": carte, "in_use": carte.state == CarteState.IN_USE}
        return self._page(request, "gestion/declaration_entry.html", context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "title": "Saisir une déclaration"}
        return render(request, template, frame | context)


def _declare(request: HttpRequest, form: DeclarationEntryForm, now: datetime) -> Declaration | None:
    """Declare as the form says, and tell the agent; None when it is refused, which the form then says."""
    author, user = form.cleaned_data["author"], request.user
    try:
        made = declare(carte=form.carte, author=author, faits=form.faits, user=user, now=now)  # type: ignore[arg-type]
    except WrongDate:
        form.refuse_date()
    except NotDeclarable:
        form.refuse_carte()
    else:
        if made.declared_at == now:
            messages.success(request, "La déclaration est enregistrée : la carte est en opposition.")
        else:
            messages.info(request, "Cette carte était déjà déclarée : voici la déclaration.")
        return made
    return None


@admin.register(Attestation)
class AttestationAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Attestations: which there are, never their bytes."""

    file_path = "beneficiaire"
    caisse_path = "assure__caisse"
    list_display = ("shown_code", "kind", "beneficiaire", "requested_at")
    list_select_related = ("beneficiaire",)
    list_filter = ("kind",)
    search_fields = ("code", "beneficiaire__nir__exact", "beneficiaire__nom", "beneficiaire__prenoms")
    search_help_text = "Code de vérification, numéro de sécurité sociale, nom ou prénom."
    fields = ("kind", "assure", "beneficiaire", "declaration", "shown_code", "requested_at", "sha256")
    readonly_fields = ("shown_code",)

    @admin.display(description="code de vérification", ordering="code")
    def shown_code(self, row: Attestation) -> str:
        """Give its code as it is printed."""
        return display(row.code)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the PDFs in the database."""
        return super().get_queryset(request).defer("pdf")
