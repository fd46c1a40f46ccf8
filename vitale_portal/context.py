"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest | None) -> dict[str, bool]:  # noqa: ARG001 - Django gives the request
    """Return ``demonstration``: whether the band saying that this is one is shown. Reads no table."""
    return {"demonstration": settings.VITALE_DEMONSTRATION}
