"""For who finds a weakness, and for robots: where to write (RFC 9116), what may be indexed (RFC 9309)."""

from datetime import datetime, timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# Told anew each day, so that the file is never stale; RFC 9116 advises less than a year.
LIFE = timedelta(days=180)
PLAIN = "text/plain; charset=utf-8"
# The public pages by name, the rest by exclusion: a list of what is closed would be a map.
ROBOTS = "User-agent: *\nAllow: /$\nAllow: /aide/\nAllow: /securite/\nDisallow: /\n"
_A_DAY = cache_control(public=True, max_age=24 * 3600)


@login_not_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Say how to report a weakness, and what one may expect."""
    contact = settings.VITALE_SECURITY_CONTACT
    context = {"contact": contact, "shown": contact.removeprefix("mailto:")}
    return render(request, "public/security.html", context)


@login_not_required
@require_safe
@_A_DAY
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Give the file for machines; none when nobody is named."""
    if not settings.VITALE_SECURITY_CONTACT:
        raise Http404
    return HttpResponse(security_lines(timezone.now()), content_type=PLAIN)


def security_lines(now: datetime) -> str:
    """Write security.txt as of a day of UTC (RFC 9116)."""
    expires = now.replace(hour=0, minute=0, second=0, microsecond=0) + LIFE
    fields = {
        "Contact": settings.VITALE_SECURITY_CONTACT,
        "Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages": "fr",
        "Canonical": urljoin(settings.VITALE_PUBLIC_URL, resolve_url("security_txt")),
        "Policy": urljoin(settings.VITALE_PUBLIC_URL, resolve_url("security")),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


@login_not_required
@require_safe
@_A_DAY
def robots(_request: HttpRequest) -> HttpResponse:
    """Let robots index the public pages."""
    return HttpResponse(ROBOTS, content_type=PLAIN)
