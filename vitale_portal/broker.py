"""The broker of the embedded default: files in a folder, each there whole or not at all.

Kombu's own transport opens a message's file, then writes it; a reader between the two takes an empty
message, and the worker ends. Here it is written aside and renamed, which a file system does at once.
"""

import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem


class Channel(filesystem.Channel):
    """A channel that puts its messages in one step."""

    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time.monotonic_ns():020d}_{uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        aside = folder / f"{name}.part"
        aside.write_text(json.dumps(payload), encoding="utf-8")
        aside.rename(folder / name)


class Transport(filesystem.Transport):
    """What ``filesystem://`` means in this project (see ``vitale_portal.celery``)."""

    Channel = Channel
