"""Health, for machines: public, without a session, telling nothing of anybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from suivi.sante import readiness

SERVICE_UNAVAILABLE = 503


@login_not_required
@require_safe
@never_cache
def alive(_request: HttpRequest) -> JsonResponse:
    """Say that the process answers; it asks nothing of the database."""
    return JsonResponse({"vivant": True})


@login_not_required
@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """Say whether pages can be served (200 or 503), and how far behind the sweeps are."""
    sante = readiness(timezone.now())
    found = {"pret": sante.is_ready, **sante.needed, **sante.figures, "alertes": list(sante.alerts)}
    return JsonResponse(found, status=200 if sante.is_ready else SERVICE_UNAVAILABLE)
