"""References: alphabet, check character, reading and showing."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitale_portal.references import ALPHABET, LENGTH, ReferenceConverter, display, new_reference, normalise

BODIES = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1)


def complete(body: str) -> str:
    found = [body + char for char in ALPHABET if normalise(body + char) is not None]
    assert len(found) == 1  # one check character and no other
    return found[0]


@pytest.fixture(scope="module")
def reference() -> str:
    return complete("7K3F92QX4")


def test_alphabet_is_crockfords() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert "".join(ALPHABET) == "0123456789" + re.sub("[ILOU]", "", letters)


def test_new_references_are_canonical_and_differ() -> None:
    references = [new_reference() for _ in range(2_000)]
    assert [normalise(reference) for reference in references] == references
    assert len(set(references)) == 2_000
    assert set("".join(references)) == set(ALPHABET)


def test_every_single_wrong_character_is_caught_everywhere(reference: str) -> None:
    wrong = [
        reference[:place] + char + reference[place + 1 :]
        for place in range(LENGTH)
        for char in ALPHABET
        if char != reference[place]
    ]
    assert len(wrong) == LENGTH * 31
    assert [text for text in wrong if normalise(text) is not None] == []


def test_every_swap_of_two_characters_is_caught_anywhere() -> None:
    """The check is linear (see below): a swap escapes only if the difference it makes passes by itself.

    That difference is the same character, not 0, at both places, and 0 elsewhere.
    """
    differences = [
        "".join(char if place in places else "0" for place in range(LENGTH))
        for places in combinations(range(LENGTH), 2)
        for char in ALPHABET[1:]
    ]
    assert len(differences) == 45 * 31
    assert [text for text in differences if normalise(text) is not None] == []


def remainder(chars: list[str]) -> int:
    """What has to be 0, computed by a table of powers of 2 in GF(32): another way than the module's."""
    powers = [1]
    for _ in range(LENGTH - 1):
        powers.append(multiply(powers[-1], 2))
    total = 0
    for power, char in zip(reversed(powers), chars, strict=True):
        total ^= multiply(power, ALPHABET.index(char))
    return total


def multiply(left: int, right: int) -> int:
    product = 0
    for bit in range(5):
        if right >> bit & 1:
            product ^= left << bit
    for bit in range(8, 4, -1):
        if product >> bit & 1:
            product ^= 0b100101 << (bit - 5)
    return product


@given(chars=st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_normalise_accepts_exactly_what_the_field_says(chars: str) -> None:
    assert normalise(chars) == (chars if remainder(list(chars)) == 0 else None)


@given(body=BODIES, place=st.integers(0, LENGTH - 2))
def test_a_swap_of_neighbours_is_caught_in_any_reference(body: str, place: int) -> None:
    reference = complete(body)
    swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
    assert normalise(swapped) == (reference if swapped == reference else None)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("7K3F92QX4{c}", "7K3F92QX4{c}", id="canonical"),
        pytest.param("7k3f92qx4{c}", "7K3F92QX4{c}", id="lower-case"),
        pytest.param("7K3F-92QX-4{c}", "7K3F92QX4{c}", id="as-displayed"),
        pytest.param(" 7K3F 92QX\u00a04{c}\n", "7K3F92QX4{c}", id="spaces"),
        pytest.param("7K3F–92QX—4{c}", "7K3F92QX4{c}", id="dashes"),
        pytest.param("7K3F92QX4", None, id="nine"),
        pytest.param("7K3F92QX4{c}0", None, id="eleven"),
        pytest.param("07K3F92QX4{c}", None, id="leading-nought"),
        pytest.param("7K3F92QXU{c}", None, id="U"),
        pytest.param("7K3F92QX٤{c}", None, id="arabic-digit"),
        pytest.param("7K3F/92QX4{c}", None, id="slash"),
        pytest.param("", None, id="empty"),
    ],
)
def test_normalise_reads_what_people_type(text: str, read: str | None, reference: str) -> None:
    check = reference[-1]
    assert normalise(text.format(c=check)) == (None if read is None else read.format(c=check))


@pytest.mark.parametrize(
    ("typed", "meant"), [("O", "0"), ("o", "0"), ("I", "1"), ("i", "1"), ("L", "1"), ("l", "1")]
)
def test_normalise_reads_lookalikes(typed: str, meant: str) -> None:
    reference = complete(f"{meant}7K3F92QX")
    assert normalise(typed + reference[1:]) == reference


def test_display_in_groups_is_read_back(reference: str) -> None:
    assert display(reference) == f"7K3F-92QX-4{reference[-1]}"
    assert normalise(display(reference)) == reference


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("7K3F92QX4J", True),
        ("0123456789", True),
        ("7k3f92qx4j", False),
        ("7K3F-92QX-4J", False),
        ("7K3F92QX4", False),
        ("7K3F92QX4JJ", False),
        ("7K3F92QX4I", False),
        ("7K3F92QX4U", False),
        ("7K3F92QX4\n", False),
    ],
)
def test_converter_takes_the_canonical_form_alone(text: str, accepted: bool) -> None:
    assert (re.fullmatch(ReferenceConverter.regex, text) is not None) == accepted


def test_converter_gives_the_reference_back_unchanged(reference: str) -> None:
    converter = ReferenceConverter()
    assert (converter.to_python(reference), converter.to_url(reference)) == (reference, reference)
