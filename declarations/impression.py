"""What is rendered to PDF here, and the day's mail as one file for the print room (F4, F6)."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from threading import Lock
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts.models import Lettre, Regime
from accounts.models.regime import GENERAL
from declarations.models import Attestation, PliPapier
from vitale_portal import pdf


def pli_pdf(pli: PliPapier, lines: Sequence[str], now: datetime) -> bytes:
    """Render the letter and the form of a pli, to the address on ``lines``."""
    context = {
        "pli": pli,
        "himself": pli.assure.beneficiaire_id == pli.beneficiaire_id,
        "written_at": now,
        "adresse_lines": lines,
        "caisse": pli.assure.caisse,
        "qr": pdf.qr_svg(pli.reference),
    }
    return pdf.render("pdf/pli.html", context)


def attestation_pdf(attestation: Attestation) -> bytes:
    """Render an attestation of either kind, with its code and QR."""
    verify_url = settings.VITALE_PUBLIC_URL.rstrip("/") + reverse("verify")
    context = {
        "beneficiaire": attestation.beneficiaire,
        "caisse": attestation.assure.caisse,
        "code": attestation.code,
        "verify_url": verify_url,
        "qr": pdf.qr_svg(f"{verify_url}?{urlencode({'code': attestation.code})}"),
    }
    declaration = attestation.declaration
    if declaration:
        context |= {"declaration": declaration, "carte": declaration.carte}
        return pdf.render("pdf/attestation_declaration.html", context)
    ended = Q(beneficiaire__rights_ended_since__lte=attestation.requested_at)
    rattachements = attestation.assure.rattachements.exclude(ended).select_related("beneficiaire")
    context |= {
        "attestation": attestation,
        "assure": attestation.assure,
        "beneficiaires": [r.beneficiaire for r in rattachements.order_by("-lien", "pk")],
    }
    return pdf.render("pdf/attestation_droits.html", context)


def lettre_pdf(lettre: Lettre, lines: Sequence[str]) -> bytes:
    """Render a letter, to the address on ``lines``."""
    return pdf.render(
        "pdf/lettre.html", {"lettre": lettre, "adresse_lines": lines, "caisse": lettre.assure.caisse}
    )


def blank_declaration() -> bytes:
    """Give the blank « déclaration sur l'honneur », to fill in, with the law of the general scheme (F8).

    Anybody may ask for it, so often as he likes: it is rendered once in a process.
    """
    law = Regime.objects.filter(code=GENERAL).values_list("statement_text", flat=True).first() or ""
    with _blank_lock:
        return _blank(law)


@cache
def _blank(law: str) -> bytes:
    return pdf.render("pdf/declaration_honneur.html", {"law": law}, forms=True)


_blank_lock = Lock()
