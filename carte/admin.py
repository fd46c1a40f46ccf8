"""The agent's desk: the queue, the review page, the rows (pages: the agent's desk)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, agent_of
from accounts.models import Caisse
from carte.cartes import OppositionReason, oppose_by_agent
from carte.controle import accept, claim_next, release
from carte.enums import CarteState, CommandeState, PieceKind
from carte.files import picture_response
from carte.forms import ReviewForm
from carte.forms_gestion import OppositionForm
from carte.models import Carte, Commande, LotFabrication, Piece
from vitale_portal.transitions import MoveRefused, Stateful

REVIEW = "carte.review_commande"
OPPOSE = "carte.change_carte"
KINDS = {"photo": PieceKind.PHOTO, "piece-identite": PieceKind.IDENTITE}
INDEX = "admin:index"


@admin.register(Commande)
class CommandeAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Orders of the agent's caisse; states and events are read-only, decisions go through ``controle``."""

    list_display = ("reference", "beneficiaire", "state", "caisse", "submitted_at")
    list_select_related = ("beneficiaire", "caisse")
    list_filter = ("state",)
    search_fields = ("reference",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Give sent orders only: a draft is its author's alone (section 7)."""
        return super().get_queryset(request).exclude(state=CommandeState.DRAFT)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the review to those of the admin."""
        close = self.admin_site.admin_view
        pages = [
            path("suivante/", close(require_POST(self.next_view)), name="carte_commande_next"),
            path(
                "<reference:reference>/controle/",
                close(require_GET(self.review_view)),
                name="carte_commande_review",
            ),
            path(
                "<reference:reference>/accepter/",
                close(require_POST(self.accept_view)),
                name="carte_commande_accept",
            ),
            path(
                "<reference:reference>/remettre/",
                close(require_POST(self.release_view)),
                name="carte_commande_release",
            ),
            path(
                "<reference:reference>/image/<slug:name>/",
                close(require_GET(self.image_view)),
                name="carte_commande_image",
            ),
        ]
        return pages + super().get_urls()

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """« Suivante »: claim the oldest order that waits, and open it."""
        require(request, REVIEW)
        commande = claim_next(user=request.user, now=timezone.now())  # type: ignore[arg-type]
        if commande is None:
            messages.info(request, "Aucune commande n’attend dans votre caisse.")
            return redirect(INDEX)
        return redirect("admin:carte_commande_review", commande.reference)

    def review_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Show photo, pièce d'identité and civil status side by side."""
        commande = _reviewable(request, reference)
        return self._review_page(request, commande, ReviewForm(initial={"version": commande.version}))

    def _review_page(self, request: HttpRequest, commande: Commande, form: ReviewForm) -> HttpResponse:
        mine = commande.state == CommandeState.IN_REVIEW and commande.claimed_by == agent_of(request)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Contrôle de la commande {commande.reference}",
            "opts": self.opts,
            "commande": commande,
            "pieces": {piece.kind: piece for piece in commande.pieces.all()},
            "events": commande.events.select_related("by__agent", "by__assure__beneficiaire"),
            "form": form,
            "mine": mine,
        }
        return render(request, "gestion/review.html", context)

    def accept_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Accept, on the page the agent saw (D4)."""
        commande = _reviewable(request, reference)
        form = ReviewForm(request.POST)
        if not form.is_valid():
            return self._review_page(request, commande, form)
        return self._decide(request, commande, accept, form.cleaned_data["version"], "est acceptée")

    def release_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Put a claimed order back in the queue."""
        commande = _reviewable(request, reference)
        version = request.POST.get("version", "")
        seen = int(version) if version.isdecimal() else -1
        return self._decide(request, commande, release, seen, "est remise dans la file")

    def _decide(
        self, request: HttpRequest, commande: Commande, decision: Any, version: int, said: str
    ) -> HttpResponse:
        try:
            decision(commande=commande, user=request.user, version=version, now=timezone.now())
        except MoveRefused:
            last = commande.events.select_related("by__agent").last()
            messages.error(request, _moved_on(commande, last))
            return redirect("admin:carte_commande_review", commande.reference)
        messages.success(request, f"La commande {commande.reference} {said}.")
        return redirect(INDEX)

    def image_view(self, request: HttpRequest, reference: str, name: str) -> FileResponse:
        """Serve a stored picture to an agent of the order's caisse (P5)."""
        commande = _reviewable(request, reference)
        return picture_response(get_object_or_404(Piece, commande=commande, kind=KINDS.get(name, "")))


