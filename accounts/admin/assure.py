"""Assurés, beneficiaries and their addresses, at the desk (A10, B4)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.admin.code_provisoire import hand_over_view
from accounts.adresses import clear_npai
from accounts.bancaire import shown
from accounts.changements import tell_changes
from accounts.enums import Act
from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, ScopedRawId, agent_of
from accounts.models import Adresse, Assure, Beneficiaire, Caisse, Rattachement
from vitale_portal.text import masked_email


class RattachementInline(admin.TabularInline[Rattachement, Assure]):
    """The beneficiaries of an assuré; one attaches whom the caisse knows, or nobody's yet (decision 52)."""

    model = Rattachement
    extra = 0
    raw_id_fields = ("beneficiaire",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Neither take nor name a person of another caisse, whatever number is typed."""
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "beneficiaire":
            field.queryset = _attachable(agent_of(request).caisse)
            field.widget = ScopedRawId(db_field.remote_field, self.admin_site, field.queryset)
        return field


def _attachable(caisse: Caisse) -> QuerySet[Beneficiaire]:
    known = Rattachement.objects.filter(assure__caisse=caisse).values("beneficiaire")
    attached = Rattachement.objects.filter(beneficiaire=OuterRef("pk"))  # no join: a child of two comes once
    return Beneficiaire.objects.filter(Q(pk__in=known) | ~Exists(attached))


class AdresseInline(admin.TabularInline[Adresse, Assure]):
    """The addresses an assuré gave: to look at."""

    model = Adresse
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Addresses are given on the site, with their wait."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse: a row is never rewritten."""
        return False


class TellingAdmin(CaisseScopedAdmin):
    """Tells the floors above what an agent changed of somebody, in the same transaction."""

    changed_act = Act.FLAG_CHANGED

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save what goes with the row, then tell."""
        super().save_related(request, form, formsets, change)
        if change:
            beside = (formset.prefix for formset in formsets if formset.has_changed())
            tell_changes(form.instance, {*form.changed_data, *beside}, at=timezone.now())


@admin.register(Assure)
class AssureAdmin(TellingAdmin):
    """Assurés of the agent's caisse."""

    file_path = "beneficiaire"
    list_display = ("beneficiaire", "caisse")
    list_select_related = ("beneficiaire", "caisse")
    search_fields = ("beneficiaire__nir", "beneficiaire__nom", "beneficiaire__prenoms")
    search_help_text = "Numéro de sécurité sociale, nom ou prénom."
    # Whose account it is, and where its mails go, are not changed by a number or a word typed here: that
    # would open somebody else's file, or his account.
    readonly_fields = ("beneficiaire", "caisse", "mails_to", "iban_end")
    exclude = ("email",)
    inlines = (RattachementInline, AdresseInline)
    change_form_template = "gestion/assure.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assure]:
        """Leave the IBAN sealed in a list."""
        return super().get_queryset(request).defer("iban")

    @admin.display(description="IBAN, 4 derniers caractères")
    def iban_end(self, assure: Assure) -> str:
        """Give all an agent sees of it (A7)."""
        return shown(assure.iban) or "aucun"

    def get_urls(self) -> list[URLPattern]:
        """Add the provisional code handed over at the counter to the pages of the admin (A4)."""
        view = self.admin_site.admin_view(hand_over_view)
        return [path("<int:pk>/code-provisoire/", view, name="accounts_assure_code"), *super().get_urls()]

    @admin.display(description="adresse électronique")
    def mails_to(self, row: Assure) -> str:
        """Give his e-mail address, masked."""
        return masked_email(row.email)


@admin.register(Beneficiaire)
class BeneficiaireAdmin(TellingAdmin):
    """Civil status and flags. A flag is a date: « since when » can be told."""

    file_path = ""
    caisse_path = "rattachements__assure__caisse"
    list_display = ("nom", "prenoms", "date_naissance")
    search_fields = ("nir", "nom", "prenoms")
    search_help_text = "Numéro de sécurité sociale, nom ou prénom."


@admin.register(Adresse)
class AdresseAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Addresses: to look at, and to trust again once mail came back (B4)."""

    file_path = "assure.beneficiaire"
    caisse_path = "assure__caisse"
    list_display = ("assure", "voie", "code_postal", "commune", "npai_since")
    list_select_related = ("assure__beneficiaire",)
    search_fields = (
        "assure__beneficiaire__nir",
        "assure__beneficiaire__nom",
        "assure__beneficiaire__prenoms",
    )
    search_help_text = "Numéro de sécurité sociale, nom ou prénom."
    change_form_template = "gestion/adresse.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the decision to the pages of the admin."""
        view = self.admin_site.admin_view(require_POST(self.clear_npai_view))
        return [path("<int:pk>/npai/", view, name="accounts_adresse_clear_npai"), *super().get_urls()]

    def clear_npai_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Clear the flag, with the agent's reason in the log."""
        if not request.user.has_perm("accounts.change_adresse"):
            raise PermissionDenied
        adresse = get_object_or_404(self.get_queryset(request), pk=pk)
        reason = request.POST.get("reason", "").strip()
        if reason:
            with transaction.atomic():
                clear_npai(adresse)
                self.trace_look(adresse, Act.FLAG_CHANGED, "NPAI levé")
            self.log_change(request, adresse, f"NPAI levé : {reason}")
            messages.success(request, "L’adresse peut de nouveau servir.")
        else:
            messages.error(request, "Écrivez la raison : elle reste dans l’historique.")
        return redirect("admin:accounts_adresse_change", pk)
