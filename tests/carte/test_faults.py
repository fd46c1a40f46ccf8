"""P2: each refusal says the figure found, the figure allowed, and how to mend."""

import pytest

from carte.faults import Fault, PieceFault, format_fault, listed, weight
from tests.carte.pictures import ANY, PHOTO, padded, plain, raw_header, sentences, with_scans

ANEW = "ou prenez une nouvelle photo."
ORIGINAL = f"Choisissez l’image d’origine plutôt qu’une copie réduite, {ANEW}"
SMALLER = f"Ouvrez-le et enregistrez-le de nouveau en JPEG, plus petit, {ANEW}"
SIZE = "pixels (largeur × hauteur)"
SENTENCES = {
    "empty": (b"", "Votre fichier est vide (0 octet).", f"Choisissez-en un autre, {ANEW}"),
    "light": (
        padded(plain(300, 400), 49_999),
        "Votre fichier pèse 49,9 Ko, le minimum est de 50 Ko.",
        ORIGINAL,
    ),
    "heavy": (
        padded(plain(300, 400), 2_097_153),
        "Votre fichier pèse 2,1 Mo, le maximum est de 2 Mo.",
        "Réduisez-le, ou choisissez-en un autre : sur téléphone, la taille « moyenne » convient.",
    ),
    "small": (
        padded(plain(211, 300), 50_000),
        f"Votre image mesure 211 × 300 {SIZE}, le minimum est de 212 × 271.",
        ORIGINAL,
    ),
    "large": (
        padded(plain(300, 7021), 80_000),
        f"Votre image mesure 300 × 7 021 {SIZE}, le maximum est de 5 100 × 7 020.",
        "Réduisez-la, ou numérisez le document à 300 points par pouce.",
    ),
    "scans": (
        padded(with_scans(plain(300, 300, progressive=True), 1200), 80_000),
        "Votre fichier est trop lourd à ouvrir (1 200 passes, le maximum est de 50).",
        SMALLER,
    ),
}


@pytest.mark.parametrize(("data", "told", "mend"), SENTENCES.values(), ids=SENTENCES)
def test_sentence_says_found_allowed_and_how_to_mend(data: bytes, told: str, mend: str) -> None:
    assert sentences(data, PHOTO) == [f"{told} {mend}"]


def test_sentence_of_too_many_pixels_never_reads_as_allowed() -> None:
    data = raw_header(plain(300, 300, "PNG"), (5101).to_bytes(4) + (7020).to_bytes(4))
    area = "35,9 millions de pixels, le maximum est de 35,8 millions de pixels"
    assert sentences(data, ANY) == [f"Votre fichier est trop lourd à ouvrir ({area}). {SMALLER}"]


IPHONE = "ouvrez Réglages > Appareil photo > Formats, choisissez « Le plus compatible »"
FORMATS = {
    "image/webp": ("une image WebP, cette étape accepte", f"Enregistrez-le autrement, {ANEW}"),
    "image/heic": (
        "une image HEIC, cette étape accepte",
        f"Exportez-le en JPEG, ou, sur iPhone, {IPHONE} et reprenez la photo.",
    ),
    "application/pdf": (
        "un document PDF, cette étape accepte",
        "Enregistrez la page comme image, ou prenez le document en photo.",
    ),
}


@pytest.mark.parametrize("mime", FORMATS)
def test_sentence_of_a_format_says_how_to_export(mime: str) -> None:
    told, mend = FORMATS[mime]
    found = format_fault(mime, ["JPEG", "PNG"]).sentence.replace("\u00a0", " ")
    assert found == f"Votre fichier est {told} : JPEG et PNG. {mend}"


@pytest.mark.parametrize("code", PieceFault)
def test_sentence_ends_with_a_full_stop_and_keeps_marks_on_the_line(code: PieceFault) -> None:
    sentence = Fault(code, {"found": "", "allowed": ""}).sentence
    loose = [mark for mark in (" :", " ;", " ?", "« ", " »", "!", "'") if mark in sentence]
    assert (sentence[-1], loose) == (".", [])


@pytest.mark.parametrize(
    ("size", "low", "high"),
    [
        (1, "1 octet", "1 octet"),
        (999, "999 octets", "999 octets"),
        (1000, "1 Ko", "1 Ko"),
        (49_999, "49,9 Ko", "50 Ko"),
        (50_001, "50 Ko", "50,1 Ko"),
        (1_048_575, "1 048,5 Ko", "1 048,6 Ko"),
        (2_097_152, "2 Mo", "2 Mo"),
        (2_097_153, "2 Mo", "2,1 Mo"),
    ],
)
def test_weight_is_rounded_down_or_up(size: int, low: str, high: str) -> None:
    found = [weight(size, up=up).replace("\u00a0", " ") for up in (False, True)]
    assert found == [low, high]


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["JPEG"], "JPEG"), (["JPEG", "PNG"], "JPEG et PNG"), (["JPEG", "PNG", "PDF"], "JPEG, PNG et PDF")],
)
def test_formats_are_listed_in_french(words: list[str], expected: str) -> None:
    assert listed(words) == expected
