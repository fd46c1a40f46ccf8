"""The paper copy of what a card holds: planned with it, made once, printed that day (section 6)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import Caisse
from accounts.nir import Nir
from accounts.sweeps import each
from carte.models import Carte, CopieCarte
from vitale_portal import pdf
from vitale_portal.dates import midnight

SWEEP = "carte.sweep_copies"
BATCH = 50


def plan(cartes: Iterable[Carte], now: datetime) -> None:
    """Write the copies that cards just made are owed, without their PDF, in that transaction."""
    CopieCarte.objects.bulk_create(CopieCarte(carte=carte, planned_at=now) for carte in cartes)


def pdf_of(copie: CopieCarte, now: datetime) -> bytes:
    """Give the PDF of a copy: the same bytes for ever. Makes it, and its letter, if the sweep has not yet."""
    if copie.pdf is None:
        letter = _render_letter(copie.carte, now)
        pdf.keep(copie, _render(copie.carte), letter=letter, made_at=now)
    return bytes(copie.pdf or b"")


def make_due(now: datetime) -> int:
    """Make the copies that wait; return how many. A sweep, so that no request waits for another's."""
    return each(
        SWEEP, CopieCarte.objects.to_make(), lambda copie: bool(pdf_of(copie, now)), now=now, most=BATCH
    )


def shown_copies(cartes: Iterable[Carte]) -> dict[int, CopieCarte]:
    """Give the copies of some cards by the key of the card, without their bytes."""
    rows = CopieCarte.objects.filter(carte__in=cartes).only("reference", "carte")
    return {copie.carte_id: copie for copie in rows}


def to_print(day: date, caisse: Caisse) -> QuerySet[CopieCarte]:
    """Give the copies of a caisse made on a day, Paris time, that leave by post, in that order."""
    start, end = midnight(day), midnight(day + timedelta(days=1))
    made = CopieCarte.objects.filter(carte__caisse=caisse, made_at__gte=start, made_at__lt=end)
    return made.filter(letter__isnull=False).order_by("made_at", "pk")


def _render(carte: Carte) -> bytes:
    return pdf.render("pdf/copie_carte.html", {"carte": carte, "caisse": carte.caisse, **content_of(carte)})


def _render_letter(carte: Carte, now: datetime) -> bytes | None:
    if carte.commande is None:
        return None
    lines = carte.commande.adresse_lines
    return pdf.render(
        "pdf/copie_lettre.html", {"adresse_lines": lines, "caisse": carte.caisse, "written_at": now}
    )


def content_of(carte: Carte) -> dict[str, Any]:
    """Give what is read on a card beside its columns: the NIR as a value, the ayants droit with dates."""
    persons = [one | {"date_naissance": date.fromisoformat(one["naissance"])} for one in carte.ayants_droit]
    return {"nir": Nir.parse(carte.nir), "persons": persons}
