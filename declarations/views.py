"""Pages of the floor ``declarations``: declaring, following, attestations, checking one (section 9)."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import AssureRequest
from accounts.rates import network_of, over_rate
from carte.eligibilite import examine, facts_for
from carte.enums import CarteState
from carte.models import Carte
from declarations import impression
from declarations.attestation import Check, NoRights, ask_droits, check_code, has_rights, pdf_of
from declarations.declarer import NotDeclarable, declare, what_follows
from declarations.enums import AttestationKind
from declarations.fenetre import calendar, pli_of, reperes
from declarations.forms import CodeForm, DeclarationForm, left_words
from declarations.models import Attestation, Declaration
from vitale_portal import errors
from vitale_portal.dates import paris
from vitale_portal.pdf import download

# How many codes one network address may check in an hour.
CHECKS_AN_HOUR = 30


def own_cartes(request: AssureRequest) -> list[Carte]:
    """Get the cards the assuré may declare: those in use of his beneficiaries.

    And those the form names that are declared already: sent twice, it shows one declaration twice (F2).
    """
    if not request.assure.caisse.regime.online_declaration:
        return []
    named = request.POST.getlist("cartes")
    cartes = Carte.objects.filter(
        Q(state=CarteState.IN_USE) | Q(declaration__isnull=False),
        beneficiaire__rattachements__assure=request.assure,
    )
    rows = cartes.select_related("beneficiaire").order_by("beneficiaire__date_naissance", "pk")
    return [carte for carte in rows if carte.state == CarteState.IN_USE or carte.serial in named]


def held_declaration(request: AssureRequest, reference: str) -> Declaration:
    """Get a declaration of the assuré, or of a card of his beneficiaries; any other is a 404."""
    found: Declaration = get_object_or_404(
        Declaration.objects.for_holder(request.assure), reference=reference
    )
    return found


@require_http_methods(["GET", "POST"])
def declare_cards(request: AssureRequest) -> HttpResponse:
    """Say what will happen, then declare: one card, or all those of a stolen bag (F1, F2)."""
    now = timezone.now()
    cartes = own_cartes(request)
    wanted = request.GET.get("beneficiaire", "")
    chosen = [c.serial for c in cartes if len(cartes) == 1 or c.beneficiaire.reference == wanted]
    initial = {"facts_on": paris(now).date(), "cartes": chosen}
    form = DeclarationForm(request.POST or None, initial=initial, cartes=cartes, now=now)
    if request.method == "POST" and form.is_valid():
        return _declare_all(request, form, now)
    context = {
        "tab": "demarches",
        "form": form,
        "cartes": cartes,
        "regime": request.assure.caisse.regime,
        "follows": what_follows(request.assure, cartes, now),
    }
    return render(request, "declarations/declare.html", context)


def _declare_all(request: AssureRequest, form: DeclarationForm, now: datetime) -> HttpResponse:
    """Declare the cards ticked, one transaction each; say which could not be, the others are done."""
    made, left = [], []
    for carte in form.chosen:
        try:
            user = request.assure.user
            made.append(declare(carte=carte, author=request.assure, faits=form.faits, user=user, now=now))
        except NotDeclarable:
            left.append(str(carte.beneficiaire))
    if left:
        messages.error(request, left_words(left))
    if not made:
        return redirect("declare")
    return redirect(made[0]) if len(made) == 1 and not left else redirect("declaration_list")


@require_safe
def declaration_list(request: AssureRequest) -> HttpResponse:
    """List the declarations the assuré may follow."""
    rows = Declaration.objects.for_holder(request.assure)
    return render(request, "declarations/declaration_list.html", {"tab": "demarches", "declarations": rows})


@require_safe
def declaration(request: AssureRequest, reference: str) -> HttpResponse:
    """Confirm a declaration, and follow it: attestation, window, what comes next (F4, F5, F8, F9)."""
    found = held_declaration(request, reference)
    now = timezone.now()
    steps = reperes(found, now)
    context = {
        "tab": "demarches",
        "declaration": found,
        "beneficiaire": found.carte.beneficiaire,
        "mine": found.author_id == request.assure.pk,
        "steps": steps,
        "has_window": len(steps) > 1,
        "pli": pli_of(found),
        "rights": has_rights(request.assure, now),
        "answer": examine(facts_for(request.assure, found.carte.beneficiaire), now),
    }
    return render(request, "declarations/declaration.html", context)


@require_safe
def attestation(request: AssureRequest, reference: str) -> HttpResponse:
    """Stream the attestation of a declaration to its owner, the same bytes for ever (F4)."""
    owned = Attestation.objects.filter(assure=request.assure, kind=AttestationKind.DECLARATION)
    related = owned.select_related("assure__caisse__regime", "beneficiaire", "declaration__carte")
    found = get_object_or_404(related, declaration__reference=reference)
    return download(pdf_of(found), f"attestation-{reference}.pdf")


@require_safe
def calendar_file(request: AssureRequest, reference: str) -> HttpResponse:
    """Give the instants of the window as a calendar (F5)."""
    found = held_declaration(request, reference)
    if len(reperes(found, timezone.now())) == 1:  # no form, no dates ahead
        raise Http404
    response = HttpResponse(calendar(found, timezone.now()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="carte-vitale-{reference}.ics"'
    return response


@require_POST
def ask_rights(request: AssureRequest) -> HttpResponse:
    """Ask for an attestation de droits, to use until the card is there (F9)."""
    try:
        asked = ask_droits(assure=request.assure, now=timezone.now())
    except NoRights:
        messages.error(
            request, "Vos droits sont terminés : il n’y a rien à attester. Contactez votre caisse."
        )
        return redirect("profile")
    return redirect("rights_attestation", asked.reference)


@require_safe
def rights_file(request: AssureRequest, reference: str) -> HttpResponse:
    """Stream an attestation de droits to its owner."""
    owned = Attestation.objects.filter(assure=request.assure, kind=AttestationKind.DROITS)
    found = get_object_or_404(
        owned.select_related("assure__caisse__regime", "beneficiaire"), reference=reference
    )
    return download(pdf_of(found), "attestation-de-droits.pdf")


@login_not_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Check an attestation by its code, typed or scanned (F4). Anybody may, so often an hour."""
    given = request.POST or (request.GET if "code" in request.GET else None)
    form = CodeForm(given)
    context: dict[str, object] = {"form": form}
    if given is not None and form.is_valid():
        wait = over_rate(f"verify {network_of(request)}", CHECKS_AN_HOUR, timezone.now())
        if wait:
            return errors.too_many_requests(request, wait=wait)
        context["checked"] = check_code(form.cleaned_data["code"])
        context["Check"] = {check.name: check for check in Check}
    return render(request, "public/verify.html", context)


@login_not_required
@cache_control(public=True, max_age=3600)
@require_safe
def blank_declaration(_request: HttpRequest) -> HttpResponse:
    """Give the blank « déclaration sur l'honneur », for who declares by post or at the counter (F8)."""
    return download(impression.blank_declaration(), "declaration-sur-l-honneur.pdf")
