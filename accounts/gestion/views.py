"""The pages at the agents' door: code, recovery code, application to set up, password to change (A10)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.agents import own_password_chosen
from accounts.enums import Act
from accounts.gestion.forms import CodeForm, OwnPasswordForm, RecoveryForm
from accounts.gestion.otp import (
    CodeRefused,
    begin_device,
    check_code,
    confirm_device,
    confirmed_device,
    picture_of,
    spend_recovery_code,
)
from accounts.gestion.steps import (
    CODE,
    PASSWORD,
    SET_UP,
    is_agent,
    onward,
    sent_away,
    step_left,
    target,
    user_of,
    verified,
    with_target,
)
from accounts.models import TotpDevice
from accounts.sign_in.arrivals import arrived
from accounts.sign_in.locks import Paused
from accounts.traces import trace

View = Callable[[HttpRequest], HttpResponse]
# In the session: the application begun there. Another session is shown neither it nor its secret.
_BEGUN = "otp_begun"
REFUSED = (
    "Ce code n’est pas le bon, ou il a déjà servi. Attendez que l’application en affiche un autre, "
    "et vérifiez que votre téléphone est à l’heure."
)
WRONG = "code à usage unique ou de secours"
RECOVERY_REFUSED = "Ce code de secours n’est pas le bon, ou il a déjà servi."


def _page(*steps: str | None) -> Callable[[View], View]:
    """Make a page of the door, for agents at one of these steps (None: in the desk); others are led on."""

    def close(view: View) -> View:
        @login_not_required
        @never_cache
        @sensitive_post_parameters()
        @require_http_methods(["GET", "POST"])
        @csrf_protect
        @wraps(view)
        def page(request: HttpRequest) -> HttpResponse:
            if not is_agent(request):
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            away = sent_away(request)
            if away:
                return away
            return view(request) if step_left(request) in steps else onward(request)

        return page

    return close


@_page(CODE)
def otp(request: HttpRequest) -> HttpResponse:
    """Ask for the six digits of the moment."""
    form = CodeForm(request.POST or None)
    device = _own(request)
    if form.is_valid() and _taken(request, form, lambda code: _check(device, code)):
        return _let_in(request, device)
    return _render(request, "gestion/otp.html", "Code à usage unique", {"form": form})


@_page(CODE)
def otp_recovery(request: HttpRequest) -> HttpResponse:
    """Take a recovery code in the place of the digits."""
    form = RecoveryForm(request.POST or None)
    device = _own(request)
    if form.is_valid() and _taken(request, form, lambda code: _spend(request, device, code)):
        return _let_in(request, device)
    return _render(request, "gestion/otp_recovery.html", "Code de secours", {"form": form})


def _let_in(request: HttpRequest, device: TotpDevice) -> HttpResponse:
    """Go on with both factors given, and keep that he came, and on which device (A3)."""
    verified(request, device)
    response = onward(request)
    arrived(request, response, user_of(request), now=timezone.now())
    return response


@csp_update({"img-src": ["data:"]})  # the QR code: no address of its own ever holds the secret
@_page(SET_UP, None)
def otp_setup(request: HttpRequest) -> HttpResponse:
    """Set up an application: say what it is, show its QR code, take the first digits it gives."""
    begun = TotpDevice.objects.filter(
        pk=request.session.get(_BEGUN) or 0, user=user_of(request), confirmed=False
    ).first()
    if begun is None or "begin" in request.POST:
        return _begin(request)
    form = CodeForm(request.POST or None)
    codes: list[str] = []

    def confirm(code: str) -> None:
        codes.extend(confirm_device(device=begun, code=code, now=timezone.now(), request=request))

    if form.is_valid() and _taken(request, form, confirm):
        del request.session[_BEGUN]
        first = step_left(request) == SET_UP
        verified(request, begun)
        shown: dict[str, Any] = {"codes": codes, "onward": target(request) or reverse("admin:index")}
        response = _render(request, "gestion/otp_codes.html", "Vos codes de secours", shown)
        if first:
            arrived(request, response, user_of(request), now=timezone.now())
        return response
    groups = [begun.secret[start : start + 4] for start in range(0, len(begun.secret), 4)]
    context = {"form": form, "picture": picture_of(begun), "secret": " ".join(groups)}
    return _render(request, "gestion/otp_setup.html", "Installer l’application de codes", context)


def _begin(request: HttpRequest) -> HttpResponse:
    """Begin an application; who has one already gives a code first."""
    device = confirmed_device(user_of(request))
    asked = request.POST if "begin" in request.POST else None
    form = CodeForm(asked)
    proven = device is None or (
        form.is_valid() and _taken(request, form, lambda code: _either(request, device, code))
    )
    if asked and proven:
        request.session[_BEGUN] = begin_device(user=user_of(request)).pk
        return redirect(with_target(reverse("admin:otp_setup"), target(request)))
    context = {
        "form": form if device else None,
        "device": device,
        "left": device.recovery_codes.filter(used_at=None).count() if device else 0,
    }
    return _render(request, "gestion/otp_begin.html", "Application de codes", context)


@_page(PASSWORD, None)
def password_change(request: HttpRequest) -> HttpResponse:
    """Change one's password, the first one above all; the agent's other sessions end."""
    user = user_of(request)
    form = OwnPasswordForm(user, request.POST or None)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, user)
        own_password_chosen(user=user, keep=request.session.session_key, now=timezone.now(), request=request)
        messages.success(request, "Votre mot de passe est changé.")
        return redirect(target(request) or "admin:index")
    context = {"form": form, "first": step_left(request) == PASSWORD}
    return _render(request, "gestion/password.html", "Changer de mot de passe", context)


def _own(request: HttpRequest) -> TotpDevice:
    """Give the agent's application; at these steps he has one."""
    device = confirmed_device(user_of(request))
    if device is None:
        raise LookupError
    return device


