"""Codes hashed with a key that is not in the database (A2): the database alone gives none of them away."""

import argon2
import pytest
from django.contrib.auth.hashers import check_password, make_password
from pytest_django import Settings

CODE = "Rouge-gorge7"
KEYED, PLAIN = "accounts.hashers.KeyedHasher", "accounts.hashers.CodePersonnelHasher"


@pytest.fixture(autouse=True)
def keyed(settings: Settings) -> Settings:
    settings.PASSWORD_HASHERS = [KEYED, PLAIN]
    settings.VITALE_CODES_KEY = "first key"
    return settings


def test_code_is_known_again_and_another_is_not() -> None:
    encoded = make_password(CODE)
    assert (check_password(CODE, encoded), check_password(CODE + "!", encoded)) == (True, False)
    assert encoded.startswith("argon2hmac$argon2id$v=19$m=47104,t=1,p=1$")
    assert len(encoded) <= 128


def test_the_database_alone_does_not_let_a_code_be_tried() -> None:
    """A thief has the hash, and tries the very code."""
    rest = make_password(CODE).partition("$")[2]
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify("$" + rest, CODE)


def test_another_key_knows_no_code(keyed: Settings) -> None:
    encoded = make_password(CODE)
    keyed.VITALE_CODES_KEY = "second key"
    assert not check_password(CODE, encoded)


def test_hash_from_before_the_key_still_opens_and_is_made_anew(keyed: Settings) -> None:
    keyed.PASSWORD_HASHERS = [PLAIN]
    before = make_password(CODE)
    keyed.PASSWORD_HASHERS = [KEYED, PLAIN]
    renewed: list[str] = []
    assert check_password(CODE, before, setter=renewed.append)
    assert renewed == [CODE]
