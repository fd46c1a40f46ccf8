"""Stored files of pieces: how a picture leaves, how a file goes (P5).

A picture leaves as an image, never cached, never anything active.
"""

import io
import logging
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction
from django.http import FileResponse, Http404

from carte.models import Page, Piece
from vitale_portal.storage import FileUnreadable

logger = logging.getLogger(__name__)


def picture_response(page: Page) -> FileResponse:
    """Answer with a page's picture to someone who was already found to be allowed.

    A lost file is a 404, and so is one whose bytes are not those that were stored: they are never shown.
    An explanation is no picture (P7).
    """
    if page.piece.is_explanation:
        raise Http404
    response = FileResponse(io.BytesIO(_content(page)), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


def _content(page: Page) -> bytes:
    try:
        with page.file.open("rb") as file:
            content: bytes = file.read()
    except (FileNotFoundError, FileUnreadable) as error:
        logger.exception("A page has no file that can be read: %s", page.pk)
        raise Http404 from error
    return content


def remove_files_on_commit(piece: Piece) -> None:
    """Remove the files of a piece once the transaction is committed."""
    for page in piece.pages.all():
        transaction.on_commit(partial(remove_file, str(page.file.name)))


def remove_file(name: str) -> None:
    """Remove a stored file; one that resists is told to the log, and left to the sweep of files."""
    try:
        default_storage.delete(name)
    except OSError:
        logger.exception("A piece's file could not be removed")
