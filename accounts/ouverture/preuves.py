"""Who one is, and what proves it before an account is opened (A4).

Nothing is told of who is known, too young or has an account, before the secret factors fit.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from hmac import compare_digest

from django.dispatch import Signal

from accounts.adresses import situation
from accounts.bancaire import last_digits
from accounts.models import Adresse, Assure
from vitale_portal.dates import age_on
from vitale_portal.text import fold

YOUNGEST = 16
IBAN_DIGITS = 7
PHOTO_DIGITS = 11
OLD_DIGITS = (8, 13)  # least and most, of a card without photo

# Asked of the floor that knows cards: ``nir``, ``digits``, ``with_photo``; a receiver tells whether they fit.
serial_asked = Signal()


@dataclass(frozen=True)
class Identity:
    """Who one says one is, as typed and normalised."""

    nir: str
    nom: str
    date_naissance: date | None
    code_postal: str


class Proof(Enum):
    """What the secret factors come to."""

    OPEN = "they fit, an account may be opened"
    EXISTS = "they fit, and there is an account"
    TOO_YOUNG = "they fit, and an account is for later"
    WRONG = "something does not fit, and what is not told"


def known_assure(identity: Identity, now: datetime) -> Assure | None:
    """Give the assuré an identity is that of: name, NIR, birth date and postcode all fit (A4).

    The same two questions to the database whatever is known.
    """
    rows = Assure.objects.select_related("beneficiaire", "caisse", "user")
    assure = rows.filter(beneficiaire__nir=identity.nir).first()
    adresses = list(Adresse.objects.filter(assure__beneficiaire__nir=identity.nir))
    if assure is None:
        return None
    who = assure.beneficiaire
    fits = (
        _letters(who.nom) == _letters(identity.nom),
        who.date_naissance == identity.date_naissance,
        identity.code_postal in _postcodes(assure, adresses, now),
    )
    return assure if all(fits) else None


def _letters(name: str) -> str:
    """Give what two spellings of a name share: case, accents, hyphens and spaces do not count."""
    return re.sub(r"[\W_]", "", fold(name))


def _postcodes(assure: Assure, adresses: list[Adresse], now: datetime) -> set[str]:
    """Give those an assuré may write: of each address on file or, elsewhere, that of the COM or country."""
    on_file = {adresse.code_postal for adresse in situation(adresses, now).on_file}
    return (on_file | {assure.code_postal_ailleurs}) - {""}


def may_hold_account(assure: Assure, now: datetime) -> bool:
    """Tell whether a person is old enough for an account: 16, by the day in Paris (A4)."""
    return age_on(assure.beneficiaire.date_naissance, now) >= YOUNGEST


def prove_at_once(
    identity: Identity, *, iban_ending: str, serial: str, with_photo: bool, now: datetime
) -> tuple[Proof, Assure | None]:
    """Judge identity, end of the IBAN and serial of the card in use, all together (A4); writes nothing.

    The assuré comes only with a proof that fits. The same questions to the database whatever is known.
    """
    assure = known_assure(identity, now)
    answers = serial_asked.send(sender=Assure, nir=identity.nir, digits=serial, with_photo=with_photo)
    serial_fits = any(fits for _receiver, fits in answers)
    on_file = last_digits(assure.iban or "", IBAN_DIGITS) if assure else ""
    iban_fits = bool(on_file) and compare_digest(on_file, iban_ending)
    if assure is None or not (iban_fits and serial_fits):
        return Proof.WRONG, None
    if hasattr(assure, "user"):
        return Proof.EXISTS, assure
    return (Proof.OPEN if may_hold_account(assure, now) else Proof.TOO_YOUNG), assure
