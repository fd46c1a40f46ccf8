"""How long the delays of the domain last here (section 10)."""

from datetime import timedelta

from django.conf import settings


def accelerated(delay: timedelta) -> timedelta:
    """Give the time a delay of the domain really takes: itself, divided by ``VITALE_ACCELERATION``.

    Only for delays of the domain (address, window, production, post, drafts, erasure, provisional
    code), never for those of security and people (sessions, links, locks, claims).
    """
    acceleration: float = settings.VITALE_ACCELERATION
    return delay / acceleration


def is_accelerated() -> bool:
    """Tell whether time runs faster than in life."""
    return bool(settings.VITALE_ACCELERATION > 1)
