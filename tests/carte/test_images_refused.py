"""P1 to P3: what is refused, to the byte and to the pixel, before and while decoding."""

import itertools
import zlib

import pytest
from PIL import Image, ImageFile

from carte.faults import PieceFault
from carte.images import Limits, PictureRefused
from tests.carte.pictures import (
    FORMATS,
    PHOTO,
    chunk,
    encoded,
    exif,
    faults,
    padded,
    plain,
    raw_header,
    raw_png,
    segment,
    sentences,
    stored,
    with_chunks,
    with_scans,
    with_segments,
    without_segments,
)


# P2: to the byte
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (49_999, [PieceFault.TOO_LIGHT]),
        (50_000, []),
        (2_097_152, []),
        (2_097_153, [PieceFault.TOO_HEAVY]),
    ],
)
def test_weight_is_bounded_to_the_byte(size: int, expected: list[PieceFault], name: str) -> None:
    assert faults(padded(plain(300, 400, name), size), PHOTO) == expected


# P2: to the pixel
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((211, 271), [PieceFault.TOO_SMALL]),
        ((212, 270), [PieceFault.TOO_SMALL]),
        ((212, 271), []),
        ((5101, 300), [PieceFault.TOO_LARGE]),
        ((5100, 300), []),
        ((300, 7021), [PieceFault.TOO_LARGE]),
        ((300, 7020), []),
        ((200, 7021), [PieceFault.TOO_SMALL, PieceFault.TOO_LARGE]),
        ((7020, 5100), [PieceFault.TOO_LARGE]),
    ],
    ids=str,
)
def test_definition_is_bounded_to_the_pixel(
    size: tuple[int, int], expected: list[PieceFault], name: str
) -> None:
    assert faults(padded(plain(*size, name, mode="L"), 600_000), PHOTO) == expected


def test_definition_is_measured_once_upright() -> None:
    lying = padded(plain(271, 212, exif=exif(6).tobytes()), 50_000)
    assert (faults(lying, PHOTO), faults(padded(plain(271, 212), 50_000), PHOTO)) == (
        [],
        [PieceFault.TOO_SMALL],
    )


