"""P2: the table of limits says the same before the upload, in the refusals and to the browser."""

from collections import Counter

import pytest

from carte.enums import PieceKind
from carte.faults import PieceFault, definitions
from carte.images import Limits, accept_attribute
from carte.images.limits import BREACHES, Condition
from carte.pieces import limits_for
from tests.carte.documents import blank
from tests.carte.pictures import padded, plain, sentences
from tests.factories import RegimeFactory

PHOTO, IDENTITE = PieceKind.PHOTO, PieceKind.IDENTITE
WHOLE = "Une image non animée, qui s’ouvre sans erreur"
DEFINITION = "Définition : de 212 × 271 à 5 100 × 7 020 pixels"
SHEET = "de 21,6 × 29,7 cm au plus, sans mot de passe"
TOLD = {
    ("01", PHOTO): [
        "Format : JPEG, PNG ou PDF",
        "Poids : de 50 Ko à 2 Mo",
        DEFINITION,
        f"PDF : 1 page au plus, {SHEET}",
        WHOLE,
    ],
    ("01", IDENTITE): [
        "Format : JPEG, PNG ou PDF",
        "Poids : de 50 Ko à 2 Mo",
        f"PDF : 4 pages au plus, {SHEET}",
        WHOLE,
    ],
    ("17", PHOTO): ["Format : JPEG ou PNG", "Poids : 2 Mo au plus", DEFINITION, WHOLE],
    ("17", IDENTITE): [
        "Format : JPEG, PNG ou PDF",
        "Poids : 2 Mo au plus",
        f"PDF : 4 pages au plus, {SHEET}",
        WHOLE,
    ],
}


def limits(regime: str, kind: PieceKind) -> Limits:
    return limits_for(RegimeFactory.build(code=regime), kind)


@pytest.mark.parametrize(("regime", "kind"), TOLD)
def test_conditions_are_those_of_the_profile(regime: str, kind: PieceKind) -> None:
    told = [sentence.replace("\u00a0", " ") for sentence in limits(regime, kind).conditions]
    assert told == TOLD[regime, kind]


def test_conditions_and_refusals_quote_the_same_figures() -> None:
    """Section 2, régime général."""
    photo = limits("01", PHOTO)
    wrong = [padded(plain(300, 400), 49_999), padded(plain(300, 400), 2_097_153)]
    wrong += [padded(plain(*size), 100_000) for size in ((211, 300), (5101, 300))]
    wrong.append(padded(blank(2), 60_000))
    told = " ".join(photo.conditions).replace("\u00a0", " ")
    allowed = ["50 Ko", "2 Mo", "212 × 271", "5 100 × 7 020", "1"]
    for data, figure in zip(wrong, allowed, strict=True):
        (sentence,) = sentences(data, photo)
        assert (figure in sentence, figure in told) == (True, True)


def test_every_refusal_has_its_condition() -> None:
    """All but BUSY, which is no fault of the file; TOO_LARGE is that of a picture, and of a page."""
    codes = Counter(code for breaches in BREACHES.values() for code in breaches)
    assert set(PieceFault) - set(codes) == {PieceFault.BUSY}
    assert [code for code, count in codes.items() if count > 1] == [PieceFault.TOO_LARGE]
    assert list(BREACHES) == list(Condition)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ((212, 271), (5100, 7020), "de 212 × 271 à 5 100 × 7 020 pixels"),
        ((212, 271), None, "212 × 271 pixels au moins"),
        (None, (5100, 7020), "5 100 × 7 020 pixels au plus"),
        (None, None, ""),
    ],
)
def test_definitions_may_be_open_at_either_end(
    low: tuple[int, int] | None, high: tuple[int, int] | None, expected: str
) -> None:
    assert definitions(low, high).replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("regime", "kind", "expected"),
    [
        ("01", PHOTO, "image/jpeg,image/png,application/pdf"),
        ("17", PHOTO, "image/jpeg,image/png"),
        ("17", IDENTITE, "image/jpeg,image/png,application/pdf"),
        ("02", PHOTO, ""),
    ],
)
def test_browser_is_told_the_formats_of_the_profile(regime: str, kind: PieceKind, expected: str) -> None:
    assert accept_attribute(limits(regime, kind)) == expected
