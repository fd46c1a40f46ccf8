"""« Télécharger mes données »: everything the portal holds of a person, in one zip (A7).

A floor knows only those under it: each gives its part by ``contribute``, once models are ready. A part is
what goes into the JSON, and the files beside it. No part ever holds what is another person's: of a child of
two holders, what each sees on screen.
"""

import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.template.loader import render_to_string

from accounts.models import Assure
from vitale_portal.storage import FileUnreadable

logger = logging.getLogger(__name__)

# A file beside the JSON: its name in the zip, and how to read it when its turn comes.
FileOf = tuple[str, Callable[[], bytes]]


@dataclass(frozen=True)
class Part:
    """What one floor holds of an assuré, by headings in French; and its files."""

    data: Callable[[Assure], Mapping[str, Any]]
    files: Callable[[Assure], Iterable[FileOf]]


_PARTS: dict[str, Part] = {}


def contribute(floor: str, part: Part) -> None:
    """Add the part of a floor; called again, it takes the place of the former."""
    _PARTS[floor] = part


def whole_data(assure: Assure) -> dict[str, Any]:
    """Give the JSON as a value: the headings of every floor, the lowest first."""
    return {heading: rows for part in _PARTS.values() for heading, rows in part.data(assure).items()}


def archive(assure: Assure, now: datetime) -> Iterator[bytes]:
    """Give the zip piece by piece: no more than one file of it is in memory, and none on the disk.

    Reads while it is sent, outside any transaction. A file that cannot be read is named in the last entry.
    """
    sink = _Sink()
    lost: list[str] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as opened:
        stamp = now.astimezone(UTC).timetuple()[:6]
        for name, read in _entries(assure, now):
            try:
                content = read()
            except (FileNotFoundError, FileUnreadable):
                logger.exception("A file of an export cannot be read")
                lost.append(name)
                continue
            opened.writestr(_entry(name, stamp), content)
            yield sink.taken()
        if lost:
            opened.writestr(_entry("FICHIERS-ILLISIBLES.txt", stamp), "\n".join(lost))
    yield sink.taken()


def _entries(assure: Assure, now: datetime) -> Iterator[FileOf]:
    facts = {"assure": assure, "at": now}
    yield "LISEZ-MOI.txt", lambda: render_to_string("accounts/mes_donnees.txt", facts).encode()
    yield "mes-donnees.json", lambda: _json(whole_data(assure))
    for part in _PARTS.values():
        yield from part.files(assure)


def _entry(name: str, stamp: Any) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, stamp)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: Any) -> str:
    """Write an instant (UTC) or a day as ISO 8601 has them; anything else does not belong there."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export")


class _Sink(io.RawIOBase):
    """Where the zip is written: it waits there until it is taken, and cannot be gone back to."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        """Tell that it is written to."""
        return True

    def write(self, data: Any) -> int:
        """Keep some bytes."""
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        """Give what was written since the last time."""
        given = bytes(self._written)
        self._written.clear()
        return given
