"""What people say of the portal, at the desk: for supervision, without their orders."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from accounts.gestion import ReadOnlyAdmin
from suivi.models import Satisfaction
from suivi.satisfaction import months


@admin.register(Satisfaction)
class SatisfactionAdmin(ReadOnlyAdmin):
    """Opinions, and how many of each a month. Whose they are does not matter here."""

    list_display = ("given_at", "opinion", "comment")
    list_display_links = None
    list_filter = ("opinion",)
    date_hierarchy = "given_at"
    fields = ("given_at", "opinion", "comment")
    change_list_template = "gestion/satisfaction.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the counts to the list."""
        return super().changelist_view(request, {"months": months(), **(extra_context or {})})
