"""Paper forms at the desk: what came back, and the day's mail (F6, B4)."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Act
from accounts.gestion import CaisseScopedAdmin, ReadOnlyAdmin, agent_of
from accounts.ouverture.code_provisoire import codes_left_on
from accounts.traces import trace
from carte.admin.desk import REVIEW, history, require
from carte.commandes import OrderRefused
from carte.copies import to_print
from carte.models import Commande
from declarations.courrier import days_mail, left_on
from declarations.enums import PLI_MOVES, PliState
from declarations.forms_gestion import CourrierForm, PliCloseForm, PliReturnForm, VersionForm
from declarations.models import PliPapier
from declarations.retours import close_pli, enter_return, mark_npai
from vitale_portal.dates import time_of_day
from vitale_portal.pdf import download
from vitale_portal.references import display
from vitale_portal.transitions import Actor, MoveRefused

LOOK = "declarations.view_plipapier"
HANDLE = "declarations.change_plipapier"
PRINT = "declarations.print_plipapier"


@admin.register(PliPapier)
class PliPapierAdmin(CaisseScopedAdmin, ReadOnlyAdmin):
    """Paper forms: where each stands, what came back, and the day's mail (F6)."""

    file_path = "beneficiaire"
    caisse_path = "assure__caisse"
    list_display = ("shown_reference", "beneficiaire", "cause", "state", "due_at", "sent_at")
    list_select_related = ("beneficiaire",)
    list_filter = ("state", "cause")
    search_fields = ("reference", "beneficiaire__nir__exact", "beneficiaire__nom", "beneficiaire__prenoms")
    search_help_text = "Référence du formulaire, numéro de sécurité sociale, nom ou prénom."
    change_form_template = "gestion/pli.html"
    fields = (
        "shown_reference",
        "state",
        "cause",
        "beneficiaire",
        "assure",
        "declaration",
        "due_at",
        "sent_at",
        "sent_to",
        "commande",
        "order_in_time",
        "moves",
    )
    readonly_fields = ("shown_reference", "sent_to", "order_in_time", "moves")

    def get_fields(self, request: HttpRequest, obj: PliPapier | None = None) -> Any:
        """Leave out, of a form no order cancelled, which one did."""
        fields = super().get_fields(request, obj)
        cancelled = obj is not None and obj.cancelled_by is not None
        return fields if cancelled else [name for name in fields if name != "order_in_time"]

    @admin.display(description="adresse d’envoi")
    def sent_to(self, row: PliPapier) -> str:
        """Give the address it went to."""
        return ", ".join(row.adresse_lines) or "pas encore envoyé"

    @admin.display(description="annulé par")
    def order_in_time(self, row: PliPapier) -> Commande | None:
        """Give the order that came before it left, if one did (F5)."""
        return row.cancelled_by

    @admin.display(description="historique")
    def moves(self, row: PliPapier) -> SafeString:
        """Give its events."""
        return history(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the PDFs in the database."""
        return super().get_queryset(request).defer("pdf")

    def get_urls(self) -> list[URLPattern]:
        """Add the actions on a form, and the print room, to the pages of the admin."""
        close = self.admin_site.admin_view
        own, name = "<reference:reference>", "declarations_plipapier"
        both = require_http_methods(["GET", "POST"])
        return [
            path(f"{own}/pdf/", close(require_GET(self.pdf_view)), name=f"{name}_pdf"),
            path(f"{own}/npai/", close(require_POST(self.npai_view)), name=f"{name}_npai"),
            path(f"{own}/clore/", close(require_POST(self.close_view)), name=f"{name}_close"),
            path(f"{own}/retour/", close(both(self.return_view)), name=f"{name}_return"),
            path("courrier/", close(require_GET(self.courrier_view)), name=f"{name}_courrier"),
            path("courrier.pdf", close(require_GET(self.courrier_pdf_view)), name=f"{name}_courrier_pdf"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Say which actions are open to this agent on this form."""
        pli: PliPapier = context["original"]
        own = pli.assure.caisse_id == agent_of(request).caisse_id
        context["own"] = own
        context["open_moves"] = open_moves(pli) if own and request.user.has_perm(HANDLE) else set()
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def pdf_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Give the letter and form as they left, to an agent of the caisse."""
        pli = _own_pli(request, reference, LOOK)
        if pli.pdf is None:
            raise Http404
        self.trace_look(pli, Act.EXPORTED, "formulaire et lettre")
        return download(bytes(pli.pdf), f"pli-{pli.reference}.pdf")

    def npai_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """« Revenu sans être remis » (B4)."""
        pli = _own_pli(request, reference, HANDLE)
        form = VersionForm(request.POST)
        seen = form.cleaned_data["version"] if form.is_valid() else -1
        try:
            mark_npai(pli=pli, user=request.user, version=seen, now=timezone.now())  # type: ignore[arg-type]
        except MoveRefused:
            messages.error(request, _moved_on(pli))
        else:
            messages.success(request, "Le pli est revenu sans être remis : son adresse est marquée.")
        return redirect("admin:declarations_plipapier_change", pli.pk)

    def close_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """« Clore », with a reason."""
        pli = _own_pli(request, reference, HANDLE)
        form = PliCloseForm(request.POST)
        if form.is_valid():
            _close(request, pli, **form.cleaned_data)
        else:
            messages.error(request, "Écrivez la raison : elle reste dans l’historique.")
        return redirect("admin:declarations_plipapier_change", pli.pk)

    def return_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """« Revenu rempli »: enter the scans; an order goes to review (F6)."""
        pli = _own_pli(request, reference, HANDLE)
        now = timezone.now()
        if PliState.RETURNED not in open_moves(pli):
            messages.error(request, _moved_on(pli))
            return redirect("admin:declarations_plipapier_change", pli.pk)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = PliReturnForm(*sent, initial={"version": pli.version}, pli=pli, now=now)
        if form.is_bound and form.is_valid() and _enter(request, pli, form, now):
            return redirect("admin:declarations_plipapier_change", pli.pk)
        self.trace_look(pli)
        title = f"Pli {display(pli.reference)} revenu rempli"
        context = {**self.admin_site.each_context(request), "title": title, "form": form, "pli": pli}
        return render(request, "gestion/pli_return.html", context)

    def courrier_view(self, request: HttpRequest) -> HttpResponse:
        """« Courrier du jour »: what left the caisse on a day, to print (F6, F10)."""
        require(request, PRINT)
        form = CourrierForm(request.GET or None, now=timezone.now())
        context = {**self.admin_site.each_context(request), "title": "Courrier du jour", "form": form}
        if not form.is_bound or form.is_valid():
            day = form.cleaned_data["jour"] if form.is_bound else form.today
            plis, lettres = left_on(day, agent_of(request).caisse)
            copies = to_print(day, agent_of(request).caisse).count()
            codes = codes_left_on(day, agent_of(request).caisse).count()
            counts = {"plis": plis.count(), "lettres": lettres.count(), "copies": copies, "codes": codes}
            context |= {"day": day, **counts}
        return render(request, "gestion/courrier.html", context)

    def courrier_pdf_view(self, request: HttpRequest) -> HttpResponse:
        """Give the mail of a day as one PDF; 404 when nothing left."""
        require(request, PRINT)
        form = CourrierForm(request.GET, now=timezone.now())
        content = days_mail(form.cleaned_data["jour"], agent_of(request).caisse) if form.is_valid() else None
        if content is None:
            raise Http404
        trace(Act.EXPORTED, at=timezone.now(), about=f"courrier du {form.cleaned_data['jour']}")
        return download(content, f"courrier-{form.cleaned_data['jour']}.pdf")


def open_moves(pli: PliPapier) -> set[str]:
    """Give the states an agent may bring a form to from where it stands."""
    return {to for (before, to), actors in PLI_MOVES.items() if before == pli.state and Actor.AGENT in actors}


def _own_pli(request: HttpRequest, reference: str, permission: str) -> PliPapier:
    """Get a form of the agent's own caisse; any other is a 404: what it says never spans caisses."""
    require(request, permission)
    plis = PliPapier.objects.filter(assure__caisse=agent_of(request).caisse)
    related = plis.select_related("assure__caisse__regime", "assure__beneficiaire", "beneficiaire")
    return get_object_or_404(related, reference=reference)


def _close(request: HttpRequest, pli: PliPapier, *, version: int, reason: str) -> None:
    try:
        close_pli(pli=pli, user=request.user, version=version, reason=reason, now=timezone.now())  # type: ignore[arg-type]
    except MoveRefused:
        messages.error(request, _moved_on(pli))
    else:
        messages.success(request, "Le pli est clos.")


def _enter(request: HttpRequest, pli: PliPapier, form: PliReturnForm, now: datetime) -> bool:
    """Enter what came back, and tell the agent; False when the rules refuse, which the form then says."""
    version = form.cleaned_data["version"]
    try:
        commande = enter_return(
            pli=pli,
            formulaire=form.formulaire,
            user=request.user,  # type: ignore[arg-type]
            version=version,
            now=now,
        )
    except OrderRefused as refusal:
        form.refuse(refusal.answer)
        return False
    except MoveRefused:
        messages.error(request, _moved_on(pli))
        return True
    if commande is None:
        messages.info(request, "Une carte est arrivée entre-temps : le pli est clos.")
    else:
        messages.success(request, _entered(request, commande))
    return True


def _entered(request: HttpRequest, commande: Commande) -> SafeString:
    """Say which order was made, with a link to its review, or to its row for who does not review."""
    if request.user.has_perm(REVIEW):
        url = reverse("admin:carte_commande_review", args=[commande.reference])
    else:
        url = reverse("admin:carte_commande_change", args=[commande.pk])
    sentence = 'La commande <a href="{}">{}</a> est enregistrée : elle attend son contrôle.'
    return format_html(sentence, url, display(commande.reference))


def _moved_on(pli: PliPapier) -> str:
    """Say what happened meanwhile (D4)."""
    last = pli.events.select_related("by__agent", "by__assure__beneficiaire").last()
    if last is None:
        return "Ce pli n’est pas encore parti."
    at = time_of_day(last.at)
    by = f" par {last.by}" if last.by else ""
    label = PliState(last.to_state).label
    return f"Rien n’est changé : le {pli} est passé à « {label} » à {at}{by}."
