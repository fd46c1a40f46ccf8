"""What an agent types to find a row, read as it is stored: he copies what the portal itself prints."""

from accounts.nir import Nir, NirError
from vitale_portal.references import LENGTH, canonical, normalise
from vitale_portal.text import compact


def readings(term: str) -> list[str]:
    """Give what a term may stand for, each to be looked for.

    A NIR is read without its spaces and its key (A1), a serial without its spaces, a reference or a code
    without its hyphens. A name may by chance read as a reference: then it is looked for as well.
    """
    try:
        return [Nir.parse(term).value]
    except NirError:
        pass
    if compact(term).isdecimal():
        return [compact(term)]
    read = canonical(term)
    if len(read) < LENGTH or read == term or normalise(term, len(read)) is None:
        return [term]
    return [read, term]
