"""Sealed batches at the desk (D5)."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from accounts.gestion import ReadOnlyAdmin, agent_of
from carte.fabrication.lots import csv_of
from carte.models import LotFabrication


@admin.register(LotFabrication)
class LotFabricationAdmin(ReadOnlyAdmin):
    """Sealed batches. Supervision downloads what their CSV says of its own caisse, and no more (A10)."""

    list_display = ("number", "sealed_at", "count", "sha256")
    fields = ("number", "sealed_at", "count", "sha256")
    change_form_template = "gestion/lot.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the CSV to the pages of the admin."""
        view = self.admin_site.admin_view(self.csv_view)
        return [path("<int:pk>/csv/", view, name="carte_lotfabrication_csv"), *super().get_urls()]

    def csv_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Serve the lines of the agent's caisse as they were sealed, and keep that they were asked for."""
        if not request.user.has_perm("carte.download_lotfabrication"):
            raise PermissionDenied
        lot = get_object_or_404(LotFabrication, pk=pk)
        self.log_change(request, lot, "CSV téléchargé")
        response = HttpResponse(
            csv_of(lot, agent_of(request).caisse).encode(), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="lot-{lot.number:06d}.csv"'
        return response
