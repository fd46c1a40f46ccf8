"""Attestations: asked for, made once, checked by anybody (F4, F9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from accounts.models import Assure, Beneficiaire
from accounts.sweeps import each
from declarations.enums import AttestationKind
from declarations.impression import attestation_pdf
from declarations.models import Attestation
from declarations.models.attestation import CODE_LENGTH
from vitale_portal import pdf
from vitale_portal.dates import paris
from vitale_portal.references import normalise

BATCH = 50
# Asked for again within this time, the same attestation is given.
AGAIN_AFTER = timedelta(minutes=10)


class NoRights(Exception):
    """His rights have ended, or not begun: there is nothing to attest (E5)."""


def ask_droits(*, assure: Assure, now: datetime) -> Attestation:
    """Ask for an attestation de droits; its PDF is made at once or by the sweep. Raises ``NoRights``."""
    if not has_rights(assure, now):
        raise NoRights
    recent = assure.attestations.filter(kind=AttestationKind.DROITS, requested_at__gt=now - AGAIN_AFTER)
    return recent.first() or Attestation.objects.create(
        kind=AttestationKind.DROITS, assure=assure, beneficiaire=assure.beneficiaire, requested_at=now
    )


def has_rights(assure: Assure, now: datetime) -> bool:
    """Tell whether an assuré has rights to attest: begun, and not ended (E5)."""
    ended, today = assure.beneficiaire.rights_ended_since, paris(now).date()
    begun = assure.rights_from is None or assure.rights_from <= today
    over = assure.rights_until is not None and assure.rights_until < today
    return begun and not over and not (ended and ended <= now)


def pdf_of(attestation: Attestation) -> bytes:
    """Give the PDF of an attestation: the same bytes for ever. Makes it if the sweep has not yet."""
    if attestation.pdf is None:
        pdf.keep(attestation, attestation_pdf(attestation))
    return bytes(attestation.pdf or b"")


def make_due(now: datetime) -> int:
    """Make the PDFs that wait; return how many. A sweep, so that no request waits for another's."""
    waiting = Attestation.objects.filter(pdf=None).select_related(
        "assure__caisse__regime", "beneficiaire", "declaration__carte"
    )
    ordered = waiting.order_by("requested_at", "pk")
    return each("declarations.attestations", ordered, lambda one: bool(pdf_of(one)), now=now, most=BATCH)


class Check(Enum):
    """What a code comes to."""

    GENUINE = "genuine"
    UNKNOWN = "unknown"
    TYPO = "typo"  # no code is written so: a character is wrong, missing or too many


@dataclass(frozen=True)
class Checked:
    """The answer to « is it genuine? »: with what, and only what, the public is told (F4)."""

    check: Check
    attestation: Attestation | None = None
    initials: str = ""


def check_code(text: str) -> Checked:
    """Tell whether a code, typed or scanned, is that of an attestation.

    What no code can be (its length, a letter, its check character) is a typing error, told without a look-up.
    """
    code = normalise(text, CODE_LENGTH)
    if code is None:
        return Checked(Check.TYPO)
    rows = Attestation.objects.select_related("beneficiaire", "declaration__carte").defer("pdf")
    attestation = rows.filter(code=code).first()
    if attestation is None:
        return Checked(Check.UNKNOWN)
    return Checked(Check.GENUINE, attestation, initials(attestation.beneficiaire))


def initials(beneficiaire: Beneficiaire) -> str:
    """Give what a stranger may know of a name: « C. F. »."""
    return f"{beneficiaire.prenoms[:1]}. {beneficiaire.nom[:1]}.".upper()
