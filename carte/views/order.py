"""The order step by step: for whom, validation, confirmation (section 7)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.adresses import situation
from accounts.middleware import AssureRequest
from carte.commandes import (
    Changed,
    NotADraft,
    NotAttached,
    OrderRefused,
    Stage,
    fingerprint,
    furthest_stage,
    may_reach,
    start_draft,
    submit_commande,
)
from carte.eligibilite import examine, examine_household, facts_for
from carte.enums import PROMISING
from carte.forms import BeneficiaireForm, ValidationForm
from carte.models import Commande, Recapitulatif
from carte.recapitulatif import pdf_of
from carte.views.access import STAGE_VIEWS, own_commande
from vitale_portal.pdf import download

SENT = "Cette commande est déjà envoyée : ses pièces et son adresse ne se changent plus à ces étapes."
MISSING = "Une pièce n’est plus là, et rien n’est envoyé. Déposez-la à nouveau, puis validez."


@require_http_methods(["GET", "POST"])
def order_start(request: AssureRequest) -> HttpResponse:
    """Step 1: choose for whom; the address is recalled. A beneficiary may come chosen (C4)."""
    now = timezone.now()
    household = examine_household(request.assure, now)
    chosen = {"beneficiaire": request.GET.get("beneficiaire", "")}
    form = BeneficiaireForm(request.POST or None, initial=chosen, household=[one.facts for one in household])
    if request.method == "POST" and form.is_valid():
        reference = form.cleaned_data["beneficiaire"]
        who = next(o.facts.beneficiaire for o in household if o.facts.beneficiaire.reference == reference)
        try:
            draft = start_draft(assure=request.assure, beneficiaire=who, now=now)
        except OrderRefused:
            form.refuse(who)
        else:
            return redirect("order_resume", draft.reference)
    context = {
        "tab": "cartes",
        "form": form,
        "household": household,
        "where": situation(household[0].facts.adresses if household else (), now),
    }
    return render(request, "carte/order_start.html", context)


@require_safe
def order_resume(request: AssureRequest, reference: str) -> HttpResponse:
    """Bring back to where the order stands: its furthest step, or its confirmation with a word."""
    commande = own_commande(request, reference)
    if not commande.is_draft:
        messages.info(request, SENT)
        return redirect("order_confirmation", reference)
    return redirect(STAGE_VIEWS[furthest_stage(commande)], reference)


@require_http_methods(["GET", "POST"])
def order_validation(request: AssureRequest, reference: str) -> HttpResponse:
    """Step 4: everything on one page, two ticks, and the sending (C1, C2, C5)."""
    commande = own_commande(request, reference)
    posted = request.method == "POST"
    if not commande.is_draft:  # sent twice, it is shown twice; gone back to, it is told
        return redirect("order_confirmation" if posted else "order_resume", reference)
    if not may_reach(commande, Stage.VALIDATION):
        if posted:
            messages.warning(request, MISSING)
        return redirect("order_resume", reference)
    now = timezone.now()
    shown = _shown(commande, now)
    form = ValidationForm(request.POST if posted else None, **shown["form"])
    if form.is_valid():
        try:
            submit_commande(commande=commande, now=now, seen=form.cleaned_data["seen"])
        except OrderRefused:
            form.refuse()
            shown = _shown(commande, now)
        except NotAttached as error:
            raise Http404 from error
        except NotADraft:  # purged meanwhile: its page says why (C3)
            return redirect("order_resume", reference)
        except Changed:
            form = ValidationForm(**shown["form"])
            messages.warning(request, ValidationForm.CHANGED)
        else:
            return redirect("order_confirmation", reference)
    return render(request, "carte/order_validation.html", shown | {"form": form})


def _shown(commande: Commande, now: datetime) -> dict[str, Any]:
    """Give what the page shows, and to the form what of it the sending compares (C1)."""
    facts = facts_for(commande.author, commande.beneficiaire)
    where = situation(facts.adresses, now)
    return {
        "tab": "cartes",
        "commande": commande,
        "pieces": commande.current_pieces,
        "where": where,
        "answer": examine(facts, now),
        "form": {
            "regime": commande.author.caisse.regime,
            "initial": {"seen": fingerprint(commande, where.current)},
        },
    }


@require_safe
def order_confirmation(request: AssureRequest, reference: str) -> HttpResponse:
    """Show the order once sent: its reference and what comes next; later, its tracking says more."""
    commande = own_commande(request, reference)
    if commande.is_draft:
        return redirect("order_resume", reference)
    if commande.state not in PROMISING:
        return redirect(commande)
    return render(request, "carte/order_confirmation.html", {"tab": "cartes", "commande": commande})


@require_safe
def recapitulatif(request: AssureRequest, reference: str) -> HttpResponse:
    """Stream the recap of an order sent online to its author, the same bytes for ever."""
    recaps = Recapitulatif.objects.whole().filter(commande__author=request.assure)
    found = get_object_or_404(recaps, commande__reference=reference)
    return download(pdf_of(found, timezone.now()), f"recapitulatif-{reference}.pdf")
