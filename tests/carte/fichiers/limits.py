"""One byte and one pixel either side of each limit of the profiles (section 2, P2)."""

from collections.abc import Callable
from functools import cache, partial

from carte.faults import PieceFault
from tests.carte.fichiers.case import (
    CFE_IDENTITE,
    CFE_PHOTO,
    EMPTY,
    IDENTITE,
    PHOTO,
    UNREADABLE,
    Case,
    fault,
)
from tests.carte.fichiers.writer import sheets
from tests.carte.pictures import exif, padded, plain, raw_header, raw_png

DOORS = {"photo": PHOTO, "ID": IDENTITE, "CFE photo": CFE_PHOTO, "CFE ID": CFE_IDENTITE}
LIGHT = fault(PieceFault.TOO_LIGHT, "49,9 Ko", "50 Ko")
HEAVY = fault(PieceFault.TOO_HEAVY, "2,1 Mo", "2 Mo")


@cache
def jpeg(width: int, height: int) -> bytes:
    return plain(width, height, mode="L")


@cache
def png(width: int, height: int) -> bytes:
    return plain(width, height, "PNG", "1")


def of_weight(weight: int, name: str) -> bytes:
    if name == "PDF":
        return sheets((90, 120), weight=weight)
    return padded(plain(300, 400, name), weight)


def weighed(door: str, name: str, weight: int) -> Case:
    """A file of so many bytes; a floor only holds where the profile has one."""
    low = DOORS[door].caisse == "011" and weight < 50_000
    faults = (LIGHT,) if low else (HEAVY,) if weight > 2_097_152 else ()
    return Case(f"{door}, {name} of {weight} bytes", partial(of_weight, weight, name), DOORS[door], faults)


WEIGHTS = [
    weighed(door, name, weight)
    for door, name in (
        ("photo", "JPEG"),
        ("photo", "PNG"),
        ("photo", "PDF"),
        ("ID", "JPEG"),
        ("ID", "PDF"),
    )
    for weight in (49_999, 50_000, 2_097_152, 2_097_153)
] + [
    weighed("CFE photo", "JPEG", 2_097_152),
    weighed("CFE photo", "JPEG", 2_097_153),
    weighed("CFE ID", "PDF", 2_097_153),
    Case(
        "photo, 9,9 MB of zeros",
        lambda: bytes(9_900_000),
        PHOTO,
        (
            fault(PieceFault.TOO_HEAVY, "9,5 Mo", "2 Mo"),
            fault(PieceFault.FORMAT, "d’un type que nous ne connaissons pas", "JPEG, PNG et PDF"),
        ),
    ),
    Case("photo, empty", bytes, PHOTO, (EMPTY,)),
    Case("CFE ID, empty", bytes, CFE_IDENTITE, (EMPTY,)),
]

SIZES = {
    (211, 271): PieceFault.TOO_SMALL,
    (212, 270): PieceFault.TOO_SMALL,
    (271, 212): PieceFault.TOO_SMALL,
    (212, 271): None,
    (5100, 300): None,
    (300, 7020): None,
    (5101, 300): PieceFault.TOO_LARGE,
    (300, 7021): PieceFault.TOO_LARGE,
    (7020, 5100): PieceFault.TOO_LARGE,
}
ALLOWED = {PieceFault.TOO_SMALL: "212 × 271", PieceFault.TOO_LARGE: "5 100 × 7 020"}


def written(size: tuple[int, int]) -> str:
    return " × ".join(f"{side:,}".replace(",", " ") for side in size)


def sized(size: tuple[int, int], code: PieceFault | None, make: Callable[[int, int], bytes]) -> Case:
    faults = (fault(code, written(size), ALLOWED[code]),) if code else ()
    name = f"CFE photo, {make.__name__} of {size[0]} by {size[1]} pixels"
    return Case(name, partial(make, *size), CFE_PHOTO, faults)


def declared(width: int, height: int) -> bytes:
    """A PNG whose header says so; it is refused before anything else is looked at."""
    return raw_header(raw_png(1, 0, b"\0"), width.to_bytes(4) + height.to_bytes(4))


TOO_SMALL_AND_LARGE = (
    fault(PieceFault.TOO_SMALL, "200 × 7 021", "212 × 271"),
    fault(PieceFault.TOO_LARGE, "200 × 7 021", "5 100 × 7 020"),
)
MILLIONS = fault(PieceFault.TOO_COMPLEX, "35,9 millions de pixels", "35,8 millions de pixels")
SIDES = "20 000 × 20 000"
PIXELS = [
    *(sized(size, code, make) for size, code in SIZES.items() for make in (jpeg, png)),
    Case(
        "photo, JPEG as large as can be", lambda: padded(jpeg(5100, 7020), 600_000), PHOTO, size=(1453, 2000)
    ),
    Case("CFE photo, PNG as large as can be", partial(png, 5100, 7020), size=(1453, 2000)),
    Case("CFE photo, too narrow and too high", partial(png, 200, 7021), faults=TOO_SMALL_AND_LARGE),
    Case(
        "CFE photo, lying in the file, upright once turned",
        lambda: plain(271, 212, exif=exif(6).tobytes()),
        size=(212, 271),
    ),
    Case(
        "CFE photo, upright in the file, lying once turned",
        lambda: plain(212, 271, exif=exif(6).tobytes()),
        faults=(fault(PieceFault.TOO_SMALL, "271 × 212", "212 × 271"),),
    ),
    Case("CFE ID, one pixel", partial(png, 1, 1), CFE_IDENTITE, size=(1, 1)),
    Case("CFE ID, as many pixels as can be", partial(png, 7020, 5100), CFE_IDENTITE, size=(2400, 1744)),
    Case("CFE ID, a row of pixels too many", partial(declared, 5101, 7020), CFE_IDENTITE, (MILLIONS,)),
    Case("CFE ID, a strip of 20 000 pixels", partial(png, 20_000, 1), CFE_IDENTITE, size=(2400, 1)),
    Case(
        "CFE ID, a strip of 20 001 pixels",
        partial(declared, 20_001, 1),
        CFE_IDENTITE,
        (fault(PieceFault.TOO_LARGE, "20 001 × 1", SIDES),),
    ),
    Case(
        "CFE ID, PNG that says four billion pixels by four billion",
        partial(declared, 0x7FFFFFFF, 0x7FFFFFFF),
        CFE_IDENTITE,
        (fault(PieceFault.TOO_LARGE, "2 147 483 647 × 2 147 483 647", SIDES),),
    ),
    Case("CFE ID, PNG without width", partial(declared, 0, 300), CFE_IDENTITE, (UNREADABLE,)),
]

CASES = [*WEIGHTS, *PIXELS]
