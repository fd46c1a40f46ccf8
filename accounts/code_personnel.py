"""What a code personnel must be, as validators of Django (A2). Agents' passwords obey them too (A10)."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from vitale_portal.dates import MONTHS, WEEKDAYS, long_date
from vitale_portal.text import fold

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.models.assure import Beneficiaire

MIN_LENGTH = 8
MAX_LENGTH = 50

_PART_LENGTH = 3  # a shorter part of a name (« de », « le ») is no reason to refuse
_INNER_LENGTH = 4  # a shorter name is only refused when it stands alone between figures or signs
_CORE_LENGTH = 4  # a shorter word is not what makes a code common

# What Django's list lacks: words of this site, of French keyboards, of the calendar. Folded.
_HEALTH = (
    "ameli",
    "assurance",
    "assurancemaladie",
    "carte",
    "cartevitale",
    "cpam",
    "macartevitale",
    "vitale",
)
_SAFETY = ("codepersonnel", "identifiant", "moncode", "sante", "secu", "securite", "securitesociale")
_FRENCH = ("allezlesbleus", "azeqsd", "azeqsdwxc", "bienvenue", "lyon", "mamanpapa", "qsdf", "qsdfghjklm")
_CALENDAR = ("printemps", "automne", "hiver", *map(fold, MONTHS), *map(fold, WEEKDAYS))
_COMMON = frozenset({*_HEALTH, *_SAFETY, *_FRENCH, *_CALENDAR})


def _is_latin_letter(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN")


def _is_digit(char: str) -> bool:
    return char in "0123456789"


def _is_special(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"  # punctuation or symbol; a space is neither


def _lacks(kind: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda code: not any(kind(char) for char in code)


_COMPOSITION: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    (
        "code_too_short",
        f"Ce code est trop court\N{NO-BREAK SPACE}: il doit compter au moins {MIN_LENGTH} caractères.",
        lambda code: len(code) < MIN_LENGTH,
    ),
    (
        "code_too_long",
        f"Ce code est trop long\N{NO-BREAK SPACE}: il doit compter au plus {MAX_LENGTH} caractères.",
        lambda code: len(code) > MAX_LENGTH,
    ),
    ("code_no_letter", "Ce code doit contenir au moins une lettre.", _lacks(_is_latin_letter)),
    ("code_no_digit", "Ce code doit contenir au moins un chiffre.", _lacks(_is_digit)),
    (
        "code_no_special",
        "Ce code doit contenir au moins un caractère spécial, par exemple - / + * ou @.",
        _lacks(_is_special),
    ),
)


# The same as one types: what is read beside the field, and a pattern for browsers (flag ``u``).
# Only a help: the validators decide. What they alone can tell (names, birth date, common codes) has none.
RULES_SHOWN: tuple[tuple[str, str], ...] = (
    (f"de {MIN_LENGTH} à {MAX_LENGTH} caractères", rf"^[\s\S]{{{MIN_LENGTH},{MAX_LENGTH}}}$"),
    ("au moins une lettre", r"\p{Script=Latin}"),
    ("au moins un chiffre", r"[0-9]"),
    ("au moins un caractère spécial, par exemple - / + * ou @", r"[\p{P}\p{S}]"),
    ("ni votre nom, ni vos prénoms, ni votre date de naissance, ni votre numéro de sécurité sociale", ""),
    ("pas un code courant, comme un mot connu suivi d’un chiffre et d’un signe", ""),
)


class CompositionValidator:
    """8 to 50 characters, with a Latin letter, a digit and a special character."""

    def validate(self, password: str, user: "User | None" = None) -> None:  # noqa: ARG002
        """Raise ValidationError with one sentence for each fault of the code, all at once."""
        _raise_all((name, text) for name, text, holds in _COMPOSITION if holds(password))

    def get_help_text(self) -> str:
        """Sentence shown before anything is typed."""
        return (
            f"Votre code compte de {MIN_LENGTH} à {MAX_LENGTH} caractères, dont au moins une lettre, "
            "un chiffre et un caractère spécial, par exemple - / + * ou @."
        )


def _raise_all(faults: Iterable[tuple[str, str]]) -> None:
    errors = [ValidationError(text, code=name) for name, text in faults]
    if errors:
        raise ValidationError(errors)


def _joined(folded: str) -> str:
    return re.sub(r"[^a-z0-9]", "", folded)


def _holds_nir(folded: str, person: "Beneficiaire") -> bool:
    return person.nir.lower() in _joined(folded)


def _holds_name(folded: str, person: "Beneficiaire") -> bool:
    runs = re.findall(r"[a-z]+", folded)
    names = _names(fold(person.nom), fold(person.prenoms))
    return any(run == name or (len(name) >= _INNER_LENGTH and name in run) for run in runs for name in names)


def _names(nom: str, prenoms: str) -> set[str]:
    wholes = {_joined(name) for name in (nom, prenoms, *prenoms.split())}
    parts = {part for part in re.findall(r"[a-z]+", f"{nom} {prenoms}") if len(part) >= _PART_LENGTH}
    return (wholes | parts) - {""}


def _holds_birth_date(folded: str, person: "Beneficiaire") -> bool:
    code = _joined(folded)
    return any(spelling in code for spelling in _spellings(person.date_naissance))


def _spellings(born: date) -> set[str]:
    day, month, year, short_year = f"{born.day:02d}", f"{born.month:02d}", str(born.year), f"{born:%y}"
    name = fold(MONTHS[born.month - 1])
    return {
        f"{day}{month}{year}",
        f"{day}{month}{short_year}",
        f"{year}{month}{day}",
        f"{short_year}{month}{day}",
        f"{born.day}{born.month}{year}",
        f"{born.day}{name}{year}",
        f"{born.day}{name}{short_year}",
        _joined(fold(long_date(born))),  # « 1er mai 1980 »
    }


_PERSONAL: tuple[tuple[str, str, Callable[[str, "Beneficiaire"], bool]], ...] = (
    ("code_holds_nir", "Ce code ne doit pas contenir votre numéro de sécurité sociale.", _holds_nir),
    ("code_holds_name", "Ce code ne doit contenir ni votre nom ni vos prénoms.", _holds_name),
    ("code_holds_birth_date", "Ce code ne doit pas contenir votre date de naissance.", _holds_birth_date),
)


class PersonalDataValidator:
    """Refuses a code that holds the NIR, a name or the birth date of the assuré, in any usual spelling."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        """Raise ValidationError with one sentence for each piece of personal data found in the code."""
        if user is None or user.assure is None:
            return
        person, folded = user.assure.beneficiaire, fold(password)
        _raise_all((name, text) for name, text, holds in _PERSONAL if holds(folded, person))

    def get_help_text(self) -> str:
        """Sentence shown before anything is typed."""
        return (
            "Il ne contient ni votre numéro de sécurité sociale, ni votre nom, ni vos prénoms, "
            "ni votre date de naissance."
        )


class CommonCodeValidator(CommonPasswordValidator):
    """Refuses the codes tried first by who guesses: Django's list and a French one, dressed up or not.

    « azerty123! » and « Soleil2026* » are « azerty » and « soleil » with figures and signs around.
    """

    def validate(self, password: str, user: "User | None" = None) -> None:  # noqa: ARG002
        """Raise ValidationError if the code, or what is left of it undressed, is a common word."""
        if any(word in self.passwords or word in _COMMON for word in _undressed(fold(password))):
            text = "Ce code est trop courant\N{NO-BREAK SPACE}: choisissez-en un plus difficile à deviner."
            raise ValidationError(text, code="code_too_common")

    def get_help_text(self) -> str:
        """Sentence shown before anything is typed."""
        return "Il n’est pas un code courant, comme un mot connu suivi d’un chiffre et d’un signe."


def _undressed(folded: str) -> set[str]:
    joined = _joined(folded)
    cores = {re.sub(r"^[^a-z]+|[^a-z]+$", "", text) for text in (folded, joined)}
    return {folded, joined, *(core for core in cores if len(core) >= _CORE_LENGTH)}
