"""Pages of the ground floor: signing in and out, inbox, « Mes informations »."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.adresses import give_adresse, situation
from accounts.communes import communes_of
from accounts.enums import AdresseKind, Outcome
from accounts.file_looks import as_read, lines_for
from accounts.forms import AdresseForm, SignInForm
from accounts.middleware import INTERRUPTED, AssureRequest
from accounts.models import Beneficiaire, Message
from vitale_portal.dates import weekday_datetime

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
    target = _safe(request, "POST") or _safe(request, "GET") or settings.LOGIN_REDIRECT_URL
    if request.method == "GET" and getattr(request.user, "assure", None):
        return redirect(target)
    interrupted = INTERRUPTED in request.GET
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.user:
        login(request, form.user)
        if interrupted:
            messages.warning(request, INTERRUPTED_WORDS)
        return redirect(target)
    context = {"form": form, "next": _safe(request, "GET"), "interrupted": interrupted}
    return render(request, "accounts/sign_in.html", context)


def _safe(request: HttpRequest, method: str) -> str:
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
def profile(request: AssureRequest) -> HttpResponse:
    """Show what the caisse knows: civil status, address, beneficiaries, contact (A7, B1)."""
    where = situation(request.assure.adresses.all(), timezone.now())
    beneficiaires = Beneficiaire.objects.filter(rattachements__assure=request.assure).order_by(
        "date_naissance", "pk"
    )
    return render(
        request, "accounts/profile.html", {"tab": "profile", "where": where, "beneficiaires": beneficiaires}
    )


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


@require_http_methods(["GET", "POST"])
def address(request: AssureRequest) -> HttpResponse:
    """Give an address, or confirm the one on file (B2 to B4)."""
    now = timezone.now()
    where = situation(request.assure.adresses.all(), now)
    known = where.waiting or where.current
    initial = AdresseForm.initial_of(known)
    form = AdresseForm(request.POST or None, initial=initial, assure=request.assure, now=now)
    if request.method == "POST" and form.is_valid():
        given = give_adresse(
            assure=request.assure,
            content=form.content,
            kind=AdresseKind(form.cleaned_data["kind"]),
            ends_at=form.instance.ends_at,
            now=now,
        )
        if given.outcome != Outcome.RETURNED_MAIL:
            waits = given.adresse.usable_at > now
            words = given.outcome.label if waits else Outcome.UNCHANGED.label
            words = Outcome.BACK.label if given.outcome == Outcome.BACK else words
            messages.success(request, words.format(usable=weekday_datetime(given.adresse.usable_at)))
            return redirect(_safe(request, "POST") or "profile")
        form.add_error(None, given.outcome.label)
    context = {
        "tab": "profile",
        "form": form,
        "where": where,
        "next": _safe(request, "GET") or _safe(request, "POST"),
        "wait_hours": request.assure.caisse.regime.address_wait_hours or 0,
    }
    return render(request, "accounts/address.html", context)


@require_safe
def communes(request: HttpRequest) -> JsonResponse:
    """Give the communes of a postcode, to help one type (B2)."""
    return JsonResponse({"communes": list(communes_of(request.GET.get("code_postal", "")))})
