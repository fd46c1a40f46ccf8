"""All that is sealed with an older key sealed anew with the first one, while the portal serves (P5).

Nothing is kept of how far it got: each sealed thing names its key, so what a kill left undone is found
again, and a second run finds nothing to do. One thing at a time, each whole or not at all, and nothing is
written over what somebody else wrote meanwhile.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.files.storage import storages
from django.db.models import BinaryField, Expression, ExpressionWrapper, F, FileField, Model
from django.db.models.functions import Substr

from vitale_portal.at_rest import ASIDE
from vitale_portal.sealing import BEGINNING, SealedField, Unreadable, key_id_of, place_of_column, sealer
from vitale_portal.storage import EncryptedStorage, FileUnreadable

BATCH = 500


@dataclass
class Tally:
    """What was found of one kind: by key as it stood, sealed anew, gone meanwhile, unreadable."""

    kind: str
    by_key: Counter[str] = field(default_factory=Counter)
    resealed: int = 0
    gone: int = 0
    unreadable: list[str] = field(default_factory=list)

    def older(self, first: str) -> int:
        """Count what was sealed with another key than ``first``."""
        return self.by_key.total() - self.by_key[first]


def rotate(*, dry_run: bool) -> list[Tally]:
    """Seal anew all that is not sealed with the first key, or only count it."""
    return [*(rotate_column(column, dry_run=dry_run) for column in sealed_columns()), rotate_files(dry_run)]


def sealed_columns() -> Iterator[BinaryField[Any, Any]]:
    """Find every column where something sealed may lie, of every model of every app."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:  # noqa: SLF001 -- documented
            yield from (
                column
                for column in model._meta.local_concrete_fields  # noqa: SLF001 -- documented
                if isinstance(column, BinaryField)
            )


def rotate_column(column: BinaryField[Any, Any], *, dry_run: bool) -> Tally:
    """Seal anew the rows of a column; a row that changed since it was read is left as it is now."""
    model: type[Model] = column.model
    tally = Tally(f"{model._meta.db_table}.{column.column}")  # noqa: SLF001 -- documented
    first = sealer().key_ids[0]
    for key, sealed in sealed_rows(column):
        try:
            key_id = key_id_of(sealed).decode("ascii", "replace")
            tally.by_key[key_id] += 1
            if key_id == first or dry_run:
                continue
            content = sealer().unseal(sealed, _place(column, key))
        except Unreadable:
            tally.unreadable.append(str(key))
            continue
        rows = model._base_manager.annotate(raw=_raw(column)).filter(pk=key, raw=sealed)  # noqa: SLF001
        value = content.decode() if isinstance(column, SealedField) else _anew(column, key, content)
        done = rows.update(**{column.attname: value})
        tally.resealed += done
        tally.gone += not done
    return tally


def _anew(column: BinaryField[Any, Any], key: object, content: bytes) -> bytes:
    return sealer().seal(content, _place(column, key))


def _place(column: BinaryField[Any, Any], key: object) -> bytes:
    """Give what a value is bound to: its column, unless its model has a ``sealed_place`` for its rows.

    Raises ``Unreadable`` when the row went meanwhile.
    """
    model = column.model
    if not hasattr(model, "sealed_place"):
        return place_of_column(column)
    row = model._base_manager.filter(pk=key).first()  # noqa: SLF001 -- documented
    if row is None:
        raise Unreadable("gone")
    place: bytes = row.sealed_place()
    return place


def _raw(column: BinaryField[Any, Any]) -> Expression:
    """Read a column as it lies, without opening it."""
    return ExpressionWrapper(F(column.attname), output_field=BinaryField())


def sealed_rows(column: BinaryField[Any, Any]) -> Iterator[tuple[object, bytes]]:
    """Give key and sealed bytes of each row that has some, a few hundred at a time, by growing key.

    A column of bytes may hold what is not sealed (a PDF): the database looks at how it begins.
    """
    raw = _raw(column)
    manager = column.model._base_manager.annotate(raw=raw)  # noqa: SLF001 -- documented
    head = Substr(raw, 1, len(BEGINNING), output_field=BinaryField())
    some = (
        manager.exclude(raw=None)
        if isinstance(column, SealedField)
        else manager.annotate(head=head).filter(head=BEGINNING)
    )
    rows: Any = some.order_by("pk").values_list("pk", "raw")
    batch = list(rows[:BATCH])
    while batch:
        yield from ((key, bytes(sealed)) for key, sealed in batch)
        batch = list(rows.filter(pk__gt=batch[-1][0])[:BATCH])


def rotate_files(dry_run: bool) -> Tally:
    """Seal anew the stored files, those that no row has included."""
    storage = _storage()
    tally = Tally("fichiers")
    for name in _stored(storage, ""):
        try:
            key_id = storage.key_id(name)
            tally.by_key[key_id] += 1
            if key_id != sealer().key_ids[0] and not dry_run:
                _reseal(storage, name)
                tally.resealed += 1
        except FileNotFoundError:
            tally.gone += 1
        except FileUnreadable:
            tally.unreadable.append(name)
    return tally


def _reseal(storage: EncryptedStorage, name: str) -> None:
    """Seal a file anew. Raises ``FileNotFoundError`` when it went meanwhile, and then it is gone indeed.

    A file is removed after its row, and might come back here in between: one that lost its row while it
    was sealed anew is removed again. One that had no row yet is on its way, or an orphan.
    """
    had_row = _has_row(name)
    storage.reseal(name)
    if had_row and not _has_row(name):
        storage.delete(name)
        raise FileNotFoundError(name)


def _has_row(name: str) -> bool:
    return any(
        column.model._base_manager.filter(**{column.attname: name}).exists()  # noqa: SLF001 -- documented
        for model in apps.get_models(include_auto_created=True)
        for column in model._meta.local_concrete_fields  # noqa: SLF001 -- documented
        if isinstance(column, FileField)
    )


def _storage() -> EncryptedStorage:
    storage = storages["default"]
    if not isinstance(storage, EncryptedStorage):
        raise TypeError("the default storage does not encrypt")
    return storage


def _stored(storage: EncryptedStorage, folder: str) -> Iterator[str]:
    """Give the names of all stored files, a folder at a time."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}{name}" for name in sorted(files) if not name.endswith(ASIDE))
    for name in sorted(folders):
        yield from _stored(storage, f"{folder}{name}/")
