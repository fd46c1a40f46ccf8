"""What can be wrong with an uploaded file, and the sentence for it: found, allowed, how to mend (P2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models

KO = 1000
MO = 1024 * 1024


class PieceFault(models.TextChoices):
    """One fault of a file; the label is the sentence, with the figures of a ``Fault`` to fill in."""

    EMPTY = "empty", "Votre fichier est vide ({found}). Choisissez-en un autre, ou prenez une nouvelle photo."
    TOO_LIGHT = (
        "too_light",
        (
            "Votre fichier pèse {found}, le minimum est de {allowed}. Choisissez l’image d’origine plutôt"
            " qu’une copie réduite, ou prenez une nouvelle photo."
        ),
    )
    TOO_HEAVY = (
        "too_heavy",
        (
            "Votre fichier pèse {found}, le maximum est de {allowed}. Réduisez-le, ou choisissez-en un "
            "autre : sur téléphone, la taille « moyenne » convient."
        ),
    )
    FORMAT = (
        "format",
        (
            "Votre fichier est {found}, cette étape accepte : {allowed}. Enregistrez-le autrement, ou "
            "prenez une nouvelle photo."
        ),
    )
    FORMAT_HEIC = (
        "format_heic",
        (
            "Votre fichier est {found}, cette étape accepte : {allowed}. Exportez-le en JPEG, ou, sur "
            "iPhone, ouvrez Réglages > Appareil photo > Formats, choisissez « Le plus compatible » et "
            "reprenez la photo."
        ),
    )
    FORMAT_PDF = (
        "format_pdf",
        (
            "Votre fichier est {found}, cette étape accepte : {allowed}. Enregistrez la "
            "page comme image, ou prenez le document en photo."
        ),
    )
    TOO_SMALL = (
        "too_small",
        (
            "Votre image mesure {found} pixels (largeur × hauteur), le minimum est de {allowed}. "
            "Choisissez l’image d’origine plutôt qu’une copie réduite, ou prenez une nouvelle photo."
        ),
    )
    TOO_LARGE = (
        "too_large",
        (
            "Votre image mesure {found} pixels (largeur × hauteur), le maximum est de {allowed}. "
            "Réduisez-la, ou numérisez le document à 300 points par pouce."
        ),
    )
    ANIMATED = (
        "animated",
        (
            "Votre fichier est animé : il contient {found} images, cette étape en accepte {allowed}. "
            "Choisissez une image fixe."
        ),
    )
    TRUNCATED = (
        "truncated",
        (
            "Votre fichier est incomplet : sa fin manque. Envoyez-le de nouveau depuis l’appareil "
            "d’origine, ou prenez une nouvelle photo."
        ),
    )
    UNREADABLE = (
        "unreadable",
        (
            "Votre fichier est abîmé : nous n’arrivons pas à le lire. Ouvrez-le et enregistrez-le de "
            "nouveau en JPEG, ou prenez une nouvelle photo."
        ),
    )
    TOO_COMPLEX = (
        "too_complex",
        (
            "Votre fichier est trop lourd à ouvrir ({found}, le maximum est de {allowed}). Ouvrez-le et "
            "enregistrez-le de nouveau en JPEG, plus petit, ou prenez une nouvelle photo."
        ),
    )
    TOO_MANY_PAGES = (
        "too_many_pages",
        (
            "Votre document compte {found} pages, cette étape en accepte {allowed} au plus. Enregistrez "
            "seulement ce qui est demandé, ou prenez le document en photo."
        ),
    )
    ENCRYPTED = (
        "encrypted",
        (
            "Votre document est protégé par un mot de passe : nous ne pouvons pas l’ouvrir. "
            "Enregistrez-en une copie sans mot de passe, ou prenez le document en photo."
        ),
    )
    BUSY = (
        "busy",
        (
            "Trop d’envois en ce moment : votre fichier n’a pas été lu. Réessayez dans une minute ; ce "
            "qui est déjà enregistré est gardé."
        ),
    )


@dataclass(frozen=True)
class Fault:
    """A fault and the figures its sentence names, already in words (« 2,1 Mo »)."""

    code: PieceFault
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The French sentence shown next to the field, figures filled in."""
        return str(self.code.label).format(**self.figures)


