"""Going over to a new key (P5): all that is sealed is sealed anew, and nothing is lost on the way."""

from base64 import b64encode
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Assure, Reprise, Session
from carte.models import Page, Recapitulatif
from suivi.verification.fichiers import each_page_has_its_file
from tests.factories import NOW, AssureFactory, CommandeFactory, assure_ready, whole_draft
from vitale_portal import rotation
from vitale_portal.at_rest import FolderStorage
from vitale_portal.rotation import rotate, sealed_columns
from vitale_portal.sealing import key_id_of, place_of_column, sealer

OLD, NEW = (
    f"{name}:{b64encode(bytes(range(at, at + 32))).decode()}" for name, at in (("old", 0), ("new", 1))
)
IBAN = "FR7630006000011234567890189"
pytestmark = pytest.mark.django_db


def use(settings: Settings, *keys: str) -> None:
    settings.VITALE_PIECES_KEYS = ",".join(keys)
    default = settings.STORAGES["default"]
    options = default["OPTIONS"] | {"keys": settings.VITALE_PIECES_KEYS}
    settings.STORAGES = settings.STORAGES | {"default": default | {"OPTIONS": options}}


@pytest.fixture(autouse=True)
def root(pieces_root: Path, settings: Settings) -> Path:
    """Where the bytes lie, first under the old key alone."""
    use(settings, OLD)
    return pieces_root


def store(name: str, content: bytes = b"a picture") -> str:
    return default_storage.save(name, ContentFile(content))


def keys_on_disk(root: Path) -> set[bytes]:
    return {key_id_of(path.read_bytes()) for path in root.rglob("*") if path.is_file()}


def key_in_column(assure: Assure) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT iban FROM accounts_assure WHERE id = %s", [assure.pk])
        return key_id_of(bytes(cursor.fetchone()[0]))


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def counts() -> dict[str, tuple[int, int, int]]:
    return {
        tally.kind: (tally.resealed, tally.gone, len(tally.unreadable)) for tally in rotate(dry_run=False)
    }


def test_iban_is_among_the_columns_found() -> None:
    assert b"accounts_assure.iban" in {place_of_column(column) for column in sealed_columns()}


def test_files_and_columns_go_over_and_the_old_key_may_leave(root: Path, settings: Settings) -> None:
    assure = AssureFactory(iban=IBAN)
    name = store("ab/picture")
    use(settings, NEW, OLD)
    assert "La clé old peut quitter VITALE_PIECES_KEYS." in said()
    assert (keys_on_disk(root), key_in_column(assure)) == ({b"new"}, b"new")
    use(settings, NEW)
    assert default_storage.open(name).read() == b"a picture"
    assert Assure.objects.get(pk=assure.pk).iban == IBAN


def test_pages_of_orders_are_as_they_were_stored(settings: Settings) -> None:
    whole_draft()
    before = dict(Page.objects.values_list("file", "sha256"))
    use(settings, NEW, OLD)
    assert counts()["fichiers"] == (len(before), 0, 0)
    assert (dict(Page.objects.values_list("file", "sha256")), list(each_page_has_its_file())) == (before, [])


def test_dry_run_counts_and_changes_nothing(root: Path, settings: Settings) -> None:
    assure = AssureFactory(iban=IBAN)
    store("ab/picture")
    use(settings, NEW, OLD)
    lines = said("--dry-run")
    assert "fichiers\N{NO-BREAK SPACE}: 0 sous la clé new, 1 sous une autre" in lines
    assert "La clé old doit rester\N{NO-BREAK SPACE}: 2 contenu(s) en dépendent." in lines
    assert (keys_on_disk(root), key_in_column(assure)) == ({b"old"}, b"old")


def test_second_run_finds_nothing_to_do(settings: Settings) -> None:
    AssureFactory(iban=IBAN)
    store("ab/picture")
    use(settings, NEW, OLD)
    assert sum(done for done, *_ in counts().values()) == 2
    assert sum(done for done, *_ in counts().values()) == 0


