"""One line of the table: a file, the door it knocks at, and what is expected."""

from collections.abc import Callable
from dataclasses import dataclass, field

from carte.enums import PieceKind
from carte.faults import Fault, PieceFault
from tests.carte.pictures import CORNERS

Colours = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Door:
    """A step of the order, for an assuré of a caisse: what it accepts is the profile's business."""

    caisse: str
    kind: PieceKind

    @property
    def view(self) -> str:
        return {PieceKind.PHOTO: "order_photo", PieceKind.IDENTITE: "order_identite"}[self.kind]


PHOTO = Door("011", PieceKind.PHOTO)  # JPEG, PNG, PDF; 50 Ko to 2 Mo; 212×271 to 5100×7020
IDENTITE = Door("011", PieceKind.IDENTITE)  # the same formats and weights, no definition
CFE_PHOTO = Door("CFE", PieceKind.PHOTO)  # JPEG, PNG; no floor
CFE_IDENTITE = Door("CFE", PieceKind.IDENTITE)  # JPEG, PNG, PDF; no floor


@dataclass(frozen=True)
class Case:
    """A file named for what it is; with neither ``faults`` nor ``said`` it is accepted."""

    name: str
    make: Callable[[], bytes]
    door: Door = CFE_PHOTO
    faults: tuple[Fault, ...] = ()
    said: str = ""  # a sentence of the form itself
    filename: bytes = b"photo.jpg"
    claimed: str = "image/jpeg"
    label: str = "photo.jpg"
    pages: int = 1
    size: tuple[int, int] | None = None  # px of the first page as stored; None: any
    colours: Colours = field(default=())  # a quarter each, see ``colours_at_corners``; none: any
    tolerance: int = 12

    @property
    def sentences(self) -> list[str]:
        """What must be written next to the field, with plain spaces."""
        told = [fault.sentence for fault in self.faults] + ([self.said] if self.said else [])
        return [sentence.replace("\u00a0", " ") for sentence in told]


def fault(code: PieceFault, found: str = "", allowed: str = "") -> Fault:
    return Fault(code, {"found": found, "allowed": allowed} if found else {})


def corner_case(name: str, make: Callable[[], bytes], **fields: object) -> Case:
    """A lawful file that shows the four corners, 320×400 once upright."""
    return Case(name, make, **({"size": (320, 400), "colours": CORNERS} | fields))


EMPTY = fault(PieceFault.EMPTY, "0 octet")
TRUNCATED = fault(PieceFault.TRUNCATED)
UNREADABLE = fault(PieceFault.UNREADABLE)
ENCRYPTED = fault(PieceFault.ENCRYPTED)
