"""The cards of a household (B1, section 6)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.middleware import AssureRequest
from carte.cartes import oppositions
from carte.copies import shown_copies
from carte.eligibilite import examine_household


@require_safe
def cartes(request: AssureRequest) -> HttpResponse:
    """Show each beneficiary's card, its copy on paper, and what may be done (B1, section 5)."""
    household = examine_household(request.assure, timezone.now())
    shown = [one.facts.shown_carte for one in household]
    there = [carte for carte in shown if carte]
    copies, opposed = shown_copies(there), oppositions(there)
    rows = [
        (one, carte and copies.get(carte.pk), carte and opposed.get(carte.pk))
        for one, carte in zip(household, shown, strict=True)
    ]
    return render(request, "carte/cartes.html", {"tab": "cartes", "household": rows, "shown": there})
