"""Database and files in the hands of a thief: what he reads, and what he does not (P5, A2, A7)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection

from carte.models import Page
from tests.factories import CODE, CommandeFactory, assure_ready, explained, whole_draft

IBAN = "FR7630006000011234567890189"
PROVISIONAL = "7K2MQ9XWRT"


def every_value() -> Iterator[bytes]:
    """Give every value of every table, as it lies."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of our own tables
            for row in cursor.fetchall():
                yield from (bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)


@pytest.mark.django_db
def test_thief_reads_no_piece_no_code_and_no_iban(pieces_root: Path) -> None:
    assure = assure_ready()
    assure.iban = IBAN
    assure.save()
    assure.user.set_password(CODE)
    assure.user.save()
    draft = whole_draft(author=assure)
    words = "Je ne peux pas quitter mon lit depuis deux mois."
    explained(CommandeFactory(author=assure_ready()))
    database = b"\n".join(every_value())
    files = [path.read_bytes() for path in pieces_root.rglob("*") if path.is_file()]
    assert len(files) == Page.objects.count() > 0
    assert [part for part in (IBAN.encode(), IBAN[-7:].encode(), CODE.encode()) if part in database] == []
    assert words.encode() not in database
    assert [raw[:4] for raw in files] == [b"VTLP"] * len(files)
    assert [
        raw for raw in files if b"\xff\xd8\xff" in raw[:64] or b"JFIF" in raw or words.encode() in raw
    ] == []
    # What he does read: the portal searches and joins by it.
    assert draft.beneficiaire.nom.encode() in database
    assert str(draft.beneficiaire.nir).encode() in database


def test_short_code_is_hashed_like_any_other(settings: object) -> None:
    settings.PASSWORD_HASHERS = ["accounts.hashers.KeyedHasher"]  # type: ignore[attr-defined]
    settings.VITALE_CODES_KEY = "a key"  # type: ignore[attr-defined]
    assert PROVISIONAL not in make_password(PROVISIONAL)
    assert make_password("123456") != make_password("123456")
