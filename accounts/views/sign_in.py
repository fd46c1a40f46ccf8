"""Pages of signing in and out: NIR and code personnel, then six digits sent by mail (A1, A3, A11)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Act
from accounts.forms import SecondStepForm, SignInForm
from accounts.middleware import INTERRUPTED
from accounts.models import Assure, MailedCode, User
from accounts.sign_in import CodePersonnelBackend
from accounts.sign_in.arrivals import arrived
from accounts.sign_in.devices import known_device
from accounts.sign_in.second_step import LIFE, Verdict, is_needed, send_code, tries_left, try_code
from accounts.traces import trace
from vitale_portal.origin import on_this_site
from vitale_portal.text import masked_email

INTERRUPTED_WORDS = (
    "Votre session avait pris fin : ce que vous veniez d’envoyer n’est pas enregistré, "
    "ce qui l’était avant est toujours là. Recommencez cette étape."
)
BACKEND = "accounts.sign_in.CodePersonnelBackend"
# In the session of somebody who has passed the first step only: it has no user, so it opens nothing.
PENDING = "second_step"


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Take NIR and code personnel, and bring an assuré where he was going, or to the second step (A1)."""
    target = safe_target(request, "POST") or safe_target(request, "GET") or settings.LOGIN_REDIRECT_URL
    if request.method == "GET" and getattr(request.user, "assure", None):
        return redirect(target)
    interrupted = INTERRUPTED in request.GET
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.user:
        return _first_step_passed(request, form.user, {"target": target, "interrupted": interrupted})
    context = {"form": form, "next": safe_target(request, "GET"), "interrupted": interrupted}
    return render(request, "accounts/sign_in.html", context)


def safe_target(request: HttpRequest, method: str) -> str:
    """Give where the visitor was going, if it is an address of this site, from its root; else nothing."""
    target: str = getattr(request, method).get("next", "")
    return on_this_site(request, target) if target.startswith("/") else ""


def _first_step_passed(request: HttpRequest, user: User, going: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    if not is_needed(known_device(request, user), now):
        return _enter(request, user, going, now)
    assure = _assure_of(user)
    if not assure.email:
        return render(request, "accounts/sign_in_no_email.html", {"caisse": assure.caisse})
    code = send_code(assure=assure, now=now)
    _begin_again(request)
    request.session[PENDING] = going | {"code": code.pk, "account": user.get_session_auth_hash()}
    return redirect("second_step")


def _begin_again(request: HttpRequest) -> None:
    """Go on under another session key, and as nobody: who was signed in here before is so no longer."""
    if request.user.is_authenticated:
        logout(request)
    request.session.cycle_key()


def _enter(
    request: HttpRequest, user: User, going: dict[str, Any], now: datetime, *, trust: bool = False
) -> HttpResponse:
    """Open the session of somebody who has passed every step."""
    login(request, user, BACKEND)
    request.session.pop(PENDING, None)
    if going["interrupted"]:
        messages.warning(request, INTERRUPTED_WORDS)
    response = redirect(going["target"])
    arrived(request, response, user, now=now, trust=trust)
    return response


def _assure_of(user: User) -> Assure:
    """Give the assuré this door has let in."""
    if user.assure is None:
        raise PermissionError
    return user.assure


def _pending(request: HttpRequest) -> tuple[Assure, MailedCode] | None:
    """Give who has passed the first step in this session, and his last code; None when nobody has.

    A code personnel that changed since, or an account that was closed, ends it.
    """
    held = request.session.get(PENDING, {})
    code = MailedCode.objects.filter(pk=held["code"]).first() if held else None
    user = CodePersonnelBackend().get_user(code.user_id) if code else None
    if not code or not user or user.get_session_auth_hash() != held["account"]:
        return None
    return _assure_of(user), code


@login_not_required
@never_cache
@sensitive_post_parameters("digits")
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Take the six digits sent by mail, and let in (A11)."""
    pending = _pending(request)
    if pending is None:
        return redirect("sign_in")
    (assure, code), now = pending, timezone.now()
    form = SecondStepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        verdict = try_code(code=code, digits=form.cleaned_data["digits"], now=now)
        if verdict == Verdict.RIGHT:
            going = request.session[PENDING]
            return _enter(request, assure.user, going, now, trust=form.cleaned_data["trust"])
        left = tries_left(code) if verdict == Verdict.WRONG else 0
        if verdict == Verdict.WRONG and not left:
            _trace_spent(request, assure, now)
        form.refuse(left)
    minutes = LIFE // timedelta(minutes=1)
    context = {"form": form, "email": masked_email(assure.email), "minutes": minutes, "caisse": assure.caisse}
    return render(request, "accounts/second_step.html", context)


def _trace_spent(request: HttpRequest, assure: Assure, now: datetime) -> None:
    """Keep that somebody who knows the code personnel has guessed at the digits until they were over."""
    trace(
        Act.SIGN_IN_FAILED,
        at=now,
        request=request,
        beneficiaire=assure.beneficiaire,
        caisse=assure.caisse,
        about=assure.beneficiaire.reference,
        words="code reçu par courriel, tous les essais faux",
    )


@login_not_required
@require_POST
def second_step_again(request: HttpRequest) -> HttpResponse:
    """Send another code in the place of the last one (A11)."""
    pending = _pending(request)
    if pending is None:
        return redirect("sign_in")
    code = send_code(assure=pending[0], now=timezone.now())
    request.session[PENDING] = request.session[PENDING] | {"code": code.pk}
    messages.success(request, "Un nouveau code vient de partir. Lui seul convient désormais.")
    return redirect("second_step")


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    messages.success(request, "Vous êtes déconnecté.")
    return redirect(settings.LOGOUT_REDIRECT_URL)
