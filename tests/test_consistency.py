"""What the repository promises about itself (docs/architecture.md)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template
from django.utils.module_loading import import_string

from accounts.enums import Notice
from carte.enums import Regle
from vitale_portal.celery import app as celery_app

ROOT = Path(settings.BASE_DIR)
FLOORS = ("vitale_portal", "accounts", "carte", "declarations", "suivi")
SOURCES = sorted(
    path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if "migrations" not in path.parts
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def state_assignments(tree: ast.AST) -> Iterator[int]:
    """Lines where an attribute named ``state`` is set, or ``update(state=…)`` is called."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        yield from (t.lineno for t in targets if isinstance(t, ast.Attribute) and t.attr == "state")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            yield from (node.lineno for keyword in node.keywords if keyword.arg == "state")


def test_state_is_only_changed_by_transitions() -> None:
    """D1."""
    found = [f"{path.name}:{line}" for path, tree in trees() for line in state_assignments(tree)]
    assert found == []


def test_state_assignment_would_be_seen() -> None:
    assert list(state_assignments(ast.parse("a.state = 1\nrows.update(state=2)"))) == [1, 2]


def test_what_is_sealed_is_a_file_or_a_column() -> None:
    """Anything else would be missed when the keys are rotated (``vitale_portal/rotation.py``).

    A module that seals by hand is named here once its column of bytes is bound to « table.column », or its
    model has a ``sealed_place``.
    """
    calls = {
        path.name
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "seal"
    }
    assert calls == {"sealing.py", "storage.py", "rotation.py", "reprises.py"}


def test_rows_are_locked_by_hold_alone() -> None:
    """Another kind of lock could wait for who waits for it (decision 64)."""
    calls = [path.name for path in SOURCES if "select_for_update" in path.read_text(encoding="utf-8")]
    assert calls == ["locks.py"]


def called_by_nobody(source: str) -> list[str]:
    """The private functions of a module that it never names again."""
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    private = [node.name for node in functions if node.name.startswith("_")]
    return [name for name in private if len(re.findall(rf"\b{name}\b", source)) == 1]


def test_private_functions_are_called() -> None:
    found = [(path, called_by_nobody(path.read_text(encoding="utf-8"))) for path in SOURCES]
    assert [f"{path}: {left}" for path, left in found if left] == []


def test_function_left_over_would_be_seen() -> None:
    assert called_by_nobody("def _one(): return 1\ndef _two(): return _one()") == ["_two"]


def test_no_now_is_a_default_argument() -> None:
    calls = [
        f"{path.name}:{default.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.arguments)
        for default in [*node.defaults, *node.kw_defaults]
        if isinstance(default, ast.Call) and "now" in ast.dump(default)
    ]
    assert calls == []


# Mails without a message, written by ``write_mail``.
MAILS = {"second_step"}


def test_every_template_is_used() -> None:
    """By a view, by another template, or by the table of notices."""
    texts = "\n".join(path.read_text(encoding="utf-8") for path in [*SOURCES, *TEMPLATES])
    by_table = {
        f"emails/{notice.value}/{part}.txt" for notice in Notice for part in ("subject", "message", "mail")
    }
    by_table |= {f"emails/{mail}/{part}.txt" for mail in MAILS for part in ("subject", "mail")}
    by_table |= {f"carte/obstacles/{regle.value}.html" for regle in Regle}
    # Django itself asks for these, and the errors module builds their names from the status.
    by_table |= {f"{status}.html" for status in (400, 403, 404, 413, 429, 500, 503)}
    # A mail to an address is named by its folder.
    by_table |= {
        f"emails/{path.parent.name}/{path.name}"
        for path in (ROOT / "templates/emails").glob("*/*.txt")
        if f'"{path.parent.name}"' in texts and path.name in ("subject.txt", "mail.txt")
    }
    names = {str(path.relative_to(ROOT / "templates")) for path in TEMPLATES}
    assert {name for name in names - by_table if f'"{name}"' not in texts} == set()


