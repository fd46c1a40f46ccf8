"""What people say is wrong on their cards, at the desk (section 6)."""

from django.contrib import admin

from accounts.gestion.saisine import SaisineAdmin
from carte.enums import SignalementOutcome
from carte.models import Signalement


@admin.register(Signalement)
class SignalementAdmin(SaisineAdmin):
    """Errors the people of the agent's caisse saw on their cards."""

    outcomes = SignalementOutcome
    waiting = ("signalement à traiter", "signalements à traiter")
    to_handle = "Traiter ce signalement"
    handled = "Le signalement est traité ; la personne en est informée."
    handled_before = "Rien n’est changé : ce signalement est déjà traité."

    list_display = ("sent_at", "kind", "carte", "assure", "outcome", "handled_at")
    list_select_related = ("carte", "assure__beneficiaire")
    search_fields = (
        "reference", "carte__serial",
        "assure__beneficiaire__nir", "assure__beneficiaire__nom", "assure__beneficiaire__prenoms",
    )  # fmt: skip
    search_help_text = "Référence du signalement, numéro de série, numéro de sécurité sociale, nom ou prénom."
    fields = (
        "carte", "assure", "caisse", "kind", "text", "sent_at", "outcome", "handled_at", "handled_by",
    )  # fmt: skip
