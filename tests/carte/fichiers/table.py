"""The whole table: every file, by its name."""

from tests.carte.fichiers import jpegs, limits, names, others, pdfs, pngs
from tests.carte.fichiers.case import Case

FAMILIES = (limits, jpegs, pngs, pdfs, others, names)
CASES: list[Case] = [case for family in FAMILIES for case in family.CASES]
