"""Pages of the floor ``carte``: the cards of a household, and the order step by step (section 7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.adresses import situation
from accounts.middleware import AssureRequest
from accounts.models import Rattachement
from carte.commandes import (
    Changed,
    NotADraft,
    NotAttached,
    OrderRefused,
    Stage,
    acknowledge_conditions,
    fingerprint,
    furthest_stage,
    may_reach,
    start_draft,
    submit_commande,
)
from carte.eligibilite import examine, examine_household, facts_for
from carte.enums import CommandeState, PieceKind
from carte.faults import bounds
from carte.files import picture_response
from carte.forms import BeneficiaireForm, NatureForm, PieceForm, ValidationForm
from carte.images import PictureRefused
from carte.models import Commande, Piece
from carte.pieces import delete_piece, deposit_piece, limits_for, name_identite

STAGE_VIEWS: Mapping[Stage, str] = {
    Stage.PHOTO: "order_photo",
    Stage.IDENTITE: "order_identite",
    Stage.VALIDATION: "order_validation",
}
# What the two piece steps differ in.
STEPS: Mapping[PieceKind, dict[str, Any]] = {
    PieceKind.PHOTO: {
        "stage": Stage.PHOTO,
        "template": "carte/order_photo.html",
        "conditions": "carte/conditions_photo.html",
        "conditions_field": "photo_conditions_at",
        "image_view": "photo_image",
        "delete_view": "photo_delete",
    },
    PieceKind.IDENTITE: {
        "stage": Stage.IDENTITE,
        "template": "carte/order_identite.html",
        "conditions": "carte/conditions_identite.html",
        "conditions_field": "identite_conditions_at",
        "image_view": "identite_image",
        "delete_view": "identite_delete",
    },
}


def own_commande(request: AssureRequest, reference: str) -> Commande:
    """Get an order of the signed-in assuré, its author; anybody else's is a 404.

    So is a draft for who is no longer attached to him (B1).
    """
    commandes = Commande.objects.select_related(
        "author__caisse__regime", "author__beneficiaire", "beneficiaire"
    )
    held = Exists(Rattachement.objects.filter(assure=request.assure, beneficiaire=OuterRef("beneficiaire")))
    commandes = commandes.filter(held | ~Q(state=CommandeState.DRAFT))
    found: Commande = get_object_or_404(
        commandes.prefetch_related("pieces"), reference=reference, author=request.assure
    )
    return found


@require_safe
def cartes(request: AssureRequest) -> HttpResponse:
    """Show each beneficiary's card, and what may be done (B1, section 5)."""
    household = examine_household(request.assure, timezone.now())
    return render(request, "carte/cartes.html", {"tab": "cartes", "household": household})


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
    """Bring back to where the order stands: its furthest step, or its confirmation."""
    commande = own_commande(request, reference)
    view = STAGE_VIEWS[furthest_stage(commande)] if commande.is_draft else "order_confirmation"
    return redirect(view, commande.reference)


@require_http_methods(["GET", "POST"])
def order_piece(request: AssureRequest, reference: str, kind: PieceKind) -> HttpResponse:
    """Take a piece (steps 2 and 3): the conditions, the file, and on."""
    commande = own_commande(request, reference)
    step = STEPS[kind]
    if not commande.is_draft or not may_reach(commande, step["stage"]):
        return redirect("order_resume", reference)
    forms: dict[str, Any] = {"form": PieceForm(), "nature_form": NatureForm(initial=_nature(commande))}
    if request.method == "POST":
        action = ACTIONS.get(request.POST.get("action", ""), _deposit)
        answer = action(request, commande, kind, forms)
        if answer:
            return answer
    return render(request, step["template"], _piece_context(commande, kind) | forms)


def _nature(commande: Commande) -> dict[str, str]:
    natures = (piece.nature for piece in commande.pieces.all() if piece.kind == PieceKind.IDENTITE)
    return {"nature": next(natures, "")}


def _piece_context(commande: Commande, kind: PieceKind) -> dict[str, Any]:
    now = timezone.now()
    step = STEPS[kind]
    limits = limits_for(commande.author.caisse.regime, kind)
    return {
        "tab": "cartes",
        "commande": commande,
        "piece": next((piece for piece in commande.pieces.all() if piece.kind == kind), None),
        "answer": examine(facts_for(commande.author, commande.beneficiaire), now),
        "understood": getattr(commande, step["conditions_field"]) is not None,
        "limits": limits,
        "weights": bounds(limits.weight_min, limits.weight_max),
        "accept": ",".join(f"image/{name.lower()}" for name in limits.formats),
        **{name: step[name] for name in ("conditions", "image_view", "delete_view")},
    }


