"""The day's mail on paper: letters to who has no account, and all that left, as one file (F6, F10)."""

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from accounts.adresses import usable_adresse
from accounts.models import Caisse, Lettre
from accounts.ouverture.code_provisoire import codes_left_on, opened_letter
from accounts.sweeps import each
from carte.copies import to_print
from declarations.attestation import pdf_of
from declarations.declarer import ABOUT_DECLARATION
from declarations.impression import lettre_pdf
from declarations.models import Attestation, PliPapier
from vitale_portal import pdf
from vitale_portal.dates import midnight

BATCH = 200


def print_lettres(now: datetime) -> int:
    """Render the letters that have an address to go to; return how many. A sweep (F10)."""
    waiting = Lettre.objects.filter(printed_at=None).order_by("written_at", "pk")
    known = waiting.prefetch_related("assure__adresses")
    ready = [lettre.pk for lettre in known if usable_adresse(lettre.assure, now)]
    lettres = waiting.filter(pk__in=ready).select_related("assure__caisse", "assure__beneficiaire")
    return each("declarations.lettres", lettres, lambda lettre: _print(lettre, now), now=now, most=BATCH)


def _print(lettre: Lettre, now: datetime) -> bool:
    adresse = usable_adresse(lettre.assure, now)
    if adresse is None:
        return False
    lines = [str(lettre.assure), *adresse.lines]
    sheets = [lettre_pdf(lettre, lines), *(pdf_of(one) for one in _enclosed(lettre))]
    rendered = sheets[0] if len(sheets) == 1 else pdf.concatenate(sheets)
    return bool(Lettre.objects.filter(pk=lettre.pk, printed_at=None).update(pdf=rendered, printed_at=now))


def _enclosed(lettre: Lettre) -> QuerySet[Attestation]:
    """Give what goes with a letter: the attestation, to who declared and has no account (F10)."""
    reference = lettre.about.removeprefix(ABOUT_DECLARATION)
    related = Attestation.objects.select_related(
        "assure__caisse__regime", "beneficiaire", "declaration__carte"
    )
    return related.filter(assure=lettre.assure, declaration__reference=reference)


def left_on(day: date, caisse: Caisse) -> tuple[QuerySet[PliPapier], QuerySet[Lettre]]:
    """Give the forms and the letters of a caisse that left on a day, Paris time, in the order of leaving."""
    start, end = midnight(day), midnight(day + timedelta(days=1))
    plis = PliPapier.objects.filter(assure__caisse=caisse, sent_at__gte=start, sent_at__lt=end)
    lettres = Lettre.objects.filter(assure__caisse=caisse, printed_at__gte=start, printed_at__lt=end)
    return plis.order_by("sent_at", "pk"), lettres.order_by("printed_at", "pk")


def days_mail(day: date, caisse: Caisse) -> bytes | None:
    """Give all that left on a day as one PDF for the print room of a caisse; None when nothing did (F6)."""
    plis, lettres = left_on(day, caisse)
    sheets = [bytes(one) for rows in (plis, lettres) for one in rows.values_list("pdf", flat=True) if one]
    for both in to_print(day, caisse).values_list("letter", "pdf"):
        sheets += [bytes(one) for one in both if one]
    sheets += [opened_letter(code) for code in codes_left_on(day, caisse)]
    return pdf.concatenate(sheets) if sheets else None
