"""Closed by default: every page asks for a signed-in assuré unless its view says otherwise."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from accounts import reprises
from accounts.gestion import steps as gestion_steps
from accounts.models import Assure, Reprise
from accounts.sign_in.hashing import BUSY, Full
from accounts.sign_in.locks import Paused
from accounts.traces import acting
from vitale_portal.errors import too_many_requests
from vitale_portal.origin import page_of_form

SAFE = frozenset({"GET", "HEAD"})
# In the address of the sign-in page: what was just sent found no session, and is lost, or kept.
INTERRUPTED = "interrompu"
KEPT = "garde"
# Of the desk: one signs in there, and may always leave.
DOORS = frozenset({"admin:login", "admin:logout"})


View = TypeVar("View", bound=Callable[..., Any])


def agents_too(view: View) -> View:
    """Open a page of the site to whoever is signed in: agents are not sent to their desk."""
    view.agents_too = True  # type: ignore[attr-defined]
    return view


def never_kept(view: View) -> View:
    """Have a form forgotten that finds its session ended: done later it would make no sense."""
    view.never_kept = True  # type: ignore[attr-defined]
    return view


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


class ReprisesMiddleware(MiddlewareMixin):
    """Keeps a form whose session has ended, and puts it back in place once its sender takes it up again (A6).

    It stands after the checks of the token: a form that fails them comes to ``views.sessions.csrf_failure``.
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, _view_args: Any, _view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer in the view's place when the form found nobody signed in, or nothing to take up again."""
        if request.method != "POST" or not getattr(view_func, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return None if is_never_kept(request) else keep(request)
        if reprises.FIELD not in request.POST or gestion_steps.is_half_way(request):
            return None
        sent = reprises.take(request, timezone.now())
        if sent is None:
            return redirect("reprise")
        reprises.put_in_place(request, sent)
        return None


def is_never_kept(request: HttpRequest) -> bool:
    """Tell whether a form sent here is not for keeping when nobody is signed in: at a door, for one."""
    match = request.resolver_match
    return match is not None and (getattr(match.func, "never_kept", False) or match.view_name in DOORS)


def keep(request: HttpRequest) -> HttpResponse | None:
    """Keep a form of a session that ended, and send to the door its sender comes in by; None when it is not.

    The door leads on to the page that offers it again. At the desk, what is not kept leads back to its page.
    """
    at_desk = request.resolver_match is not None and request.resolver_match.app_name == "admin"
    door = reverse("admin:login" if at_desk else settings.LOGIN_URL)
    response = redirect_to_login(reverse("reprise"), f"{door}?{KEPT}=1")
    if reprises.FIELD in request.POST:  # the click itself came too late: what it asks for is still kept
        return response
    session = reprises.session_of_form(request)
    kept = reprises.keep_form(request=request, session=session, now=timezone.now()) if session else None
    if kept is None:
        return redirect_to_login(page_of_form(request) or reverse("admin:index"), door) if at_desk else None
    bind(request, response, kept)
    return response


def bind(request: HttpRequest, response: HttpResponse, reprise: Reprise) -> None:
    """Give the browser what tells it later from any other."""
    tokens = [token for token in reprises.tokens_in(request) if token != reprises.token_of(reprise)]
    response.set_cookie(
        reprises.cookie_name(),
        ".".join([*tokens, reprises.token_of(reprise)][-reprises.TOKENS_OF_A_BROWSER :]),
        max_age=settings.VITALE_REPRISE_TIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


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
        if assure is None and getattr(view_func, "agents_too", False):
            return None
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

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Tell whoever finds a door closed (A3), or too many before him, when to come back."""
        if isinstance(exception, Full):
            return too_many_requests(request, wait=BUSY)
        if isinstance(exception, Paused):
            return too_many_requests(request, wait=exception.wait, template="accounts/sign_in_paused.html")
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Keep the pages of an assuré out of any cache: gone back to, they are asked for again.

        So « Précédent » shows an order as it now stands, and nothing once he has signed out.
        """
        if hasattr(request, "assure"):
            response.setdefault("Cache-Control", "private, no-store")
        return response
