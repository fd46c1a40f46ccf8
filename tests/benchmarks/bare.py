"""A bare Django view, to hold pages against: session, user, one query, and no template."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from accounts.models import Caisse

MIDDLEWARE = [
    "tests.benchmarks.bare.alone",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


def alone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Have requests answered by the addresses of this file, not by those of the portal."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return get_response(request)

    return answer


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    """Ask for one row, and say who is there."""
    caisse = Caisse.objects.order_by("pk").first()
    return HttpResponse(f"{request.user} {caisse}")


urlpatterns = [path("bare/", bare)]


def bare_application() -> WSGIHandler:
    """Give the WSGI application of that view alone."""
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        return WSGIHandler()
