"""The filters of templates: dates, references, weights."""

from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string

from vitale_portal.templatetags.portal import weight
from vitale_portal.text import of

NAMES = [
    ("Camille", "de Camille"), ("Élodie", "d’Élodie"), ("Inès", "d’Inès"), ("Œdipe Roy", "d’Œdipe Roy"),
    ("Henri", "d’Henri"), ("HÉLÈNE", "d’HÉLÈNE"), ("Hugo", "d’Hugo"), ("Hassan", "de Hassan"),
    ("Hind", "de Hind"), ("Yves", "d’Yves"), ("Yann", "de Yann"), ("Ouria", "d’Ouria"), ("", "de "),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words"), NAMES)
def test_of_is_elided_as_one_says_it(name: str, words: str) -> None:
    assert of(name) == words


def test_of_escapes_the_name() -> None:
    template = Template("{% load portal %}La carte {{ name|of }}")
    assert template.render(Context({"name": "<i>"})) == "La carte de &lt;i&gt;"


INSTANT = datetime(2026, 11, 22, 17, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0_octet"),
        (1, "1_octet"),
        (2, "2_octets"),
        (999, "999_octets"),
        (1_000, "1_Ko"),
        (48_000, "48_Ko"),
        (49_999, "49_Ko"),  # below the floor (P2)
        (50_000, "50_Ko"),
        (999_999, "999_Ko"),
        (1_000_000, "1_Mo"),
        (1_049_999, "1_Mo"),
        (1_050_000, "1,1_Mo"),
        (1_200_000, "1,2_Mo"),
        (2_000_000, "2_Mo"),
        (2_097_153, "2,1_Mo"),  # above the ceiling (P2)
        (9_960_000, "10_Mo"),
        (10_485_760, "10,5_Mo"),
    ],
)
def test_weight(size: int, text: str) -> None:
    assert weight(size) == text.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("filtered", "value", "text"),
    [
        ("long_date", INSTANT, "22 novembre 2026"),
        ("long_datetime", INSTANT, "22 novembre 2026 à 18_h_22"),
        ("weekday_datetime", INSTANT, "dimanche 22 novembre 2026 à 18_h_22"),
        ("reference", "7K3F92QX4J", "7K3F-92QX-4J"),
        ("weight", 1_200_000, "1,2_Mo"),
    ],
)
def test_filters_in_a_template(filtered: str, value: object, text: str) -> None:
    template = Template("{% load portal %}{{ value|" + filtered + " }}")
    assert template.render(Context({"value": value})) == text.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("errors", "heading"),
    [
        ([("code", "trop court")], "Il reste un point à corriger"),
        ([("code", "trop court"), ("code", "sans chiffre")], "2 points restent à corriger"),
        ([("code", "trop court"), (None, "a"), (None, "b")], "3 points restent à corriger"),
    ],
)
def test_error_summary_counts_what_it_lists(errors: list[tuple[str | None, str]], heading: str) -> None:
    class CodeForm(forms.Form):
        code = forms.CharField()

    form = CodeForm({"code": "x"})
    assert form.is_valid()
    for field, error in errors:
        form.add_error(field, error)
    page = render_to_string("components/error_summary.html", {"form": form})
    assert (f"<h2>{heading}</h2>" in page, page.count("<li>")) == (True, len(errors))
