import gzip
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.template.loader import render_to_string

ROOT = Path(settings.BASE_DIR)
CSS = (ROOT / "static/css/portal.css").read_text()
MODULES = sorted((ROOT / "static/js").glob("*.js"))
# A mail carries its own style: its reader knows no stylesheet.
TEMPLATES = [
    file for file in sorted((ROOT / "templates").rglob("*.html")) if not {"emails", "pdf"} & set(file.parts)
]
OWN = [file for file in TEMPLATES if file.parent.name in {"templates", "components", "public", "errors"}]

# --- Colours: WCAG 2.2, 1.4.3 (text) and 1.4.11 (controls) -------------------------------------

GROUNDS = ("paper", "surface", "mint", "sun-light", "red-light", "blue-light", "shade")
PAIRS = {
    "text": {
        "ink": GROUNDS,
        "soft": GROUNDS,
        "green": GROUNDS[:3],
        "green-deep": GROUNDS[:3],
        "amber": ("sun-light",),
        "red": ("paper", "surface", "red-light"),
        "blue": ("blue-light",),
        "on-green": ("green", "green-deep"),
        "on-sun": ("sun",),
        "on-red": ("red",),
    },
    "control": {"edge": GROUNDS[:3], "green": GROUNDS[:3], "red": GROUNDS[:2], "blue": GROUNDS[:6]},
}
LOWEST = {"text": 4.5, "control": 3.0}


