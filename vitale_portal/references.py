"""References people read aloud and copy by hand: ten characters, the last a check character.

Alphabet: Crockford's base 32, without I, L, O and U. The nine first characters are random (45 bits), so
nothing is learnt from one about another. The check is a Damm code over GF(32), the field of x⁵ + x² + 1:
a reference is right when « double, then add » over its characters ends on 0. As 2 has order 31 there, every
single wrong character and every swap of two characters, neighbours or not, is caught.
"""

import secrets

from django.urls.converters import StringConverter

from vitale_portal.text import compact

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10

_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_POLYNOMIAL = 0b100101
_LOOKALIKES = str.maketrans("OIL", "011")


def new_reference() -> str:
    """Return a random reference in its canonical form: ten characters, upper case, no separator."""
    return random_code(LENGTH)


def random_code(length: int) -> str:
    """Return a random code of so many characters, 32 at most, the last a check character."""
    drawn = secrets.randbits(5 * (length - 1))
    body = "".join(ALPHABET[drawn >> 5 * place & 31] for place in range(length - 1))
    return body + ALPHABET[_double(_remainder(body))]


def canonical(text: str) -> str:
    """Read what people type: lower case, spaces, dots and hyphens anywhere, O as 0, I and L as 1."""
    return compact(text).upper().translate(_LOOKALIKES)


def normalise(text: str, length: int = LENGTH) -> str | None:
    """Canonical form of a reference as typed, or None if it is none (length, alphabet, check character)."""
    reference = canonical(text)
    if len(reference) != length or not _VALUES.keys() >= set(reference):
        return None
    return reference if _remainder(reference) == 0 else None


def display(reference: str) -> str:
    """Canonical form in groups of four, for people: « 7K3F-92QX-4J »."""
    return "-".join(reference[start : start + 4] for start in range(0, len(reference), 4))


class ReferenceConverter(StringConverter):
    """Path converter for the canonical form alone; the look-up says whether such a reference exists."""

    regex = f"[{ALPHABET}]{{{LENGTH}}}"


def _remainder(text: str) -> int:
    remainder = 0
    for char in text:
        remainder = _double(remainder) ^ _VALUES[char]
    return remainder


def _double(value: int) -> int:
    doubled = value << 1
    return doubled ^ _POLYNOMIAL if doubled >= len(ALPHABET) else doubled
