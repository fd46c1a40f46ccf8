"""The NIR, « numéro de sécurité sociale »: how it is read, checked and shown (A1, A8).

Anatomy of the 13 characters: sex, year (2), month (2), department (2), commune (3), order (3).
A key of two digits may follow; it is never stored, for it can be computed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models

from vitale_portal.text import compact

LENGTH = 13
LENGTH_WITH_KEY = 15

_SHAPE = re.compile(
    r"(?P<sex>[0-9])(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<department>[0-9]{2}|2[AB])"
    r"(?P<commune>[0-9]{3})(?P<order>[0-9]{3})(?P<key>[0-9]{2})?"
)
_MONTHS = frozenset({*range(1, 13), 20, *range(30, 43), *range(50, 100)})
_CORSICA_SPLIT = 76  # 2A and 2B have replaced 20 for births from 1976 on
_CORSICA = {"2A": "19", "2B": "18"}  # what the departments count as in the key
_OVERSEAS = frozenset({"97", "98"})
_SEXES = frozenset("123478")
_PROVISIONAL = frozenset("3478")


class NirFault(models.TextChoices):
    """What is wrong with a NIR as typed; the label is the sentence for the person who typed it."""

    LENGTH = "length", "Le numéro de sécurité sociale compte 13 caractères, ou 15 avec sa clé."
    CHARACTERS = (
        "characters",
        "Le numéro de sécurité sociale ne contient que des chiffres, sauf 2A ou 2B pour la Corse.",
    )
    SEX = "sex", "Le numéro de sécurité sociale commence par 1, 2, 3, 4, 7 ou 8."
    MONTH = "month", "Le mois de naissance (4e et 5e chiffres) n’existe pas."
    CORSICA = "corsica", "Depuis 1976, le département d’une naissance en Corse est 2A ou 2B, et non 20."
    DEPARTMENT = "department", "Le département de naissance (6e et 7e caractères) n’existe pas."
    COMMUNE = "commune", "Le code de la commune ou du pays de naissance ne peut pas être nul."
    ORDER = "order", "Le numéro d’ordre (11e à 13e chiffres) ne peut pas être 000."
    KEY = (
        "key",
        "La clé (deux derniers chiffres) ne correspond pas au numéro\N{NO-BREAK SPACE}: relisez-le.",
    )


class NirError(ValueError):
    """A text that is no NIR; ``fault`` says why."""

    def __init__(self, fault: NirFault) -> None:
        super().__init__(fault.label)
        self.fault = fault


def _is_corsica_after_split(parts: re.Match[str]) -> bool:
    return parts["department"] == "20" and int(parts["year"]) >= _CORSICA_SPLIT


def _is_commune_void(parts: re.Match[str]) -> bool:
    significant = parts["commune"][1:] if parts["department"] in _OVERSEAS else parts["commune"]
    return int(significant) == 0


def _is_key_wrong(parts: re.Match[str]) -> bool:
    return parts["key"] is not None and int(parts["key"]) != _key(parts[0][:LENGTH])


# Asked in this order; the first that holds is told.
_FAULTS: tuple[tuple[NirFault, Callable[[re.Match[str]], bool]], ...] = (
    (NirFault.SEX, lambda parts: parts["sex"] not in _SEXES),
    (NirFault.MONTH, lambda parts: int(parts["month"]) not in _MONTHS),
    (NirFault.CORSICA, _is_corsica_after_split),
    (NirFault.DEPARTMENT, lambda parts: parts["department"] == "00"),
    (NirFault.COMMUNE, _is_commune_void),
    (NirFault.ORDER, lambda parts: parts["order"] == "000"),
    (NirFault.KEY, _is_key_wrong),
)


def _key(value: str) -> int:
    department = value[5:7]
    number = int(value[:5] + _CORSICA.get(department, department) + value[7:])
    return 97 - number % 97


def validate_nir(text: str) -> None:
    """Refuse, as a field's validator, what is no NIR in its stored form of 13 characters (A8)."""
    try:
        stored = Nir.parse(text).value == text
    except NirError as error:
        raise ValidationError(str(error.fault.label), code=error.fault.value) from error
    if not stored:
        raise ValidationError(str(NirFault.LENGTH.label), code=NirFault.LENGTH.value)


@dataclass(frozen=True, slots=True)
class Nir:
    """A checked NIR; made by ``parse``. ``value`` has 13 characters, upper case, as stored (A1)."""

    value: str

    @classmethod
    def parse(cls, text: str) -> "Nir":
        """Read what a person typed: 13 characters, or 15 with the key, any case, spaces anywhere (A1, A8).

        Dots and dashes are dropped too. Departments: 00 never was one and is refused; 91 to 96 also
        stand for Algeria, Morocco and Tunisia before independence, 97 and 98 for overseas, 99 for
        abroad. Overseas the department has a third digit (971) and the commune the two that follow: those
        two must not be 00; everywhere else the three digits of the commune (abroad: country) must not be 000.

        Raises NirError with the first fault found.
        """
        value = compact(text).upper()
        if len(value) not in {LENGTH, LENGTH_WITH_KEY}:
            raise NirError(NirFault.LENGTH)
        parts = _SHAPE.fullmatch(value)
        if parts is None:
            raise NirError(NirFault.CHARACTERS)
        for fault, holds in _FAULTS:
            if holds(parts):
                raise NirError(fault)
        return cls(value[:LENGTH])

    @property
    def key(self) -> int:
        """The control key, 1 to 97: 97 − (number mod 97), where 2A counts as 19 and 2B as 18 (A8)."""
        return _key(self.value)

    @property
    def provisional(self) -> bool:
        """Whether it is a waiting number: may sign in, may not order (A8, E7)."""
        return self.value[0] in _PROVISIONAL

    @property
    def definitive(self) -> bool:
        """Whether it is the number for life (A8)."""
        return not self.provisional

    @property
    def formatted(self) -> str:
        """In groups with the key, as printed on a card: « 1 56 10 01 053 001 16 »."""
        groups = self._groups
        return " ".join((*groups, f"{self.key:02d}"))

    @property
    def masked(self) -> str:
        """Sex, year and month only, for screens where the rest is not needed: « 1 56 10 •• ••• ••• »."""
        return " ".join((*self._groups[:3], "••", "•••", "•••"))

    @property
    def _groups(self) -> tuple[str, ...]:
        value = self.value
        return (value[0], value[1:3], value[3:5], value[5:7], value[7:10], value[10:])

    def __str__(self) -> str:
        return self.value
