"""Stored pictures: each page has its file as it was stored, each file has its page (P4 to P6)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from django.core.files.storage import default_storage

from carte.models import Commande, Page
from carte.orphelins import orphans
from suivi.verification.question import Anomaly, named, shown
from vitale_portal.storage import FileUnreadable


def each_page_has_its_file() -> Iterator[Anomaly]:
    """Tell the pages whose file is lost, can't be read, or is not what was stored."""
    pages = Page.objects.order_by("pk").values_list("piece__commande__reference", "file", "sha256")
    for reference, name, sha256 in pages.iterator():
        found = _digest(name)
        # Looked at again: a page that was replaced meanwhile took its file with it.
        if found != sha256 and Page.objects.filter(file=name).exists():
            yield Anomaly(shown(named(Commande, reference), name), sha256, found)


def _digest(name: str) -> str:
    try:
        with default_storage.open(name, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return "absent"
    except FileUnreadable:
        return "illisible"


def each_file_has_its_page(now: datetime) -> Iterator[Anomaly]:
    """Tell the files that no page has, stored over an hour ago."""
    for name in orphans(now):
        yield Anomaly(shown("fichier", name), "une page", "–")
