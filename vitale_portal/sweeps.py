"""What sweeps share (section 10)."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

logger = logging.getLogger(__name__)
Row = TypeVar("Row")


def each(rows: Iterable[Row], act: Callable[[Row], bool], most: int | None = None) -> int:
    """Act on each row by itself; return on how many it did something.

    It ends after ``most`` of those. A row that fails is told to the log and steps aside: the others do
    not wait for it.
    """
    done = 0
    for row in rows:
        if most is not None and done >= most:
            break
        try:
            done += act(row)
        except Exception:  # whatever is wrong with one row is not the matter of the next
            logger.exception("A sweep left a row aside: %s %s", type(row).__name__, getattr(row, "pk", ""))
    return done
