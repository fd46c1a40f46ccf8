"""Where an agent enters what the post says of an order, when nothing simulates it (D5, D8)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.enums import Act
from accounts.gestion import DeskAdmin, agent_of
from accounts.traces import trace
from carte.admin.decisions import meanwhile
from carte.admin.desk import POST_WORD, require
from carte.fabrication.acheminement import Word
from carte.fabrication.poste import record_word, words_on
from carte.forms_gestion import PostWordForm
from carte.models import Commande
from vitale_portal.references import display
from vitale_portal.transitions import MoveRefused

SAID = {Word.DELIVERED: "La remise est enregistrée", Word.RETURNED: "Le retour du courrier est enregistré"}


class PostePages(DeskAdmin):
    """Adds the post's word to the pages of an order."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page of the post's word to those of the admin."""
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.post_view))
        return [path("<reference:reference>/poste/", view, name="carte_commande_post"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Say whether this agent may enter the post's word on this order."""
        commande, caisse = kwargs.get("obj"), agent_of(request).caisse
        may = not settings.VITALE_SIMULATION and request.user.has_perm(POST_WORD)
        if may and isinstance(commande, Commande) and commande.caisse == caisse:
            context["may_enter_post"] = bool(words_on(commande))
        return super().render_change_form(request, context, *args, **kwargs)

    def post_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Show how the order stands, then record the post's word on it as it was seen (D4)."""
        commande, now = _ours(request, reference), timezone.now()
        form = PostWordForm(request.POST if request.method == "POST" else None, commande=commande, now=now)
        if form.is_bound and form.seen != commande.version:
            return _moved_on(request, commande, form.seen)
        if form.is_bound and form.is_valid():
            return _record(request, commande, form)
        self.trace_look(commande)
        context = {**self.admin_site.each_context(request), "title": "Saisir ce que dit la Poste"}
        return render(request, "gestion/post_word.html", context | {"commande": commande, "form": form})


def _ours(request: HttpRequest, reference: str) -> Commande:
    """Get a sent order of the agent's own caisse; any other is a 404, as all are under the simulation."""
    require(request, POST_WORD)
    if settings.VITALE_SIMULATION:
        raise Http404
    commandes = Commande.objects.sent().filter(caisse=agent_of(request).caisse)
    found: Commande = get_object_or_404(commandes.select_related("beneficiaire"), reference=reference)
    return found


def _record(request: HttpRequest, commande: Commande, form: PostWordForm) -> HttpResponse:
    now, reference = timezone.now(), commande.reference
    try:
        with transaction.atomic():
            record_word(
                commande=commande,
                word=form.word,
                user=request.user,  # type: ignore[arg-type]
                version=form.seen,
                on=form.cleaned_data["on"],
                now=now,
            )
            trace(
                Act.DECIDED,
                at=now,
                request=request,
                beneficiaire=commande.beneficiaire,
                caisse=commande.caisse,
                about=f"commande {reference}",
                words=f"mot de la Poste : {form.word.value}",
            )
    except MoveRefused:
        return _moved_on(request, commande, form.seen)
    messages.success(request, f"{SAID[form.word]} pour la commande {display(reference)}.")
    return redirect("admin:carte_commande_change", commande.pk)


def _moved_on(request: HttpRequest, commande: Commande, seen: int) -> HttpResponse:
    """Say that nothing was recorded, and what happened meanwhile (D4)."""
    commande.refresh_from_db()
    told = meanwhile(commande, seen)
    why = f" Entre-temps : {' ; '.join(told)}." if told else ""
    messages.error(request, f"Rien n’est enregistré pour la {commande}.{why}")
    return redirect("admin:carte_commande_change", commande.pk)
