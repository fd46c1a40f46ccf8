"""Pages of sessions: those that are open, how long this one lasts, the form that came too late (A6)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import reprises
from accounts.enums import Act
from accounts.gestion import steps as gestion_steps
from accounts.middleware import AssureRequest, agents_too, bind, is_never_kept, keep, never_kept
from accounts.models import Reprise, Session
from accounts.sessions import end_sessions, is_last_stretch, own_session, seconds_left
from accounts.sign_in.devices import devices_of, forget_device, known_device
from accounts.traces import trace
from vitale_portal import errors
from vitale_portal.fingerprints import fingerprint
from vitale_portal.origin import page_of_form

NOTHING_WAITS = (
    "Aucun envoi n’attend d’être repris : il l’a déjà été, ou le temps pendant lequel il était gardé est "
    "passé. Vérifiez où en est votre démarche."
)
GIVEN_UP = "Votre envoi est abandonné : rien n’en est enregistré."
CLOSED = "La session est fermée."
FORGOTTEN = "L’appareil est oublié : à la prochaine connexion, un code y sera demandé."


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Keep a form of a former session of the same person, or of one who left; else say why it is refused.

    Its token is no longer the browser's, but it was that of a session which was never closed, and it comes
    from a page of this site: nobody else can have made it.
    """
    view = getattr(request.resolver_match, "func", None)
    if getattr(view, "never_kept", False):  # the page’s own module asks: it needs no words
        return errors.permission_denied(request, PermissionError(reason))
    if page_of_form(request) and getattr(view, "login_required", True) and not is_never_kept(request):
        answer = _kept(request)
        if answer:
            return answer
    return errors.csrf_failure(request, reason)


def _kept(request: HttpRequest) -> HttpResponse | None:
    session = reprises.session_of_form(request)
    if session is None:
        return None
    if not request.user.is_authenticated:
        return keep(request)
    if session.user_id != request.user.pk:
        return None
    kept = reprises.keep_form(request=request, session=session, now=timezone.now())
    if kept is None:
        return None
    response = redirect("reprise")
    bind(request, response, kept)
    return response


@agents_too
@never_kept
@never_cache
@require_http_methods(["GET", "POST"])
def reprise(request: HttpRequest) -> HttpResponse:
    """Offer the first form that waits: taken up again by one click, at its own address, or given up.

    To an agent, once both his factors are given (A10): by his password alone he would see, and spend, it.
    """
    if gestion_steps.is_half_way(request):
        return gestion_steps.to_step(request, gestion_steps.step_left(request) or gestion_steps.CODE)
    waiting = reprises.waiting(request, timezone.now())
    if request.method == "POST":
        return _given_up(
            request, next((row for row in waiting if str(row.pk) == request.POST.get("waits")), None)
        )
    opened = ((row, reprises.content_of(row)) for row in waiting)
    waits, sent = next(((row, sent) for row, sent in opened if sent), (None, None))
    if waits is None or sent is None:
        messages.info(request, NOTHING_WAITS)
        return redirect(_home(request))
    context = {
        "waits": waits,
        "files": [file for _, many in sent.files.lists() for file in many if file.size],
        "view_name": reprises.view_name_of(waits),
        "others": len(waiting) - 1,
        "tab": "",
    }
    return render(request, "accounts/reprise.html", context)


def _given_up(request: HttpRequest, waits: Reprise | None) -> HttpResponse:
    if waits is None:
        return redirect("reprise")
    reprises.give_up(waits)
    messages.info(request, GIVEN_UP)
    here = url_has_allowed_host_and_scheme(waits.page, None)
    return redirect(waits.page if here else _home(request))


def _home(request: HttpRequest) -> str:
    return "dashboard" if getattr(request.user, "assure", None) else "admin:index"


@agents_too
@never_kept
@never_cache
@require_POST
def session_stay(request: HttpRequest) -> JsonResponse:
    """Keep the session open, and tell for how long; the request itself is the activity."""
    return _left(request)


@agents_too
@never_cache
@require_safe
def session_left(request: HttpRequest) -> JsonResponse:
    """Tell how long the session lasts. A page asks by itself: that is no activity."""
    request.session.is_background = True  # type: ignore[attr-defined]
    return _left(request)


def _left(request: HttpRequest) -> JsonResponse:
    """Give the seconds left, and whether staying no longer puts the end off."""
    now = timezone.now()
    return JsonResponse({"left": seconds_left(request, now), "last": is_last_stretch(request, now)})


@require_safe
def session_list(request: AssureRequest) -> HttpResponse:
    """List the open sessions of the account, the one that asks marked."""
    sessions = list(Session.objects.open(timezone.now()).filter(user=request.user.pk))
    this = fingerprint(request.session.session_key or "")
    context = {
        "tab": "profile",
        "sessions": sorted(sessions, key=lambda session: session.pk != this),
        "this": this,
        "devices": devices_of(request.assure.user),
        "this_device": known_device(request, request.assure.user),
        "now": timezone.now(),
    }
    return render(request, "accounts/session_list.html", context)


@never_kept
@require_POST
def session_close(request: AssureRequest) -> HttpResponse:
    """Close one of one's own sessions; a stranger's is not found."""
    now = timezone.now()
    found = own_session(request.user, request.POST.get("session", ""), now)  # type: ignore[arg-type]
    if found is None:
        raise Http404
    if found.pk == fingerprint(request.session.session_key or ""):
        return redirect("session_list")  # this one: one signs out
    found.delete()
    _trace(request, Act.SESSION_CLOSED, found.browser)
    messages.success(request, CLOSED)
    return redirect("session_list")


@never_kept
@require_POST
def session_close_others(request: AssureRequest) -> HttpResponse:
    """Close all of one's own sessions but this one."""
    ended = end_sessions(request.user, keep=request.session.session_key)  # type: ignore[arg-type]
    _trace(request, Act.SESSION_CLOSED, "toutes les autres")
    messages.success(
        request, "Vos autres sessions sont fermées." if ended else "Aucune autre session n’était ouverte."
    )
    return redirect("session_list")


@never_kept
@require_POST
def device_forget(request: AssureRequest) -> HttpResponse:
    """Forget one of one’s own devices: the next sign-in there asks for six digits (A11)."""
    if not forget_device(request.assure.user, request.POST.get("device", "")):
        raise Http404
    _trace(request, Act.DEVICE_FORGOTTEN, "")
    messages.success(request, FORGOTTEN)
    return redirect("session_list")


def _trace(request: AssureRequest, act: Act, words: str) -> None:
    trace(act, at=timezone.now(), request=request, beneficiaire=request.assure.beneficiaire, words=words)
