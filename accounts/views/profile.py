"""« Mes informations »: what the caisse knows, and what its holder changes of it (A7, A9)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.adresses import situation
from accounts.bancaire import grouped, shown
from accounts.code_recent import code_gated
from accounts.communes import communes_of
from accounts.coordonnees import (
    EmailTaken,
    LinkOver,
    ask_email,
    change_adresse,
    change_code,
    change_iban,
    confirm_email,
    waiting_email,
)
from accounts.enums import AdresseKind, LinkPurpose, Outcome
from accounts.forms import AdresseForm
from accounts.forms_profile import EmailForm, IbanForm, NewCodeForm, RectificationForm
from accounts.liens import LIFE, PARAMETER, find_link
from accounts.middleware import AssureRequest
from accounts.models import Beneficiaire
from accounts.rates import over_rate
from accounts.rectifications import ask_rectification
from accounts.saisines import AlreadyWaiting
from accounts.views.sign_in import safe_target
from vitale_portal import errors
from vitale_portal.dates import weekday_datetime

EMAILS_AN_HOUR = 5  # links to a new address, an account
RECTIFICATIONS_AN_HOUR = 10

EMAIL_ASKED = (
    "Un courriel vient de partir à {email}. Suivez ce qu’il dit dans les {minutes} minutes : l’adresse ne "
    "change qu’alors."
)
EMAIL_CHANGED = "Votre adresse électronique est changée. L’ancienne adresse en est avertie."
EMAIL_TAKEN = "Cette adresse sert maintenant à un autre compte : donnez-en une autre. Rien n’est changé."
CODE_CHANGED = "Votre code personnel est changé. Vos autres sessions sont fermées."
IBAN_CHANGED = "Vos coordonnées bancaires sont enregistrées."
IBAN_SAME = "Ce compte est déjà celui qui est enregistré. Rien n’est changé."
RECTIFICATION_SENT = "Votre demande est envoyée à votre caisse. Un message vous dira la suite donnée."


@require_safe
def profile(request: AssureRequest) -> HttpResponse:
    """Show what the caisse knows: civil status, address, e-mail, beneficiaries, contact (A7, B1)."""
    now, assure = timezone.now(), request.assure
    context = {
        "tab": "profile",
        "where": situation(assure.adresses.all(), now),
        "beneficiaires": Beneficiaire.objects.filter(rattachements__assure=assure).order_by(
            "date_naissance", "pk"
        ),
        "iban_end": shown(assure.iban),
        "waiting_email": waiting_email(assure, now),
        "waiting": assure.rectifications.filter(handled_at=None).defer("wrong", "right"),
    }
    return render(request, "accounts/profile.html", context)


@require_http_methods(["GET", "POST"])
@code_gated
def address(request: AssureRequest) -> HttpResponse:
    """Give an address, or confirm the one on file (A9, B2 to B4)."""
    now = timezone.now()
    where = situation(request.assure.adresses.all(), now)
    initial = AdresseForm.initial_of(where.waiting or where.current)
    form = AdresseForm(request.POST or None, initial=initial, assure=request.assure, request=request, now=now)
    if request.method == "POST" and form.is_valid():
        given = change_adresse(
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
            return redirect(safe_target(request, "POST") or "profile")
        form.add_error(None, given.outcome.label)
    context = {
        "tab": "profile",
        "form": form,
        "where": where,
        "next": safe_target(request, "GET") or safe_target(request, "POST"),
        "wait_hours": request.assure.caisse.regime.address_wait_hours or 0,
    }
    return render(request, "accounts/address.html", context)


@require_safe
def communes(request: HttpRequest) -> JsonResponse:
    """Give the communes of a postcode, to help one type (B2)."""
    return JsonResponse({"communes": list(communes_of(request.GET.get("code_postal", "")))})


@require_http_methods(["GET", "POST"])
@code_gated
def email(request: AssureRequest) -> HttpResponse:
    """Give another e-mail address: a link goes there (A9)."""
    now = timezone.now()
    form = EmailForm(request.POST or None, assure=request.assure, request=request, now=now)
    if request.method == "POST" and form.is_valid():
        wait = over_rate(f"email {request.assure.pk}", EMAILS_AN_HOUR, now)
        if wait:
            return errors.too_many_requests(request, wait=wait)
        asked = form.cleaned_data["email"]
        ask_email(assure=request.assure, email=asked, view="email_confirm", now=now)
        minutes = int(LIFE.total_seconds() // 60)
        messages.success(request, EMAIL_ASKED.format(email=asked, minutes=minutes))
        return redirect("profile")
    return render(request, "accounts/email.html", {"tab": "profile", "form": form})


@require_http_methods(["GET", "POST"])
def email_confirm(request: AssureRequest) -> HttpResponse:
    """Confirm the new address by the link sent there; a click is needed, programs open links too (A9)."""
    now = timezone.now()
    token = (request.POST if request.method == "POST" else request.GET).get(PARAMETER, "")
    if request.method == "POST":
        try:
            confirm_email(assure=request.assure, token=token, request=request, now=now)
        except LinkOver:
            pass
        except EmailTaken:
            messages.error(request, EMAIL_TAKEN)
            return redirect("email")
        else:
            messages.success(request, EMAIL_CHANGED)
            return redirect("profile")
    link = find_link(token, LinkPurpose.EMAIL, now)
    mine = link if link and link.assure_id == request.assure.pk else None
    context = {"tab": "profile", "link": mine, "token": token, "parameter": PARAMETER}
    return render(request, "accounts/email_confirm.html", context)


@require_http_methods(["GET", "POST"])
@code_gated
def code(request: AssureRequest) -> HttpResponse:
    """Choose another code personnel; the other sessions end (A2, A5, A9)."""
    now = timezone.now()
    form = NewCodeForm(request.POST or None, request=request, now=now)
    if request.method == "POST" and form.is_valid():
        change_code(user=request.assure.user, code=form.cleaned_data["new_code"], request=request, now=now)
        messages.success(request, CODE_CHANGED)
        return redirect("profile")
    return render(request, "accounts/code.html", {"tab": "profile", "form": form})


@require_http_methods(["GET", "POST"])
@code_gated
def bank(request: AssureRequest) -> HttpResponse:
    """Give an IBAN; it is shown whole once, to be compared, then kept (A7, A9)."""
    now = timezone.now()
    form = IbanForm(request.POST or None, request=request, now=now)
    read = request.method == "POST" and "again" not in request.POST and form.is_valid()
    if read and "confirm" in request.POST:
        iban = form.cleaned_data["iban"]
        changed = change_iban(assure=request.assure, iban=iban, request=request, now=now)
        messages.success(request, IBAN_CHANGED if changed else IBAN_SAME)
        return redirect("profile")
    if "again" in request.POST:  # back to the field, with what was typed
        form = IbanForm(initial={"iban": request.POST.get("iban", "")}, request=request, now=now)
    context = {"tab": "profile", "form": form, "iban_end": shown(request.assure.iban)}
    if read:
        context["iban"] = form.cleaned_data["iban"]
        context["grouped"] = grouped(form.cleaned_data["iban"])
    return render(request, "accounts/bank.html", context)


@require_http_methods(["GET", "POST"])
def rectification(request: AssureRequest) -> HttpResponse:
    """« Demander une correction »: what is wrong and what it should be, for the caisse (A7)."""
    now = timezone.now()
    form = RectificationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        wait = over_rate(f"rectification {request.assure.pk}", RECTIFICATIONS_AN_HOUR, now)
        if wait:
            return errors.too_many_requests(request, wait=wait)
        try:
            ask_rectification(assure=request.assure, now=now, **form.cleaned_data)
        except AlreadyWaiting:
            form.already_waiting()
        else:
            messages.success(request, RECTIFICATION_SENT)
            return redirect("profile")
    context = {
        "tab": "profile",
        "form": form,
        "waiting": request.assure.rectifications.filter(handled_at=None),
    }
    return render(request, "accounts/rectification.html", context)
