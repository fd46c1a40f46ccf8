"""JPEG: every lawful kind, and those that are cut, broken, or made to cost."""

import struct
from functools import cache, partial

from PIL import Image, ImageCms, ImageOps

from carte.faults import PieceFault
from tests.carte.fichiers.case import TRUNCATED, UNREADABLE, Case, corner_case, fault
from tests.carte.pictures import (
    BLUE,
    CORNERS,
    GREEN,
    RED,
    YELLOW,
    corners,
    encoded,
    exif,
    plain,
    segment,
    swapped_profile,
    turned,
    with_scans,
    with_segments,
    without_segments,
)

ADOBE_MARKER = 0xEE
P3_PRIMARIES = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
P3_TO_SRGB = ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979))
SWAPPED = tuple((green, red, blue) for red, green, blue in (RED, GREEN, BLUE, YELLOW))
GREYS = tuple((grey, grey, grey) for grey in (81, 104, 55, 194))  # luma of the four corners


@cache
def jpeg(**options: object) -> bytes:
    return encoded(corners(), **options)


def inks(*, adobe: bool) -> bytes:
    """Four inks, stored inverted with Adobe's mark, plainly without it."""
    image = corners().convert("CMYK")
    if adobe:
        return encoded(image)
    bands = [ImageOps.invert(band) for band in image.split()]
    return without_segments(encoded(Image.merge("CMYK", bands)), ADOBE_MARKER)


def ycck() -> bytes:
    """Four inks, the first three coded as luminance and colour; Adobe's mark says so (transform 2)."""
    *three, black = corners().convert("CMYK").split()
    coded = Image.merge("RGB", three).convert("YCbCr").split()
    plainly = encoded(Image.merge("CMYK", [*(ImageOps.invert(band) for band in coded), black]))
    transform = plainly.index(b"Adobe") + 11
    return plainly[:transform] + b"\x02" + plainly[transform + 1 :]


def rgb_coded() -> bytes:
    """Red, green and blue stored as they are; Adobe's mark says so (transform 0)."""
    return encoded(corners(), keep_rgb=True)


def mpo() -> bytes:
    """Two pictures in one file, as phones that measure depth make them."""
    return encoded(
        corners(), "MPO", quality=95, subsampling=0, append_images=[corners().rotate(180)], save_all=True
    )


def display_p3() -> bytes:
    """The sRGB profile with the primaries of phones' screens (Display P3, adapted to D50) in its place."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * int.from_bytes(profile[128:132]), 12):
        primary = P3_PRIMARIES.get(bytes(profile[at : at + 4]))
        if primary:
            content = int.from_bytes(profile[at + 4 : at + 8]) + 8
            profile[content : content + 12] = struct.pack(">3i", *(round(part * 65536) for part in primary))
    return bytes(profile)


def from_p3(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """What a colour written in Display P3 is in sRGB, by the matrix between the two."""
    light = [(((sample / 255) + 0.055) / 1.055) ** 2.4 for sample in colour]
    linear = [sum(part * one for part, one in zip(row, light, strict=True)) for row in P3_TO_SRGB]
    red, green, blue = (
        round(255 * (1.055 * min(max(one, 0.0031308), 1.0) ** (1 / 2.4) - 0.055)) for one in linear
    )
    return red, green, blue


def profiled(profile: bytes, image: Image.Image | None = None) -> bytes:
    return encoded(image or corners(), icc_profile=profile)


def with_preview() -> bytes:
    """A second, smaller picture inside the EXIF block."""
    block = exif().tobytes() + encoded(corners(80, 100))
    return encoded(corners(), exif=block)


def scans(count: int) -> bytes:
    return with_scans(plain(300, 300, progressive=True), count)


def scans_of_the_largest(count: int) -> bytes:
    """A header that says 5100×7020; it is refused before the pixels are missed."""
    data = scans(count)
    height = data.index(b"\xff\xc2") + 5
    return data[:height] + (7020).to_bytes(2) + (5100).to_bytes(2) + data[height + 4 :]


def frame_changed(at: int, value: bytes) -> bytes:
    """The frame's header with bytes changed: precision at 4, height at 5, components at 9."""
    data = jpeg()
    start = data.index(b"\xff\xc0") + at
    return data[:start] + value + data[start + len(value) :]


def profile_of(megabytes: float) -> bytes:
    """An ICC profile as heavy as a file may be, in numbered parts."""
    parts = int(megabytes * 1024 * 1024) // 65_000
    blocks = (
        segment(0xE2, b"ICC_PROFILE\0" + bytes((rank, parts)) + bytes(65_000)) for rank in range(1, parts + 1)
    )
    return with_segments(jpeg(), *blocks)


