"""The files that cost most, lawful or not. Too heavy for the tests: the benchmark sends them."""

import struct
import zlib
from functools import cache, partial
from math import ceil

from PIL import Image

from tests.carte.fichiers.case import CFE_IDENTITE, CFE_PHOTO, IDENTITE, PHOTO, Case
from tests.carte.fichiers.jpegs import display_p3
from tests.carte.fichiers.pdfs import LITTLE, NAMED, SHEET
from tests.carte.fichiers.writer import MEGA, Pdf, zeros
from tests.carte.pictures import chunk, encoded, exif, with_scans

LARGEST = (5100, 7020)
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of each colour type of a PNG
PASSES = ((8, 8, 0, 0), (8, 8, 4, 0), (4, 8, 0, 4), (4, 4, 2, 0), (2, 4, 0, 2), (2, 2, 1, 0), (1, 2, 0, 1))


@cache
def landscape(size: tuple[int, int], noise: int = 0) -> Image.Image:
    """Something to look at: three slow changes of colour, under a noise or none."""
    bands = [Image.linear_gradient("L").resize(size), Image.radial_gradient("L").resize(size)]
    bands.append(bands[0].transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    image = Image.merge("RGB", bands)
    if not noise:
        return image
    grain = Image.effect_noise(size, noise).convert("RGB")
    return Image.blend(image, grain, 0.3)


def photo(**options: object) -> bytes:
    """The largest photo, as a phone would write it: some 1.5 MB."""
    return encoded(landscape(LARGEST), **({"quality": 85, "subsampling": 2} | options))


def converted(mode: str, **options: object) -> bytes:
    return encoded(landscape(LARGEST).convert(mode), **({"quality": 75} | options))


def everyday() -> bytes:
    """1200×1600 and 1.2 MB: what the wizard meets most."""
    image = landscape((1200, 1600), noise=60)
    return min(
        (encoded(image, quality=quality, subsampling=2) for quality in range(70, 100, 2)),
        key=lambda data: abs(len(data) - 1_200_000),
    )


def empty_png(
    kind: int, depth: int, *, interlaced: bool = False, chunks: bytes = b"", size: tuple[int, int] = LARGEST
) -> bytes:
    """A PNG of nothing but zeros, whole, of any size, kind and depth."""
    bits = CHANNELS[kind] * depth
    if interlaced:
        length = sum(_pass_length(size, bits, one) for one in PASSES)
    else:
        length = (1 + ceil(size[0] * bits / 8)) * size[1]
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header) + chunks + chunk(b"IDAT", zeros(length)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _pass_length(size: tuple[int, int], bits: int, one: tuple[int, int, int, int]) -> int:
    across, down, left, top = one
    columns, lines = ceil((size[0] - left) / across), ceil((size[1] - top) / down)
    return (1 + ceil(columns * bits / 8)) * lines


def palette_png() -> bytes:
    return empty_png(3, 8, chunks=chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(256)))


def profiled_png() -> bytes:
    return empty_png(2, 8, chunks=chunk(b"iCCP", b"p\0\0" + zlib.compress(display_p3())))


def pictured(data: bytes, entries: bytes, pages: int = 1, size: tuple[float, float] = SHEET) -> bytes:
    """A PDF each page of which is this picture."""
    pdf = Pdf()
    drawn = pdf.stream(data, b"/Type/XObject/Subtype/Image" + entries)
    for _ in range(pages):
        content = b"q %.2f 0 0 %.2f 0 0 cm /I Do Q" % size
        pdf.page(size, content, b"/Resources<</XObject<</I %d 0 R>>>>" % drawn)
    return pdf.written(weight=50_000)


def scan_of(pages: int) -> bytes:
    """A document scanned at 600 dpi in colours."""
    entries = b"/Width 5100/Height 7020/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode"
    return pictured(photo(), entries, pages)


