"""What docs/asvs.md and docs/security.md promise to answer and to name."""

import csv
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ASVS, SECURITY = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("asvs.md", "security.md"))
ANSWERS = {"done", "n/a", "operator", "partial", "refused"}
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+?) \| ?([^|]*)\|$", re.MULTILINE)
FILE = re.compile(r"`((?:[\w-]+/)+[\w.-]+|[\w.-]+\.(?:py|yml|toml|md)|\.dockerignore)`")


def test_every_requirement_of_levels_1_and_2_has_one_answer() -> None:
    with (ROOT / "tests/data/asvs5.csv").open(encoding="utf-8", newline="") as file:
        asked = [row["id"] for row in csv.DictReader(file)]
    assert sorted(number for number, *_ in ROW.findall(ASVS)) == sorted(asked)
    assert len(asked) == len(set(asked)) == 253


def test_every_answer_is_one_of_five_and_says_where_or_why() -> None:
    wrong = [
        number
        for number, answer, words in ROW.findall(ASVS)
        if answer.removesuffix(" ‡") not in ANSWERS or not words.strip()
    ]
    assert wrong == []


@pytest.mark.parametrize("text", [ASVS, SECURITY], ids=["asvs", "security"])
def test_every_file_named_is_there(text: str) -> None:
    named = set(FILE.findall(text)) | set(re.findall(r"\]\(([\w./-]+\.md)\)", text))
    there = {name for name in named if (ROOT / name).exists() or (ROOT / "docs" / name).exists()}
    assert (named - there, len(there) > 5) == (set(), True)
