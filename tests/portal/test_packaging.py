"""What is written in two places says the same thing in both."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
READERS = ("vitale_portal/settings.py", "vitale_portal/management/commands/portal.py")
APPS = {"vitale_portal", "accounts", "carte", "declarations", "suivi"}


def names_read_by_python() -> set[str]:
    """Collect NAME of every ``env.<type>("NAME", …)``."""
    calls = (node for path in READERS for node in ast.walk(ast.parse((ROOT / path).read_text())))
    return {
        call.args[0].value
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
    }


def names_read_by_compose() -> set[str]:
    return set(re.findall(r"\$\{(\w+)", COMPOSE))


def pins(name: str) -> dict[str, str]:
    """Read « package==version » of a compiled requirements file."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([\w.\[\],-]+)==([^ ]+)", text, flags=re.MULTILINE))


def test_env_example_names_exactly_what_is_read() -> None:
    lines = re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    assert sorted(lines) == sorted(names_read_by_python() | names_read_by_compose())


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("Dockerfile", r"apt-get install -y --no-install-recommends (.+?) \\"),
        ("README.md", r"apt-get install -y --no-install-recommends make (.+)"),
    ],
    ids=["dockerfile", "readme"],
)
def test_system_packages_are_those_of_the_makefile(path: str, pattern: str) -> None:
    makefile = re.findall(r"^PACKAGES := (.+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert [found.split() for found in re.findall(pattern, (ROOT / path).read_text())] == [
        makefile[0].split()
    ]


def test_compose_file_follows_the_specification() -> None:
    schema = json.loads((ROOT / "tests/data/compose-spec.json").read_text())
    errors = jsonschema.Draft201909Validator(schema).iter_errors(yaml.safe_load(COMPOSE))
    assert [error.message for error in errors] == []


def test_compose_services_are_the_five_and_the_migration() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "postgres", "redis"}


def test_compose_secrets_have_no_default() -> None:
    assert set(re.findall(r"\$\{(\w+):\?", COMPOSE)) == {
        "SECRET_KEY",
        "VITALE_PIECES_KEYS",
        "VITALE_TRACE_KEYS",
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "EMAIL_URL",
    }


def test_compose_publishes_the_web_alone_and_to_the_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_compose_services_may_do_no_more_than_they_need() -> None:
    for name, service in SERVICES.items():
        assert (name, service["read_only"], service["cap_drop"]) == (name, True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert service["pids_limit"] <= 200
    out = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert out == {"web", "worker"}
    assert yaml.safe_load(COMPOSE)["networks"]["inside"] == {"internal": True}


def test_compose_services_all_have_a_health_check() -> None:
    checked = {name for name, service in SERVICES.items() if "test" in service.get("healthcheck", {})}
    assert checked | {"web"} == set(SERVICES) - {"migrate"}  # the web's is in the image
    assert "\nHEALTHCHECK " in (ROOT / "Dockerfile").read_text()


def test_image_commands_are_lists_docker_can_read() -> None:
    joined = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    health, start = (json.loads(command) for command in re.findall(r"CMD (\[.+\])", joined))
    ast.parse(health[2])
    assert (health[:2], start[0]) == (["python", "-c"], "gunicorn")


def test_image_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (.+)$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE) == ["portal"]


def test_image_holds_no_secret() -> None:
    kept = re.findall(
        r"^(?:ENV|ARG) .*(?:KEY|PASSWORD|SECRET).*$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert kept == []


def test_image_takes_the_portal_and_nothing_else() -> None:
    taken = re.findall(r"^!(.+?)/?$", (ROOT / ".dockerignore").read_text(), flags=re.MULTILINE)
    assert set(taken) == APPS | {"manage.py", "requirements", "templates", "static"}


@pytest.mark.parametrize("name", ["uv", "base", "s3", "dev"])
def test_requirements_are_pinned_by_hash_without_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    blocks = re.split(r"^(?=[\w.-]+(?:\[[\w,-]+\])?==)", text, flags=re.MULTILINE)[1:]
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert len(blocks) == len(pins(name)) > 0
    assert re.findall(r"https?://\S+|--(?:extra-)?index-url", text) == []


def test_development_runs_on_the_versions_of_production() -> None:
    dev = pins("dev")
    for installed in (pins("base"), pins("s3")):
        assert {name: dev.get(name) for name in installed} == installed


def test_the_two_lists_of_production_agree() -> None:
    base, s3 = pins("base"), pins("s3")
    assert {name: base[name] for name in base.keys() & s3.keys()} == {
        name: s3[name] for name in base.keys() & s3.keys()
    }