ASKED = re.compile(r"{%\s*(?:el)?if\s(.*?)%}|{{(.*?)}}|{%\s*for\s\S.*?\sin\s(.*?)%}")
NO_NAMES = re.compile(r"""\"[^\"]*\"|'[^']*'|\|\w+(?::[^\s\"]+)?""")  # words between quotes, filters
WORDS = {
    "and",
    "or",
    "not",
    "in",
    "is",
    "forloop",
    "block",
    "request",
    "user",
    "perms",
    "messages",
    "csp_nonce",
}
# Django gives these: its context processors, its own views.
BY_DJANGO = {"request", "user", "perms", "messages", "form", "hidden_fields", "has_change_permission"}


def names_asked(template: str) -> set[str]:
    """The names a template looks up in its context. One that nobody gives is just false in a condition."""
    expressions = (NO_NAMES.sub("", "".join(found)) for found in ASKED.findall(template))
    return {name for words in expressions for name in re.findall(r"(?<![\w.])[a-z_]\w*", words)} - WORDS


def test_every_name_a_template_asks_for_is_given() -> None:
    """By a view, or by another template: « with », « for », « as »."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES if path.is_file()]
    given = set(re.findall(r"[\"'](\w+)[\"']|\b(\w+)=", code))
    named = {word for pair in given for word in pair}
    tags = re.findall(r"{%\s*(?:include|with|for|\w+ .* as)\s(.*?)%}", "\n".join(texts))
    named |= {word for tag in tags for word in re.findall(r"\w+", tag)}
    named |= {word for text in texts for word in re.findall(r"\sas (\w+) %}", text)}
    assert set().union(*map(names_asked, texts)) - named - BY_DJANGO == set()


def test_name_that_nobody_gives_would_be_seen() -> None:
    template = """{% if order_follows and not a.b|default:'x' %}{{ c|date:"d" }}{% for one in rows %}"""
    assert names_asked(template) == {"order_follows", "a", "c", "rows"}


@pytest.mark.parametrize("regle", Regle, ids=lambda regle: regle.value)
def test_every_rule_has_its_template(regle: Regle) -> None:
    assert get_template(f"carte/obstacles/{regle.value}.html")


@pytest.mark.parametrize("notice", Notice, ids=lambda notice: notice.value)
@pytest.mark.parametrize("part", ["subject", "message", "mail"])
def test_every_notice_has_its_texts(notice: Notice, part: str) -> None:
    assert get_template(f"emails/{notice.value}/{part}.txt")


def test_every_sweep_of_beat_is_a_task_and_the_reverse() -> None:
    for app in apps.get_app_configs():
        if (Path(app.path) / "tasks.py").exists():
            import_string(f"{app.name}.tasks.shared_task")
    ours = {name for name in celery_app.tasks if not name.startswith("celery.")}
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled == ours


def test_every_sweep_of_beat_is_told_once_in_order() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+\.sweep_\w+)` \|", text, re.MULTILINE)
    assert told == sorted(entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values())


def test_tasks_are_never_run_in_place() -> None:
    word = "task_always" + "_eager"
    texts = [*SOURCES, *(ROOT / "tests").rglob("*.py"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    assert [path.name for path in texts if word in path.read_text(encoding="utf-8").lower()] == []


RULE = re.compile(r"\b([A-F]\d{1,2}|P[1-7])\b")


def test_every_rule_quoted_is_written_down() -> None:
    """« E10 » in a comment means something to who only has the repository."""
    rules = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    quoted = {
        match
        for path in SOURCES
        for comment in re.findall(r'#.*|"""[\s\S]*?"""', path.read_text(encoding="utf-8"))
        for match in RULE.findall(comment)
    }
    assert {rule for rule in quoted if not re.search(rf"\b{rule}\b", rules)} == set()


LOOSE = re.compile(r"[^\s{%] [?!;»](?=[\s<.,)”]|$)|[^\s{%] :(?=[\s<]|$)|« ", re.MULTILINE)
TAGS = re.compile(r"\{% comment[\s\S]*?endcomment %\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>", re.DOTALL)


def test_french_punctuation_never_begins_a_line() -> None:
    """A no-break space stands before ? ! ; : » and after «, so that none is left alone on a phone."""
    loose = {
        str(path.relative_to(ROOT)): found
        for path in TEMPLATES
        if (found := LOOSE.findall(TAGS.sub("", path.read_text(encoding="utf-8"))))
    }
    assert loose == {}
