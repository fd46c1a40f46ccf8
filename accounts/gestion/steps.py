"""What an agent still has to do at the door of the desk, once his password is right (A10).

First the code of his application, or setting one up; then his own password, in the place of the first one.
Until both are done every address of the desk leads to the page of the step.
"""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import TotpDevice, User
from accounts.sessions import own_forms
from vitale_portal.origin import on_this_site

CODE, SET_UP, PASSWORD = "otp", "otp_setup", "password_change"  # names of pages
_KNOWN = "_gestion_step"
TOO_LATE = (
    "Votre premier mot de passe n’est plus valable\N{NO-BREAK SPACE}: il fallait le changer sous 7 jours. "
    "Demandez-en un autre."
)


def is_agent(request: HttpRequest) -> bool:
    """Tell whether the password of an agent was right. None may do everything: a superuser is nobody here."""
    user: Any = request.user
    return bool(
        user.is_authenticated and user.is_active and user.agent_id is not None and not user.is_superuser
    )


def user_of(request: HttpRequest) -> User:
    """Give the user of a request that ``is_agent``."""
    return cast("User", request.user)


def is_half_way(request: HttpRequest) -> bool:
    """Tell whether this is an agent with a step left: signed in, and in nothing yet."""
    return is_agent(request) and step_left(request) is not None


def step_left(request: HttpRequest) -> str | None:
    """Give the name of the page an agent has to go through first, or None: the desk is open."""
    if not hasattr(request, _KNOWN):
        setattr(request, _KNOWN, _step_left(request))
    step: str | None = getattr(request, _KNOWN)
    return step


def _step_left(request: HttpRequest) -> str | None:
    user = user_of(request)
    device = user.totp_devices.filter(confirmed=True).values_list("pk", flat=True).first()
    if device is None:
        return SET_UP
    if request.session.get(DEVICE_ID_SESSION_KEY) != device:
        return CODE
    return PASSWORD if user.agent and user.agent.first_password_until else None


def verified(request: HttpRequest, device: TotpDevice) -> None:
    """Write that both factors were given in this session, under a new key."""
    request.session.cycle_key()
    request.session[DEVICE_ID_SESSION_KEY] = device.pk
    rotate_token(request)
    own_forms(request)
    forget_step(request)


def forget_step(request: HttpRequest) -> None:
    """Look again at what is left to do."""
    if hasattr(request, _KNOWN):
        delattr(request, _KNOWN)


def to_step(request: HttpRequest, step: str) -> HttpResponse:
    """Lead to the page of a step, and from there to where the agent was going, unless he comes too late."""
    where = target(request) or _asked(request)
    return sent_away(request) or redirect(with_target(reverse(f"admin:{step}"), where))


def sent_away(request: HttpRequest) -> HttpResponse | None:
    """End the session of a first password that nobody changed in time, whichever page it asks for."""
    agent = user_of(request).agent
    until = agent.first_password_until if agent else None
    if until is None or until > timezone.now():
        return None
    logout(request)
    messages.error(request, TOO_LATE)
    return redirect("admin:login")


def _asked(request: HttpRequest) -> str:
    match = request.resolver_match
    is_door = match is None or match.url_name in {"login", "index"}
    return request.get_full_path() if request.method == "GET" and not is_door else ""


def target(request: HttpRequest) -> str:
    """Give the page the agent was going to, of the desk or where a form of his waits; or nothing."""
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    ours = asked == reverse("reprise") or asked.startswith(reverse("admin:index"))
    return on_this_site(request, asked) if ours else ""


def with_target(url: str, where: str) -> str:
    """Add to the address of a step where it leads."""
    return f"{url}?{urlencode({REDIRECT_FIELD_NAME: where})}" if where else url


def onward(request: HttpRequest) -> HttpResponse:
    """Lead to the next step, or where the agent was going."""
    step = step_left(request)
    return to_step(request, step) if step else redirect(target(request) or "admin:index")