# P3: pixels are bounded where a profile bounds nothing
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((5100, 7020), []),
        ((5101, 7020), [PieceFault.TOO_COMPLEX]),
        ((65_535, 65_535), [PieceFault.TOO_LARGE]),
        ((20_000, 1), []),
        ((20_001, 1), [PieceFault.TOO_LARGE]),
        ((2_147_483_647, 2_147_483_647), [PieceFault.TOO_LARGE]),
        ((0, 300), [PieceFault.UNREADABLE]),
    ],
    ids=str,
)
def test_pixels_are_bounded_before_any_is_decoded(size: tuple[int, int], expected: list[PieceFault]) -> None:
    rows = size[1] if not expected else 1
    data = raw_png(1, 0, bytes(-(-size[0] // 8) if not expected else 1), size=(size[0], rows))
    header = data[16:24].replace(rows.to_bytes(4), size[1].to_bytes(4))
    assert faults(raw_header(data, header)) == expected


@pytest.mark.parametrize(("scans", "expected"), [(50, []), (51, [PieceFault.TOO_COMPLEX])])
def test_scans_are_counted_before_decoding(scans: int, expected: list[PieceFault]) -> None:
    assert faults(with_scans(plain(300, 300, progressive=True), scans)) == expected


@pytest.mark.parametrize("count", [10_000, 9_000], ids=["over", "under"])
def test_blocks_are_bounded(count: int) -> None:
    expected = [PieceFault.TOO_COMPLEX] if count == 10_000 else []
    assert faults(with_segments(plain(300, 300), segment(0xFE, b"") * count)) == expected
    assert faults(with_chunks(plain(300, 300, "PNG"), chunk(b"tEXt", b"") * count)) == expected


@pytest.mark.parametrize("part", [0.05, 0.3, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", FORMATS)
def test_truncated_file_is_refused(name: str, part: float) -> None:
    data = encoded(Image.effect_noise((300, 300), 50), name)
    assert faults(data[: int(len(data) * part)]) == [PieceFault.TRUNCATED]


def test_weight_and_truncation_are_told_together() -> None:
    assert faults(plain(300, 400)[:-2], PHOTO) == [PieceFault.TOO_LIGHT, PieceFault.TRUNCATED]


JPEG, PNG = plain(300, 300), plain(300, 300, "PNG")
FRAME = JPEG.index(b"\xff\xc0")
BROKEN = {
    "jpeg-two-frames": with_segments(JPEG, segment(0xC0, JPEG[FRAME + 4 : FRAME + 19])),
    "jpeg-no-frame": without_segments(JPEG, 0xC0),
    "jpeg-short-frame": with_segments(without_segments(JPEG, 0xC0), segment(0xC0, b"\x08\0")),
    "jpeg-lossless": JPEG.replace(b"\xff\xc0", b"\xff\xc3", 1),
    "jpeg-arithmetic": JPEG.replace(b"\xff\xc0", b"\xff\xc9", 1),
    "jpeg-12-bits": JPEG[: FRAME + 4] + b"\x0c" + JPEG[FRAME + 5 :],
    "jpeg-no-height": JPEG[: FRAME + 5] + b"\0\0" + JPEG[FRAME + 7 :],
    "jpeg-two-components": JPEG[: FRAME + 9] + b"\x02" + JPEG[FRAME + 10 :],
    "jpeg-no-tables": without_segments(JPEG, 0xDB),
    "jpeg-length-zero": with_segments(JPEG, b"\xff\xe5\0\0"),
    "jpeg-no-scan": b"\xff\xd8\xff\xe0\0\x04JF\xff\xd9",
    "png-wrong-sum": PNG.replace(b"IDATx", b"IDATy", 1),
    "png-header-not-first": with_chunks(PNG[:8] + chunk(b"tEXt", b"") + PNG[8:]),
    "png-short-header": PNG[:8] + chunk(b"IHDR", PNG[16:20]) + PNG[33:],
    "png-not-deflated": PNG[:33] + chunk(b"IDAT", b"abcdefgh") + PNG[-12:],
    "png-unknown-mode": PNG[:8] + chunk(b"IHDR", PNG[16:24] + b"\x07\x02\0\0\0") + PNG[33:],
    "png-nothing-but-end": PNG[:8] + PNG[-12:],
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_broken_file_is_refused(data: bytes) -> None:
    assert faults(data) == [PieceFault.UNREADABLE]


def test_png_without_pixels_is_incomplete() -> None:
    assert faults(PNG[:33] + PNG[-12:]) == [PieceFault.TRUNCATED]


@pytest.mark.parametrize("data", [plain(40, 40), plain(40, 40, "PNG"), plain(40, 40, progressive=True)])
def test_any_byte_changed_raises_nothing_but_a_refusal(data: bytes) -> None:
    places = itertools.product(range(len(data)), (b"\x00", b"\xff"))
    told = {code for at, value in places for code in faults(data[:at] + value + data[at + 1 :])}
    assert told - set(PieceFault) == set()


def test_truncated_file_is_refused_although_another_library_would_complete_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """WeasyPrint turns this on for the whole process when it is imported."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    data = plain(300, 400, "PNG")
    assert faults(data.replace(b"IDAT", b"teXt", 1)) == [PieceFault.TRUNCATED]


BOMB = zlib.compress(bytes(8 * 1024 * 1024))


@pytest.mark.parametrize(
    "texts",
    [
        chunk(b"zTXt", b"k\0\0" + BOMB),
        chunk(b"iTXt", b"k\0\1\0\0\0" + BOMB),
        chunk(b"tEXt", b"k\0" + bytes(1000)) * 900,
    ],
    ids=["zTXt", "iTXt", "tEXt"],
)
@pytest.mark.parametrize("at_end", [False, True], ids=["before", "after"])
def test_text_bomb_is_left_unread(texts: bytes, at_end: bool) -> None:
    assert faults(with_chunks(PNG, texts, at_end=at_end)) == []


# P1: what a file is
def test_animated_png_is_refused() -> None:
    frames = [Image.new("RGB", (300, 300), shade) for shade in ("red", "green", "blue")]
    data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert sentences(data) == [
        "Votre fichier est animé : il contient 3 images, cette étape en accepte 1. Choisissez une image fixe."
    ]


def heif(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(100)


WEBP = encoded(Image.new("RGB", (300, 300)), "WEBP")
OTHERS = {
    "HEIC": (heif(b"heic"), PieceFault.FORMAT_HEIC, "une image HEIC"),
    "HEIF": (heif(b"mif1"), PieceFault.FORMAT_HEIC, "une image HEIC"),
    "HEVC": (heif(b"hevc"), PieceFault.FORMAT_HEIC, "une image HEIC"),
    "AVIF": (heif(b"avif"), PieceFault.FORMAT, "une image AVIF"),
    "PDF": (b"%PDF-1.7\n%", PieceFault.FORMAT_PDF, "un document PDF"),
    "WebP": (WEBP, PieceFault.FORMAT, "une image WebP"),
    "GIF": (plain(300, 300, "GIF", "L"), PieceFault.FORMAT, "une image GIF"),
    "TIFF": (plain(300, 300, "TIFF"), PieceFault.FORMAT, "une image TIFF"),
    "BMP": (plain(300, 300, "BMP"), PieceFault.FORMAT, "une image BMP"),
    "ICO": (plain(64, 64, "ICO"), PieceFault.FORMAT, "une image d’un autre format"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", PieceFault.FORMAT, "un dessin SVG"),
    "HTML": (b"<!DOCTYPE html><html><script>", PieceFault.FORMAT, "une page web"),
    "ZIP": (b"PK\x03\x04" + bytes(60), PieceFault.FORMAT, "une archive ZIP"),
    "text": (b"Bonjour", PieceFault.FORMAT, "un fichier texte"),
    "zeros": (bytes(100), PieceFault.FORMAT, "d’un type que nous ne connaissons pas"),
}


@pytest.mark.parametrize(("data", "code", "words"), OTHERS.values(), ids=OTHERS)
def test_other_format_is_refused_by_its_name(data: bytes, code: PieceFault, words: str) -> None:
    with pytest.raises(PictureRefused) as refusal:
        stored(data)
    (fault,) = refusal.value.faults
    assert (fault.code, fault.figures) == (code, {"found": words, "allowed": "JPEG et PNG"})


def test_format_not_allowed_by_the_profile_is_refused() -> None:
    with pytest.raises(PictureRefused) as refusal:
        stored(PNG, Limits(("JPEG", "PDF"), None, 2_097_152, None, None))
    (fault,) = refusal.value.faults
    assert (fault.code, fault.figures) == (
        PieceFault.FORMAT,
        {
            "found": "une image PNG",
            "allowed": "JPEG et PDF",
        },
    )