def _understand(
    _request: AssureRequest, commande: Commande, kind: PieceKind, _forms: dict[str, Any]
) -> HttpResponse | None:
    acknowledge_conditions(commande=commande, kind=kind, now=timezone.now())
    return redirect(STAGE_VIEWS[STEPS[kind]["stage"]], commande.reference)


def _continue(
    request: AssureRequest, commande: Commande, kind: PieceKind, forms: dict[str, Any]
) -> HttpResponse | None:
    if kind == PieceKind.IDENTITE:
        forms["nature_form"] = form = NatureForm(request.POST)
        if not form.is_valid():
            return None
        try:
            name_identite(commande=commande, nature=form.cleaned_data["nature"], now=timezone.now())
        except NotADraft:
            return redirect("order_resume", commande.reference)
    return redirect("order_resume", commande.reference)


def _deposit(
    request: AssureRequest, commande: Commande, kind: PieceKind, forms: dict[str, Any]
) -> HttpResponse | None:
    step = STEPS[kind]
    if getattr(commande, step["conditions_field"]) is None:  # they come first
        return redirect(STAGE_VIEWS[step["stage"]], commande.reference)
    forms["form"] = form = PieceForm(request.POST, request.FILES)
    if not form.is_valid():
        return None
    upload = form.upload
    try:
        deposit_piece(
            commande=commande, kind=kind, data=upload.read(), label=upload.name or "", now=timezone.now()
        )
    except PictureRefused as refusal:
        form.refuse(refusal)
        return None
    except OrderRefused:
        form.close()
        return None
    except NotADraft:
        pass
    return redirect(STAGE_VIEWS[STEPS[kind]["stage"]], commande.reference)


ACTIONS = {"understand": _understand, "continue": _continue}


@require_safe
def piece_image(request: AssureRequest, reference: str, kind: PieceKind) -> FileResponse:
    """Serve a stored picture to the author of its order (P5)."""
    piece = get_object_or_404(Piece, commande=own_commande(request, reference), kind=kind)
    return picture_response(piece)


@require_POST
def piece_delete(request: AssureRequest, reference: str, kind: PieceKind) -> HttpResponse:
    """Delete a piece of a draft."""
    commande = own_commande(request, reference)
    try:
        delete_piece(commande=commande, kind=kind, now=timezone.now())
    except NotADraft:
        return redirect("order_resume", reference)
    messages.success(request, "Le fichier est supprimé. Vous pouvez en envoyer un autre.")
    return redirect(STAGE_VIEWS[STEPS[kind]["stage"]], reference)


@require_http_methods(["GET", "POST"])
def order_validation(request: AssureRequest, reference: str) -> HttpResponse:
    """Step 4: everything on one page, two ticks, and the sending (C1, C2, C5)."""
    commande = own_commande(request, reference)
    if not commande.is_draft:
        return redirect("order_confirmation", reference)
    if not may_reach(commande, Stage.VALIDATION):
        return redirect("order_resume", reference)
    now = timezone.now()
    form = ValidationForm(
        request.POST or None, regime=commande.author.caisse.regime, initial=_seen(commande, now)
    )
    if request.method == "POST" and form.is_valid():
        try:
            submit_commande(commande=commande, now=now, seen=form.cleaned_data["seen"])
        except OrderRefused:
            form.refuse()
        except NotAttached as error:
            raise Http404 from error
        except Changed:
            form = ValidationForm(regime=commande.author.caisse.regime, initial=_seen(commande, now))
            messages.warning(request, ValidationForm.CHANGED)
        else:
            return redirect("order_confirmation", reference)
    facts = facts_for(commande.author, commande.beneficiaire)
    context = {
        "tab": "cartes",
        "commande": commande,
        "pieces": sorted(
            commande.pieces.all(), key=lambda piece: list(PieceKind).index(PieceKind(piece.kind))
        ),
        "form": form,
        "where": situation(facts.adresses, now),
        "answer": examine(facts, now),
    }
    return render(request, "carte/order_validation.html", context)


def _seen(commande: Commande, now: datetime) -> dict[str, str]:
    """Give what the page shows, for the sending to compare (C1)."""
    return {"seen": fingerprint(commande, situation(commande.author.adresses.all(), now).current)}


@require_safe
def order_confirmation(request: AssureRequest, reference: str) -> HttpResponse:
    """Show the order once sent: its reference and what comes next."""
    commande = own_commande(request, reference)
    if commande.state == CommandeState.DRAFT:
        return redirect("order_resume", reference)
    return render(request, "carte/order_confirmation.html", {"tab": "cartes", "commande": commande})
