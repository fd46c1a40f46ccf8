"""Links sent by mail: 30 minutes, one use, only their hash kept (A4, A5).

A link proves that who follows it reads that mailbox, whatever the browser. Following it uses nothing up: a
page asks for a click first, as scanners of mails open links too.
"""

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.enums import LinkPurpose
from accounts.models import Assure, MailLink
from vitale_portal.fingerprints import fingerprint
from vitale_portal.locks import hold

LIFE = timedelta(minutes=30)  # A4, A5: a delay of security, never accelerated
TOKEN_BYTES = 32  # random: their fingerprint needs no slow hash
PARAMETER = "jeton"  # in the query: what web servers log here is the path alone


def make_link(*, purpose: LinkPurpose, assure: Assure, email: str, about: str = "", now: datetime) -> str:
    """Make a link for an assuré, and end the former of that purpose; return its token, known to nobody else.

    ``email`` is where it is sent, ``about`` a reference it carries. In one transaction.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        hold(Assure.objects).get(pk=assure.pk)
        MailLink.objects.filter(assure=assure, purpose=purpose, about=about).delete()
        MailLink.objects.create(
            assure=assure,
            purpose=purpose,
            email=email,
            about=about,
            token_hash=fingerprint(token),
            made_at=now,
            ends_at=now + LIFE,
        )
    return token


def find_link(token: str, purpose: LinkPurpose, now: datetime) -> MailLink | None:
    """Give the link of a token that is still good at ``now`` (from its making, up to 30 minutes excluded)."""
    links = MailLink.objects.select_related("assure__beneficiaire", "assure__caisse")
    return links.filter(token_hash=fingerprint(token), purpose=purpose, used_at=None, ends_at__gt=now).first()


def use_link(token: str, purpose: LinkPurpose, now: datetime) -> MailLink | None:
    """Use a link up, and give it; None when it is unknown, over or used: of two at once, one gets it.

    In the transaction of what it is used for, so that a failure gives it back. It locks the assuré.
    """
    link = find_link(token, purpose, now)
    if link is None:
        return None
    hold(Assure.objects).get(pk=link.assure_id)
    if not MailLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        return None
    return link


def end_links(assure: Assure, *purposes: LinkPurpose) -> None:
    """End the links of an assuré for these purposes."""
    MailLink.objects.filter(assure=assure, purpose__in=purposes).delete()


def erase_over(now: datetime) -> int:
    """Erase the links whose time is over; return how many. Used ones go with them."""
    return MailLink.objects.filter(ends_at__lte=now).delete()[0]


def link_url(view: str, token: str) -> str:
    """Give the address a mail carries: that of a view, with the token in its query."""
    return f"{settings.VITALE_PUBLIC_URL.rstrip('/')}{reverse(view)}?{urlencode({PARAMETER: token})}"