class PictureRefused(Exception):
    """A file that cannot be taken, with every fault that could be told at once, one each (P2)."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*(fault.code.value for fault in faults))
        self.faults = faults


# What libmagic calls a file, in plain words; a family (« video/ ») answers for those not listed.
FORMAT_NAMES = {
    "application/msword": "un document Word",
    "application/pdf": "un document PDF",
    "application/vnd.oasis.opendocument.text": "un document texte",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "un document Word",
    "application/zip": "une archive ZIP",
    "audio/": "un enregistrement sonore",
    "image/": "une image d’un autre format",
    "image/avif": "une image AVIF",
    "image/bmp": "une image BMP",
    "image/gif": "une image GIF",
    "image/heic": "une image HEIC",
    "image/heic-sequence": "une image HEIC",
    "image/heif": "une image HEIC",
    "image/heif-sequence": "une image HEIC",
    "image/jp2": "une image JPEG 2000",
    "image/jpeg": "une image JPEG",
    "image/jxl": "une image JPEG XL",
    "image/png": "une image PNG",
    "image/svg+xml": "un dessin SVG",
    "image/tiff": "une image TIFF",
    "image/webp": "une image WebP",
    "text/": "un fichier texte",
    "text/html": "une page web",
    "video/": "une vidéo",
}
UNKNOWN_FORMAT = "d’un type que nous ne connaissons pas"
FORMAT_CODES = {
    "application/pdf": PieceFault.FORMAT_PDF,
    **dict.fromkeys([mime for mime in FORMAT_NAMES if mime.startswith("image/hei")], PieceFault.FORMAT_HEIC),
}


def format_fault(mime: str, accepted: Sequence[str]) -> Fault:
    """Say which format a file has (its MIME type by content) and which ones are accepted here (P1)."""
    family = mime.partition("/")[0] + "/"
    found = FORMAT_NAMES.get(mime) or FORMAT_NAMES.get(family, UNKNOWN_FORMAT)
    code = FORMAT_CODES.get(mime, PieceFault.FORMAT)
    return Fault(code, {"found": found, "allowed": listed(accepted)})


def listed(words: Sequence[str], last: str = "et") -> str:
    """Write a list: « JPEG », « JPEG et PNG », « JPEG, PNG et PDF », or with « ou »."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def count(amount: int, noun: str) -> str:
    """Write how many there are of something: « 0 page », « 1 page », « 4 pages »."""
    return f"{number(amount)}\u00a0{noun}{'s' if amount > 1 else ''}"


def number(value: float) -> str:
    """Write a figure in French: « 2 », « 2,1 », « 7 020 » (non-breaking space)."""
    text = f"{value:,.1f}".removesuffix(".0")
    return text.translate({ord(","): "\u00a0", ord("."): ","})


def tenths(amount: int, unit: int, *, up: bool) -> str:
    """Write ``amount / unit`` with one decimal, rounded so that what is refused never reads as allowed."""
    return number((-(-amount * 10 // unit) if up else amount * 10 // unit) / 10)


def weight(size: int, *, up: bool) -> str:
    """Write bytes in octets, Ko of 1 000 bytes or Mo of 1 048 576 (section 2 lets either reading pass)."""
    if size < KO:
        return count(size, "octet")
    unit, name = (MO, "Mo") if size >= MO else (KO, "Ko")
    return f"{tenths(size, unit, up=up)}\u00a0{name}"


def bounds(low: int | None, high: int) -> str:
    """Write what a file may weigh, both ends in bytes: « de 50 Ko à 2 Mo »."""
    most = weight(high, up=False)
    return f"{most} au plus" if low is None else f"de {weight(low, up=True)} à {most}"


def definitions(low: tuple[int, int] | None, high: tuple[int, int] | None) -> str:
    """Write what a picture may measure, width and height in pixels, either end being open."""
    ends = [definition(size) for size in (low, high) if size]
    if low and high:
        return f"de {ends[0]} à {ends[1]} pixels"
    return f"{ends[0]} pixels {'au moins' if low else 'au plus'}" if ends else ""


def definition(size: tuple[int, int]) -> str:
    """Write width and height in pixels: « 5 100 × 7 020 »."""
    return "\u00a0×\u00a0".join(number(side) for side in size)


def megapixels(area: int, *, up: bool) -> str:
    """Write an area in pixels: « 35,8 millions de pixels »."""
    return f"{tenths(area, 1_000_000, up=up)}\u00a0millions de pixels"
