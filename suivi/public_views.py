"""Public pages that say how the portal stands: delays, accessibility, legal notice, personal data."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.enums import OnlineOrder
from accounts.liens import LIFE as LINK_LIFE
from accounts.models import Regime
from accounts.ouverture import LIFE as OPENING_LIFE
from accounts.sessions import RECENT
from accounts.sign_in.devices import TRUST
from accounts.sign_in.second_step import LIFE as DIGITS_LIFE
from carte.delais import ENOUGH, MEASURED_OVER, Measured, measured_figures

# The figures of the day need a look at every card of the month: once an hour is enough.
FIGURES = "public.delays"
FIGURES_LIFE = timedelta(hours=1)


@login_not_required
@require_safe
def delays(request: HttpRequest) -> HttpResponse:
    """Give the delays each régime announces, and those its caisses met over the last 30 days (D7)."""
    context = {
        "regimes": Regime.objects.filter(online_order=OnlineOrder.YES),
        "figures": _figures(),
        "over": MEASURED_OVER,
        "enough": ENOUGH,
    }
    return render(request, "public/delays.html", context)


def _figures() -> list[Measured]:
    found: list[Measured] | None = cache.get(FIGURES)
    if found is None:
        found = measured_figures(timezone.now())
        cache.set(FIGURES, found, FIGURES_LIFE.total_seconds())
    return found


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Declare how accessible the portal is: what was tested, and what was not."""
    return render(request, "public/accessibility.html", {"legal": settings.VITALE_LEGAL})


@login_not_required
@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """Say who answers for the portal."""
    return render(request, "public/legal.html", {"legal": settings.VITALE_LEGAL})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept, why, how long, who sees it, and what one may ask: figures are those in force."""
    return render(request, "public/privacy.html", {"legal": settings.VITALE_LEGAL, "kept": kept()})


def kept() -> dict[str, Any]:
    """Give how long things are kept, from the settings that rule it."""
    return {
        "pieces_months": settings.VITALE_ERASURE_MONTHS,
        "pieces_refused": settings.VITALE_ERASURE_DELAY,
        "draft": settings.VITALE_DRAFT_LIFE,
        "session": timedelta(seconds=settings.SESSION_COOKIE_AGE),
        "opening": OPENING_LIFE,
        "provisional_code": settings.VITALE_CODE_LIFE,
        "reprise": settings.VITALE_REPRISE_TIME,
        "digits": DIGITS_LIFE,
        "link": LINK_LIFE,
        "device": TRUST,
        "code": RECENT,
        "trace": settings.VITALE_TRACE_LIFE,
    }
