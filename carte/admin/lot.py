"""Sealed batches at the desk: their CSV, and what the production centre answers (D5, D6)."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.enums import Act
from accounts.gestion import ReadOnlyAdmin
from accounts.traces import named, trace
from carte.admin.desk import ANSWER_LOT, require
from carte.fabrication.reponses import (
    MAX_BYTES,
    AnswersRefused,
    Fault,
    read_answers,
    record_answers,
    waiting,
)
from carte.forms_gestion import LotAnswerForm
from carte.models import LotFabrication
from carte.motifs import CENTRE

FAULTS_SHOWN = 50


@admin.register(LotFabrication)
class LotFabricationAdmin(ReadOnlyAdmin):
    """Sealed batches. Their CSV names people of all caisses: supervision alone downloads it."""

    list_display = ("number", "sealed_at", "count", "sha256")
    fields = ("number", "sealed_at", "count", "sha256")
    change_form_template = "gestion/lot.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the CSV and the centre's answer to the pages of the admin."""
        csv = self.admin_site.admin_view(self.csv_view)
        answer = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.answer_view))
        return [
            path("<int:pk>/csv/", csv, name="carte_lotfabrication_csv"),
            path("<int:pk>/reponse/", answer, name="carte_lotfabrication_answer"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the batch, and whether the centre's answer may be entered."""
        may = not settings.VITALE_SIMULATION and request.user.has_perm(ANSWER_LOT)
        kwargs["extra_context"] = {"may_answer": may}
        return super().change_view(request, *args, **kwargs)

    def csv_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Serve the CSV just as it was sealed, and keep that it was asked for."""
        if not request.user.has_perm("carte.download_lotfabrication"):
            raise PermissionDenied
        lot = get_object_or_404(LotFabrication, pk=pk)
        self.log_change(request, lot, "CSV téléchargé")
        trace(Act.EXPORTED, at=timezone.now(), about=named(lot), words="CSV")
        response = HttpResponse(lot.csv.encode(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="lot-{lot.number:06d}.csv"'
        return response

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the centre's file and record it, whole or not at all; say what is wrong line by line."""
        require(request, ANSWER_LOT)
        if settings.VITALE_SIMULATION:
            raise Http404
        lot = get_object_or_404(LotFabrication, pk=pk)
        form = LotAnswerForm(files=request.FILES if request.method == "POST" else None)
        faults: list[Fault] = []
        if form.is_bound and form.is_valid():
            try:
                return _record(request, lot, form.cleaned_data["file"])
            except AnswersRefused as refused:
                faults = refused.faults
        context = {
            **self.admin_site.each_context(request),
            "title": f"Réponse du centre au lot n° {lot.number}",
            "lot": lot,
            "waiting": waiting(lot),
            "form": form,
            "faults": faults[:FAULTS_SHOWN],
            "more": max(0, len(faults) - FAULTS_SHOWN),
            "motifs": CENTRE,
        }
        return render(request, "gestion/lot_answer.html", context)


def _record(request: HttpRequest, lot: LotFabrication, file: UploadedFile[Any]) -> HttpResponse:
    now = timezone.now()
    with transaction.atomic():
        answers = read_answers(file.read(MAX_BYTES + 1))
        shipped, refused = record_answers(lot=lot, answers=answers, user=request.user, now=now)  # type: ignore[arg-type]
        words = f"expédiées : {shipped}, refusées : {refused}"
        trace(Act.DECIDED, at=now, request=request, about=f"lot {lot.number}", words=words)
    messages.success(
        request,
        f"Réponse du centre enregistrée. Cartes expédiées : {shipped} ; commandes refusées : {refused} ; "
        f"encore sans réponse : {waiting(lot)}.",
    )
    return redirect("admin:carte_lotfabrication_change", lot.pk)
