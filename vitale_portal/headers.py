"""Headers that every answer carries, whoever made it: page, file, redirection or error.

Content-Security-Policy, HSTS, Referrer-Policy and the like are settings of Django’s own middlewares; what
they do not know is here. Outermost, so that an answer made early (413, a static file, the way to HTTPS) has
them.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Pages where a picture may be taken; the camera is closed to all others.
CAMERA_PAGES = frozenset(
    {"order_photo", "order_identite", "order_correct", "refused_photo", "refused_identite"}
)
_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer",
    "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock",
    "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
# What a browser kept of the site goes when its owner signs out. Not cookies: a trusted device stays so (A11).
_SIGN_OUT = frozenset({"sign_out", "admin:logout"})
_FORGET = '"cache", "storage"'
_PAGE = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


def permissions(view: str) -> str:
    """Give the Permissions-Policy of a page: everything closed, but the camera where it is used."""
    allowed = {"camera": "(self)"} if view in CAMERA_PAGES else {}
    return ", ".join(f"{feature}={allowed.get(feature, '()')}" for feature in _FEATURES)


class HeadersMiddleware:
    """Add the headers of ``_PAGE``, Permissions-Policy, and what caches may keep."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then add what the answer does not say by itself."""
        response = self.get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else ""
        for name, value in _PAGE.items():
            response.setdefault(name, value)
        response.setdefault("Permissions-Policy", permissions(view))
        response.setdefault("Cache-Control", _cache_control(request))
        if view in _SIGN_OUT and request.method == "POST":
            response["Clear-Site-Data"] = _FORGET
        return response


def _cache_control(request: HttpRequest) -> str:
    """Keep nothing of who may be signed in, his pages of errors included; let others be asked for again."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return "private, no-store" if has_session else "private, no-cache"
