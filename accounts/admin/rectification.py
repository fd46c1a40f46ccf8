"""What people ask to have corrected in their files, at the desk (A7)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.enums import RectificationOutcome
from accounts.gestion.saisine import SaisineAdmin
from accounts.models import Rectification


@admin.register(Rectification)
class RectificationAdmin(SaisineAdmin):
    """What the people of the agent's caisse ask to have corrected."""

    outcomes = RectificationOutcome
    waiting = ("demande de correction à traiter", "demandes de correction à traiter")
    to_handle = "Traiter cette demande"
    handled = "La demande est traitée ; la personne en est informée."
    handled_before = "Rien n’est changé : cette demande est déjà traitée."

    list_display = ("sent_at", "kind", "assure", "outcome", "handled_at")
    list_select_related = ("assure__beneficiaire",)
    search_fields = (
        "reference",
        "assure__beneficiaire__nir", "assure__beneficiaire__nom", "assure__beneficiaire__prenoms",
    )  # fmt: skip
    search_help_text = "Référence de la demande, numéro de sécurité sociale, nom ou prénom."
    fields = (
        "shown_reference", "assure", "kind", "what_is_wrong", "what_is_right", "sent_at",
        "outcome", "handled_at", "handled_by",
    )  # fmt: skip
    readonly_fields = ("shown_reference", "what_is_wrong", "what_is_right")

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
