"""What a profile accepts of a file: the one table of limits, told before the upload and in refusals (P2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import models

from carte.faults import PieceFault, bounds, count, definitions, listed

MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "PDF": "application/pdf"}
# A page of 8.5 × 11.7 in, either way round, in px at the 300 dpi a page is measured at (section 2).
SHEET = (2550, 3510)
SHEET_WORDS = "21,6\u00a0×\u00a029,7\u00a0cm"


class Condition(models.TextChoices):
    """A limit as it is told before the upload; its figures are those of the refusals."""

    FORMATS = "formats", "Format\u00a0: {formats}"
    WEIGHT = "weight", "Poids\u00a0: {weights}"
    DEFINITION = "definition", "Définition\u00a0: {definitions}"
    PAGES = "pages", "PDF\u00a0: {pages} au plus, de {sheet} au plus, sans mot de passe"
    WHOLE = "whole", "Une image non animée, qui s’ouvre sans erreur"


_F = PieceFault
# Which refusals each limit may end in. BUSY is no fault of the file.
BREACHES: Mapping[Condition, tuple[PieceFault, ...]] = {
    Condition.FORMATS: (_F.FORMAT, _F.FORMAT_HEIC, _F.FORMAT_PDF),
    Condition.WEIGHT: (_F.EMPTY, _F.TOO_LIGHT, _F.TOO_HEAVY),
    Condition.DEFINITION: (_F.TOO_SMALL, _F.TOO_LARGE),
    Condition.PAGES: (_F.TOO_MANY_PAGES, _F.TOO_LARGE, _F.ENCRYPTED),
    Condition.WHOLE: (_F.ANIMATED, _F.TRUNCATED, _F.UNREADABLE, _F.TOO_COMPLEX),
}


@dataclass(frozen=True)
class Limits:
    """What a profile accepts (section 2): formats, bytes, px as (width, height) once upright; inclusive."""

    formats: tuple[str, ...]
    weight_min: int | None
    weight_max: int
    definition_min: tuple[int, int] | None
    definition_max: tuple[int, int] | None
    pages_max: int = 1

    @property
    def figures(self) -> Mapping[str, str]:
        """The figures in words, the same wherever they are told; what has no limit is absent."""
        return {
            "formats": listed(self.formats, "ou"),
            "weights": bounds(self.weight_min, self.weight_max),
            "definitions": definitions(self.definition_min, self.definition_max),
            "pages": count(self.pages_max, "page"),
            "sheet": SHEET_WORDS,
        }

    @property
    def conditions(self) -> Sequence[str]:
        """What is told before the upload, one sentence a limit of this profile."""
        figures = self.figures
        absent = {Condition.DEFINITION} if not figures["definitions"] else set()
        absent |= {Condition.PAGES} if "PDF" not in self.formats else set()
        return [str(told.label).format(**figures) for told in Condition if told not in absent]


def accept_attribute(limits: Limits) -> str:
    """Write the ``accept`` of a file input: naming JPEG and PNG makes an iPhone convert by itself."""
    return ",".join(MIMES[name] for name in limits.formats if name in MIMES)
