"""The second step of signing in: six digits sent by mail, on a device that is not trusted (A11)."""

import secrets
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import Assure, Device, MailedCode
from accounts.notices import write_mail
from accounts.rates import over_rate
from accounts.sign_in.locks import Paused

DIGITS = 6
TRIES = 5
LIFE = timedelta(minutes=10)
CODES_AN_HOUR = 5


class Verdict(Enum):
    """What came of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # used, tried too often, or too old: another has to be asked for


def is_needed(device: Device | None, now: datetime) -> bool:
    """Tell whether the second step is asked for on that device."""
    return not is_spared() and (device is None or not device.is_trusted(now))


def is_spared() -> bool:
    """Tell whether this is a demonstration whose identities go without."""
    return bool(settings.VITALE_DEMONSTRATION and settings.VITALE_SPARE_DEMONSTRATION)


def check_spared(**_options: object) -> list[CheckMessage]:
    """System check: nobody is spared outside a demonstration."""
    if settings.VITALE_SPARE_DEMONSTRATION and not settings.VITALE_DEMONSTRATION:
        return [
            Error(
                "VITALE_SPARE_DEMONSTRATION épargne la deuxième étape de la connexion, et ce portail n’est "
                "pas une démonstration.",
                hint="Retirez VITALE_SPARE_DEMONSTRATION de l’environnement.",
                id="accounts.E001",
            )
        ]
    return []


def send_code(*, assure: Assure, now: datetime) -> MailedCode:
    """Draw six digits, keep their hash and write the mail that carries them.

    He has an account, and an e-mail address. Raises ``Paused`` when too many were sent in the hour.
    """
    wait = over_rate(f"mailed code for {assure.user.pk}", CODES_AN_HOUR, now)
    if wait:
        raise Paused(wait)
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    salt = secrets.token_hex(16)
    with transaction.atomic():
        code = MailedCode.objects.create(
            user=assure.user, salt=salt, code_hash=_hashed(salt, digits), expires_at=now + LIFE
        )
        write_mail(assure.email, "second_step", at=now, code=digits)
    return code


def try_code(*, code: MailedCode, digits: str, now: datetime) -> Verdict:
    """Try six digits against a code. Each try is counted before it is compared; the right one once."""
    live = MailedCode.objects.filter(pk=code.pk, used_at=None, expires_at__gt=now)
    if not live.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        return Verdict.OVER
    code.tries += 1
    if not constant_time_compare(code.code_hash, _hashed(code.salt, digits)):
        return Verdict.WRONG
    return Verdict.RIGHT if live.update(used_at=now) else Verdict.OVER


def tries_left(code: MailedCode) -> int:
    """Give how many tries a code has left."""
    return max(0, TRIES - code.tries)


def _hashed(salt: str, digits: str) -> str:
    """Hash with our key: the million codes there are can't be tried on the database alone."""
    return salted_hmac(f"accounts.second_step {salt}", digits, algorithm="sha256").hexdigest()
