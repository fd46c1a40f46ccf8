"""At the counter: an agent checks who is there, and hands over a provisional code, shown once (A4)."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.enums import Act
from accounts.gestion import agent_of, once
from accounts.models import Assure, CodeProvisoire
from accounts.ouverture.code_provisoire import hand_over
from accounts.ouverture.preuves import YOUNGEST, may_hold_account
from accounts.traces import named, trace

HAND_OVER = "accounts.hand_over_code"
ELSEWHERE = (
    "Aucun code n’est fait : ce formulaire date d’une autre session. Relisez-le et envoyez-le de nouveau."
)


class IdentityPaper(models.TextChoices):
    """What the agent saw of who stands before him."""

    CARTE_IDENTITE = "CARTE_IDENTITE", "Carte d’identité"
    PASSEPORT = "PASSEPORT", "Passeport"
    TITRE_SEJOUR = "TITRE_SEJOUR", "Titre de séjour ou carte de résident"
    AUTRE = "AUTRE", "Autre pièce avec photo"


class HandOverForm(forms.Form):
    """How identity was checked, and why a code is given: both stay, the reason in the history of the desk."""

    paper = forms.ChoiceField(label="Pièce présentée", choices=IdentityPaper.choices)
    reason = forms.CharField(
        label="Raison",
        max_length=120,
        help_text="Par exemple : n’a ni sa carte ni son IBAN. N’écrivez ni nom ni numéro.",
        error_messages={"required": "Écrivez la raison : elle reste dans l’historique."},
    )
    checked = forms.BooleanField(
        label="La personne présente est bien celle du dossier.",
        error_messages={"required": "Cochez la case une fois l’identité vérifiée."},
    )
    formulaire = forms.CharField(required=False, widget=forms.HiddenInput)  # ``once.FIELD``


def _form(request: HttpRequest) -> tuple[HandOverForm, bool]:
    """Give the form to judge or to show, and whether it was sent once more (« Actualiser »).

    A code made twice would end the one just copied.
    """
    mark = once.mark_of(request) if request.method == "POST" else None
    if mark == once.Mark.FRESH:
        return HandOverForm(request.POST), False
    again = {once.FIELD: once.new_mark(request)}
    if mark != once.Mark.UNKNOWN:
        return HandOverForm(initial=again), mark == once.Mark.SERVED
    form = HandOverForm(request.POST.dict() | again)
    if form.is_valid():
        form.add_error(None, ELSEWHERE)
    return form, False


@never_cache
@require_http_methods(["GET", "POST"])
def hand_over_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a code over to an assuré of the agent's own caisse; it shows on this answer and never again."""
    if not request.user.has_perm(HAND_OVER):
        raise PermissionDenied
    related = Assure.objects.select_related("beneficiaire", "caisse", "user")
    assure = get_object_or_404(related, pk=pk, caisse=agent_of(request).caisse)
    now = timezone.now()
    form, repeated = _form(request)
    context = {
        **admin.site.each_context(request),
        "title": "Remettre un code provisoire",
        "assure": assure,
        "form": form,
        "code": "",
        "repeated": repeated,
        "old_enough": may_hold_account(assure, now),
        "youngest": YOUNGEST,
    }
    if form.is_bound and context["old_enough"] and form.is_valid():
        context |= _hand_over(request, assure, form, now)
    else:
        trace(Act.FILE_SEEN, at=now, request=request, beneficiaire=assure.beneficiaire, about=named(assure))
    return render(request, "gestion/code_provisoire.html", context)


def _hand_over(request: HttpRequest, assure: Assure, form: HandOverForm, now: datetime) -> dict[str, Any]:
    """Make the code, with its line in the trace and in the history; give what is printed of it."""
    paper, reason = IdentityPaper(form.cleaned_data["paper"]).label, form.cleaned_data["reason"]
    with transaction.atomic():
        code = hand_over(assure=assure, now=now)
        who, caisse = assure.beneficiaire, assure.caisse
        trace(Act.CODE_HANDED, at=now, request=request, beneficiaire=who, caisse=caisse, words=paper)
        said = f"Code provisoire remis : {paper}, {reason}"
        entries: Any = LogEntry.objects
        entries.log_actions(request.user.pk, [assure], CHANGE, said, single_object=True)
    once.has_served(request)
    ends_at = CodeProvisoire.objects.get(assure=assure).ends_at
    return {"code": code, "ends_at": ends_at, "site": settings.VITALE_PUBLIC_URL}
