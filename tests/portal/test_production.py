"""A portal for real people does not start with the settings of a demonstration."""

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.core.checks import Tags
from django.core.checks.registry import registry
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from pytest_django import Settings

from vitale_portal.management.commands.portal import check_settings_are_safe
from vitale_portal.production import REFUSALS, check_production, entropy, refuse_unsafe_start

KEY = bytes.fromhex("9f3a61c8e05d7b4412f09be3a8c7d65e0b91f48a3dc26e57f1a0843bc9d2e76f")
GOOD: dict[str, Any] = {
    "DEBUG": False,
    "VITALE_DEMONSTRATION": False,
    "SECRET_KEY": "Vq3fT8xLr0yW2mZk7NcJbQe5HsUa9GdPiXo4RlMvEtYw6KzB1hCnSjFu",
    "VITALE_PIECES_KEYS": f"k1:{b64encode(KEY).decode()}",
    "VITALE_PIECES_BUCKET": "",
    "ALLOWED_HOSTS": ["vitale.caisse.fr"],
    "CSRF_TRUSTED_ORIGINS": [],
    "VITALE_HTTPS": True,
    "VITALE_PROXIES": 1,
    "VITALE_PUBLIC_URL": "https://vitale.caisse.fr/",
    "DATABASE": {"ENGINE": "django.db.backends.postgresql", "PASSWORD": "4f1d0c7b9ae25863d7f1"},
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "smtp.caisse.fr",
    "EMAIL_USE_TLS": True,
    "EMAIL_USE_SSL": False,
    "CELERY_BROKER_URL": "redis://:x@redis:6379/0",
    "VITALE_ACCELERATION": 1.0,
    "PASSWORD_HASHERS": ["accounts.hashers.KeyedHasher"],
    "VITALE_CODES_KEY": b64encode(KEY[::-1]).decode(),
    "VITALE_SECURITY_CONTACT": "mailto:securite@caisse.fr",
    "SILENCED_SYSTEM_CHECKS": [],
}


def weak(key: bytes) -> str:
    return f"k1:{b64encode(key).decode()}"


def base(**changes: Any) -> dict[str, Any]:
    return GOOD["DATABASE"] | changes  # type: ignore[no-any-return]


