"""Correcting an order: what was refused, why, and what takes its place (D2)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import AssureRequest
from carte.commandes import NotADraft
from carte.corrections import (
    Incomplete,
    NotAsked,
    correct_piece,
    name_correction,
    new_piece,
    put_correction,
    refused_pieces,
    send_correction,
    take_back,
)
from carte.enums import CommandeState, PieceKind
from carte.files import picture_response
from carte.forms import NatureForm, PieceForm, SansPhotoForm
from carte.images import PictureRefused, accept_attribute
from carte.models import Commande, Page, Piece
from carte.motifs import motifs_of
from carte.pieces import limits_for, turn_piece
from carte.sans_photo import store_explanation
from carte.views.access import own_commande, page_of
from vitale_portal.transitions import NotInTable

# What the two pieces differ in; ``slug`` names one in an address and begins the names of its fields.
PARTS: Mapping[PieceKind, dict[str, str]] = {
    PieceKind.PHOTO: {
        "slug": "photo",
        "upload": "photo",
        "conditions": "carte/conditions_photo.html",
        "image_view": "photo_image",
        "refused_view": "refused_photo",
    },
    PieceKind.IDENTITE: {
        "slug": "piece-identite",
        "upload": "piece",
        "conditions": "carte/conditions_identite.html",
        "image_view": "identite_image",
        "refused_view": "refused_identite",
    },
}
KINDS = {part["slug"]: kind for kind, part in PARTS.items()}
Forms = dict[str, Any]  # those that came back with errors, by the slug of their piece; « nature »

RECEIVED = "Votre fichier est reçu. Vérifiez-le, puis renvoyez la commande."
EXPLAINED = "Votre explication est enregistrée : elle tient lieu de photo. Renvoyez maintenant la commande."
TURNED = "L’image est pivotée d’un quart de tour."
DELETED = "Le fichier est supprimé. La commande attend toujours un remplacement."
MISSING = "Il manque encore une pièce, et rien n’est renvoyé. Déposez-la, puis renvoyez la commande."
SENT = "Votre commande est renvoyée. Elle a gardé sa référence et sa place dans la file."
NOT_ASKED = "Cette commande n’attend pas cette pièce, et rien n’a changé. Voici où elle en est."


@require_http_methods(["GET", "POST"])
def order_correct(request: AssureRequest, reference: str) -> HttpResponse:
    """Show each refused piece with why, take another, and send the order again."""
    commande = own_commande(request, reference)
    forms: Forms = {}
    if request.method == "POST":
        act = ACTS.get(request.GET.get("acte", ""), _deposit)
        if answer := act(request, commande, forms):
            return answer
    refused = refused_pieces(commande)
    if not refused:
        return _moved_on(request, commande)
    demandes = [_demande(commande, kind, piece, forms) for kind, piece in refused.items()]
    identite = new_piece(commande, PieceKind.IDENTITE)
    context = {
        "tab": "demarches",
        "commande": commande,
        "demandes": demandes,
        "ready": all(demande["piece"] for demande in demandes),
        "asks_nature": PieceKind.IDENTITE in refused,
        "nature_form": forms.get("nature")
        or NatureForm(initial={"nature": identite.nature if identite else ""}),
        "errors": any(form.errors for form in forms.values()),
    }
    return render(request, "carte/correct.html", context)


def _demande(commande: Commande, kind: PieceKind, refused: Piece, forms: Forms) -> dict[str, Any]:
    """Give what the page shows of one piece: the refused one, why, and what stands in its place."""
    part = PARTS[kind]
    slug, limits = part["slug"], limits_for(commande.author.caisse.regime, kind)
    return part | {
        "label": kind.label,
        "refused": refused,
        "refused_url": reverse(part["refused_view"], args=[commande.reference]),
        "motifs": motifs_of(refused),
        "piece": new_piece(commande, kind),
        "form": forms.get(slug) or PieceForm(prefix=slug),
        "limits": limits,
        "accept": accept_attribute(limits),
        "image_url": reverse(part["image_view"], args=[commande.reference]),
        "action": f"?piece={slug}",
        "delete_url": f"?piece={slug}&acte=supprimer",
        "turn_url": f"?piece={slug}&acte=pivoter",
    }


def _moved_on(request: AssureRequest, commande: Commande) -> HttpResponse:
    """Say that no such piece is awaited, where one sees how the order stands."""
    if commande.is_draft:
        return redirect("order_resume", commande.reference)
    messages.info(request, NOT_ASKED)
    return redirect(commande)


def _kind(request: AssureRequest) -> PieceKind:
    try:
        return KINDS[request.GET.get("piece", "")]
    except KeyError as error:
        raise Http404 from error


def _deposit(request: AssureRequest, commande: Commande, forms: Forms) -> HttpResponse | None:
    kind = _kind(request)
    slug = PARTS[kind]["slug"]
    forms[slug] = form = PieceForm(request.POST, request.FILES, prefix=slug)
    if not form.is_valid():
        return None
    try:
        correct_piece(commande=commande, kind=kind, now=timezone.now(), **form.read())
    except PictureRefused as refusal:
        form.refuse(refusal)
        return None
    except NotAsked:
        return _moved_on_now(request, commande)
    return _again(request, commande, RECEIVED)


def _moved_on_now(request: AssureRequest, commande: Commande) -> HttpResponse:
    """Go on from how the order stands, which is no longer how it was read: erased, it is a 404."""
    return _moved_on(request, own_commande(request, commande.reference))


def _again(request: AssureRequest, commande: Commande, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("order_correct", commande.reference)


def _delete(request: AssureRequest, commande: Commande, _forms: Forms) -> HttpResponse | None:
    try:
        take_back(commande=commande, kind=_kind(request))
    except NotAsked:
        return _moved_on_now(request, commande)
    return _again(request, commande, DELETED)


def _turn(request: AssureRequest, commande: Commande, _forms: Forms) -> HttpResponse | None:
    number = request.POST.get("page", "")
    try:
        turn_piece(
            commande=commande,
            kind=_kind(request),
            page=int(number) if number.isdecimal() else 1,
            now=timezone.now(),
            states=(CommandeState.TO_CORRECT,),
        )
    except (NotADraft, Page.DoesNotExist):  # sent, or deleted, in another tab meanwhile
        return redirect("order_correct", commande.reference)
    except PictureRefused as refusal:
        messages.error(request, " ".join(fault.sentence for fault in refusal.faults))
        return redirect("order_correct", commande.reference)
    return _again(request, commande, TURNED)


def _send(request: AssureRequest, commande: Commande, forms: Forms) -> HttpResponse | None:
    """Send the order again; a new pièce d'identité says first which document it is."""
    if PieceKind.IDENTITE in refused_pieces(commande) and new_piece(commande, PieceKind.IDENTITE):
        forms["nature"] = form = NatureForm(request.POST)
        if not form.is_valid():
            return None
        with suppress(NotAsked):  # sent from another tab meanwhile
            name_correction(commande=commande, nature=form.cleaned_data["nature"])
    try:
        send_correction(commande=commande, user=request.assure.user, now=timezone.now())
    except Incomplete:
        messages.warning(request, MISSING)
        return redirect("order_correct", commande.reference)
    except NotInTable:
        return _moved_on_now(request, commande)
    messages.success(request, SENT)
    return redirect(commande)


