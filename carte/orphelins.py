"""Files no row names, and rows whose file is lost: what a crash half-way leaves behind (P5).

Folder by folder, with one listing and one query for each, so that a million files are never held at once.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from django.core.files.storage import default_storage

from carte.files import remove_file
from carte.models import Page

logger = logging.getLogger(__name__)

# A file is stored before its row is committed: a young one may only be on its way.
GRACE = timedelta(hours=1)
# The folders ``random_name`` spreads files over. Nothing else is looked at, so nothing else can be removed.
FOLDERS = frozenset(f"{number:02x}" for number in range(256))
BATCH = 5000


def orphans(now: datetime) -> Iterator[str]:
    """Give the names of the files that no page has and that were stored over an hour ago."""
    for folder in sorted(FOLDERS.intersection(_listed("")[0])):
        # The files first: a row committed in between is then seen.
        stored = _stored(folder)
        known = Page.objects.filter(file__startswith=f"{folder}/").values_list("file", flat=True)
        yield from (name for name in sorted(stored - set(known)) if _is_old(name, now))


def lost_pages() -> Iterator[Page]:
    """Give the pages whose file is not there."""
    for folder, known in groupby(_known(), key=lambda name: name.partition("/")[0]):
        missing = set(known) - _stored(folder)
        # Looked at again, the file and then the row: what came or went meanwhile is not lost.
        gone = [name for name in missing if not default_storage.exists(name)]
        yield from Page.objects.filter(file__in=gone).select_related("piece__commande").order_by("pk")


def _stored(folder: str) -> set[str]:
    return {f"{folder}/{name}" for name in _listed(folder)[1]}


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """List the folders and files of a folder; none where nothing was ever stored."""
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _known() -> Iterator[str]:
    """Give the names rows know, in order, a few thousand at a time."""
    names = Page.objects.order_by("file").values_list("file", flat=True)
    last = ""
    while batch := list(names.filter(file__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1]


def _is_old(name: str, now: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) <= now - GRACE
    except FileNotFoundError:  # removed meanwhile
        return False


def sweep_files(now: datetime) -> int:
    """Remove the files that no page has; once none is left, tell the log of the pages that lost theirs.

    Return how many were removed. A sweep.
    """
    removed = 0
    for name in orphans(now):
        remove_file(name)
        removed += 1
    if not removed:
        for page in lost_pages():
            logger.error("A page lost its file: page %s, order %s", page.pk, page.piece.commande.reference)
    return removed
