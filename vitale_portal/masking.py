"""What must not be read in a log: NIRs, e-mail addresses, IBANs, what follows « ? » in an address, tokens.

Every record of every logger is masked as it is made, message and traceback, so that no handler, ours or that
of gunicorn or Celery, can write it otherwise. ``LOGGING_CONFIG`` of the settings names ``configure``.
"""

import logging
import logging.config
import re
from typing import Any

MASK = "…"

# What may stand between two characters of a number as people write it, or as an address writes that.
_GAP = r"(?:[\s.\-_+]|%20|%C2%A0|%E2%80%AF|&nbsp;){0,3}"
_TWO, _SIX = _GAP.join([r"\d"] * 2), _GAP.join([r"\d"] * 6)
_MONTH = rf"(?:0{_GAP}[1-9]|1{_GAP}[0-2]|2{_GAP}0|3{_GAP}\d|4{_GAP}[0-2]|[5-9]{_GAP}\d)"
_DEPARTMENT = rf"(?:{_TWO}|2{_GAP}[AB])"
_NIR = _GAP.join(["[1-478]", _TWO, _MONTH, _DEPARTMENT, _SIX]) + rf"(?:{_GAP}{_TWO})?"
# An address writes a space before it « %20 », which ends with a figure of its own.
_ALONE = r"(?:(?<![\d%])(?<!\d\.)|(?<=%[0-9A-F]{2}))", r"(?!\d)"

MASKS = (
    # 13 or 15 characters with any gaps (A1); and any 13 or 15 figures in a row: one of them may be wrong.
    (re.compile(_ALONE[0] + rf"(?:{_NIR}|\d{{13}}(?:\d\d)?)" + _ALONE[1], re.IGNORECASE), MASK),
    (re.compile(r"(?<![\w.+-])[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE), MASK),
    (re.compile(r"\b[A-Z]{2}\d\d(?:[ +]?[A-Z0-9]{4}){3,7}(?:[ +]?[A-Z0-9]{1,3})?\b"), MASK),
    # What is asked for after « ? »: what people search, codes and tokens of links.
    (re.compile(r"(?<=[\w/])\?[^\s\"'<>]+"), f"?{MASK}"),
    # A token in a path: long, letters and figures. Not the identifiers of tasks.
    (re.compile(r"(?<=[/=])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}"), MASK),
    # The row or the key by which PostgreSQL explains a refusal.
    (re.compile(r"Failing row contains \(.*\)"), f"Failing row contains ({MASK})"),
    (re.compile(r"\)=\(.*?\)(?= already exists| is not present| is still referenced|\.|$)"), f")=({MASK})"),
)


def masked(text: str) -> str:
    """Give a text without what may name somebody or let somebody in."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text


class MaskedRecord(logging.LogRecord):
    """A record whose words, traceback included, are masked before any handler has them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            words = self.getMessage()
        except Exception:  # noqa: BLE001 -- arguments that do not fit: they are left out, the words are told
            words = str(self.msg)
        self.msg, self.args = masked(words), ()
        if self.exc_info:
            self.exc_text = masked(logging.Formatter().formatException(self.exc_info))
        if self.stack_info:
            self.stack_info = masked(self.stack_info)


def configure(config: dict[str, Any]) -> None:
    """Configure the logs as the settings say, every record masked."""
    logging.setLogRecordFactory(MaskedRecord)
    logging.config.dictConfig(config)
