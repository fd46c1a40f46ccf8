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


# How given names begin whose H is mute, folded; before others (Hassan, Hans) « de » stays whole.
_MUTE_H = (
    "hadrien", "hector", "hel", "henr", "herm", "herve", "hilaire", "hipp", "hono", "horace", "hort", "hub",
    "hug", "hyac",
)  # fmt: skip
_ELIDED = re.compile("[aeiou]|y[^aeiou]")


def of(name: str) -> str:
    """« d’Élodie », « d’Henri », « d’Yves », « de Camille », « de Yann »: of somebody, by his given name."""
    folded = fold(str(name))
    elided = _ELIDED.match(folded) or folded.startswith(_MUTE_H)
    return f"d’{name}" if elided else f"de {name}"
