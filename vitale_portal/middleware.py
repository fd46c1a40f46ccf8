"""What stands before everything else on the way in."""

from collections.abc import Callable
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from vitale_portal import errors

CHUNK = 64 * 1024
# A refused body is read and thrown away up to these bounds, so that the browser, which writes before it
# listens, gets the page instead of a broken connection; what goes past them is cut.
DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_SECONDS = 20.0


class BodyLimitMiddleware:
    """Answer 413 to a body over ``VITALE_BODY_LIMIT`` bytes by its declared length, before any parsing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, or drain its body and refuse it."""
        found = declared_length(request)
        if found <= settings.VITALE_BODY_LIMIT:
            return self.get_response(request)
        drain(request, found)
        return errors.content_too_large(request, found=found, allowed=settings.VITALE_BODY_LIMIT)


def declared_length(request: HttpRequest) -> int:
    """Length of the body in bytes by its header; 0 without a readable one, and then Django reads nothing."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def drain(request: HttpRequest, length: int) -> int:
    """Read and forget the body, up to DRAIN_BYTES and DRAIN_SECONDS; return how many bytes were read."""
    left = min(length, DRAIN_BYTES)
    deadline = monotonic() + DRAIN_SECONDS
    read = 0
    while read < left and monotonic() < deadline:
        chunk = _read(request, min(CHUNK, left - read))
        if not chunk:
            break
        read += len(chunk)
    return read


def _read(request: HttpRequest, size: int) -> bytes:
    try:
        return request.read(size)
    except UnreadablePostError:  # the browser has gone
        return b""
