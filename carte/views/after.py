"""What the author does of an order once sent: cancel it, send it elsewhere, say whether the card came."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.middleware import AssureRequest
from carte.annulation import cancel_by_author, may_cancel
from carte.commandes import Changed
from carte.enums import CommandeState
from carte.models import Commande
from carte.reception import confirm_receipt, redirect_to_current, report_never_came
from carte.views.access import own_commande
from vitale_portal.transitions import Actor, MoveRefused

CANCELLED = "Votre commande est annulée. Aucune carte ne sera envoyée."
NOT_CANCELLED = "Cette commande ne peut plus être annulée ici : voici où elle en est. Rien n’a changé."
NOT_SHIPPED = "Cette commande n’est pas, ou n’est plus, en chemin : voici où elle en est. Rien n’a changé."
NEVER_CAME = "La carte est désactivée et la commande annulée. Vous pouvez en commander une autre maintenant."
RECEIVED = "Merci. La carte est en service."
REDIRECTED = "La carte sera envoyée à votre nouvelle adresse."
SEALED = "La fabrication a commencé : l’adresse d’envoi ne peut plus changer. Rien n’a changé."
OTHER_ADDRESS = "Votre adresse n’est plus celle qui était affichée : vérifiez, puis validez. Rien n’a changé."


@require_http_methods(["GET", "POST"])
def order_cancel(request: AssureRequest, reference: str) -> HttpResponse:
    """Say what cancelling does, then cancel; cancelled twice, it is told twice."""
    commande = own_commande(request, reference)
    if request.method == "POST" and commande.state == CommandeState.CANCELLED:
        messages.success(request, CANCELLED)
    elif request.method == "POST":
        _do(request, commande, cancel_by_author, CANCELLED, NOT_CANCELLED)
    elif may_cancel(commande, Actor.AUTHOR):
        return render(request, "carte/cancel.html", {"tab": "demarches", "commande": commande})
    else:
        messages.info(request, NOT_CANCELLED)
    return _back(commande)


@require_http_methods(["GET", "POST"])
def never_received(request: AssureRequest, reference: str) -> HttpResponse:
    """Say what « jamais reçue ou perdue » does, then do it (D6)."""
    commande = own_commande(request, reference)
    if request.method == "POST":
        _do(request, commande, report_never_came, NEVER_CAME, NOT_SHIPPED)
    elif commande.state == CommandeState.SHIPPED:
        return render(request, "carte/never_received.html", {"tab": "demarches", "commande": commande})
    else:
        messages.info(request, NOT_SHIPPED)
    return _back(commande)


@require_POST
def order_received(request: AssureRequest, reference: str) -> HttpResponse:
    """Take « j’ai reçu ma carte » (D6)."""
    commande = own_commande(request, reference)
    _do(request, commande, confirm_receipt, RECEIVED, NOT_SHIPPED)
    return _back(commande)


@require_POST
def order_redirect(request: AssureRequest, reference: str) -> HttpResponse:
    """Point the order to the address that was on screen, until the lot is sealed (D5)."""
    commande = own_commande(request, reference)
    shown = request.POST.get("adresse", "")
    seen = int(shown) if shown.isdecimal() else 0
    try:
        redirect_to_current(commande=commande, seen=seen, now=timezone.now())
    except MoveRefused:
        messages.warning(request, SEALED)
    except Changed:
        messages.warning(request, OTHER_ADDRESS)
    else:
        messages.success(request, REDIRECTED)
    return _back(commande)


def _do(
    request: AssureRequest, commande: Commande, act: Callable[..., Commande], done: str, refused: str
) -> None:
    """Do what the author asks of his order, and tell him that it is done, or that it moved on."""
    try:
        act(commande=commande, user=request.assure.user, now=timezone.now())
    except MoveRefused:
        messages.warning(request, refused)
    else:
        messages.success(request, done)


def _back(commande: Commande) -> HttpResponse:
    """Go to where one sees how the order stands; a draft has no tracking yet."""
    return redirect("order_resume", commande.reference) if commande.is_draft else redirect(commande)
