"""Bank details: one IBAN an assuré, checked, kept sealed, shown by its last 4 characters (A7)."""

from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

from accounts.models import Assure


class IbanRefused(ValueError):
    """It is not an IBAN: its length, its country or its key is wrong."""


def parse_iban(text: str) -> str:
    """Give an IBAN as it is kept: no spaces, upper case. Raises ``IbanRefused``."""
    try:
        return str(stdnum_iban.validate(text))
    except ValidationError as error:
        raise IbanRefused from error


def last_digits(iban: str, count: int) -> str:
    """Give the last digits of an IBAN, at least those asked for at the opening of an account (A4)."""
    return "".join(character for character in iban if character.isdigit())[-count:]


def has_iban_ending(assure: Assure, digits: str) -> bool:
    """Tell whether the IBAN on file ends with these digits (A4)."""
    return bool(digits) and bool(assure.iban) and last_digits(assure.iban or "", len(digits)) == digits
