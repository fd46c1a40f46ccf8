"""Back-office of the ground floor."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

import accounts.trace_admin  # noqa: F401 -- registers its pages
from accounts.adresses import clear_npai
from accounts.changements import tell_changes
from accounts.enums import Act
from accounts.gestion import CaisseScopedAdmin, DeskAdmin, ReadOnlyAdmin
from accounts.models import (
    Adresse,
    Agent,
    Assure,
    Beneficiaire,
    Caisse,
    OutboxMail,
    Rattachement,
    Regime,
    SetAside,
    SweepRun,
)
from accounts.sweeps import retry


@admin.register(Regime)
class RegimeAdmin(DeskAdmin):
    """Profiles. A changed one moves no due time already set (section 2)."""

    changed_act = Act.PROFILE_CHANGED
    list_display = ("code", "nom", "online_order", "delay_online_days")


@admin.register(Caisse)
class CaisseAdmin(DeskAdmin):
    """Caisses and how to reach them."""

    changed_act = Act.PROFILE_CHANGED
    list_display = ("nom", "regime", "telephone")
    list_select_related = ("regime",)


class RattachementInline(admin.TabularInline[Rattachement, Assure]):
    """The beneficiaries of an assuré."""

    model = Rattachement
    extra = 0
    raw_id_fields = ("beneficiaire",)


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
    search_fields = ("beneficiaire__nir", "beneficiaire__nom")
    raw_id_fields = ("beneficiaire",)
    inlines = (RattachementInline, AdresseInline)


@admin.register(Beneficiaire)
class BeneficiaireAdmin(TellingAdmin):
    """Civil status and flags. A flag is a date: « since when » can be told."""

    file_path = ""
    caisse_path = "rattachements__assure__caisse"
    list_display = ("nom", "prenoms", "date_naissance")
    search_fields = ("nir", "nom")


@admin.register(Agent)
class AgentAdmin(CaisseScopedAdmin):
    """Staff."""

    list_display = ("nom", "prenom", "caisse")
    list_select_related = ("caisse",)


@admin.register(Adresse)
class AdresseAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Addresses: to look at, and to trust again once mail came back (B4)."""

    file_path = "assure.beneficiaire"
    caisse_path = "assure__caisse"
    list_display = ("assure", "voie", "code_postal", "commune", "npai_since")
    list_select_related = ("assure__beneficiaire",)
    search_fields = ("assure__beneficiaire__nom", "assure__beneficiaire__nir")
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


@admin.register(OutboxMail)
class OutboxMailAdmin(ReadOnlyAdmin):
    """The mails that wait, left, or could not leave."""

    list_display = ("written_at", "recipient", "subject", "sent_at", "attempts", "last_error")


@admin.register(SetAside)
class SetAsideAdmin(ReadOnlyAdmin):
    """The rows sweeps could not act on: to be mended, then tried again (section 10)."""

    list_display = ("sweep", "model", "object_id", "attempts", "error", "since", "retry_at")
    list_filter = ("sweep",)
    actions = ("retry_now",)

    @admin.action(description="Réessayer", permissions=["retry"])
    def retry_now(self, request: HttpRequest, rows: QuerySet[SetAside]) -> None:
        """Have the chosen rows tried again by the next sweep."""
        tried = retry(rows, now=timezone.now())
        self.message_user(request, f"{tried} ligne(s) : nouvel essai au prochain passage.", messages.SUCCESS)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Tell whether this agent may: supervision."""
        return request.user.has_perm("accounts.retry_setaside")


@admin.register(SweepRun)
class SweepRunAdmin(ReadOnlyAdmin):
    """When each sweep last came to its end."""

    list_display = ("name", "started_at", "ended_at", "rows")
