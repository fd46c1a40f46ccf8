"""Which addresses are of this site, and where a posted form stood, to lead back there."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def on_this_site(request: HttpRequest, url: str) -> str:
    """Give back an address that leads to this site; nothing for any other, however it is written."""
    here = {request.get_host()}
    return url if url_has_allowed_host_and_scheme(url, here, require_https=request.is_secure()) else ""


def page_of_form(request: HttpRequest) -> str:
    """Give the path and query of the page of this site a request comes from; empty when it is not known.

    A path may itself be written as the address of another site (« //ailleurs »): it is judged alone too.
    """
    parts = urlsplit(on_this_site(request, request.headers.get("Referer", "")))
    return on_this_site(request, parts.path + (f"?{parts.query}" if parts.query else ""))
