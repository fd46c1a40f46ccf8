"""The pages of the review: « Suivante », the page with the pieces side by side, the decisions (D2 to D4)."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Act
from accounts.gestion import DeskAdmin, agent_of
from carte.admin.decisions import DECISIONS, Decision, meanwhile, message_of, open_decisions
from carte.admin.desk import INDEX, REVIEW, require
from carte.controle import claim_next, is_held
from carte.enums import PieceForm
from carte.files import picture_response
from carte.forms_gestion import DecisionForm
from carte.models import Commande, Page, Piece
from carte.motifs import list_of, motifs_of, spoken
from carte.sans_photo import Explanation, read_explanation
from vitale_portal.storage import FileUnreadable
from vitale_portal.transitions import MoveRefused

SENT = "send"  # the button that decides; the others show the message first


class ControlePages(DeskAdmin):
    """Adds the review to the pages of the admin."""

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the review to those of the admin."""
        close, order = self.admin_site.admin_view, "<reference:reference>"
        image = f"{order}/image/<int:piece>/<int:number>/"
        pages = [
            path("suivante/", close(require_POST(self.next_view)), name="carte_commande_next"),
            path(f"{order}/controle/", close(require_GET(self.review_view)), name="carte_commande_review"),
            path(
                f"{order}/decision/<slug:name>/",
                close(require_POST(self.decide_view)),
                name="carte_commande_decide",
            ),
            path(image, close(require_GET(self.image_view)), name="carte_commande_image"),
        ]
        return pages + super().get_urls()

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """« Suivante »: claim the oldest order that waits, and open it."""
        require(request, REVIEW)
        commande = claim_next(user=request.user, now=timezone.now())  # type: ignore[arg-type]
        if commande is None:
            messages.info(request, "Aucune commande n’attend dans votre caisse.")
            return redirect(INDEX)
        return redirect("admin:carte_commande_review", commande.reference)

    def review_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Show photo, pièce d'identité and civil status side by side."""
        return self._review_page(request, reviewable(request, reference))

    def decide_view(self, request: HttpRequest, reference: str, name: str) -> HttpResponse:
        """Decide, on the page the agent saw; a decision that says why shows its message first (D3, D4)."""
        commande = reviewable(request, reference)
        decision = DECISIONS.get(name)
        if decision is None:
            raise Http404
        form = decision.form(request.POST, commande=commande)
        if not form.is_valid():
            return self._review_page(request, commande, **{name: form})
        if decision.notice and SENT not in request.POST and form.cleaned_data["version"] == commande.version:
            return self._message_page(request, commande, decision, form)
        return _decide(request, commande, decision, form)

    def image_view(self, request: HttpRequest, reference: str, piece: int, number: int) -> FileResponse:
        """Serve a stored picture, refused ones too, to an agent of the order's caisse (P5)."""
        commande = reviewable(request, reference)
        pages = Page.objects.filter(piece__commande=commande).select_related("piece")
        page = get_object_or_404(pages, piece=piece, number=number)
        response = picture_response(page)
        self.trace_look(commande, Act.PIECE_SEEN, page.piece.get_kind_display())
        return response

    def _review_page(self, request: HttpRequest, commande: Commande, **bound: DecisionForm) -> HttpResponse:
        now, agent = timezone.now(), agent_of(request)
        names = open_decisions(commande, agent, now)
        self.trace_look(commande)
        for piece in commande.pieces.all():
            if piece.is_explanation:  # read on this page: others are pictures asked for one by one (P7)
                self.trace_look(commande, Act.PIECE_SEEN, piece.get_kind_display())
        forms = {name: bound.get(name) or DECISIONS[name].form(commande=commande) for name in names}
        context = {
            "commande": commande,
            "pieces": {piece.kind: shown(piece, forms.get("corriger")) for piece in commande.current_pieces},
            "refused": [shown(piece) for piece in commande.pieces.all() if piece.replaced_at],
            "events": history(commande),
            "forms": forms,
            "mine": is_held(commande, agent, now),
        }
        title = f"Contrôle de la {commande}"
        return self._page(request, "gestion/review.html", title, context)

    def _message_page(
        self, request: HttpRequest, commande: Commande, decision: Decision, form: DecisionForm
    ) -> HttpResponse:
        context = {
            "commande": commande,
            "form": form,
            "message": message_of(decision, form, commande, timezone.now()),
        }
        return self._page(request, "gestion/decision.html", decision.title, context)

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return render(request, template, shared | context)


def _decide(request: HttpRequest, commande: Commande, decision: Decision, form: DecisionForm) -> HttpResponse:
    seen = form.cleaned_data["version"]
    try:
        decision.act(commande=commande, user=request.user, version=seen, now=timezone.now(), **form.choice)
    except MoveRefused:
        commande.refresh_from_db()
        messages.error(request, _refused(commande, seen))
        return redirect("admin:carte_commande_review", commande.reference)
    messages.success(request, f"La {commande} {decision.said}.")
    return redirect(INDEX)


def _refused(commande: Commande, seen: int) -> str:
    """Say that nothing was decided, and what happened meanwhile (D4)."""
    told = meanwhile(commande, seen)
    why = f"Entre-temps : {' ; '.join(told)}." if told else "Elle n’est pas, ou n’est plus, entre vos mains."
    return f"La décision n’est pas prise pour la {commande}. {why}"


def reviewable(request: HttpRequest, reference: str) -> Commande:
    """Get a sent order of the agent's own caisse; any other is a 404: pieces never span caisses."""
    require(request, REVIEW)
    commandes = Commande.objects.sent().filter(caisse=agent_of(request).caisse)
    found: Commande = get_object_or_404(
        commandes.select_related("beneficiaire", "author__beneficiaire", "claimed_by").prefetch_related(
            "pieces__pages"
        ),
        reference=reference,
    )
    return found


def shown(piece: Piece, form: DecisionForm | None = None) -> dict[str, Any]:
    """Give what the page shows of a piece: its pages or its explanation, and the reasons one may tick."""
    is_picture = piece.form == PieceForm.PICTURE
    return {
        "piece": piece,
        "pages": piece.pages.all() if is_picture else [],
        "explanation": None if is_picture else _explanation(piece),
        "motifs": motifs_of(piece),
        "field": form[list_of(piece).value] if form else None,
    }


def _explanation(piece: Piece) -> Explanation | None:
    try:
        return read_explanation(piece)
    except (FileNotFoundError, FileUnreadable):
        return None


def history(commande: Commande) -> list[dict[str, Any]]:
    """Give the events of an order, the last one first, with their reasons in words."""
    events = commande.events.select_related("by__agent", "by__assure__beneficiaire").order_by("-number")
    return [{"event": event, "reason": spoken(event.reason)} for event in events]
