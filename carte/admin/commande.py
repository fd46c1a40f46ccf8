"""Orders at the desk: their list; the review is in ``controle``, the post's word in ``poste``."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin
from carte.admin.controle import ControlePages
from carte.admin.poste import PostePages
from carte.enums import CommandeState
from carte.models import Commande
from vitale_portal.references import normalise


@admin.register(Commande)
class CommandeAdmin(ControlePages, PostePages, CaisseScopedAdmin, ReadOnlyAdmin):
    """Orders of the agent's caisse; states and events are read-only, decisions go through ``controle``."""

    file_path = "beneficiaire"
    list_display = ("reference", "beneficiaire", "state", "caisse", "submitted_at")
    list_select_related = ("beneficiaire", "caisse")
    list_filter = ("state",)
    search_fields = ("reference",)
    change_form_template = "gestion/commande_tools.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Give sent orders only: a draft is its author's alone (section 7)."""
        return super().get_queryset(request).exclude(state=CommandeState.DRAFT)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find an order by its reference as people write it: « 7K3F-92QX-4J »."""
        return super().get_search_results(request, queryset, normalise(search_term) or search_term)
