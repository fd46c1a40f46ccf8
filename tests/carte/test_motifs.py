"""Reasons of a refusal: the lists of the rules, codes in events, words on screen (D3, P7)."""

import pytest

from carte.enums import IdentiteNature, PieceForm, PieceKind
from carte.models import Piece
from carte.motifs import LISTS, MotifList, decode, encode, list_of, motifs_of, spoken

# D3, word for word: the rule's own order.
D3 = {
    MotifList.PHOTO: "RECENT FACE EYES EXPRESSION HEADWEAR BACKGROUND LIGHT SHARPNESS FRAMING SEVERAL_FACES "
    "OTHER_PERSON UNREADABLE",
    MotifList.IDENTITE: "EXPIRED WRONG_SIDE PHOTOCOPY UNREADABLE CUT NAME BIRTH_DATE NOT_ACCEPTED",
}
REASON_MAX = 200  # characters an event keeps
EVERY = [(which, motif) for which, motifs in LISTS.items() for motif in motifs]


def ids(case: object) -> str:
    return getattr(case, "code", None) or str(case)


@pytest.mark.parametrize(("which", "codes"), D3.items(), ids=ids)
def test_reasons_of_a_piece_are_those_of_d3(which: MotifList, codes: str) -> None:
    assert [motif.code for motif in LISTS[which]] == codes.split()


@pytest.mark.parametrize(("which", "motif"), EVERY, ids=ids)
def test_each_reason_says_what_is_wrong_and_how_to_mend_it(which: MotifList, motif: object) -> None:
    texts = [getattr(motif, field) for field in ("label", "wrong", "mend")]
    assert [bool(text) for text in texts] == [True] * 3
    assert [text[-1] for text in texts[1:]] == [".", "."]
    assert [m.label for m in LISTS[which]].count(texts[0]) == 1


@pytest.mark.parametrize("which", MotifList)
def test_codes_of_a_list_are_unique(which: MotifList) -> None:
    codes = [motif.code for motif in LISTS[which]]
    assert len(set(codes)) == len(codes)


def test_codes_come_back_from_an_event() -> None:
    reason = encode({MotifList.PHOTO: ["EYES", "LIGHT"], MotifList.IDENTITE: ["EXPIRED"]})
    assert reason == "PHOTO:EYES,LIGHT IDENTITE:EXPIRED"
    assert [(which, [m.code for m in motifs]) for which, motifs in decode(reason)] == [
        (MotifList.PHOTO, ["EYES", "LIGHT"]),
        (MotifList.IDENTITE, ["EXPIRED"]),
    ]


def test_a_list_without_a_reason_is_left_out() -> None:
    assert encode({MotifList.PHOTO: [], MotifList.IDENTITE: ["CUT"]}) == "IDENTITE:CUT"


@pytest.mark.parametrize("photo", [MotifList.PHOTO, MotifList.EXPLANATION])
def test_everything_ticked_fits_an_event(photo: MotifList) -> None:
    every = {which: [motif.code for motif in LISTS[which]] for which in (photo, MotifList.IDENTITE)}
    assert len(encode(every)) <= REASON_MAX


WORDS = ["", "délai écoulé", "Usage abusif de la carte – plainte", "PHOTO", "PHOTO:", "AUTRE:EYES", "x: y"]


@pytest.mark.parametrize("words", WORDS)
def test_plain_words_are_no_codes_and_are_shown_as_they_are(words: str) -> None:
    assert (decode(words), spoken(words)) == ([], words)


def test_codes_are_spoken_in_words() -> None:
    said = spoken("PHOTO:EYES,LIGHT IDENTITE:EXPIRED").replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Photo d’identité : yeux, lumière ; Pièce d’identité : périmée"


PIECES = {
    "photo": ({"kind": PieceKind.PHOTO}, MotifList.PHOTO),
    "explanation": ({"kind": PieceKind.PHOTO, "form": PieceForm.EXPLANATION}, MotifList.EXPLANATION),
    "identite": ({"kind": PieceKind.IDENTITE, "nature": IdentiteNature.PASSEPORT}, MotifList.IDENTITE),
}


@pytest.mark.parametrize(("fields", "which"), PIECES.values(), ids=PIECES)
def test_piece_has_its_list(fields: dict[str, str], which: MotifList) -> None:
    codes = [motif.code for motif in LISTS[which]]
    assert list_of(Piece(**fields)) == which
    assert [motif.code for motif in motifs_of(Piece(**fields, refusal=[*codes, "GONE"]))] == codes
    assert motifs_of(Piece(**fields)) == []
