"""What a profile accepts of a piece (section 2, P2), and what is kept of a file's name (P4)."""

from collections.abc import Callable

import pytest

from carte.enums import PieceKind
from carte.faults import PieceFault
from carte.images import Limits, PictureRefused
from carte.pieces import clean_label, deposit_piece, limits_for
from tests.factories import (
    NOW,
    AdresseFactory,
    AssureFactory,
    CaisseFactory,
    CommandeFactory,
    RegimeFactory,
    jpeg,
)

PHOTO, IDENTITE = PieceKind.PHOTO, PieceKind.IDENTITE

BOUNDS = ((212, 271), (5100, 7020))
ALL, TWO = ("JPEG", "PNG", "PDF"), ("JPEG", "PNG")
ACCEPTED = {
    ("01", PHOTO): Limits(ALL, 50_000, 2_097_152, *BOUNDS, pages_max=1),
    ("01", IDENTITE): Limits(ALL, 50_000, 2_097_152, None, None, pages_max=4),
    ("17", PHOTO): Limits(TWO, None, 2_097_152, *BOUNDS, pages_max=1),
    ("17", IDENTITE): Limits(ALL, None, 2_097_152, None, None, pages_max=4),
    ("08", PHOTO): Limits(ALL, 50_000, 2_097_152, *BOUNDS, pages_max=1),
    ("08", IDENTITE): Limits(ALL, 50_000, 2_097_152, None, None, pages_max=4),
    ("02", PHOTO): Limits((), None, 0, None, None, pages_max=1),
}


@pytest.mark.parametrize(("regime", "kind"), ACCEPTED)
def test_limits_are_those_of_the_profile(regime: str, kind: PieceKind) -> None:
    assert limits_for(RegimeFactory.build(code=regime), kind) == ACCEPTED[regime, kind]


LIGHT, HEAVY = PieceFault.TOO_LIGHT, PieceFault.TOO_HEAVY
WEIGHTS = {
    ("011", 49_999): [LIGHT],
    ("011", 50_000): [],
    ("011", 2_097_152): [],
    ("011", 2_097_153): [HEAVY],
    ("CFE", 5_000): [],
    ("CFE", 2_097_152): [],
    ("CFE", 2_097_153): [HEAVY],
    ("CNMSS", 49_999): [LIGHT],
}


@pytest.mark.parametrize(("caisse", "weight"), WEIGHTS)
@pytest.mark.parametrize("kind", PieceKind)
@pytest.mark.django_db
def test_weight_is_judged_to_the_byte(
    caisse: str, weight: int, kind: PieceKind, stored_files: Callable[[], set[str]]
) -> None:
    """P2."""
    author = AssureFactory(caisse=CaisseFactory(code=caisse))
    AdresseFactory(assure=author)
    faults: list[PieceFault] = []
    try:
        commande = CommandeFactory(author=author)
        deposit_piece(commande=commande, kind=kind, data=jpeg(weight), label="moi.jpg", now=NOW)
    except PictureRefused as refusal:
        faults = [fault.code for fault in refusal.faults]
    assert (faults, len(stored_files())) == (WEIGHTS[caisse, weight], 0 if faults else 1)


LABELS = {
    "plain": ("moi.jpg", "moi.jpg"),
    "path": ("/home/ada/moi.jpg", "moi.jpg"),
    "path of Windows": ("C:\\Users\\ada\\moi.jpg", "moi.jpg"),
    "accents and spaces": ("Ma photo d’été.png", "Ma photo d’été.png"),
    "control marks": ("a\r\nb\0c\x1b.jpg", "abc.jpg"),
    "direction mark": ("moi\u202egpj.exe", "moigpj.exe"),
    "120 characters": ("x" * 120, "x" * 120),
    "121 characters": ("x" * 121, "x" * 120),
    "nothing": ("", "document"),
    "nothing that shows": ("\u200b\n ", "document"),
    "a folder": ("moi/", "document"),
    "tags": ("<b>.jpg", "<b>.jpg"),
}


@pytest.mark.parametrize(("name", "label"), LABELS.values(), ids=LABELS)
def test_label_is_what_can_be_shown_of_a_name(name: str, label: str) -> None:
    """P4."""
    assert clean_label(name) == label
