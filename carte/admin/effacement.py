"""The log of what was erased, at the desk (C3, P6)."""

from django.contrib import admin

from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin
from carte.models import Effacement


@admin.register(Effacement)
class EffacementAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """What was erased, when and under which rule; it names no person."""

    list_display = ("shown_reference", "motif", "files", "caisse", "at")
    list_select_related = ("caisse",)
    list_filter = ("motif",)
    search_fields = ("reference",)