ACTS: Mapping[str, Callable[[AssureRequest, Commande, Forms], HttpResponse | None]] = {
    "supprimer": _delete,
    "pivoter": _turn,
    "renvoyer": _send,
}


@require_safe
def refused_image(request: AssureRequest, reference: str, kind: PieceKind) -> FileResponse:
    """Serve a page of a refused piece to its author, while another is awaited (P5)."""
    refused = refused_pieces(own_commande(request, reference)).get(kind)
    return picture_response(page_of(refused, request.GET.get("page", "")))


@sensitive_post_parameters("reason", "text")
@require_http_methods(["GET", "POST"])
def correct_sans_photo(request: AssureRequest, reference: str) -> HttpResponse:
    """Take an explanation in the place of a refused photo, or of a refused explanation (P7)."""
    commande = own_commande(request, reference)
    refused = refused_pieces(commande).get(PieceKind.PHOTO)
    if refused is None:
        return _moved_on(request, commande)
    form = SansPhotoForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        now = timezone.now()
        reading = store_explanation(commande=commande, explanation=form.explanation, now=now)
        try:
            put_correction(commande=commande, reading=reading, now=now)
        except NotAsked:
            return _moved_on_now(request, commande)
        return _again(request, commande, EXPLAINED)
    context = {"tab": "demarches", "commande": commande, "form": form, "motifs": motifs_of(refused)}
    return render(request, "carte/correct_sans_photo.html", context | {"refused": refused})
