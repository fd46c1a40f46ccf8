"""Public pages, and the pages that gather: Accueil, Mes démarches, the tracking of orders."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.middleware import AssureRequest
from accounts.models import Regime
from accounts.models.regime import GENERAL
from carte.eligibilite import Examined, Obstacle, examine_household
from carte.enums import NextStep
from carte.models import Carte, Commande
from declarations.models import Declaration
from suivi.etapes import badge, call_at, etapes, is_late, waits_for_author
from suivi.suites import suite

SHOWN = 3


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what the portal does and where to begin."""
    return render(request, "public/home.html", {"delays": _announced()})


def _announced() -> dict[str, int | None] | None:
    """Give the delays the general scheme announces, in days; None before any regime is there."""
    fields = {"delay_online_days": "online", "delay_paper_days": "paper", "delay_counter_days": "counter"}
    found = Regime.objects.filter(code=GENERAL).values(*fields).first()
    return {name: found[field] for field, name in fields.items()} if found else None


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Answer the questions people have, and give the channels."""
    return render(request, "public/help.html")


@require_safe
def dashboard(request: AssureRequest) -> HttpResponse:
    """Show what waits for the assuré, one card per running démarche."""
    now = timezone.now()
    household = examine_household(request.assure, now)
    startable = [one for one in household if one.answer.may_draft and not (one.facts.draft or one.form_ahead)]
    context = {
        "tab": "dashboard",
        "rows": _rows(request, _running(household)),
        "windows": _windows(household),
        "drafts": [one.facts for one in household if one.facts.draft],
        "open": [one for one in startable if one.answer.may_send],
        "to_prepare": [one for one in startable if not one.answer.may_send],
        "address_obstacle": _address_obstacle(household),
        "last_messages": request.assure.messages.filter(read_at=None)[:SHOWN],
    }
    return render(request, "suivi/dashboard.html", context)


def _address_obstacle(household: list[Examined]) -> Obstacle | None:
    """Give what is wrong with the address, if something is: it waits for the assuré, order or not."""
    obstacles = (o for one in household for o in one.answer.obstacles)
    return next((o for o in obstacles if o.next_step == NextStep.GIVE_ADDRESS), None)


def _windows(household: list[Examined]) -> list[tuple[Examined, Carte, Declaration | None]]:
    """Give the cards declared whose paper form has still to leave, each with its declaration (F5)."""
    found = [(one, one.form_ahead) for one in household if one.form_ahead]
    declared = Declaration.objects.by_carte(carte for _, carte in found)
    return [(one, carte, declared.get(carte.pk)) for one, carte in found]


def _running(household: list[Examined]) -> list[Commande]:
    return [one.facts.open_commande for one in household if one.facts.open_commande]


def _rows(request: AssureRequest, commandes: Iterable[Commande]) -> list[dict[str, Any]]:
    """Give orders as cards, those that wait for the assuré first."""
    rows = [_row(request, commande) for commande in commandes]
    return sorted(rows, key=lambda row: not row["waits"])


def _row(request: AssureRequest, commande: Commande) -> dict[str, Any]:
    mine, now = commande.author_id == request.assure.pk, timezone.now()
    call = call_at(commande)
    return {
        "commande": commande,
        "badge": badge(commande),
        "late": is_late(commande, now),
        "call_at": call if call and now < call else None,
        "mine": mine,
        "waits": mine and waits_for_author(commande),
    }


@require_safe
def demarches(request: AssureRequest) -> HttpResponse:
    """Offer what can be done, followed, downloaded, declared as changed."""
    recaps = Commande.objects.own_recaps(request.assure)[:SHOWN]
    return render(request, "suivi/demarches.html", {"tab": "demarches", "recaps": recaps})


@require_safe
def tracking_list(request: AssureRequest) -> HttpResponse:
    """List his drafts, then the orders he may follow: those that wait for him, then the newest."""
    context = {
        "tab": "demarches",
        "drafts": Commande.objects.drafts_of(request.assure),
        "rows": _rows(request, Commande.objects.for_holder(request.assure)),
    }
    return render(request, "suivi/tracking_list.html", context)


@require_safe
def tracking(request: AssureRequest, reference: str) -> HttpResponse:
    """Show one order: each step with its date, and the date to expect. Its pieces only to its author."""
    commande = get_object_or_404(Commande.objects.for_holder(request.assure), reference=reference)
    events = list(commande.events.all())
    row = _row(request, commande)
    context = {
        "tab": "demarches",
        "steps": etapes(commande, events),
        "suite": suite(commande, request.assure, events, timezone.now()) if row["mine"] else None,
    }
    return render(request, "suivi/tracking.html", context | row)