def tokens(scheme: str) -> dict[str, str]:
    """Read the colours of a scheme: those of the first :root, over which the dark ones go."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    blocks = light if scheme == "light" else light + dark
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks))


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def used(prop: str) -> set[str]:
    return set(re.findall(rf"(?<![a-z-]){prop}: [^;]*?var\(--([a-z-]+)\)", CSS))


def test_contrast_of_black_on_white_is_known() -> None:
    assert contrast("#000000", "#ffffff") == 21.0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["text", "control"])
def test_every_pair_of_colours_has_its_contrast(kind: str, scheme: str) -> None:
    colours = tokens(scheme)
    short = [
        f"{front} on {ground}: {contrast(colours[front], colours[ground]):.2f}"
        for front, grounds in PAIRS[kind].items()
        for ground in grounds
        if contrast(colours[front], colours[ground]) < LOWEST[kind]
    ]
    assert short == []


def test_every_colour_of_text_is_in_the_table() -> None:
    assert used("color") == set(PAIRS["text"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_rule_that_sets_text_and_ground_has_its_contrast(scheme: str) -> None:
    colours = tokens(scheme)
    pairs = re.findall(r"(?<![a-z-])color: var\(--([a-z-]+)\); background: var\(--([a-z-]+)\)", CSS)
    assert len(pairs) > 10
    assert [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < LOWEST["text"]] == []


def test_colours_are_only_written_as_tokens() -> None:
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", rules) == []


def test_dark_and_light_name_the_same_colours() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    names = [set(re.findall(r"--([a-z-]+): #", block)) for block in (light, dark)]
    assert names[0] == names[1]


# --- Weight, policy ----------------------------------------------------------------------------


def test_page_weighs_under_60_kilobytes_compressed() -> None:
    heaviest = max((file.read_bytes() for file in TEMPLATES), key=len)
    parts = [CSS.encode(), *(file.read_bytes() for file in MODULES), heaviest]
    assert sum(len(gzip.compress(part)) for part in parts) < 60_000


def test_stylesheet_stays_readable() -> None:
    assert len(CSS.splitlines()) < 700


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_template_has_no_inline_script_or_style(file: Path) -> None:
    text = file.read_text()
    found = re.findall(r"<style|\sstyle=|<script(?![^>]* src=)|\son[a-z]+=|javascript:", text)
    assert found == []


@pytest.mark.parametrize(
    "file",
    [*TEMPLATES, *MODULES, ROOT / "static/css/portal.css"],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_nothing_comes_from_another_host(file: Path) -> None:
    assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//|url\(|@import|https?://", file.read_text()) == []


@pytest.mark.parametrize("file", sorted((ROOT / "static/img").glob("*.svg")), ids=lambda file: file.name)
def test_drawing_has_no_script_and_no_foreign_reference(file: Path) -> None:
    text = file.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"<script|<style|https?:|\son[a-z]+=|href=", text) == []


@pytest.mark.parametrize("file", OWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_class_of_the_layout_is_in_the_stylesheet(file: Path) -> None:
    plain = re.sub(r"\{[{%].*?[}%]\}", " ", file.read_text())
    names = {name for value in re.findall(r'class="([^"]*)"', plain) for name in value.split()}
    assert {name for name in names if f".{name}" not in CSS} == set()


# --- Components --------------------------------------------------------------------------------


class Sample(forms.Form):
    nom = forms.CharField(label="Nom", help_text="Comme sur la carte.")
    mot = forms.CharField(label="Mot", required=False, widget=forms.Textarea)
    choix = forms.ChoiceField(label="Choix", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    accord = forms.BooleanField(label="J’accepte")
    fin = forms.DateField(label="Fin", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    cle = forms.CharField(widget=forms.HiddenInput, required=False)


class UploadForm(forms.Form):
    file = forms.FileField(label="Photo", required=False)
    capture = forms.FileField(label="Photo", required=False)


def ids(html: str) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', html))


def words(html: str) -> list[str]:
    lines = re.sub(r"<[^>]+>", "\n", html).split("\n")
    return [line.strip() for line in lines if line.strip()]


@pytest.mark.parametrize("data", [None, {}], ids=["as first shown", "with errors"])
def test_fields_tie_label_hint_and_error_to_their_control(data: dict[str, str] | None) -> None:
    html = str(Sample(data))
    tied = {name for value in re.findall(r'aria-describedby="([^"]+)"', html) for name in value.split()}
    assert (tied | set(re.findall(r' for="([^"]+)"', html))) - ids(html) == set()
    assert tied == {"id_nom_helptext"} | (
        {f"id_{name}_error" for name in ("nom", "choix", "accord")} if data is not None else set()
    )


def test_only_optional_fields_are_marked() -> None:
    html = str(Sample())
    marked = [
        block.split("<")[0] for block in re.split(r"<label[^>]*>|<legend>", html) if "optional" in block
    ]
    assert marked == ["Mot ", "Fin "]


def test_error_summary_links_to_each_field() -> None:
    form = Sample({})
    form.add_error(None, "Rien ne va ensemble.")
    summary = render_to_string("components/error_summary.html", {"form": form})
    links = re.findall(r'href="#([^"]+)"', summary)
    assert links == ["id_nom", "id_choix", "id_accord"]
    assert set(links) - ids(str(form)) == set()
    assert words(summary)[:2] == ["4 points restent à corriger", "Rien ne va ensemble."]


def test_error_summary_of_a_form_without_error_is_empty() -> None:
    assert render_to_string("components/error_summary.html", {"form": Sample()}).strip() == ""


@pytest.mark.parametrize(("step", "done"), [(1, 1), (2, 2), (4, 4)])
def test_stepper_says_where_one_is(step: int, done: int) -> None:
    context = {"step": step, "step_title": "photo", "whom": "Benoît"}
    html = render_to_string("components/stepper.html", context)
    assert html.count('class="done"') == done
    assert words(html) == [
        "Commander une carte Vitale pour Benoît",
        f"Étape {step} sur 4",
        ": photo",
    ]


def test_timeline_says_each_status_in_words() -> None:
    at = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
    steps = [
        SimpleNamespace(label="Envoyée", at=at, detail="", status="done"),
        SimpleNamespace(label="Contrôle", at=None, detail="2 jours", status="current"),
        SimpleNamespace(label="Reçue", at=None, detail="", status="ahead"),
        SimpleNamespace(label="Annulée", at=None, detail="", status="stop"),
    ]
    space = "\N{NO-BREAK SPACE}"
    assert words(render_to_string("components/timeline.html", {"steps": steps})) == [
        *(f"Fait{space}:", "Envoyée", f"21 novembre 2026 à 14{space}h{space}05"),
        *(f"En cours{space}:", "Contrôle", "2 jours"),
        *(f"À venir{space}:", "Reçue"),
        *(f"Arrêté{space}:", "Annulée"),
    ]


def upload(kind: str, piece: SimpleNamespace | None, form: forms.Form, **context: object) -> str:
    urls = {"image_url": "/i/", "delete_url": "/d/", "turn_url": "/t/", "accept": "image/png,image/jpeg"}
    return render_to_string(
        "components/upload.html", {"kind": kind, "piece": piece, "form": form} | urls | context
    )


def piece_of(pages: int, **fields: object) -> SimpleNamespace:
    """What the component takes for a piece of so many pages."""
    rows = [
        SimpleNamespace(number=n, width=700, height=900, sha256="0123456789") for n in range(1, pages + 1)
    ]
    fields = {"label": "a.jpg", "width": 300, "height": 400, "weight": 60_000} | fields
    return SimpleNamespace(pages=SimpleNamespace(all=lambda: rows), **fields)


@pytest.mark.parametrize(("kind", "camera"), [("photo", "user"), ("piece", "environment")])
def test_upload_offers_a_file_and_the_right_camera_without_javascript(kind: str, camera: str) -> None:
    html = re.sub(
        r"<(div|button|svg)[^>]* hidden>.*?</\1>", "", upload(kind, None, UploadForm()), flags=re.DOTALL
    )
    assert re.findall(r'type="file"\s+name="(\w+)"', html) == ["file", "capture"]
    assert re.findall(r'capture="(\w+)"', html) == [camera]
    assert re.findall(r'<button[^>]* type="submit"[^>]*>(.*?)</button>', html, re.DOTALL) == ["Envoyer"]


def test_upload_shows_the_file_that_is_there() -> None:
    piece = piece_of(1, label="<b>.jpg", width=1200, height=1543, weight=1_204_000)
    html = upload("photo", piece, UploadForm())
    space = "\N{NO-BREAK SPACE}"
    size = f"1{space}200 × 1{space}543{space}px · 1,2{space}Mo"
    assert words(html)[:8] == [
        *(", agrandir", "&lt;b&gt;.jpg", size, "Format et définition conformes", "Agrandir"),
        *("Pivoter", "d’un quart de tour", "Supprimer"),
    ]
    assert re.findall(r'action="([^"]+)"', html) == ["/t/", "/d/"]


def test_upload_shows_each_page_in_order_with_what_can_be_done_with_it() -> None:
    html = upload("piece", piece_of(3), UploadForm())
    assert re.findall(r"Page \d sur \d", html) == ["Page 1 sur 3", "Page 2 sur 3", "Page 3 sur 3"]
    assert re.findall(r'src="/i/\?page=(\d)&amp;v=01234567"', html) == ["1", "2", "3"]
    assert re.findall(r'name="page" value="(\d)"', html) == ["1", "2", "3"]
    assert words(html).count("Supprimer") == 1


def test_upload_goes_where_another_page_says() -> None:
    html = upload("photo", piece_of(1), UploadForm(), action="/corriger/", turn_url=None)
    assert re.findall(r'action="([^"]+)"', html) == ["/d/", "/corriger/"]
    assert "Pivoter" not in html


def test_upload_opens_and_ties_its_error() -> None:
    form = UploadForm({})
    form.add_error("file", "La photo pèse 4,8 Mo, le maximum est de 2 Mo.")
    html = upload("photo", piece_of(1), form)
    assert (html.count("<details"), len(re.findall(r"<details[^>]* open>", html))) == (1, 1)
    assert set(re.findall(r'aria-describedby="([^"]+)"', html)) == {"id_file_error"} & ids(html)


def test_token_of_the_form_comes_after_its_file() -> None:
    """A body cut half-way has no token: it is refused whole, and leaves what was there."""
    html = render_to_string(
        "components/upload_form.html",
        {"form": UploadForm(), "kind": "photo", "accept": "", "csrf_token": "x"},
    )
    assert html.index('type="file"') < html.rindex('type="file"') < html.index("csrfmiddlewaretoken")
