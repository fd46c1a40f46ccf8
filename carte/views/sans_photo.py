"""Step 2, for who cannot give a regular photo (P7)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.middleware import AssureRequest
from carte.commandes import NotADraft, OrderRefused
from carte.eligibilite import examine, facts_for
from carte.enums import PieceKind
from carte.forms import SansPhotoForm
from carte.sans_photo import explain
from carte.views.access import own_commande


@sensitive_post_parameters("reason", "text")
@require_http_methods(["GET", "POST"])
def sans_photo(request: AssureRequest, reference: str) -> HttpResponse:
    """Take the explanation that stands for the photo; what was written before is not shown again."""
    commande = own_commande(request, reference)
    if not commande.is_draft:
        return redirect("order_resume", reference)
    now = timezone.now()
    form = SansPhotoForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            explain(commande=commande, explanation=form.explanation, now=now)
        except OrderRefused:
            form.close()
        except NotADraft:
            return redirect("order_resume", reference)
        else:
            messages.success(request, "Votre explication est enregistrée : elle tient lieu de photo.")
            return redirect("order_resume", reference)
    pieces = commande.current_pieces
    context = {
        "tab": "cartes",
        "commande": commande,
        "photo": next((piece for piece in pieces if piece.kind == PieceKind.PHOTO), None),
        "form": form,
        "answer": examine(facts_for(commande.author, commande.beneficiaire), now),
    }
    return render(request, "carte/sans_photo.html", context)
