"""Documents on paper: HTML templates in, tagged PDF out (section 11).

WeasyPrint takes seconds to import and needs pango: it is imported where it is used, and the system checks
below name what is missing.
"""

import ctypes
import hashlib
import threading
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db.models import Model
from django.http import HttpResponse
from django.template.loader import render_to_string

# Debian's package → the file it brings, as the dynamic loader knows it.
LIBRARIES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
FONT_PACKAGE = "fonts-open-sans"
FONT_FILE = "OpenSans-Regular.ttf"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("~/.local/share/fonts"))

_PDFIUM = threading.Lock()  # pdfium may be entered by one thread at a time


def render(template: str, context: Mapping[str, Any], *, forms: bool = False) -> bytes:
    """Render an HTML template to a PDF tagged for screen readers (PDF/UA-1 declared), fonts embedded.

    Language and title are those of the template. With ``forms`` its inputs can be filled in. The template
    knows ``demonstration`` from the settings, unless the context says otherwise. The same template and
    context give the same bytes in a process; what must never change is stored. Nothing is fetched from the
    disk or the network: only ``data:`` addresses show. Takes a few tenths of a second, after seconds of
    import the first time: never call it inside a transaction.

    Raises OSError when a system library is missing (see ``check_pdf_packages``).
    """
    from weasyprint import HTML  # noqa: PLC0415 -- slow, and fails without pango
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    html = render_to_string(template, {"demonstration": settings.VITALE_DEMONSTRATION, **context})
    identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
    document = HTML(string=html, base_url=None, url_fetcher=URLFetcher(allowed_protocols=["data"]))
    pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier, pdf_forms=forms)
    return pdf


def keep(row: Model, pdf: bytes, **more: Any) -> None:
    """Keep the PDF a row waits for, its SHA-256, and ``more`` of its columns: they never change again.

    Two who made it together get the bytes of one of them.
    """
    model: Any = type(row)
    values = {"pdf": pdf, "sha256": hashlib.sha256(pdf).hexdigest(), **more}
    model.objects.filter(pk=row.pk, pdf=None).update(**values)
    row.refresh_from_db(fields=list(values))


def download(content: bytes, filename: str) -> HttpResponse:
    """Answer with a PDF to keep. What caches may keep of it is said as of any answer (``headers.py``)."""
    disposition = f'attachment; filename="{filename}"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def qr_svg(text: str) -> str:
    """Give the QR code of a text as a ``data:`` address of an SVG, quiet zone included, for an ``img``."""
    return segno.make(text, error="m", micro=False).svg_data_uri(border=4, xmldecl=False, nl=False)


def concatenate(pdfs: Iterable[bytes]) -> bytes:
    """Join PDFs, in order, into one to print. Its pages are the same; tags and language are left behind.

    Raises ValueError when there is none to join.
    """
    from pypdfium2 import PdfDocument  # noqa: PLC0415 -- a 10 MB library, for the print room alone

    with _PDFIUM:
        whole = PdfDocument.new()
        for pdf in pdfs:
            part = PdfDocument(pdf)
            whole.import_pages(part)
            part.close()
        if not len(whole):
            raise ValueError("nothing to print")
        target = BytesIO()
        whole.save(target)
        whole.close()
    return target.getvalue()


def check_pdf_packages(**_kwargs: Any) -> list[CheckMessage]:
    """System check: name the apt line for what PDFs need and this machine lacks."""
    missing = [package for package, library in LIBRARIES.items() if not _loads(library)]
    if not any(any(folder.expanduser().rglob(FONT_FILE)) for folder in FONT_FOLDERS):
        missing.append(FONT_PACKAGE)
    if not missing:
        return []
    hint = "apt-get install -y --no-install-recommends " + " ".join(missing)
    return [Error("Il manque des paquets du système pour faire les PDF.", hint=hint, id="vitale_portal.E001")]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
