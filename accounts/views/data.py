"""« Télécharger mes données » (A7): made on demand, for its owner alone."""

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.code_recent import code_gated
from accounts.enums import Act
from accounts.forms_profile import ExportForm
from accounts.mes_donnees import archive
from accounts.middleware import AssureRequest
from accounts.rates import over_rate
from accounts.traces import trace
from vitale_portal import errors
from vitale_portal.dates import paris

EXPORTS_AN_HOUR = 5


@require_http_methods(["GET", "POST"])
@code_gated
def export(request: AssureRequest) -> HttpResponseBase:
    """Say what is in the file, then give it: the code recently typed, so often an hour, traced."""
    now, assure = timezone.now(), request.assure
    form = ExportForm(request.POST if request.method == "POST" else None, request=request, now=now)
    if not form.is_valid():
        return render(request, "accounts/export.html", {"tab": "profile", "form": form})
    wait = over_rate(f"export {assure.pk}", EXPORTS_AN_HOUR, now)
    if wait:
        return errors.too_many_requests(request, wait=wait)
    trace(Act.EXPORTED, at=now, request=request, beneficiaire=assure.beneficiaire, about="mes données")
    return _zip(request, f"mes-donnees-{paris(now):%Y-%m-%d}.zip")


def _zip(request: AssureRequest, filename: str) -> HttpResponse | StreamingHttpResponse:
    response = StreamingHttpResponse(archive(request.assure, timezone.now()), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response
