"""The trace at the desk: for supervision and audit, to read (A10)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.enums import Act
from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, agent_of
from accounts.models import Beneficiaire, Trace, TracePurge
from accounts.nir import Nir, NirError
from accounts.traces import trace

LIST = "admin:accounts_trace_changelist"


class NirSearchForm(forms.Form):
    """Whose traces: his NIR, with or without its key (A1)."""

    nir = forms.CharField(
        label="Numéro de sécurité sociale",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_nir(self) -> str:
        """Read the NIR as it is kept. Raises ``ValidationError``."""
        try:
            return Nir.parse(self.cleaned_data["nir"]).value
        except NirError as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(Trace)
class TraceAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Who did what to whose file, when, from where. What is filtered stands on an index."""

    list_display = ("at", "act", "by", "network_address", "beneficiaire", "about", "words", "reference")
    list_select_related = ("by__agent", "by__assure__beneficiaire", "beneficiaire", "caisse")
    list_filter = ("at", "act", "caisse")
    show_facets = admin.ShowFacets.NEVER  # they count
    search_fields = ("reference__exact",)
    search_help_text = "Le numéro de la ligne, que la personne lit dans son dossier."
    fields = (
        "reference", "at", "act", "by", "network_address", "beneficiaire", "caisse", "about", "words",
        "mac",
    )  # fmt: skip
    readonly_fields = ("reference", "mac")
    change_list_template = "gestion/traces.html"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the list be of one person, or of one agent: by key, never by NIR."""
        theirs = {"beneficiaire__id__exact", "by__id__exact"}
        return lookup in theirs or super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        """Add the search by NIR to the pages of the admin."""
        view = self.admin_site.admin_view(require_POST(self.search_view))
        return [path("dossier/", view, name="accounts_trace_search"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the search by NIR to the list."""
        return super().changelist_view(request, {"nir_form": NirSearchForm(), **(extra_context or {})})

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Lead to the lines of one file. By POST: a NIR stays out of addresses and logs (decision 20)."""
        if not self.has_view_permission(request):
            return redirect("admin:index")
        form = NirSearchForm(request.POST)
        found = (
            self._people(request).filter(nir=form.cleaned_data["nir"]).first() if form.is_valid() else None
        )
        if found is None:
            messages.error(request, "Aucun dossier ne porte ce numéro de sécurité sociale.")
            return redirect(LIST)
        trace(Act.FILE_SEEN, at=timezone.now(), beneficiaire=found, about="traces")
        return redirect(f"{reverse(LIST)}?beneficiaire__id__exact={found.pk}")

    def _people(self, request: HttpRequest) -> QuerySet[Beneficiaire]:
        """Give the people whose traces this agent may see."""
        if request.user.has_perm("accounts.span_caisses"):
            return Beneficiaire.objects.all()
        ours = Beneficiaire.objects.filter(rattachements__assure__caisse=agent_of(request).caisse)
        return ours.distinct()


@admin.register(TracePurge)
class TracePurgeAdmin(ReadOnlyAdmin):
    """What went of the trace by age, and with which end."""

    list_display = ("at", "before", "count", "last_number")
