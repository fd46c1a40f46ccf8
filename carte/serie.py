"""The serial of a card as its holder reads it, one of the proofs an account is opened with (A4)."""

from hmac import compare_digest
from typing import Any

from accounts.ouverture.preuves import PHOTO_DIGITS
from carte.enums import CarteState
from carte.models import Carte


def serial_fits(*, nir: str, digits: str, with_photo: bool, **_kwargs: Any) -> bool:
    """Tell whether these are the digits of the card in use of a person.

    The last 11 of one with photo, all of one without. A card in opposition proves nothing: it may have
    been stolen.
    """
    cartes = Carte.objects.filter(beneficiaire__nir=nir, state=CarteState.IN_USE, with_photo=with_photo)
    serial = cartes.values_list("serial", flat=True).first() or ""
    return bool(serial) and compare_digest(serial[-PHOTO_DIGITS:] if with_photo else serial, digits)