# What is changed of the good settings, and the numbers of the errors it makes.
CASES: dict[str, tuple[dict[str, Any], list[int]]] = {
    "good": ({}, []),
    "short key": ({"SECRET_KEY": GOOD["SECRET_KEY"][:49]}, [10]),
    "key of 50": ({"SECRET_KEY": GOOD["SECRET_KEY"][:50]}, []),
    "one letter": ({"SECRET_KEY": "a" * 64}, [10]),
    "two letters": ({"SECRET_KEY": "ab" * 40}, [10]),
    "Django’s own": ({"SECRET_KEY": "django-insecure-" + GOOD["SECRET_KEY"]}, [10]),
    "that of the image": ({"SECRET_KEY": "build-only-thrown-away" + GOOD["SECRET_KEY"]}, [10]),
    "that of the tests": ({"SECRET_KEY": "tests-only-not-a-secret-and-long-enough-for-the-checks"}, [10]),
    "to be changed": ({"SECRET_KEY": "ChangeMe" + GOOD["SECRET_KEY"]}, [10]),
    "hexadecimal": ({"SECRET_KEY": "9f3a61c8e05d7b4412f09be3a8c7d65e0b91f48a3dc26e57f1a0843bc9d2e76f"}, []),
    "words for a key": ({"VITALE_PIECES_KEYS": weak(b"tests-only-not-a-secret-32-bytes")}, [11]),
    "zeros": ({"VITALE_PIECES_KEYS": weak(bytes(32))}, [11]),
    "a row of bytes": ({"VITALE_PIECES_KEYS": weak(bytes(range(100, 228, 4)))}, [11]),
    "half a key twice": ({"VITALE_PIECES_KEYS": weak(KEY[:16] * 2)}, [11]),
    "an old weak key may still read": (
        {"VITALE_PIECES_KEYS": f"{GOOD['VITALE_PIECES_KEYS']},old:{b64encode(bytes(32)).decode()}"},
        [],
    ),
    "malformed: another check tells": ({"VITALE_PIECES_KEYS": "k1:short"}, []),
    "one secret for two": ({"SECRET_KEY": "x" + b64encode(KEY).decode() + "yzabcdefghij"}, [12]),
    "any host": ({"ALLOWED_HOSTS": ["vitale.caisse.fr", "*"]}, [13]),
    "any host under one": ({"ALLOWED_HOSTS": ["vitale.caisse.fr", ".caisse.fr"]}, [13]),
    "no host": ({"ALLOWED_HOSTS": []}, [13, 14, 17]),
    "this machine": (
        {"ALLOWED_HOSTS": ["localhost", "127.0.0.1"], "VITALE_PUBLIC_URL": "https://localhost/"},
        [14],
    ),
    "in clear": ({"VITALE_HTTPS": False}, [15]),
    "no proxy": ({"VITALE_PROXIES": 0}, [16]),
    "public address in clear": ({"VITALE_PUBLIC_URL": "http://vitale.caisse.fr/"}, [17]),
    "public address elsewhere": ({"VITALE_PUBLIC_URL": "https://ailleurs.fr/"}, [17]),
    "origin in clear": ({"CSRF_TRUSTED_ORIGINS": ["http://vitale.caisse.fr"]}, [18]),
    "any origin": ({"CSRF_TRUSTED_ORIGINS": ["https://*.caisse.fr"]}, [18]),
    "SQLite": ({"DATABASE": {"ENGINE": "django.db.backends.sqlite3"}}, [19]),
    "password of 15": ({"DATABASE": base(PASSWORD="4f1d0c7b9ae2586")}, [20]),
    "password that is guessed": ({"DATABASE": base(PASSWORD="aaaaaaaaaaaaaaaaaaaa")}, [20]),
    "no password": ({"DATABASE": base(PASSWORD="")}, []),
    "mails in files": ({"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}, [21]),
    "mails in clear": ({"EMAIL_USE_TLS": False}, [22]),
    "mails by TLS from the start": ({"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True}, []),
    "mails to a relay beside": ({"EMAIL_USE_TLS": False, "EMAIL_HOST": "mail"}, []),
    "bucket in clear": ({"VITALE_PIECES_BUCKET": "http://a:b@s3.caisse.fr/pieces"}, [23]),
    "bucket beside": ({"VITALE_PIECES_BUCKET": "http://a:b@minio:9000/pieces"}, []),
    "bucket by TLS": ({"VITALE_PIECES_BUCKET": "https://a:b@s3.caisse.fr/pieces"}, []),
    "bucket that is none": ({"VITALE_PIECES_BUCKET": "pieces"}, [23]),
    "queue in files": ({"CELERY_BROKER_URL": "filesystem://"}, [24]),
    "time accelerated": ({"VITALE_ACCELERATION": 3600.0}, [25]),
    "cheap hash": ({"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}, [26]),
    "codes without a key": ({"PASSWORD_HASHERS": ["accounts.hashers.CodePersonnelHasher"]}, [26]),
    "one key for codes and pieces": ({"VITALE_CODES_KEY": b64encode(KEY).decode()}, [12]),
    "one key for codes and traces": ({"VITALE_TRACE_KEYS": f"t1:{GOOD['VITALE_CODES_KEY']}"}, [12]),
    "short key of codes": ({"VITALE_CODES_KEY": b64encode(KEY[:16]).decode()}, [26]),
    "words for a key of codes": ({"VITALE_CODES_KEY": "changeme"}, [26]),
    "nobody to write to": ({"VITALE_SECURITY_CONTACT": ""}, [27]),
    "a demonstration may do all that": (
        {"VITALE_DEMONSTRATION": True, "SECRET_KEY": "a", "VITALE_HTTPS": False, "VITALE_ACCELERATION": 2.0},
        [],
    ),
    "a developer’s machine too": ({"DEBUG": True, "SECRET_KEY": "a", "VITALE_HTTPS": False}, []),
    "but not with HTTPS": ({"DEBUG": True, "SECRET_KEY": "a"}, [28]),
}


def use(settings: Settings, changes: dict[str, Any]) -> None:
    for name, value in (GOOD | changes).items():
        setattr(settings, name, value)


@pytest.mark.parametrize(("changes", "numbers"), CASES.values(), ids=CASES)
def test_settings_are_judged(settings: Settings, changes: dict[str, Any], numbers: list[int]) -> None:
    use(settings, changes)
    assert [error.id for error in check_production()] == [f"vitale_portal.E{number:03}" for number in numbers]


def test_every_refusal_has_a_case() -> None:
    told = {number for _, numbers in CASES.values() for number in numbers}
    assert told == {number for number, *_ in REFUSALS} | {28}


def test_start_is_refused_with_every_sentence_and_no_secret(settings: Settings) -> None:
    use(settings, {"SECRET_KEY": "hush-hush", "VITALE_PIECES_KEYS": "k1:hush", "VITALE_ACCELERATION": 2.0})
    with pytest.raises(ImproperlyConfigured) as told:
        refuse_unsafe_start()
    sentences = str(told.value)
    assert [f"E{n:03}" in sentences for n in (2, 10, 25)] == [True] * 3
    assert "hush" not in sentences
    with pytest.raises(CommandError, match="VITALE_ACCELERATION n’est pas 1"):
        check_settings_are_safe()


def test_good_settings_start(settings: Settings) -> None:
    use(settings, {})
    refuse_unsafe_start()
    check_settings_are_safe()


@pytest.mark.parametrize(("text", "bits"), [("", 0), ("aaaa", 0), ("abab", 4), ("abcdabcd", 16)])
def test_entropy_in_bits(text: str, bits: int) -> None:
    assert entropy(text) == bits


@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import vitale_portal.wsgi"],
        ["-m", "celery", "-A", "vitale_portal", "worker", "--pool", "solo"],
        ["-m", "celery", "-A", "vitale_portal", "beat", "--schedule", "{var}/beat", "--pidfile="],
        ["manage.py", "portal", "--port", "1"],
    ],
    ids=["web", "worker", "beat", "portal"],
)
def test_each_process_ends_with_the_sentence(command: list[str], tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "VITALE_VAR_DIR": str(tmp_path), "SECRET_KEY": "default"}
    env |= {"VITALE_PIECES_KEYS": GOOD["VITALE_PIECES_KEYS"]}
    arguments = [part.format(var=tmp_path) for part in command]
    ended = subprocess.run(
        [sys.executable, *arguments],
        check=False,
        env=env,
        cwd=portal_settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode != 0
    assert "SECRET_KEY est trop courte, ou n’a pas été tirée au hasard." in ended.stderr


def test_build_of_the_image_and_commands_are_let_be() -> None:
    """Neither gathering static files nor a command such as ``rotate_keys`` asks for production."""
    assert Command.requires_system_checks == [Tags.staticfiles]
    assert check_production in registry.get_checks(include_deployment_checks=True)
    assert check_production not in registry.get_checks()
