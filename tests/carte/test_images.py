"""P4: what is stored is upright, in true colours, bounded, with nothing attached."""

import io
import zlib
from collections.abc import Iterable

import pytest
from PIL import Image

from tests.carte.pictures import (
    CORNERS,
    FORMATS,
    RED,
    WHITE,
    chunk,
    colours_at_corners,
    corners,
    encoded,
    exif,
    plain,
    raw_png,
    segment,
    stored,
    swapped_profile,
    taken,
    turned,
    with_chunks,
    with_segments,
    without_segments,
)


def colour(data: bytes) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(stored(data).jpeg))
    return image.getpixel((image.width // 2, image.height // 2))


def close(found: Iterable[int], expected: Iterable[int], tolerance: int = 4) -> bool:
    return max(abs(one - other) for one, other in zip(found, expected, strict=True)) <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", FORMATS)
def test_picture_is_upright_whatever_the_orientation(name: str, orientation: int) -> None:
    picture = taken(turned(orientation, name))
    (page,) = picture.pages
    assert (page.width, page.height, picture.found_width, picture.found_height) == (320, 400, 320, 400)
    for found, expected in zip(colours_at_corners(page.jpeg), CORNERS, strict=True):
        assert close(found, expected)


def test_png_orientation_after_the_pixels_counts() -> None:
    data = encoded(corners().transpose(Image.Transpose.ROTATE_90), "PNG")
    picture = taken(with_chunks(data, chunk(b"eXIf", exif(6).tobytes()), at_end=True))
    assert (picture.found_width, picture.found_height) == (320, 400)


@pytest.mark.parametrize(
    "tags",
    [
        b"",
        b"II",
        b"MM\0*",
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
        b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0",
        b"XX*\0",
    ],
    ids=["empty", "cut", "no-offset", "far-offset", "no-entries", "orientation-9", "no-order"],
)
def test_picture_with_broken_exif_is_taken_as_it_is(tags: bytes) -> None:
    picture = stored(with_segments(plain(300, 400), segment(0xE1, b"Exif\0\0" + tags)))
    assert (picture.width, picture.height) == (300, 400)


# P4: true to the eye
GREY_16 = (100).to_bytes() + b"\xc8"
TRANSPARENT = chunk(b"tRNS", bytes(6))
MODES = {
    "JPEG-RGB": (encoded(Image.new("RGB", (300, 300), RED)), RED),
    "JPEG-progressive": (encoded(Image.new("RGB", (300, 300), RED), progressive=True), RED),
    "JPEG-L": (plain(300, 300, mode="L"), (128, 128, 128)),
    "JPEG-CMYK-Adobe": (encoded(Image.new("CMYK", (300, 300), (0, 200, 200, 30))), (225, 49, 49)),
    "JPEG-CMYK-not-inverted": (
        without_segments(encoded(Image.new("CMYK", (300, 300), (255, 55, 55, 225))), 0xEE),
        (225, 49, 49),
    ),
    "PNG-RGB": (encoded(Image.new("RGB", (300, 300), RED), "PNG"), RED),
    "PNG-L": (plain(300, 300, "PNG", "L"), (128, 128, 128)),
    "PNG-LA": (encoded(Image.new("LA", (300, 300), (0, 102)), "PNG"), (153, 153, 153)),
    "PNG-RGBA-clear": (encoded(Image.new("RGBA", (300, 300), (0, 0, 0, 0)), "PNG"), WHITE),
    "PNG-RGBA-half": (encoded(Image.new("RGBA", (300, 300), (200, 0, 0, 128)), "PNG"), (227, 127, 127)),
    "PNG-palette": (encoded(Image.new("RGB", (300, 300), RED).quantize(4), "PNG"), RED),
    "PNG-palette-clear": (
        raw_png(8, 3, bytes(300), chunk(b"PLTE", bytes(3)), chunk(b"tRNS", b"\0")),
        WHITE,
    ),
    "PNG-palette-half": (
        raw_png(8, 3, bytes(300), chunk(b"PLTE", bytes(3)), chunk(b"tRNS", b"\x66")),
        (153, 153, 153),
    ),
    "PNG-1-bit-black": (raw_png(1, 0, bytes(38)), (0, 0, 0)),
    "PNG-1-bit-key": (raw_png(1, 0, bytes(38), chunk(b"tRNS", bytes(2))), WHITE),
    "PNG-2-bits-key": (raw_png(2, 0, b"\x55" * 75, chunk(b"tRNS", b"\0\x01")), WHITE),
    "PNG-4-bits-other-key": (raw_png(4, 0, b"\x55" * 150, chunk(b"tRNS", b"\0\x01")), (85, 85, 85)),
    "PNG-RGB-key": (raw_png(8, 2, bytes(900), TRANSPARENT), WHITE),
    "PNG-16-bits-grey": (raw_png(16, 0, GREY_16 * 300), (100, 100, 100)),
    "PNG-16-bits-grey-key": (raw_png(16, 0, GREY_16 * 300, chunk(b"tRNS", GREY_16)), WHITE),
    "PNG-16-bits-RGB": (raw_png(16, 2, b"\xdc\0\x14\0\x1e\0" * 300), RED),
    "PNG-16-bits-RGB-key": (raw_png(16, 2, GREY_16 * 900, chunk(b"tRNS", GREY_16 * 3)), WHITE),
    "PNG-16-bits-LA": (raw_png(16, 4, b"\0\0\x66\x66" * 300), (153, 153, 153)),
    "PNG-16-bits-RGBA": (raw_png(16, 6, b"\0\0\0\0\0\0\x66\x66" * 300), (153, 153, 153)),
}


@pytest.mark.parametrize(("data", "expected"), MODES.values(), ids=MODES)
def test_colours_are_true_whatever_the_mode(data: bytes, expected: tuple[int, ...]) -> None:
    assert close(colour(data), expected)


@pytest.mark.parametrize("mode", ["RGBA", "P", "I;16", "CMYK"])
def test_colours_are_true_in_a_picture_reduced_by_strips(mode: str) -> None:
    data = {
        "RGBA": lambda: encoded(corners(2500, 3001).convert("RGBA"), "PNG"),
        "P": lambda: encoded(corners(2500, 3001).quantize(8), "PNG"),
        "I;16": lambda: raw_png(16, 0, GREY_16 * 2500, size=(2500, 3001)),
        "CMYK": lambda: encoded(corners(2500, 3001).convert("CMYK")),
    }[mode]()
    picture = stored(data, long_side=700)
    expected = [(100, 100, 100)] * 4 if mode == "I;16" else CORNERS
    assert (picture.width, picture.height) == (583, 700)
    for found, wanted in zip(colours_at_corners(picture.jpeg), expected, strict=True):
        assert close(found, wanted)


@pytest.mark.parametrize("name", FORMATS)
def test_profile_is_applied(name: str) -> None:
    data = encoded(Image.new("RGB", (300, 300), (255, 0, 0)), name, icc_profile=swapped_profile())
    red, green, _blue = colour(data)
    assert (red < 60, green > 240) == (True, True)


PROFILES = {
    "nonsense": b"not a profile",
    "cut": swapped_profile()[:200],
    "zeros": bytes(4096),
    "for-other-inks": swapped_profile().replace(b"RGB ", b"CMYK", 1),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_broken_profile_is_ignored(profile: bytes, name: str) -> None:
    assert close(colour(encoded(Image.new("RGB", (300, 300), RED), name, icc_profile=profile)), RED)


BROKEN_ICCP = {
    "bomb": b"icc\0\0" + zlib.compress(bytes(5 * 1024 * 1024)),
    "not-compressed": b"icc\0\0abc",
    "no-name": b"abc",
    "empty": b"",
}


@pytest.mark.parametrize("body", BROKEN_ICCP.values(), ids=BROKEN_ICCP)
def test_broken_png_profile_is_ignored(body: bytes) -> None:
    data = encoded(Image.new("RGB", (300, 300), RED), "PNG")
    assert close(colour(with_chunks(data, chunk(b"iCCP", body))), RED)


def test_rgb_profile_on_a_grey_jpeg_is_applied() -> None:
    data = encoded(Image.new("L", (300, 300), 128), icc_profile=swapped_profile())
    assert close(colour(data), (128, 128, 128))


def test_profile_with_a_part_missing_is_ignored() -> None:
    part = segment(0xE2, b"ICC_PROFILE\0\x01\x02" + swapped_profile())
    assert close(colour(with_segments(encoded(Image.new("RGB", (300, 300), RED)), part)), RED)


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        ((300, 400), 2000, (300, 400)),
        ((1500, 2000), 2000, (1500, 2000)),
        ((1500, 2001), 2000, (1499, 2000)),
        ((2400, 1200), 2400, (2400, 1200)),
        ((4802, 2401), 2400, (2400, 1200)),
        ((4000, 1), 2000, (2000, 1)),
    ],
    ids=["small", "just", "one-over", "wide", "halved", "strip"],
)
@pytest.mark.parametrize("name", FORMATS)
def test_long_side_is_bounded_and_never_enlarged(
    name: str, size: tuple[int, int], long_side: int, expected: tuple[int, int]
) -> None:
    picture = taken(plain(*size, name), long_side=long_side)
    (page,) = picture.pages
    image = Image.open(io.BytesIO(page.jpeg))
    assert (page.width, page.height) == image.size == expected
    assert (picture.found_width, picture.found_height) == size


# P4: nothing attached
@pytest.mark.parametrize("name", FORMATS)
def test_stored_jpeg_carries_nothing_but_the_picture(name: str) -> None:
    options = {"exif": exif(6).tobytes(), "icc_profile": swapped_profile(), "comment": "Secret comment"}
    data = encoded(corners(), name, **options if name == "JPEG" else {"exif": exif(6).tobytes()})
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x>Secret</x>"
    more = segment(0xE1, xmp) if name == "JPEG" else chunk(b"tEXt", b"Author\0Secret name")
    data = (with_segments if name == "JPEG" else with_chunks)(data, more)
    written = stored(data + b"<script>Secret tail</script>").jpeg
    image = Image.open(io.BytesIO(written))
    assert (image.format, image.mode, dict(image.getexif())) == ("JPEG", "RGB", {})
    assert sorted(image.info) == ["jfif", "jfif_density", "jfif_unit", "jfif_version"]
    assert (written.count(b"Secret"), written[-2:]) == (0, b"\xff\xd9")


# Phones append previews and second pictures: the first one counts
def test_second_picture_of_a_phone_is_left_aside() -> None:
    first, second = corners(), Image.new("RGB", (80, 60))
    written = io.BytesIO()
    first.save(written, "MPO", save_all=True, append_images=[second])
    picture = stored(written.getvalue())
    assert (picture.width, picture.height) == (320, 400)


def test_embedded_preview_is_left_aside() -> None:
    preview = segment(0xE1, b"Exif\0\0II*\0" + plain(160, 120, quality=20, subsampling=2))
    picture = taken(with_segments(plain(300, 400), preview))
    assert (picture.found_width, picture.found_height) == (300, 400)