def _moved_on(commande: Commande, last: Any) -> str:
    """Say what happened meanwhile (D4)."""
    if last is None:
        return "Cette commande a changé entre-temps."
    by = f" par {last.by}" if last.by else ""
    label = CommandeState(last.to_state).label
    at = timezone.localtime(last.at).strftime("%H h %M")
    return (
        f"La décision n’est pas prise : la commande {commande.reference} est passée à « {label} » à {at}{by}."
    )


def require(request: HttpRequest, permission: str) -> None:
    """Let pass who has that permission; raise ``PermissionDenied`` for others (403)."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def history(row: Stateful) -> SafeString:
    """Write the events of a row, one a line: when, where to, by whom, why."""
    model: Any = type(row)
    labels = dict(model._meta.get_field("state").flatchoices)  # noqa: SLF001 -- Django's documented name
    events = getattr(row, "events").select_related("by__agent", "by__assure__beneficiaire")  # noqa: B009
    lines = (
        (
            timezone.localtime(event.at).strftime("%d/%m/%Y %H:%M"),
            labels[event.to_state],
            f", {event.by}" if event.by else "",
            f" ({event.reason})" if event.reason else "",
        )
        for event in events
    )
    return format_html_join("", "<div>{} : {}{}{}</div>", lines)


def cartes_of(caisse: Caisse) -> QuerySet[Carte]:
    """Give the cards of the people of a caisse, whichever caisse had them made."""
    return Carte.objects.filter(beneficiaire__rattachements__assure__caisse=caisse).distinct()


def _reviewable(request: HttpRequest, reference: str) -> Commande:
    """Get a sent order of the agent's own caisse; any other is a 404: pieces never span caisses."""
    require(request, REVIEW)
    commandes = Commande.objects.sent().filter(caisse=agent_of(request).caisse)
    found: Commande = get_object_or_404(
        commandes.select_related("beneficiaire", "author", "claimed_by").prefetch_related("pieces"),
        reference=reference,
    )
    return found


@admin.register(Carte)
class CarteAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Cards of the people of the agent's caisse; one may be put in opposition (section 6)."""

    caisse_path = "beneficiaire__rattachements__assure__caisse"
    list_display = ("serial", "beneficiaire", "state", "made_on")
    list_select_related = ("beneficiaire",)
    search_fields = ("serial",)
    readonly_fields = ("state", "moves")
    change_form_template = "gestion/oppose_tools.html"

    @admin.display(description="historique")
    def moves(self, row: Carte) -> SafeString:
        """Give its events."""
        return history(row)

    def get_urls(self) -> list[URLPattern]:
        """Add the opposition to the pages of the admin."""
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.oppose_view))
        return [path("<int:pk>/opposition/", view, name="carte_carte_oppose"), *super().get_urls()]

    def oppose_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say that it is for good, then put the card in opposition, with a reason."""
        require(request, OPPOSE)
        carte = get_object_or_404(cartes_of(agent_of(request).caisse).select_related("beneficiaire"), pk=pk)
        form = OppositionForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            _oppose(request, carte, form)
            return redirect("admin:carte_carte_change", pk)
        title = "Mettre une carte en opposition"
        context = {**self.admin_site.each_context(request), "title": title, "carte": carte, "form": form}
        return render(request, "gestion/oppose.html", context)


def _oppose(request: HttpRequest, carte: Carte, form: OppositionForm) -> None:
    try:
        oppose_by_agent(
            carte=carte,
            user=request.user,  # type: ignore[arg-type]
            reason=OppositionReason(form.cleaned_data["reason"]),
            detail=form.cleaned_data["detail"],
            now=timezone.now(),
        )
    except MoveRefused as refusal:
        label = CarteState(getattr(refusal.subject, "state")).label  # noqa: B009 -- a card
        messages.error(request, f"Rien n’est changé : la carte est déjà « {label} ».")
    else:
        messages.success(request, "La carte est en opposition.")


@admin.register(LotFabrication)
class LotFabricationAdmin(ReadOnlyAdmin):
    """Sealed batches."""

    list_display = ("number", "sealed_at", "count", "sha256")
