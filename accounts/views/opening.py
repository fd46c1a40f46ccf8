"""Opening an account: the public pages, in small steps (A4)."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import ouverture as opening
from accounts.enums import LinkPurpose
from accounts.forms_ouverture import (
    EmailForm,
    IdentityForm,
    NewCodeForm,
    ProofForm,
    ProvisionalCodeForm,
    TermsForm,
)
from accounts.liens import PARAMETER, find_link
from accounts.models import Ouverture
from accounts.ouverture import Finished
from accounts.ouverture.code_provisoire import arrival, check_code
from accounts.ouverture.demandes import DAY, ask_by_post
from accounts.ouverture.preuves import YOUNGEST, Identity, Proof, prove_at_once
from accounts.rates import network_of, over_rate
from vitale_portal.errors import too_many_requests

WHO, OPENING, LINK = "opening_who", "opening_reference", "opening_link"  # kept in the session
TRIES_AT_ONCE = 5  # for one NIR in a day, from wherever: then by post only
AN_HOUR = 20  # tries, letters or links for one network address
MAILS_AN_HOUR = 5  # to one mailbox, or in one opening

WRONG_PROOF = (
    "Ces informations ne correspondent pas toutes à ce que connaît votre caisse. Relisez-les, revenez à "
    "l’étape 1 pour corriger votre identité, ou demandez un code provisoire par courrier."
)
TRIED_OUT = (
    "Cinq essais ont été faits avec ce numéro aujourd’hui : cette voie est fermée jusqu’à demain. "
    "Demandez un code provisoire par courrier, ou à l’accueil de votre caisse."
)
WRONG_CODE = (
    "Le numéro et le code provisoire ne vont pas ensemble, ou ce code n’est plus valable : il a servi, il a "
    "plus de 30 jours, un plus récent l’a remplacé, ou cinq essais ont été faits. Relisez-les, ou demandez "
    "un nouveau code."
)
LOST = (
    "Cette ouverture de compte est finie, ou elle est restée trop longtemps sans suite. Si votre compte est "
    "ouvert, connectez-vous ; sinon, reprenez ici."
)
SENT_AGAIN = "Un nouveau lien vient de partir. Lui seul convient désormais."
DONE = {
    Finished.OPENED: "Votre compte est ouvert. Connectez-vous avec votre numéro et votre code personnel.",
    Finished.RECOVERED: "Votre nouveau code est enregistré. Connectez-vous avec lui.",
}


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def who(request: HttpRequest) -> HttpResponse:
    """Step 1: who one is. What is typed is kept in the session, and nothing is looked up."""
    now, known = timezone.now(), _identity(request)
    form = IdentityForm(request.POST or None, initial=asdict(known) if known else None, now=now)
    if request.method == "POST" and form.is_valid():
        request.session[WHO] = {name: str(value) for name, value in asdict(form.identity).items()}
        return redirect("opening_proof")
    return render(request, "ouverture/who.html", _context(form))


def _context(form: Any, ouverture: Ouverture | None = None, **more: Any) -> dict[str, Any]:
    """Give what each step shows. That there is an account already, only who proved to be its holder sees."""
    returning = ouverture is not None and opening.gives_back(ouverture)
    return {"form": form, "youngest": YOUNGEST, "returning": returning, **more}


def _identity(request: HttpRequest) -> Identity | None:
    kept = request.session.get(WHO)
    if not kept:
        return None
    return Identity(**{**kept, "date_naissance": date.fromisoformat(kept["date_naissance"])})


def paused(request: HttpRequest, what: str, now: datetime) -> HttpResponse | None:
    """Count one of these acts for the network address; give the page of the pause when it is one too many."""
    wait = over_rate(f"{what}:{network_of(request)}", AN_HOUR, now)
    return too_many_requests(request, wait=wait) if wait else None


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def proof(request: HttpRequest) -> HttpResponse:
    """Step 2: at once by IBAN and card; else the way by post."""
    identity, now = _identity(request), timezone.now()
    if identity is None:
        return redirect("opening_who")
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pause = paused(request, "opening-proof", now)
        if pause:
            return pause
        answer = _try_at_once(request, identity, form, now)
        if answer:
            return answer
    return render(request, "ouverture/proof.html", _context(form))


def _try_at_once(
    request: HttpRequest, identity: Identity, form: ProofForm, now: datetime
) -> HttpResponse | None:
    """Judge the proofs; give the page that follows, or None when the form says what is wrong."""
    if over_rate(f"opening-nir:{identity.nir}", TRIES_AT_ONCE, now, DAY):
        form.add_error(None, TRIED_OUT)
        return None
    found, assure = prove_at_once(
        identity,
        iban_ending=form.cleaned_data["iban"],
        serial=form.cleaned_data["serial"],
        with_photo=form.with_photo,
        now=now,
    )
    if assure is None:
        form.add_error(None, WRONG_PROOF)
        return None
    if found != Proof.OPEN:
        context = {"exists": found == Proof.EXISTS, "youngest": YOUNGEST}
        return render(request, "ouverture/not_now.html", context)
    return _begin(request, opening.start(assure=assure, by_code=False, now=now))


def _begin(request: HttpRequest, ouverture: Ouverture) -> HttpResponse:
    """Tie an opening to this browser, under a new session key."""
    request.session.cycle_key()
    request.session.pop(WHO, None)
    request.session[OPENING] = ouverture.reference
    return redirect("opening_terms")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def post(request: HttpRequest) -> HttpResponse:
    """Ask for a provisional code by post. A sweep judges the demand: the page is the same for all."""
    identity, now = _identity(request), timezone.now()
    if identity is None:
        return redirect("opening_who")
    if request.method == "POST":
        pause = paused(request, "opening-post", now)
        if pause:
            return pause
        ask_by_post(identity=identity, recovery=False, now=now)
        request.session.pop(WHO, None)
        return redirect("opening_posted")
    return render(request, "ouverture/post.html", _context(None, arrives_by=arrival(now)))


@login_not_required
@never_cache
@require_safe
def posted(request: HttpRequest) -> HttpResponse:
    """Say what follows a demand by post, whatever it comes to."""
    context = {"arrives_by": arrival(timezone.now()), "youngest": YOUNGEST}
    return render(request, "ouverture/posted.html", context)


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def provisional_code(request: HttpRequest) -> HttpResponse:
    """Take a first login: NIR and provisional code."""
    now = timezone.now()
    form = ProvisionalCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pause = paused(request, "opening-code", now)
        if pause:
            return pause
        assure = check_code(form.cleaned_data["nir"], form.cleaned_data["code"], now)
        if assure is not None:
            return _begin(request, opening.start(assure=assure, by_code=True, now=now))
        form.add_error(None, WRONG_CODE)
    return render(request, "ouverture/provisional_code.html", _context(form))


def _under_way(request: HttpRequest, view: str, now: datetime) -> Ouverture | HttpResponse:
    """Give the opening of this browser if ``view`` is a step it may be at, else where to go."""
    ouverture = opening.find(request.session.get(OPENING, ""), now)
    if ouverture is None:
        request.session.pop(OPENING, None)
        messages.warning(request, LOST)
        return redirect("opening_who")
    step = opening.next_step(ouverture)
    return ouverture if opening.may_be_at(ouverture, view) else redirect(step)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Step 3: the terms of use."""
    now = timezone.now()
    ouverture = _under_way(request, "opening_terms", now)
    if isinstance(ouverture, HttpResponse):
        return ouverture
    form = TermsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        opening.accept_terms(ouverture=ouverture, now=now)
        return redirect("opening_choose_code")
    return render(request, "ouverture/terms.html", _context(form, ouverture, version=opening.TERMS_VERSION))


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def choose_code(request: HttpRequest) -> HttpResponse:
    """Step 4: the code personnel."""
    ouverture = _under_way(request, "opening_choose_code", timezone.now())
    if isinstance(ouverture, HttpResponse):
        return ouverture
    form = NewCodeForm(request.POST or None, assure=ouverture.assure)
    if request.method == "POST" and form.is_valid():
        opening.choose_code(ouverture=ouverture, code=form.cleaned_data["code"])
        return redirect("opening_email")
    return render(request, "ouverture/choose_code.html", _context(form, ouverture))


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Step 5: the e-mail address; also to correct it, or to have the link sent again."""
    now = timezone.now()
    ouverture = _under_way(request, "opening_email", now)
    if isinstance(ouverture, HttpResponse):
        return ouverture
    form = EmailForm(request.POST or None, initial={"email": ouverture.email})
    if request.method == "POST" and form.is_valid():
        mailbox = form.cleaned_data["email"]
        keys = (f"opening-mails:{ouverture.reference}", f"mails-to:{mailbox.casefold()}")
        waits = [over_rate(key, MAILS_AN_HOUR, now) for key in keys]
        if any(waits):
            return too_many_requests(request, wait=max(waits))
        again = bool(ouverture.email)
        opening.send_link(ouverture=ouverture, email=mailbox, now=now)
        if again:
            messages.success(request, SENT_AGAIN)
        return redirect("opening_sent")
    return render(request, "ouverture/email.html", _context(form, ouverture))


@login_not_required
@never_cache
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Say where the link was sent, and what to do if it does not come."""
    ouverture = _under_way(request, "opening_sent", timezone.now())
    if isinstance(ouverture, HttpResponse):
        return ouverture
    form = EmailForm(initial={"email": ouverture.email})
    return render(request, "ouverture/sent.html", _context(form, ouverture, email=ouverture.email))


@login_not_required
@never_cache
@require_safe
def link(request: HttpRequest) -> HttpResponse:
    """Take the token of a mail out of the address, into the session; a scanner that looks uses nothing up."""
    request.session[LINK] = request.GET.get(PARAMETER, "")
    return redirect("opening_confirm")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm the address by a click: the account is open."""
    token, now = request.session.get(LINK, ""), timezone.now()
    found = find_link(token, LinkPurpose.OPENING, now)
    ouverture = opening.find(found.about, now) if found else None
    if request.method == "POST":
        finished = opening.finish(token=token, request=request, now=now)
        if finished in DONE:
            for name in (LINK, OPENING, WHO):
                request.session.pop(name, None)
            messages.success(request, DONE[finished])
            return redirect("sign_in")
        context = _context(None, ouverture, over=True, taken=finished == Finished.TAKEN)
        return render(request, "ouverture/confirm.html", context)
    return render(
        request, "ouverture/confirm.html", _context(None, ouverture, over=found is None, taken=False)
    )


@login_not_required
@require_safe
def terms_of_use(request: HttpRequest) -> HttpResponse:
    """Show the terms of use, as they are accepted when an account is opened."""
    return render(request, "public/terms.html", {"version": opening.TERMS_VERSION})
