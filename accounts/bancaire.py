"""Bank details: one IBAN an assuré, checked, kept sealed, shown by its last 4 characters (A7)."""

import re
from typing import Any

from django.db.models import TextChoices
from stdnum import iban as stdnum_iban
from stdnum import numdb
from stdnum.exceptions import InvalidChecksum, ValidationError

from vitale_portal.text import compact

# The countries a payment in euros reaches (SEPA), by the first two letters of their IBANs. The overseas
# departments and collectivities of France write « FR », the Channel Islands and the Isle of Man « GB ».
_SEPA = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL "
    "PT RO RS SE SI SK SM VA"
)
SEPA = frozenset(_SEPA.split())
SHOWN = 4  # characters, wherever an IBAN is shown once it is on file
GROUP = 4  # characters, as it is written on paper
_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]*")
_LENGTHS = re.compile(r"(\d+)!")


class IbanFault(TextChoices):
    """Why what was typed is no IBAN we can pay to; ``{found}`` and ``{allowed}`` count characters."""

    SHAPE = (
        "SHAPE",
        (
            "Un IBAN commence par deux lettres et deux chiffres, puis n’a que des lettres et des chiffres. "
            "Recopiez-le depuis votre relevé d’identité bancaire."
        ),
    )
    COUNTRY = (
        "COUNTRY",
        (
            "« {country} » n’est pas un pays de l’espace de paiement en euros (SEPA). Donnez un compte "
            "ouvert dans un de ces pays."
        ),
    )
    LENGTH = (
        "LENGTH",
        (
            "Cet IBAN a {found} caractères, un IBAN en « {country} » en a {allowed}. Comparez-le avec votre "
            "relevé d’identité bancaire."
        ),
    )
    KEY = (
        "KEY",
        (
            "Un caractère est faux dans cet IBAN : sa clé ne convient pas. Comparez-le avec votre relevé "
            "d’identité bancaire, groupe par groupe."
        ),
    )
    BANK = (
        "BANK",
        (
            "Cet IBAN ne peut pas exister dans son pays : une lettre y est à la place d’un chiffre, ou "
            "l’inverse. Comparez-le avec votre relevé d’identité bancaire."
        ),
    )


class IbanRefused(ValueError):
    """It is not an IBAN we can pay to. ``sentence`` says why, without the IBAN."""

    def __init__(self, fault: IbanFault, **figures: Any) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.sentence = str(fault.label).format(**figures)


def parse_iban(text: str) -> str:
    """Give an IBAN as it is kept: no spaces, upper case; « IBAN » before it is dropped.

    Checked: country (SEPA), length, key, and where that country has letters and figures. Raises
    ``IbanRefused``.
    """
    number = compact(text).upper().removeprefix("IBAN").lstrip(":")
    if not _SHAPE.fullmatch(number):
        raise IbanRefused(IbanFault.SHAPE)
    country = number[:2]
    if country not in SEPA:
        raise IbanRefused(IbanFault.COUNTRY, country=country)
    allowed = _length(country)
    if len(number) != allowed:
        raise IbanRefused(IbanFault.LENGTH, found=len(number), allowed=allowed, country=country)
    try:
        # Not stdnum's registers of banks: one that is out of date would refuse a good account.
        return str(stdnum_iban.validate(number, check_country=False))
    except InvalidChecksum as error:
        raise IbanRefused(IbanFault.KEY) from error
    except ValidationError as error:
        raise IbanRefused(IbanFault.BANK) from error


def _length(country: str) -> int:
    """Give how many characters an IBAN of a country has."""
    bban = numdb.get("iban").info(f"{country}00")[0][1]["bban"]
    return 4 + sum(int(count) for count in _LENGTHS.findall(bban))


def grouped(iban: str) -> str:
    """Write an IBAN by groups of four, as on paper, to be compared with it. Only before it is on file."""
    return " ".join(iban[start : start + GROUP] for start in range(0, len(iban), GROUP))


def shown(iban: str | None) -> str:
    """Give what is shown of the IBAN on file: its last 4 characters; empty when there is none (A7)."""
    return iban[-SHOWN:] if iban else ""


def last_digits(iban: str, count: int) -> str:
    """Give the last digits of an IBAN, at least those asked for at the opening of an account (A4)."""
    return "".join(character for character in iban if character.isdigit())[-count:]
