"""Pages of errors: what happened, what it means, what to do.

Those of 403 and 404 know who is signed in. The others are rendered without the request: they need no
database and no session, which may be what failed.
"""

import math
import sys
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string

from vitale_portal.at_rest import StoreAway
from vitale_portal.context import portal
from vitale_portal.origin import page_of_form

RETRY_SECONDS = 60
# The database, and the store of pieces.
AWAY = (OperationalError, InterfaceError, StoreAway)
_TENTHS_OF_MEGA = 100_000
OPENED_BEFORE = (
    "Vous vous êtes reconnecté depuis l’ouverture de cette page. Par sécurité, ce que vous venez d’envoyer "
    "n’est pas pris en compte ; ce qui était enregistré l’est toujours. Recommencez cette étape."
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - handler400
    """Page of a request that cannot be read (400)."""
    return _plain(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - handler403
    """Page of an action this person may not do (403): an agent is led back to his desk."""
    found = request.resolver_match
    desk = found is not None and "admin" in found.namespaces
    return render(request, "403.html", {"expired": False, "desk": desk}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - CSRF_FAILURE_VIEW
    """Lead back to a form that was opened before its sender signed in again, with a word.

    Who cannot be led back gets a page (403); why exactly is Django's log's business. Who signed in
    meanwhile in another tab is simply let in.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return render(request, "403.html", {"expired": True, "desk": False}, status=403)
    if request.path == resolve_url(settings.LOGIN_URL):
        return redirect(request.get_full_path())
    page = page_of_form(request)
    if not page:
        return render(request, "403.html", {"expired": True, "desk": False}, status=403)
    messages.warning(request, OPENED_BEFORE)
    return redirect(page)


class NoLonger(Http404):
    """What an address led to is no longer there, and the page of ``template`` can say why."""

    def __init__(self, template: str) -> None:
        super().__init__(template)
        self.template = template


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Page of an address that leads nowhere, or to what belongs to someone else (404)."""
    template = exception.template if isinstance(exception, NoLonger) else "404.html"
    return render(request, template, status=404)


def content_too_large(request: HttpRequest, *, found: int, allowed: int) -> HttpResponse:
    """Page of a body over the limit (413), with both weights, given in bytes and shown in Mo.

    The one found is rounded up and the one allowed down, so that they never read the same. It leads back to
    the page of the form, when that is known.
    """
    context = {
        "page": page_of_form(request),
        "found": math.ceil(found / _TENTHS_OF_MEGA) / 10,
        "allowed": math.floor(allowed / _TENTHS_OF_MEGA) / 10,
    }
    return _plain(request, 413, context)


def too_many_requests(request: HttpRequest, *, wait: int, template: str = "") -> HttpResponse:
    """Page of a pause (429) of so many seconds, shown in minutes rounded up."""
    response = _plain(request, 429, {"minutes": math.ceil(wait / 60)}, template)
    response["Retry-After"] = str(wait)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Page of a fault of ours (500), or of what is away for a while (503, with when to come back)."""
    if not isinstance(sys.exc_info()[1], AWAY):
        return _plain(request, 500)
    response = _plain(request, 503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _plain(
    request: HttpRequest, status: int, context: dict[str, Any] | None = None, template: str = ""
) -> HttpResponse:
    page = render_to_string(template or f"{status}.html", portal(request) | (context or {}))
    return HttpResponse(page, status=status)
