"""Steps 2 and 3 of an order: its pieces (section 7)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import AssureRequest
from carte.commandes import (
    NotADraft,
    OrderRefused,
    Stage,
    acknowledge_conditions,
    may_reach,
)
from carte.eligibilite import examine, facts_for
from carte.enums import PieceKind
from carte.files import picture_response
from carte.forms import NatureForm, PieceForm
from carte.images import PictureRefused, accept_attribute
from carte.models import Commande, Page, Piece
from carte.pieces import delete_piece, deposit_piece, limits_for, name_identite, turn_piece
from carte.views.access import STAGE_VIEWS, own_commande, page_of

# What the two piece steps differ in.
STEPS: Mapping[PieceKind, dict[str, Any]] = {
    PieceKind.PHOTO: {
        "stage": Stage.PHOTO,
        "template": "carte/order_photo.html",
        "conditions": "carte/conditions_photo.html",
        "conditions_field": "photo_conditions_at",
        "image_view": "photo_image",
        "delete_view": "photo_delete",
        "turn_view": "photo_turn",
    },
    PieceKind.IDENTITE: {
        "stage": Stage.IDENTITE,
        "template": "carte/order_identite.html",
        "conditions": "carte/conditions_identite.html",
        "conditions_field": "identite_conditions_at",
        "image_view": "identite_image",
        "delete_view": "identite_delete",
        "turn_view": "identite_turn",
    },
}


ACTS = ("image", "delete", "turn")
RECEIVED = "Votre fichier est reçu. Vérifiez-le, puis continuez."
TURNED = "L’image est pivotée d’un quart de tour."
DELETED = "Le fichier est supprimé. Vous pouvez en envoyer un autre."


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
    piece = _current(commande, PieceKind.IDENTITE)
    return {"nature": piece.nature if piece else ""}


def _current(commande: Commande, kind: PieceKind) -> Piece | None:
    return next((piece for piece in commande.current_pieces if piece.kind == kind), None)


def _piece_context(commande: Commande, kind: PieceKind) -> dict[str, Any]:
    step = STEPS[kind]
    limits = limits_for(commande.author.caisse.regime, kind)
    return {
        "tab": "cartes",
        "commande": commande,
        "piece": _current(commande, kind),
        "answer": examine(facts_for(commande.author, commande.beneficiaire), timezone.now()),
        "understood": _understood(commande, kind),
        "limits": limits,
        "accept": accept_attribute(limits),
        "conditions": step["conditions"],
        **{f"{act}_url": reverse(step[f"{act}_view"], args=[commande.reference]) for act in ACTS},
    }


def _understood(commande: Commande, kind: PieceKind) -> bool:
    """Whether the conditions were read; who explains why there is no photo need not (P7)."""
    piece = _current(commande, kind)
    explained = piece is not None and piece.is_explanation
    return explained or getattr(commande, STEPS[kind]["conditions_field"]) is not None


def _understand(
    _request: AssureRequest, commande: Commande, kind: PieceKind, _forms: dict[str, Any]
) -> HttpResponse | None:
    acknowledge_conditions(commande=commande, kind=kind, now=timezone.now())
    return _to_step(commande.reference, kind)


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
    if not _understood(commande, kind):  # they come first
        return _to_step(commande.reference, kind)
    forms["form"] = form = PieceForm(request.POST, request.FILES)
    if not form.is_valid():
        return None
    try:
        deposit_piece(commande=commande, kind=kind, now=timezone.now(), **form.read())
    except PictureRefused as refusal:
        form.refuse(refusal)
        return None
    except OrderRefused:
        form.close()
        return None
    except NotADraft:
        return redirect("order_resume", commande.reference)
    messages.success(request, RECEIVED)
    return _to_step(commande.reference, kind)


ACTIONS = {"understand": _understand, "continue": _continue}


def _to_step(reference: str, kind: PieceKind) -> HttpResponse:
    return redirect(STAGE_VIEWS[STEPS[kind]["stage"]], reference)


@require_safe
def piece_image(request: AssureRequest, reference: str, kind: PieceKind) -> FileResponse:
    """Serve a page of a stored picture to the author of its order (P5)."""
    piece = _current(own_commande(request, reference), kind)
    return picture_response(page_of(piece, request.GET.get("page", "")))


@require_POST
def piece_turn(request: AssureRequest, reference: str, kind: PieceKind) -> HttpResponse:
    """Turn a page of a piece of a draft, a quarter clockwise."""
    commande = own_commande(request, reference)
    page = page_of(_current(commande, kind), request.POST.get("page", ""))
    try:
        turn_piece(commande=commande, kind=kind, page=page.number, now=timezone.now())
    except (NotADraft, Page.DoesNotExist):  # sent, or deleted, in another tab meanwhile
        return redirect("order_resume", reference)
    except OrderRefused:
        messages.error(request, PieceForm.CLOSED)
    except PictureRefused as refusal:
        messages.error(request, " ".join(fault.sentence for fault in refusal.faults))
    else:
        messages.success(request, TURNED)
    return _to_step(reference, kind)


@require_POST
def piece_delete(request: AssureRequest, reference: str, kind: PieceKind) -> HttpResponse:
    """Delete a piece of a draft."""
    commande = own_commande(request, reference)
    try:
        delete_piece(commande=commande, kind=kind, now=timezone.now())
    except NotADraft:
        return redirect("order_resume", reference)
    messages.success(request, DELETED)
    return _to_step(reference, kind)