def flate_image(width: int, height: int, space: bytes = b"DeviceRGB", bits: int = 8) -> bytes:
    """A picture of zeros in a PDF; four billion of them weigh four megabytes."""
    bands = {b"DeviceRGB": 3, b"DeviceGray": 1}[space]
    length = min(-(-width * bands * bits // 8) * height, 1_500 * MEGA)
    entries = b"/Width %d/Height %d/BitsPerComponent %d/ColorSpace/%s/Filter/FlateDecode"
    return pictured(zeros(length), entries % (width, height, bits, space))


def repeated(operators: bytes, megabytes: int) -> bytes:
    """A page that draws the same again and again: so many megabytes of it, deflated."""
    pdf = Pdf()
    drawn = pdf.stream(
        zlib.compress(operators * (megabytes * MEGA // len(operators)), 9), b"/Filter/FlateDecode"
    )
    pdf.kids.append(pdf.add(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 842]/Contents %d 0 R>>" % drawn))
    return pdf.written(weight=50_000)


def nested_forms(depth: int = 10, width: int = 10) -> bytes:
    """Each form draws ten of the next: ten billion rectangles in the end."""
    pdf = Pdf()
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 612 842]"
    form = pdf.stream(b"0 0 612 842 re f", entries)
    for _ in range(depth):
        resources = b"/Resources<</XObject<</F %d 0 R>>>>" % form
        form = pdf.stream(b"/F Do " * width, entries + resources)
    pdf.page((612, 842), b"/F Do", b"/Resources<</XObject<</F %d 0 R>>>>" % form)
    return pdf.written(weight=50_000)


def nested_groups(depth: int = 400) -> bytes:
    """Transparent layers, each within the one before."""
    pdf = Pdf()
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 612 842]/Group<</S/Transparency/I true>>"
    form = pdf.stream(b"0 0 612 842 re f", entries)
    for _ in range(depth):
        resources = b"/Resources<</XObject<</F %d 0 R>>/ExtGState<</G<</ca .5/BM/Multiply>>>>>>" % form
        form = pdf.stream(b"/G gs /F Do", entries + resources)
    pdf.page((612, 842), b"/F Do", b"/Resources<</XObject<</F %d 0 R>>>>" % form)
    return pdf.written(weight=50_000)


def tiled() -> bytes:
    """A pattern whose tiles are a ten-thousandth of a point apart."""
    pdf = Pdf()
    tile = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/Resources<<>>"
    pattern = pdf.stream(b"1 0 0 rg 0 0 1 1 re f", tile + b"/XStep .0001/YStep .0001")
    pdf.page(
        (612, 842), b"/Pattern cs /P scn 0 0 612 842 re f", b"/Resources<</Pattern<</P %d 0 R>>>>" % pattern
    )
    return pdf.written(weight=50_000)


def shaded() -> bytes:
    """A shading computed at each pixel by a long programme."""
    pdf = Pdf()
    programme = b"{" + b"sin cos exch sin cos exch " * 5_000 + b"}"
    function = pdf.stream(programme, b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1]")
    shading = pdf.add(
        b"<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 1 0 1]/Matrix[612 0 0 842 0 0]/Function %d 0 R>>"
        % function
    )
    pdf.page((612, 842), b"/S sh", b"/Resources<</Shading<</S %d 0 R>>>>" % shading)
    return pdf.written(weight=50_000)


def deep_array() -> bytes:
    """A million brackets, each within the one before."""
    pdf = Pdf()
    pdf.page(LITTLE, b" ", b"/Deep " + b"[" * 900_000)
    return pdf.written()


def million_kids() -> bytes:
    """A tree that says it holds two billion pages, each the same one."""
    pdf = Pdf()
    pdf.page(LITTLE, b" ")
    kid = b"%d 0 R " % pdf.kids[0]
    return pdf.written(tree=b"<</Type/Pages/Count 2147483647/Kids[" + kid * 200_000 + b"]>>")


def filters_in_a_row() -> bytes:
    """A gigabyte deflated three times over."""
    body = zlib.compress(zlib.compress(zeros(1024 * MEGA), 9), 9)
    entries = b"/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceGray"
    return pictured(body, entries + b"/Filter[/FlateDecode/FlateDecode/FlateDecode]")


def lawful(name: str, make: object, door: object = CFE_PHOTO, **fields: object) -> Case:
    return Case(f"heaviest, {name}", make, door, **fields)


def pdf(name: str, make: object, door: object = IDENTITE, **fields: object) -> Case:
    return Case(f"heaviest, PDF, {name}", make, door, **NAMED, **fields)


BASELINE = lawful("JPEG, baseline", photo)
EVERYDAY = lawful("JPEG of 1200×1600 pixels", everyday)
LAWFUL = [
    BASELINE,
    EVERYDAY,
    lawful("JPEG, baseline, 4:4:4", partial(photo, subsampling=0, quality=70)),
    lawful("JPEG, baseline, grey", partial(converted, "L")),
    lawful(
        "JPEG, baseline, lying", lambda: encoded(landscape(LARGEST[::-1]), quality=85, exif=exif(6).tobytes())
    ),
    lawful("JPEG, baseline, profile of a phone", lambda: photo(icc_profile=display_p3())),
    lawful("JPEG, progressive", partial(photo, progressive=True)),
    lawful("JPEG, progressive, 4:4:4", partial(photo, progressive=True, subsampling=0, quality=70)),
    lawful("JPEG, 20 scans", lambda: with_scans(photo(progressive=True, quality=50), 20)),
    lawful("JPEG, four inks", partial(converted, "CMYK")),
    lawful("JPEG, four inks, progressive", partial(converted, "CMYK", progressive=True)),
    lawful("JPEG, an ID as large as can be", photo, CFE_IDENTITE),
    lawful("PNG, colours", partial(empty_png, 2, 8)),
    lawful("PNG, colours, interlaced", partial(empty_png, 2, 8, interlaced=True)),
    lawful("PNG, colours, profile of a phone", profiled_png),
    lawful("PNG, colours at 16 bits", partial(empty_png, 2, 16)),
    lawful("PNG, transparency", partial(empty_png, 6, 8)),
    lawful("PNG, transparency at 16 bits", partial(empty_png, 6, 16)),
    lawful("PNG, transparency at 16 bits, interlaced", partial(empty_png, 6, 16, interlaced=True)),
    lawful("PNG, grey at 16 bits", partial(empty_png, 0, 16)),
    lawful("PNG, grey and transparency at 16 bits, interlaced", partial(empty_png, 4, 16, interlaced=True)),
    lawful("PNG, palette with transparency", palette_png),
    lawful(
        "PNG, one colour transparent at 16 bits", partial(empty_png, 2, 16, chunks=chunk(b"tRNS", bytes(6)))
    ),
    lawful("PNG, one bit", partial(empty_png, 0, 1)),
    lawful("PNG, one bit, interlaced", partial(empty_png, 0, 1, interlaced=True)),
    lawful("PNG, an ID of 16 bits", partial(empty_png, 6, 16), CFE_IDENTITE),
    pdf("a scan at 600 dpi, as a photo", partial(scan_of, 1), PHOTO),
    pdf("a scan at 600 dpi", partial(scan_of, 1)),
    pdf("four scans at 600 dpi", partial(scan_of, 4), pages=4),
    pdf("a picture of 5100×7020 pixels, deflated", partial(flate_image, *LARGEST)),
]
BOMBS = [
    pdf("ten billion rectangles in nested forms", nested_forms),
    pdf("100 MB of lines", partial(repeated, b"0 0 m 612 842 l S\n", 100)),
    pdf("100 MB of sheets painted over", partial(repeated, b"0 0 612 842 re f\n", 100)),
    pdf("100 MB of states saved", partial(repeated, b"q ", 100)),
    pdf("one path of 100 MB", partial(repeated, b"1 2 3 4 5 6 c\n", 100)),
    pdf("400 transparent layers", nested_groups),
    pdf("tiles without a step", tiled),
    pdf("a shading that computes", shaded),
    pdf("a picture of 30 000×30 000 pixels", partial(flate_image, 30_000, 30_000)),
    pdf("a picture of 100 000×100 000 dots", partial(flate_image, 100_000, 100_000, b"DeviceGray", 1)),
    pdf("a gigabyte deflated three times", filters_in_a_row),
    pdf("brackets a million deep", deep_array),
    pdf("two billion pages", million_kids),
    lawful(
        "PNG, a gigabyte behind a small header",
        lambda: (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", 300, 300, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zeros(1024 * MEGA))
            + chunk(b"IEND", b"")
        ),
    ),
    lawful("JPEG, 50 scans", lambda: with_scans(photo(progressive=True, quality=50), 50)),
    lawful("10 MB of zeros", lambda: bytes(9_990_000)),
    lawful(
        "JPEG, 10 MB of scans", lambda: with_scans(photo(progressive=True, quality=50), 100_000)[:9_900_000]
    ),
]
