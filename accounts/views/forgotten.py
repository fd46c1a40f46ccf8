"""A forgotten code: asked for, answered alike for all, then changed by the link of a mail (A5)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import LinkPurpose
from accounts.forms_ouverture import ForgottenForm, IdentityForm, NewCodeForm
from accounts.liens import PARAMETER, find_link
from accounts.ouverture import change_code
from accounts.ouverture.code_provisoire import arrival
from accounts.ouverture.demandes import ask_by_post, ask_forgotten
from accounts.views.opening import paused

LINK = "forgotten_link"  # kept in the session
CHANGED = "Votre nouveau code est enregistré. Connectez-vous avec lui ; vos autres sessions sont fermées."


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link by the NIR alone. Nothing is looked up here: a sweep does, and writes the mail."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        pause = paused(request, "forgotten", now)
        if pause:
            return pause
        ask_forgotten(nir=form.cleaned_data["nir"], now=now)
        return redirect("forgotten_sent")
    return render(request, "ouverture/forgotten.html", {"form": form})


@login_not_required
@never_cache
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Say what follows, whether the account exists or not."""
    return render(request, "ouverture/forgotten_sent.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def by_post(request: HttpRequest) -> HttpResponse:
    """Ask for a provisional code by post, without access to one's mailbox. A sweep judges the demand."""
    now = timezone.now()
    form = IdentityForm(request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        pause = paused(request, "opening-post", now)
        if pause:
            return pause
        ask_by_post(identity=form.identity, recovery=True, now=now)
        return redirect("opening_posted")
    return render(request, "ouverture/forgotten_by_post.html", {"form": form, "arrives_by": arrival(now)})


@login_not_required
@never_cache
@require_safe
def link(request: HttpRequest) -> HttpResponse:
    """Take the token of a mail out of the address, into the session; it is not used up."""
    request.session[LINK] = request.GET.get(PARAMETER, "")
    return redirect("forgotten_new")


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def new_code(request: HttpRequest) -> HttpResponse:
    """Choose a new code, once; all sessions end."""
    token, now = request.session.get(LINK, ""), timezone.now()
    found = find_link(token, LinkPurpose.FORGOTTEN, now)
    if found is None:
        request.session.pop(LINK, None)
        return render(request, "ouverture/forgotten_over.html")
    form = NewCodeForm(request.POST or None, assure=found.assure)
    if request.method == "POST" and form.is_valid():
        changed = change_code(token=token, code=form.cleaned_data["code"], request=request, now=now)
        request.session.pop(LINK, None)
        if not changed:
            return render(request, "ouverture/forgotten_over.html")
        messages.success(request, CHANGED)
        return redirect("sign_in")
    return render(request, "ouverture/forgotten_new.html", {"form": form})
