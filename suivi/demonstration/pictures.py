"""Sample pictures drawn by the portal and marked « SPÉCIMEN »: a photo and a pièce d'identité.

Pillow's own typeface has no accents: they are drawn over the letters.
"""

import io
import unicodedata
from datetime import date
from functools import cache
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

PHOTO_SIZE = (900, 1155)  # px
IDENTITE_SIZE = (1400, 900)
QUALITY = 92
GRAIN, GRAIN_SHARE = 40, 0.07  # a flat drawing would weigh less than the lightest photo taken
FINER = 2  # drawn so many times larger, then shrunk: smooth edges

PAPER, GROUND, INK, SOFT = (238, 242, 240), (214, 227, 222), (38, 50, 46), (104, 120, 114)
SKIN, HAIR, COAT, LIPS = (222, 178, 150), (70, 50, 42), (40, 92, 78), (176, 96, 92)
MARK = (168, 32, 26, 86)
ACUTE, GRAVE = "\N{COMBINING ACUTE ACCENT}", "\N{COMBINING GRAVE ACCENT}"
# Which way an accent leans, from its left end to its right one, in heights of a letter.
ACCENTS = {ACUTE: (0.0, -0.16), GRAVE: (-0.16, 0.0)}

Point = tuple[int, int]
Box = tuple[float, float, float, float]


class Civil(Protocol):
    """What is printed on a pièce d'identité."""

    nom: str
    prenoms: str
    date_naissance: date


@cache
def photo() -> bytes:
    """Give the sample photo, a JPEG of 900 × 1155 px."""
    return _jpeg(_marked(_portrait(PHOTO_SIZE), 150))


def identite(who: Civil) -> bytes:
    """Give a sample pièce d'identité for a person, a JPEG of 1400 × 900 px."""
    image = Image.new("RGB", IDENTITE_SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((24, 24, 1376, 876), 40, outline=COAT, width=6)
    draw.rectangle((24, 150, 1376, 156), fill=COAT)
    image.paste(_portrait((420, 540)), (80, 220))
    write(draw, (80, 60), "CARTE D’IDENTITÉ DE DÉMONSTRATION", 48, COAT)
    for rank, (label, value) in enumerate(_lines(who)):
        write(draw, (570, 220 + 150 * rank), label, 34, SOFT)
        write(draw, (570, 268 + 150 * rank), value, 58, INK)
    write(draw, (80, 800), "Document inventé, sans aucune valeur", 36, SOFT)
    return _jpeg(_marked(image, 190))


def _lines(who: Civil) -> tuple[tuple[str, str], ...]:
    born = f"{who.date_naissance:%d.%m.%Y}"
    return (("NOM", who.nom.upper()), ("Prénoms", who.prenoms), ("Date de naissance", born))


@cache
def _portrait(size: tuple[int, int]) -> Image.Image:
    """Draw a face on a light ground, as the conditions of the photo ask: whole, upright, alone."""
    width, height = size[0] * FINER, size[1] * FINER
    image = Image.new("RGB", (width, height), GROUND)
    draw = ImageDraw.Draw(image)

    def at(left: float, top: float, right: float, bottom: float) -> Box:
        return (left * width, top * height, right * width, bottom * height)

    draw.ellipse(at(0.08, 0.72, 0.92, 1.50), fill=COAT)
    draw.ellipse(at(0.24, 0.11, 0.76, 0.60), fill=HAIR)
    draw.rounded_rectangle(at(0.40, 0.58, 0.60, 0.80), width // 10, fill=SKIN)
    for left in (0.24, 0.70):
        draw.ellipse(at(left, 0.39, left + 0.06, 0.48), fill=SKIN)
    draw.ellipse(at(0.27, 0.16, 0.73, 0.70), fill=SKIN)
    draw.chord(at(0.26, 0.12, 0.74, 0.60), 205, 335, fill=HAIR)
    for left in (0.37, 0.55):
        draw.ellipse(at(left, 0.40, left + 0.08, 0.425), fill=PAPER)
        draw.ellipse(at(left + 0.027, 0.40, left + 0.053, 0.425), fill=INK)
        draw.rounded_rectangle(at(left - 0.01, 0.36, left + 0.09, 0.37), 8, fill=HAIR)
    draw.arc(at(0.46, 0.44, 0.54, 0.53), 20, 160, fill=SOFT, width=width // 120)
    draw.rounded_rectangle(at(0.43, 0.58, 0.57, 0.592), 10, fill=LIPS)
    return image.reduce(FINER)


def write(draw: ImageDraw.ImageDraw, at: Point, text: str, size: int, fill: tuple[int, ...]) -> None:
    """Write a line whose top left corner is ``at``, accents included (acute and grave)."""
    font = ImageFont.load_default(size)
    draw.text(at, _without_accents(text), font=font, fill=fill)
    for rank, char in enumerate(text):
        parts = unicodedata.normalize("NFD", char)
        lean = ACCENTS.get(parts[1:])
        if lean is None:
            continue
        base = parts[0]
        left = at[0] + font.getlength(_without_accents(text[:rank]))
        middle = left + font.getlength(base) / 2
        top = at[1] + font.getbbox(base)[1] - size * 0.06
        ends = ((middle - size * 0.09, top + size * lean[0]), (middle + size * 0.09, top + size * lean[1]))
        draw.line(ends, fill=fill, width=max(2, size // 12))


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _marked(image: Image.Image, size: int) -> Image.Image:
    """Write « SPÉCIMEN » across a picture."""
    layer = Image.new("RGBA", image.size, (*PAPER, 0))
    width = int(ImageFont.load_default(size).getlength("SPECIMEN"))
    corner = ((image.width - width) // 2, (image.height - size) // 2)
    write(ImageDraw.Draw(layer), corner, "SPÉCIMEN", size, MARK)
    turned = layer.rotate(24, Image.Resampling.BILINEAR)
    return Image.alpha_composite(image.convert("RGBA"), turned).convert("RGB")


@cache
def _grain(size: tuple[int, int]) -> Image.Image:
    return Image.effect_noise(size, GRAIN).convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    written = io.BytesIO()
    Image.blend(image, _grain(image.size), GRAIN_SHARE).save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def write_samples(folder: Path, who: Civil) -> dict[str, Path]:
    """Write the two samples under ``folder`` unless they are there; give their paths, by kind."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = {"photo": folder / "photo-specimen.jpg", "piece": folder / "piece-specimen.jpg"}
    for kind, path in paths.items():
        if not path.exists():
            path.write_bytes(photo() if kind == "photo" else identite(who))
    return paths