PASSES = "50"
IN_P3 = tuple(from_p3(colour) for colour in CORNERS)
LAWFUL = [
    corner_case("JPEG, baseline, 4:4:4", jpeg),
    corner_case("JPEG, baseline, 4:2:2", partial(jpeg, subsampling=1)),
    corner_case("JPEG, baseline, 4:2:0", partial(jpeg, subsampling=2)),
    corner_case("JPEG, progressive", partial(jpeg, progressive=True)),
    corner_case("JPEG, tables made to measure", partial(jpeg, optimize=True)),
    corner_case("JPEG, restart marks", partial(jpeg, restart_marker_blocks=4)),
    corner_case("JPEG, quality 20", partial(jpeg, quality=20), tolerance=20),
    corner_case("JPEG, red, green and blue as they are", rgb_coded),
    corner_case("JPEG, grey", lambda: encoded(corners().convert("L")), colours=GREYS),
    corner_case("JPEG, four inks by Adobe", partial(inks, adobe=True)),
    corner_case("JPEG, four inks without a mark", partial(inks, adobe=False)),
    corner_case("JPEG, four inks coded as luminance and colour", ycck),
    corner_case("JPEG, two pictures of a phone (MPO)", mpo),
    corner_case("JPEG, a preview within", with_preview),
    *(corner_case(f"JPEG, orientation {turn}", partial(turned, turn, "JPEG")) for turn in range(1, 9)),
    corner_case("JPEG, place and camera within", lambda: encoded(corners(), exif=exif().tobytes())),
    corner_case("JPEG, orientation 0", lambda: encoded(corners(), exif=exif(0).tobytes())),
    corner_case("JPEG, orientation 9", lambda: encoded(corners(), exif=exif(9).tobytes())),
    corner_case(
        "JPEG, profile that swaps red and green", lambda: profiled(swapped_profile()), colours=SWAPPED
    ),
    corner_case("JPEG, profile of a phone (Display P3)", lambda: profiled(display_p3()), colours=IN_P3),
    corner_case("JPEG, broken profile", lambda: profiled(b"\0" * 400)),
    corner_case(
        "JPEG, grey with a profile for colours",
        lambda: profiled(swapped_profile(), corners().convert("L")),
        colours=GREYS,
    ),
    corner_case("JPEG, a profile of 1,9 MB", lambda: profile_of(1.9)),
    corner_case(
        "JPEG, comments of 1,9 MB", lambda: with_segments(jpeg(), *[segment(0xFE, bytes(65_000))] * 30)
    ),
    corner_case("JPEG, 9 000 empty comments", lambda: with_segments(jpeg(), *[segment(0xFE, b"")] * 9_000)),
    Case("JPEG, 50 scans", partial(scans, 50), size=(300, 300)),
    # Whole as files go: what is missing is grey, which its author and the agent see.
    Case(
        "JPEG, half of its pixels, ended as it should",
        lambda: cut("in the middle") + b"\xff\xd9",
        size=(320, 400),
    ),
    Case("JPEG, odd sides", lambda: plain(213, 273), size=(213, 273)),
]

CUT = {
    "after its third byte": lambda data: data[:3],
    "in its first segment": lambda data: data[:9],
    "in its tables": lambda data: data[:150],
    "before its first scan": lambda data: data[: data.index(b"\xff\xda")],
    "in the header of its scan": lambda data: data[: data.index(b"\xff\xda") + 5],
    "in the middle": lambda data: data[: len(data) // 2],
    "two bytes before its end": lambda data: data[:-2],
    "one byte before its end": lambda data: data[:-1],
}
BLOCKS = fault(PieceFault.TOO_COMPLEX, "plus de 10 000 blocs", "10 000")


def cut(place: str) -> bytes:
    return CUT[place](jpeg())


REFUSED = [
    *(Case(f"JPEG, cut {place}", partial(cut, place), faults=(TRUNCATED,)) for place in CUT),
    Case(
        "JPEG, progressive, cut in the middle",
        lambda: jpeg(progressive=True)[: len(jpeg(progressive=True)) // 2],
        faults=(TRUNCATED,),
    ),
    Case(
        "JPEG, 21 scans as large as can be",
        partial(scans_of_the_largest, 21),
        faults=(fault(PieceFault.TOO_COMPLEX, "21 passes", "20"),),
    ),
    Case("JPEG, 51 scans", partial(scans, 51), faults=(fault(PieceFault.TOO_COMPLEX, "51 passes", PASSES),)),
    Case(
        "JPEG, 9 000 scans",
        partial(scans, 9_000),
        faults=(fault(PieceFault.TOO_COMPLEX, "9 000 passes", PASSES),),
    ),
    Case(
        "JPEG, 100 000 empty comments",
        lambda: with_segments(jpeg(), *[segment(0xFE, b"")] * 100_000),
        faults=(BLOCKS,),
    ),
    Case(
        "JPEG, arithmetic coding", lambda: jpeg().replace(b"\xff\xc0", b"\xff\xc9", 1), faults=(UNREADABLE,)
    ),
    Case("JPEG, lossless", lambda: jpeg().replace(b"\xff\xc0", b"\xff\xc3", 1), faults=(UNREADABLE,)),
    Case("JPEG, 12 bits a sample", lambda: frame_changed(4, b"\x0c"), faults=(UNREADABLE,)),
    Case("JPEG, without height", lambda: frame_changed(5, b"\0\0"), faults=(UNREADABLE,)),
    Case("JPEG, two components", lambda: frame_changed(9, b"\x02"), faults=(UNREADABLE,)),
    Case("JPEG, without tables", lambda: without_segments(jpeg(), 0xDB), faults=(UNREADABLE,)),
    Case(
        "JPEG, two frames",
        lambda: with_segments(jpeg(), segment(0xC0, jpeg()[jpeg().index(b"\xff\xc0") + 4 :][:15])),
        faults=(UNREADABLE,),
    ),
    Case("JPEG, no scan", lambda: b"\xff\xd8\xff\xe0\0\x04JF\xff\xd9", faults=(UNREADABLE,)),
]

CASES = [*LAWFUL, *REFUSED]