def test_run_that_was_killed_goes_on_where_it_stood(
    root: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        store(f"ab/{number}")
    use(settings, NEW, OLD)
    replace, done = FolderStorage.replace, []

    def killed_at_the_third(self: FolderStorage, name: str, content: bytes) -> None:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(name)
        replace(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(FolderStorage, "replace", killed_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            rotate(dry_run=False)
    assert keys_on_disk(root) == {b"old", b"new"}
    assert counts()["fichiers"] == (3, 0, 0)
    assert keys_on_disk(root) == {b"new"}


def test_kill_before_the_rename_leaves_the_file_and_what_was_written_aside_is_passed_over(
    root: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store("ab/picture")
    (root / "ab" / ".leftover.aside").write_bytes(b"half")
    use(settings, NEW, OLD)

    def full(_descriptor: int) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("vitale_portal.at_rest.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            rotate(dry_run=False)
    assert sorted(path.name for path in (root / "ab").iterdir()) == [".leftover.aside", "picture"]
    assert default_storage.open("ab/picture").read() == b"a picture"
    assert counts()["fichiers"] == (1, 0, 0)


def test_file_stays_for_the_portal_alone(root: Path, settings: Settings) -> None:
    store("ab/picture")
    use(settings, NEW, OLD)
    rotate(dry_run=False)
    assert oct((root / "ab/picture").stat().st_mode)[-3:] == "600"


def test_file_that_goes_before_its_turn_does_not_come_back(
    root: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store("ab/picture")
    use(settings, NEW, OLD)
    key_of = rotation.EncryptedStorage.key_id

    def removed_since(self: rotation.EncryptedStorage, name: str) -> str:
        found = key_of(self, name)
        (root / name).unlink()
        return found

    monkeypatch.setattr(rotation.EncryptedStorage, "key_id", removed_since)
    assert counts()["fichiers"] == (0, 1, 0)
    assert list((root / "ab").iterdir()) == []


def test_piece_erased_while_its_file_is_sealed_anew_does_not_come_back(
    root: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P6: what was erased stays so."""
    whole_draft()
    use(settings, NEW, OLD)
    replace = FolderStorage.replace

    def erased_meanwhile(self: FolderStorage, name: str, content: bytes) -> None:
        Page.objects.filter(file=name).delete()
        (root / name).unlink()
        store_again = self.path(name)
        Path(store_again).write_bytes(b"")  # the rename wins the race by a hair
        replace(self, name, content)

    monkeypatch.setattr(FolderStorage, "replace", erased_meanwhile)
    done, gone, unreadable = counts()["fichiers"]
    assert (done, gone > 0, unreadable) == (0, True, 0)
    assert keys_on_disk(root) == set()


def test_row_that_changes_meanwhile_keeps_its_new_value(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assure = AssureFactory(iban=IBAN)
    other = "FR1420041010050500013M02606"
    use(settings, NEW, OLD)
    rows = rotation.sealed_rows

    def changed_since(column: object) -> Iterator[tuple[object, bytes]]:
        for key, sealed in rows(column):  # type: ignore[arg-type]
            Assure.objects.filter(pk=key).update(iban=other)
            yield key, sealed

    monkeypatch.setattr(rotation, "sealed_rows", changed_since)
    assert counts()["accounts_assure.iban"] == (0, 1, 0)
    assert Assure.objects.get(pk=assure.pk).iban == other


def test_row_is_compared_and_swapped_in_one_statement(settings: Settings) -> None:
    """A subquery would be judged before a concurrent write, and lose it."""
    AssureFactory(iban=IBAN)
    use(settings, NEW, OLD)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rotate(dry_run=False)
    (update,) = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert (update.count("SELECT"), update.count('"iban"')) == (0, 2)


def test_row_without_a_value_stays_so(settings: Settings) -> None:
    assure = AssureFactory(iban=None)
    use(settings, NEW, OLD)
    assert counts()["accounts_assure.iban"] == (0, 0, 0)
    assert Assure.objects.get(pk=assure.pk).iban is None


def test_more_rows_than_a_batch_all_go_over(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    for _ in range(5):
        AssureFactory(iban=IBAN)
    use(settings, NEW, OLD)
    assert counts()["accounts_assure.iban"] == (5, 0, 0)


def test_what_does_not_open_is_told_left_alone_and_makes_the_command_fail(
    root: Path, settings: Settings
) -> None:
    store("ab/good")
    name = store("ab/changed")
    changed = (root / name).read_bytes()[:-1] + b"!"
    (root / name).write_bytes(changed)
    (root / "ab/plain").write_bytes(b"never sealed")
    use(settings, NEW, OLD)
    with pytest.raises(CommandError, match=r"2 contenu\(s\) illisible\(s\)"):
        said()
    assert (root / name).read_bytes() == changed
    assert key_id_of((root / "ab/good").read_bytes()) == b"new"


def test_key_that_is_missing_is_named(settings: Settings) -> None:
    store("ab/picture")
    use(settings, NEW)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("rotate_keys", stdout=out, stderr=out)
    assert "La clé old manque\N{NO-BREAK SPACE}: 1 contenu(s) ne s’ouvrent pas sans elle." in out.getvalue()


def test_folder_gives_the_first_bytes() -> None:
    store("ab/picture")
    assert storages["at_rest"].first_bytes("ab/picture", 9) == b"VTLP\x01\x03old"  # type: ignore[attr-defined]


PLACES = {"its column": None, "what its row says": b"of this row"}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_bytes_sealed_by_hand_go_over_among_others_that_are_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, place: bytes | None
) -> None:
    """A letter may wait sealed in a column of bytes; PDFs lie in others, or in the same."""
    column = Recapitulatif._meta.get_field("pdf")  # noqa: SLF001 - documented
    if place:
        monkeypatch.setattr(Recapitulatif, "sealed_place", lambda _row: place, raising=False)
    sealed, plain = (
        Recapitulatif.objects.create(
            commande=CommandeFactory(author=assure_ready()), made_at=NOW, sha256="0" * 64, pdf=b"%PDF-1.7"
        )
        for _ in range(2)
    )
    bound = place or place_of_column(column)
    Recapitulatif.objects.filter(pk=sealed.pk).update(pdf=sealer().seal(b"a letter", bound))
    use(settings, NEW, OLD)
    assert counts()[place_of_column(column).decode()] == (1, 0, 0)
    use(settings, NEW)
    sealed.refresh_from_db()
    plain.refresh_from_db()
    assert (sealer().unseal(bytes(sealed.pdf), bound), bytes(plain.pdf)) == (b"a letter", b"%PDF-1.7")


@pytest.mark.usefixtures("assure_client")
def test_form_kept_for_a_closed_session_goes_over(settings: Settings, assure: Assure) -> None:
    """A6: it is bound to its row, not to its column."""
    session = Session.objects.get(user=assure.user)
    row = {"session": session, "user": assure.user, "path": "/x/", "page": "/x/", "size": 6}
    kept = Reprise(kept_at=NOW, expires_at=NOW, **row)
    kept.content = sealer().seal(b"a form", kept.sealed_place())
    kept.save()
    use(settings, NEW, OLD)
    assert counts()["accounts_reprise.content"] == (1, 0, 0)
    use(settings, NEW)
    kept.refresh_from_db()
    assert sealer().unseal(bytes(kept.content), kept.sealed_place()) == b"a form"
