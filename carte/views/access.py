"""What the pages of an order share: whose it is, where its steps are."""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from accounts.middleware import AssureRequest
from accounts.models import Rattachement
from carte.commandes import Stage
from carte.effacements import was_draft
from carte.enums import CommandeState
from carte.models import Commande, Page, Piece
from vitale_portal.errors import NoLonger

STAGE_VIEWS: Mapping[Stage, str] = {
    Stage.PHOTO: "order_photo",
    Stage.IDENTITE: "order_identite",
    Stage.VALIDATION: "order_validation",
}


def own_commande(request: AssureRequest, reference: str) -> Commande:
    """Get an order of the signed-in assuré, its author; anybody else's is a 404.

    So is a draft for who is no longer attached to him (B1), and one that was purged: its page says so (C3).
    """
    commandes = Commande.objects.select_related(
        "author__caisse__regime", "author__beneficiaire", "beneficiaire"
    )
    held = Exists(Rattachement.objects.filter(assure=request.assure, beneficiaire=OuterRef("beneficiaire")))
    commandes = commandes.filter(held | ~Q(state=CommandeState.DRAFT))
    found = commandes.filter(reference=reference, author=request.assure).prefetch_related("pieces__pages")
    commande: Commande | None = found.first()
    if commande is None:
        raise NoLonger("carte/brouillon_efface.html") if was_draft(reference) else Http404
    return commande


def page_of(piece: Piece | None, number: str) -> Page:
    """Get a page of a picture by its number, 1 when none is asked; what is not there is a 404.

    So is an explanation (P7): agents alone read it.
    """
    pages = [] if piece is None or piece.is_explanation else piece.pages.all()
    for page in pages:
        if str(page.number) == (number or "1"):
            return page
    raise Http404
