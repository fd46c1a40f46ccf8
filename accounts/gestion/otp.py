"""The agents' second factor: six digits of an application, or a recovery code, each taken once (A10)."""

import math
import secrets
from base64 import b32decode, b32encode
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import segno
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest
from django_otp.oath import TOTP

from accounts.enums import Act
from accounts.models import RecoveryCode, TotpDevice, User
from accounts.sessions import end_sessions
from accounts.sign_in.locks import Paused
from accounts.traces import trace
from vitale_portal.locks import hold
from vitale_portal.references import ALPHABET, canonical, display

PERIOD = 30  # seconds a code lasts
DIGITS = 6
DRIFT = 1  # periods the clock of a telephone may be early or late
SECRET_BYTES = 20
ISSUER = "Ma carte Vitale"
RECOVERY_CODES = 10
MARK, RECOVERY_LENGTH = 4, 16  # characters: the mark finds the row, the other 60 bits are hashed
LONGEST_PAUSE = timedelta(hours=1)


class CodeRefused(ValueError):
    """The code is wrong, too old, or was taken already."""


def code_of(secret: str, now: datetime) -> str:
    """Give the six digits an application with that secret (base 32) shows now."""
    return f"{_totp(secret, now).token():0{DIGITS}d}"


def uri_of(device: TotpDevice) -> str:
    """Give the address an application reads its settings from (the « otpauth » of Google Authenticator)."""
    label = quote(f"{ISSUER}:{device.user.identifiant}")
    settings = {"secret": device.secret, "issuer": ISSUER, "digits": DIGITS, "period": PERIOD}
    return f"otpauth://totp/{label}?{urlencode(settings, quote_via=quote)}"


def picture_of(device: TotpDevice) -> str:
    """Give that address as a QR code: an SVG in a ``data:`` address, black on white whatever the theme."""
    code = segno.make(uri_of(device), error="m", micro=False)
    return str(code.svg_data_uri(scale=5, border=4, light="#fff", xmldecl=False, nl=False))


def pause(failures: int) -> timedelta:
    """Give how long to wait after so many wrong codes in a row: 1 s, then twice as long each time.

    One hour at most. A guess has 3 chances in a million: a day of guessing then has 1 in 9 000.
    """
    return min(timedelta(seconds=2 ** min(failures - 1, 30)), LONGEST_PAUSE)


def confirmed_device(user: User) -> TotpDevice | None:
    """Give the application that opens the desk to an agent, or None before he has one."""
    return TotpDevice.objects.filter(user=user, confirmed=True).first()


def begin_device(*, user: User) -> TotpDevice:
    """Draw a new secret, that opens nothing until ``confirm_device``; one begun before is forgotten."""
    with transaction.atomic():
        TotpDevice.objects.filter(user=user, confirmed=False).delete()
        return TotpDevice.objects.create(user=user, secret=_new_secret())


def install_device(*, user: User, now: datetime) -> TotpDevice:
    """Give an invented agent an application that is confirmed already, without recovery codes."""
    return TotpDevice.objects.create(user=user, secret=_new_secret(), confirmed=True, confirmed_at=now)


def check_code(*, device: TotpDevice, code: str, now: datetime) -> None:
    """Take a code of six digits, so that it is never taken again. Raises ``CodeRefused``, ``Paused``."""
    _take_turn(device, now)
    with transaction.atomic():
        locked = hold(TotpDevice.objects).filter(pk=device.pk).first()
        period = _period_of(locked, code, now) if locked else None
        if locked is None or period is None:
            raise CodeRefused
        locked.last_period, locked.failures, locked.retry_at = period, 0, None
        locked.save(update_fields=["last_period", "failures", "retry_at"])


def spend_recovery_code(
    *, device: TotpDevice, code: str, now: datetime, request: HttpRequest | None = None
) -> int:
    """Take a recovery code, once, and leave a trace; give how many are left. Raises as ``check_code``."""
    _take_turn(device, now)
    text = canonical(code)
    row = device.recovery_codes.filter(mark=text[:MARK], used_at=None).first()
    if row is None or not check_password(text[MARK:], row.hash):
        raise CodeRefused
    with transaction.atomic():
        if not RecoveryCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
            raise CodeRefused
        TotpDevice.objects.filter(pk=device.pk).update(failures=0, retry_at=None)
        trace(Act.RECOVERY_CODE_USED, at=now, request=request, by=device.user, about=device.user.identifiant)
    return int(device.recovery_codes.filter(used_at=None).count())


def confirm_device(
    *, device: TotpDevice, code: str, now: datetime, request: HttpRequest | None = None
) -> list[str]:
    """Let an application just begun open the desk, in the place of the former one; give its recovery codes.

    They are kept hashed: nobody can be shown them again. The agent's other sessions end. Raises as
    ``check_code``.
    """
    check_code(device=device, code=code, now=now)
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    while len({code[:MARK] for code in codes}) < RECOVERY_CODES:
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    rows = [RecoveryCode(device=device, mark=code[:MARK], hash=make_password(code[MARK:])) for code in codes]
    with transaction.atomic():
        TotpDevice.objects.filter(user=device.user, confirmed=True).exclude(pk=device.pk).delete()
        begun = TotpDevice.objects.filter(pk=device.pk, confirmed=False)
        if not begun.update(confirmed=True, confirmed_at=now):
            raise CodeRefused
        RecoveryCode.objects.bulk_create(rows)
        end_sessions(device.user, keep=request.session.session_key if request else None)
        trace(Act.OTP_SET_UP, at=now, request=request, by=device.user, about=device.user.identifiant)
    return [display(code) for code in codes]


def reset_device(*, user: User, now: datetime, request: HttpRequest | None = None) -> bool:
    """Take an agent's application away, and its recovery codes; tell whether he had one.

    His sessions end; he sets another up when he next signs in.
    """
    with transaction.atomic():
        found, _ = TotpDevice.objects.filter(user=user).delete()
        end_sessions(user, keep=None)
        if found:
            agent = user.agent
            caisse = agent.caisse if agent else None
            trace(Act.OTP_RESET, at=now, request=request, caisse=caisse, about=user.identifiant)
    return bool(found)


def _take_turn(device: TotpDevice, now: datetime) -> None:
    """Count a try as wrong until it is found right, so that tries at once are no more than tries in turn."""
    with transaction.atomic():
        locked = hold(TotpDevice.objects).filter(pk=device.pk).first()
        if locked is None:
            raise CodeRefused
        wait = math.ceil((locked.retry_at - now).total_seconds()) if locked.retry_at else 0
        if wait <= 0:
            locked.failures += 1
            locked.retry_at = now + pause(locked.failures)
            locked.save(update_fields=["failures", "retry_at"])
    if wait > 0:
        raise Paused(wait)


def _period_of(device: TotpDevice, code: str, now: datetime) -> int | None:
    """Give the period a code is of, when it may still be taken; else None."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        return None
    totp = _totp(device.secret, now)
    if not totp.verify(int(digits), tolerance=DRIFT, min_t=device.last_period + 1):
        return None
    return int(totp.t())


def _totp(secret: str, now: datetime) -> TOTP:
    totp = TOTP(b32decode(secret), step=PERIOD, digits=DIGITS)
    totp.time = now.timestamp()
    return totp


def _new_secret() -> str:
    return b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _new_recovery_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH))
