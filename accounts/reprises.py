"""A form that comes after its session has ended is kept, and taken up again by its sender alone (A6).

Whose it is, its own token tells: the secret of the forms of a session is drawn when somebody signs in, and
only its fingerprint is kept. No row answers for a session that was closed, nor for a stranger: nothing is
kept of theirs. Taken up again, the content takes the place of what the browser sends, once, at the same
address, and the view judges it as it would any other.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, QueryDict
from django.middleware.csrf import _unmask_cipher_token  # type: ignore[attr-defined]
from django.urls import Resolver404, resolve
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.datastructures import MultiValueDict

from accounts.models import Reprise, Session, User
from accounts.models.reprise import place_of
from vitale_portal.cookies import host_cookie
from vitale_portal.fingerprints import fingerprint
from vitale_portal.locks import hold
from vitale_portal.origin import page_of_form
from vitale_portal.sealing import Unreadable, sealer

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 -- the name of a field
# The field that asks for a kept form in the place of the one that carries it.
FIELD = "reprise"
_TOKEN = re.compile(r"[A-Za-z0-9]{64}")
# What is typed to prove who one is must not be readable by anybody, even sealed: such a form is typed again.
_SECRET = re.compile(r"(^|[_-])(code|password\d?|secret|t?otp|token|digits)($|[_-])(?!postal)")
_COOKIE = re.compile(r"[0-9a-f]{64}")
# One for each session of this browser that ended with something kept.
TOKENS_OF_A_BROWSER = 4
PATH_LENGTH = 500
HEAD_BYTES = 4
# More is kept of nobody: so many forms, and so many bodies of the largest weight.
FORMS_OF_A_USER = 8
BODIES_OF_A_USER = 3


class Sent(NamedTuple):
    """What a form sends: its fields, and its files."""

    fields: QueryDict
    files: "MultiValueDict[str, UploadedFile[Any]]"


def cookie_name() -> str:
    """Name the cookie that binds a kept form to its browser."""
    return host_cookie("reprise", https=settings.SESSION_COOKIE_SECURE)


def token_of(reprise: Reprise) -> str:
    """Give what that cookie holds: nothing in the database tells it."""
    return salted_hmac("accounts.reprises", reprise.session_id, algorithm="sha256").hexdigest()


def tokens_in(request: HttpRequest) -> list[str]:
    """Give the tokens that the cookie of a browser brings, the last ones when there are too many."""
    found = request.COOKIES.get(cookie_name(), "").split(".")
    return [token for token in found if _COOKIE.fullmatch(token)][-TOKENS_OF_A_BROWSER:]


def is_secret(name: str) -> bool:
    """Tell whether a field of that name is one where a code is typed."""
    return _SECRET.search(name) is not None


def session_of_form(request: HttpRequest) -> Session | None:
    """Give the session whose page a posted form was on, by its token; None when it is closed or unknown."""
    token = request.POST.get(TOKEN, "")
    if not _TOKEN.fullmatch(token):
        return None
    key = fingerprint(_unmask_cipher_token(token))
    return Session.objects.select_related("user").filter(forms_key=key, user__is_active=True).first()


def keep_form(*, request: HttpRequest, session: Session, now: datetime) -> Reprise | None:
    """Keep what was just sent, for the user of that session; None when it may not be kept.

    It takes the place of what the same session sent to the same address: a second click sends the same
    again. Never kept: a form with a code in it, and more than a few for one user.
    """
    path, page = request.get_full_path(), page_of_form(request) or request.get_full_path()
    if max(len(path), len(page)) > PATH_LENGTH or any(map(is_secret, request.POST)):
        return None
    content = b"".join(_packed(request))
    user: User = session.user  # type: ignore[assignment]
    with transaction.atomic():
        hold(User.objects).get(pk=user.pk)
        others = Reprise.objects.filter(user=user).exclude(session=session, path=path)
        kept = others.aggregate(forms=Count("pk"), bytes=Coalesce(Sum("size"), 0))
        room = BODIES_OF_A_USER * settings.VITALE_BODY_LIMIT - kept["bytes"]
        if len(content) > room or kept["forms"] >= FORMS_OF_A_USER:
            return None
        if not Session.objects.filter(pk=session.pk).exists():  # closed meanwhile
            return None
        fields = {
            "user": user,
            "page": page,
            "content": sealer().seal(content, place_of(session.pk, user.pk, path)),
            "size": len(content),
            "kept_at": now,
            "expires_at": now + settings.VITALE_REPRISE_TIME,
        }
        reprise, _ = Reprise.objects.update_or_create(session=session, path=path, defaults=fields)
    return reprise


def waiting(request: HttpRequest, now: datetime) -> list[Reprise]:
    """Give the forms that wait for the signed-in user in this browser, without their content, in order."""
    tokens = tokens_in(request)
    if not tokens or not request.user.is_authenticated:
        return []
    rows = Reprise.objects.filter(user_id=request.user.pk, expires_at__gt=now).defer("content")
    return [row for row in rows if any(constant_time_compare(token_of(row), token) for token in tokens)]


def content_of(reprise: Reprise) -> Sent | None:
    """Open what was kept; None when it is not what was kept there."""
    place = reprise.sealed_place()
    try:
        return _unpacked(sealer().unseal(bytes(reprise.content), place))
    except Unreadable:
        return None


def take(request: HttpRequest, now: datetime) -> Sent | None:
    """Give the form that waits for this user, browser and address, and keep it no longer: taken once."""
    reprise = next((row for row in waiting(request, now) if row.path == request.get_full_path()), None)
    if reprise is None:
        return None
    sent = content_of(reprise)
    return sent if give_up(reprise) else None


def give_up(reprise: Reprise) -> bool:
    """Keep a form no longer; tell whether it was still there."""
    gone, _ = Reprise.objects.filter(pk=reprise.pk, kept_at=reprise.kept_at).delete()
    return bool(gone)


def put_in_place(request: HttpRequest, sent: Sent) -> None:
    """Make a request carry what was kept instead of what it came with."""
    request.POST = sent.fields  # type: ignore[assignment]
    request._files = sent.files  # type: ignore[attr-defined]  # noqa: SLF001 -- FILES has no setter


def view_name_of(reprise: Reprise) -> str:
    """Give the name of the view a kept form was sent to, empty when its address leads nowhere any more."""
    try:
        return resolve(urlsplit(reprise.path).path).view_name
    except Resolver404:
        return ""


def _packed(request: HttpRequest) -> Iterator[bytes]:
    """Write fields and files, without the token: the length of the head, the head in JSON, the files."""
    files = [(name, file) for name, many in request.FILES.lists() for file in many]
    head = json.dumps(
        {
            "fields": [[name, values] for name, values in request.POST.lists() if name not in (TOKEN, FIELD)],
            "files": [[name, file.name, file.content_type, file.size] for name, file in files],
        }
    ).encode()
    yield len(head).to_bytes(HEAD_BYTES, "big")
    yield head
    for _, file in files:
        file.seek(0)
        yield from file.chunks()


def _unpacked(content: bytes) -> Sent:
    start = HEAD_BYTES + int.from_bytes(content[:HEAD_BYTES], "big")
    head = json.loads(content[HEAD_BYTES:start])
    fields = QueryDict(mutable=True)
    for name, values in head["fields"]:
        fields.setlist(name, values)
    fields._mutable = False  # noqa: SLF001 -- as Django's own
    files: MultiValueDict[str, UploadedFile[Any]] = MultiValueDict()
    for name, label, content_type, size in head["files"]:
        data = BytesIO(content[start : start + size])
        files.appendlist(name, InMemoryUploadedFile(data, name, label, content_type, size, None))
        start += size
    return Sent(fields, files)
