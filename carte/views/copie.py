"""The paper copy of what a card holds, and what its holders say is wrong on it (section 6)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import AssureRequest
from accounts.saisines import AlreadyWaiting
from carte.annulation import ALIVE
from carte.copies import content_of, pdf_of
from carte.forms import SignalementForm
from carte.models import CopieCarte
from carte.signalements import report_error
from vitale_portal.pdf import download

SENT = "Votre signalement est envoyé à votre caisse. Un message vous dira la suite donnée."
DEAD = "Cette carte ne sert plus : il n’y a plus rien à y corriger."


def _own_copie(request: AssureRequest, reference: str) -> CopieCarte:
    """Get the copy of the card of somebody attached to the signed-in assuré; any other is a 404.

    Both parents of a child get it: it says what the card says, and no address.
    """
    return get_object_or_404(CopieCarte.objects.whole().held_by(request.assure), reference=reference)


@require_safe
def copie(request: AssureRequest, reference: str) -> HttpResponse:
    """Stream the copy to a holder, the same bytes for ever."""
    found = _own_copie(request, reference)
    return download(pdf_of(found, timezone.now()), f"copie-carte-vitale-{reference}.pdf")


@require_http_methods(["GET", "POST"])
def report(request: AssureRequest, reference: str) -> HttpResponse:
    """« Signaler une erreur »: what is wrong on the card, in a choice and a few words."""
    carte = _own_copie(request, reference).carte
    if carte.state not in ALIVE:
        messages.info(request, DEAD)
        return redirect("cartes")
    form = SignalementForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            report_error(carte=carte, assure=request.assure, now=timezone.now(), **form.cleaned_data)
        except AlreadyWaiting:
            form.already_waiting()
        else:
            messages.success(request, SENT)
            return redirect("cartes")
    context = {
        "tab": "cartes",
        "carte": carte,
        "reference": reference,
        "form": form,
        "waiting": request.assure.signalements.filter(carte=carte, handled_at=None),
        **content_of(carte),
    }
    return render(request, "carte/signaler.html", context)
