"""« Notez votre démarche » (section 7, step 5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.middleware import AssureRequest
from carte.enums import Channel
from carte.models import Commande
from suivi.forms import SatisfactionForm
from suivi.satisfaction import give_satisfaction


@require_http_methods(["GET", "POST"])
def satisfaction(request: AssureRequest, reference: str) -> HttpResponse:
    """Take the author's opinion of his ordering online, or a second one in its place."""
    mine = Commande.objects.sent().filter(author=request.assure, channel=Channel.ONLINE)
    commande: Commande = get_object_or_404(
        mine.select_related("satisfaction", "beneficiaire"), reference=reference
    )
    given = getattr(commande, "satisfaction", None)
    before = {"opinion": given.opinion, "comment": given.comment} if given else None
    form = SatisfactionForm(request.POST if request.method == "POST" else None, initial=before)
    if form.is_valid():
        give_satisfaction(commande=commande, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Merci : votre avis est enregistré.")
        return redirect("order_confirmation", reference)
    return render(
        request, "suivi/satisfaction.html", {"tab": "demarches", "commande": commande, "form": form}
    )
