"""The devices an account was opened on: known, perhaps trusted, and forgotten (A3, A11).

A device is a browser that holds our cookie: a random token, signed, that scripts cannot read. Alone it opens
nothing. It stays the same from one sign-in to the next: a token that changed each time would be lost with
an answer that never came, and its holder locked out on the day strangers are at his door.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.browsers import browser_label
from accounts.models import Device, User
from vitale_portal.cookies import host_cookie
from vitale_portal.fingerprints import fingerprint

TRUST = timedelta(days=60)  # A11
# A device nobody came back with is forgotten, and so is its cookie.
LIFE = timedelta(days=180)
TOKEN_BYTES = 32


# --- The cookie -----------------------------------------------------------------------------------


def cookie_name() -> str:
    """Give the cookie's name: with HTTPS no other site of the domain can write it."""
    return host_cookie("appareil", https=settings.VITALE_HTTPS)


def token_in(request: HttpRequest | None) -> str:
    """Give the hash of the token a browser holds; nothing when it holds none that we signed."""
    token = _token(request)
    return fingerprint(token) if token else ""


def _token(request: HttpRequest | None) -> str:
    value = request.COOKIES.get(cookie_name(), "") if request else ""
    try:
        return _signer().unsign(value)
    except BadSignature:
        return ""


def _signer() -> Signer:
    return Signer(salt="accounts.devices")


# --- The rows -------------------------------------------------------------------------------------


def known_device(request: HttpRequest, user: User) -> Device | None:
    """Give the device this request comes from, if that person has used it before."""
    token_hash = token_in(request)
    return user.devices.filter(token_hash=token_hash).first() if token_hash else None


def remember_device(
    request: HttpRequest, response: HttpResponse, user: User, *, now: datetime, trust: bool
) -> Device | None:
    """Know a device from now on, perhaps trust it for 60 days; give it if it is new.

    Only for who has just proved who he is. Call it in the transaction that lets him in.
    """
    token = _token(request) or secrets.token_urlsafe(TOKEN_BYTES)
    used: dict[str, Any] = {
        "last_used_at": now,
        "label": browser_label(request.headers.get("User-Agent", "")),
        **({"trusted_until": now + TRUST} if trust else {}),
    }
    key, new = {"user": user, "token_hash": fingerprint(token)}, None
    if not Device.objects.filter(**key).update(**used):
        new, _ = Device.objects.get_or_create(defaults=used | {"first_used_at": now}, **key)
    response.set_cookie(
        cookie_name(),
        _signer().sign(token),
        max_age=LIFE,
        secure=settings.VITALE_HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return new


def devices_of(user: User) -> QuerySet[Device]:
    """Give the devices of an account, the last used first."""
    return user.devices.all()


def forget_device(user: User, reference: str) -> bool:
    """Forget one device of this account; tell whether there was one of that reference."""
    forgotten, _ = user.devices.filter(reference=reference).delete()
    return bool(forgotten)


def forget_devices(user: User, *, keep: Device | None = None) -> int:
    """Forget all devices of an account but one, and return how many (A5: when its code changes)."""
    others = user.devices.exclude(pk=keep.pk) if keep else user.devices.all()
    forgotten, _ = others.delete()
    return forgotten
