"""Pages of the ground floor: signing in and out, inbox."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.file_looks import as_read, lines_for
from accounts.forms import SignInForm
from accounts.middleware import INTERRUPTED, AssureRequest
from accounts.models import Message
from accounts.sessions import code_was_typed

MESSAGES_A_PAGE = 20
LOOKS_A_PAGE = 20
INTERRUPTED_WORDS = (
    "Votre session avait pris fin : ce que vous veniez d’envoyer n’est pas enregistré, "
    "ce qui l’était avant est toujours là. Recommencez cette étape."
)


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign an assuré in, and bring him where he was going (A1)."""
    target = safe_target(request, "POST") or safe_target(request, "GET") or settings.LOGIN_REDIRECT_URL
    if request.method == "GET" and getattr(request.user, "assure", None):
        return redirect(target)
    interrupted = INTERRUPTED in request.GET
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.user:
        login(request, form.user)
        code_was_typed(request, timezone.now())
        if interrupted:
            messages.warning(request, INTERRUPTED_WORDS)
        return redirect(target)
    context = {"form": form, "next": safe_target(request, "GET"), "interrupted": interrupted}
    return render(request, "accounts/sign_in.html", context)


def safe_target(request: HttpRequest, method: str) -> str:
    """Give where the visitor was going, if it is on this site; else nothing."""
    target: str = getattr(request, method).get("next", "")
    here = {request.get_host()}
    return target if url_has_allowed_host_and_scheme(target, here, require_https=request.is_secure()) else ""


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    messages.success(request, "Vous êtes déconnecté.")
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_safe
def inbox(request: AssureRequest) -> HttpResponse:
    """List the messages of the account, the newest first."""
    page = Paginator(request.assure.messages.all(), MESSAGES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/inbox.html", {"tab": "inbox", "page": page})


@require_safe
def message(request: AssureRequest, reference: str) -> HttpResponse:
    """Show one message and mark it read."""
    found: Message = get_object_or_404(request.assure.messages, reference=reference)
    if found.read_at is None:
        Message.objects.filter(pk=found.pk).update(read_at=timezone.now())
    return render(request, "accounts/message.html", {"tab": "inbox", "message": found})


@require_safe
def file_looks(request: AssureRequest) -> HttpResponse:
    """Show who looked at the file at the desk, and when; the newest first."""
    page = Paginator(lines_for(request.assure), LOOKS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "profile",
        "page": page,
        "looks": as_read(list(page.object_list)),
        "days": settings.VITALE_TRACE_LIFE.days,
    }
    return render(request, "accounts/file_looks.html", context)
