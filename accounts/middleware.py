"""Closed by default: every page asks for a signed-in assuré unless its view says otherwise."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url

from accounts.models import Assure
from accounts.traces import acting
from vitale_portal.origin import page_of_form

SAFE = frozenset({"GET", "HEAD"})
# In the address of the sign-in page: what was just sent found no session, and is lost.
INTERRUPTED = "interrompu"


class ActingMiddleware:
    """Has what a request writes in the trace say by whom and from where."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the request at hand for ``trace``."""
        with acting(request):
            return self.get_response(request)


class AssureRequest(HttpRequest):
    """A request of a signed-in assuré; what every view but the public ones gets."""

    assure: Assure


class AssureRequiredMiddleware(LoginRequiredMiddleware):
    """Lets assurés in, sends strangers to the sign-in page and agents to their desk.

    The admin (``/gestion/``) closes itself: its own ``has_permission`` lets only agents in (A10).
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer in the view's place when the visitor may not see it."""
        match = request.resolver_match
        if (match and match.app_name == "admin") or not getattr(view_func, "login_required", True):
            return None
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer:
            return answer
        assure = getattr(request.user, "assure", None)
        if assure is None:
            return redirect("admin:index")
        request.assure = assure  # type: ignore[attr-defined]
        return None

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """Send to the sign-in page, which leads back to the same step (A6).

        A form sent without a session leads back to the page it stood on, and the sign-in page says so.
        """
        if request.method in SAFE:
            return super().handle_no_permission(request, view_func)
        page = page_of_form(request) or request.get_full_path()
        return redirect_to_login(page, f"{resolve_url(settings.LOGIN_URL)}?{INTERRUPTED}=1")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Keep the pages of an assuré out of any cache: gone back to, they are asked for again.

        So « Précédent » shows an order as it now stands, and nothing once he has signed out.
        """
        if hasattr(request, "assure"):
            response.setdefault("Cache-Control", "private, no-store")
        return response
