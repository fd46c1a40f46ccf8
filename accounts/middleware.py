"""Closed by default: every page asks for a signed-in assuré unless its view says otherwise."""

from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from accounts.models import Assure


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
