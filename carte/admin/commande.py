"""Orders at the desk: their list; the review is in ``controle``, the post's word in ``poste``."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin
from carte.admin.controle import ControlePages
from carte.admin.poste import PostePages
from carte.enums import CommandeState
from carte.models import Commande


@admin.register(Commande)
class CommandeAdmin(ControlePages, PostePages, CaisseScopedAdmin, ReadOnlyAdmin):
    """Orders of the agent's caisse; states and events are read-only, decisions go through ``controle``."""

    file_path = "beneficiaire"
    list_display = ("shown_reference", "beneficiaire", "state", "caisse", "submitted_at")
    list_select_related = ("beneficiaire", "caisse")
    list_filter = ("state",)
    search_fields = (
        "reference", "beneficiaire__nir__exact", "beneficiaire__nom", "beneficiaire__prenoms",
        "beneficiaire__reference__exact", "author__beneficiaire__reference__exact",
    )  # fmt: skip
    search_help_text = "Référence, ou numéro de sécurité sociale, nom ou prénom du bénéficiaire."
    exclude = ("adresse_lines",)
    readonly_fields = ("sent_to",)
    change_form_template = "gestion/commande_tools.html"

    @admin.display(description="adresse d’envoi")
    def sent_to(self, row: Commande) -> str:
        """Give the address the card goes to."""
        return ", ".join(row.adresse_lines)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Give sent orders only: a draft is its author's alone (section 7)."""
        return super().get_queryset(request).exclude(state=CommandeState.DRAFT)
