"""How texts that people type are brought to one form before they are compared, or shown."""

import re
import unicodedata

_SEPARATORS = re.compile("[\\s.\\-\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def compact(text: str) -> str:
    """Drop what people put between digits: spaces of any width, dots, dashes, marks that are not seen."""
    return _SEPARATORS.sub("", text)


def masked_email(address: str) -> str:
    """Give an e-mail address as its owner knows it again: « b…@courriel.example »; nothing for none."""
    name, at, host = address.partition("@")
    return f"{name[:1]}…{at}{host}" if at else ""


def fold(text: str) -> str:
    """Lower case, without accents, ligatures spelt out; all else is left in place."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(char for char in decomposed if not unicodedata.combining(char))
