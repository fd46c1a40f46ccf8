"""PDF written by hand, so that each is wrong, or odd, in one known way."""

import zlib
from functools import cache

from tests.carte.pictures import CORNERS

MEGA = 1024 * 1024
A4 = (595.28, 841.89)


class Pdf:
    """A PDF, object by object; the first is the catalogue, the second the tree of pages."""

    def __init__(self) -> None:
        self.objects = [b"", b""]
        self.kids: list[int] = []

    def add(self, body: bytes) -> int:
        """Add an object; gives its number."""
        self.objects.append(body)
        return len(self.objects)

    def stream(self, data: bytes, entries: bytes = b"") -> int:
        return self.add(b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data))

    def page(self, size: tuple[float, float], content: bytes = b"", entries: bytes = b"") -> None:
        """Add a page of a size in points."""
        drawn = self.stream(content)
        box = b"%.4f %.4f" % size
        self.kids.append(
            self.add(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s]/Contents %d 0 R%s>>" % (box, drawn, entries)
            )
        )

    def written(self, *, catalogue: bytes = b"", tree: bytes = b"", weight: int = 0) -> bytes:
        """The bytes; ``weight`` is reached by a comment behind the header."""
        kids = b" ".join(b"%d 0 R" % kid for kid in self.kids)
        tree = tree or b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self.kids), kids)
        self.objects[:2] = [b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue, tree]
        bare = self._laid(0)
        return bare if weight <= len(bare) else self._laid(weight - len(bare))

    def _laid(self, comment: int) -> bytes:
        data = b"%PDF-1.7\n" + (b"%" + b" " * (comment - 2) + b"\n" if comment else b"")
        places = []
        for number, body in enumerate(self.objects, 1):
            places.append(len(data))
            data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        count = len(self.objects) + 1
        return data + (
            b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%010d\n%%%%EOF\n"
            % (count, table, count, len(data))
        )


def drawn_corners(width: float, height: float) -> bytes:
    """Operators that paint the four corners."""
    painted = b""
    for rank, colour in enumerate(CORNERS):
        left, bottom = (rank % 2) * width / 2, (1 - rank // 2) * height / 2
        ink = b"%.4f %.4f %.4f rg" % tuple(sample / 255 for sample in colour)
        painted += ink + b" %.4f %.4f %.4f %.4f re f\n" % (left, bottom, width / 2, height / 2)
    return painted


def sheets(*sizes: tuple[float, float], weight: int = 0, entries: bytes = b"") -> bytes:
    """Pages of these sizes in points, the four corners on each."""
    pdf = Pdf()
    for size in sizes:
        pdf.page(size, drawn_corners(*size), entries)
    return pdf.written(weight=weight)


@cache
def zeros(size: int) -> bytes:
    """So many zeros, deflated to a thousandth: made at once from one megabyte of them."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(bytes(MEGA)) + deflate.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    rest = last.compress(bytes(size % MEGA)) + last.flush()
    total = (size % 65521) << 16 | 1  # Adler-32 of nothing but zeros
    return b"\x78\xda" + block * (size // MEGA) + rest + total.to_bytes(4)
