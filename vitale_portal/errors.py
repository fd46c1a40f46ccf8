"""Pages of errors: what happened, what it means, what to do.

Those of 403 and 404 know who is signed in. The others are rendered without the request: they need no
database and no session, which may be what failed.
"""

import math
import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string

from vitale_portal.context import portal

RETRY_SECONDS = 60
_TENTHS_OF_MEGA = 100_000


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - handler400
    """Page of a request that cannot be read (400)."""
    return _plain(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - handler403
    """Page of an action this person may not do (403)."""
    return render(request, "403.html", {"expired": False}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - CSRF_FAILURE_VIEW
    """Page of a form that stayed open too long to be sent (403); why exactly is Django's log's business.

    Who signed in meanwhile in another tab is simply let in.
    """
    user = getattr(request, "user", None)
    if request.path == resolve_url(settings.LOGIN_URL) and user is not None and user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "403.html", {"expired": True}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - handler404
    """Page of an address that leads nowhere, or to what belongs to someone else (404)."""
    return render(request, "404.html", status=404)


def content_too_large(request: HttpRequest, *, found: int, allowed: int) -> HttpResponse:
    """Page of a body over the limit (413), with both weights, given in bytes and shown in Mo.

    The one found is rounded up and the one allowed down, so that they never read the same.
    """
    weights = {
        "found": math.ceil(found / _TENTHS_OF_MEGA) / 10,
        "allowed": math.floor(allowed / _TENTHS_OF_MEGA) / 10,
    }
    return _plain(request, 413, weights)


def too_many_requests(request: HttpRequest, *, wait: int) -> HttpResponse:
    """Page of a pause (429) of so many seconds, shown in minutes rounded up."""
    response = _plain(request, 429, {"minutes": math.ceil(wait / 60)})
    response["Retry-After"] = str(wait)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Page of a fault of ours (500), or of a database that is away (503, with when to come back)."""
    if not isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return _plain(request, 500)
    response = _plain(request, 503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _plain(request: HttpRequest, status: int, context: dict[str, float] | None = None) -> HttpResponse:
    page = render_to_string(f"{status}.html", portal(request) | (context or {}))
    return HttpResponse(page, status=status)
