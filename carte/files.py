"""How a stored picture leaves: as an image, never cached, never anything active (P5)."""

from django.http import FileResponse, Http404

from carte.models import Piece


def picture_response(piece: Piece) -> FileResponse:
    """Stream a piece to someone who was already found to be allowed. A lost file is a 404."""
    try:
        stream = piece.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stream, content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response