def _check(device: TotpDevice, code: str) -> None:
    check_code(device=device, code=code, now=timezone.now())


def _either(request: HttpRequest, device: TotpDevice, code: str) -> None:
    """Take the digits of the moment or, for who no longer has the telephone, a recovery code."""
    if "".join(code.split()).isdecimal():
        _check(device, code)
    else:
        _spend(request, device, code)


def _spend(request: HttpRequest, device: TotpDevice, code: str) -> None:
    left = spend_recovery_code(device=device, code=code, now=timezone.now(), request=request)
    words = "Code de secours accepté\N{NO-BREAK SPACE}: il ne servira plus. Il vous en reste "
    messages.warning(request, f"{words}{left}.")


def _taken(request: HttpRequest, form: forms.Form, take: Callable[[str], None]) -> bool:
    """Take the code of a form; else say beside its field why not, and trace it: the password was right."""
    try:
        take(form.cleaned_data["code"])
    except CodeRefused:
        about = user_of(request).identifiant
        trace(Act.SIGN_IN_FAILED, at=timezone.now(), request=request, about=about, words=WRONG)
        form.add_error("code", RECOVERY_REFUSED if isinstance(form, RecoveryForm) else REFUSED)
    except Paused as paused:
        wait = _spoken(paused.wait)
        form.add_error("code", f"Trop d’essais manqués. Attendez {wait}, puis recommencez.")
    else:
        return True
    return False


def _spoken(seconds: int) -> str:
    count, unit = (seconds, "seconde") if seconds <= _MINUTE else (-(-seconds // _MINUTE), "minute")
    return f"{count} {unit}{'s' if count > 1 else ''}"


def _render(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    """Render in the frame of the desk, without anything of it: the agent may not be in yet."""
    frame = {
        "site_header": site.site_header,
        "site_title": site.site_title,
        "site_url": site.site_url,
        "has_permission": step_left(request) is None,
        "title": title,
        "who": user_of(request),
        "next": target(request),
    }
    return render(request, template, frame | context)


_MINUTE = 60
STEPS = [
    path("code/", otp, name=CODE),
    path("code/secours/", otp_recovery, name="otp_recovery"),
    path("code/application/", otp_setup, name=SET_UP),
    path("password_change/", password_change, name=PASSWORD),
]
