"""Postcodes and communes of France, from open data (B2; see ``data/README.md``)."""

import csv
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from vitale_portal.text import fold

_FILE = Path(__file__).parent / "data" / "communes.csv"
_ABBREVIATIONS = {"st": "saint", "ste": "sainte"}


def communes_of(code_postal: str) -> tuple[str, ...]:
    """Official names, sorted, of the communes a postcode of five digits serves; empty if unknown (B2)."""
    return _communes().get(code_postal, ())


def match(code_postal: str, commune: str) -> str | None:
    """Official spelling of a commune as typed, or None if the postcode does not serve it (B2).

    Case, accents, ligatures, hyphens, apostrophes and spaces do not count; « St » is « Saint », « Ste »
    is « Sainte ».
    """
    wanted = _essence(commune)
    return next((name for name in communes_of(code_postal) if _essence(name) == wanted), None)


@cache
def _communes() -> dict[str, tuple[str, ...]]:
    names = defaultdict(set)
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names[row["code_postal"]].add(row["commune"])
    return {code_postal: tuple(sorted(found, key=_essence)) for code_postal, found in names.items()}


def _essence(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", fold(name))
    return "".join(_ABBREVIATIONS.get(word, word) for word in words)
