"""How every address is asked: with which rows, by which method, and what of an answer is an echo."""

import html
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any
from urllib.parse import unquote

from django.apps import apps
from django.db.models import Model
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from carte.models import Commande
from declarations.models import PliPapier
from tests.addresses import DECISIONS, patterns
from tests.strangers.planted import MODELS, OURS, ROW, SECRET, Planted
from vitale_portal.references import display

# A wrong code counts on the telephone of who sends it; who signs in again is seen to.
PASSING = {"failures", "retry_at", "last_login"}
OPEN = {"admin:login", "admin:logout", "admin:jsi18n"}


@dataclass(frozen=True)
class Address:
    """One request of an address: its name, where, and whether it names somebody's row."""

    name: str
    url: str
    method: str = "get"
    sent: dict[str, Any] = field(default_factory=dict)
    of_a_row: bool = False

    def ask(self, client: Client) -> HttpResponseBase:
        return getattr(client, self.method)(self.url, self.sent)


def _values(name: str, key: str, planted: Planted) -> list[Any]:
    """What an argument of an address may be. A new kind of argument has to be given a line here."""
    model = _model_of(name)
    return {
        "reference": lambda: _references(planted, [model] if model in (Commande, PliPapier) else MODELS),
        "object_id": lambda: [row.pk for row in _some(planted.rows(model or Commande))],
        "pk": lambda: [row.pk for row in _some(planted.rows(model or Commande))],
        "piece": lambda: [row.pk for row in planted.rows(apps.get_model("carte", "Piece"))[-2:]],
        "number": lambda: [1],
        "name": lambda: DECISIONS,
        "app_label": lambda: OURS,
        "kind": lambda: ["photo", "piece", "demo.json"],
    }[key]()


def _some(rows: list[Any]) -> list[Any]:
    """The first row and the last one: of orders, a draft and one on its way."""
    return rows[:1] + rows[1:][-1:]


def _references(planted: Planted, models: list[Any]) -> list[str]:
    return [
        row.reference for model in models for row in _some(planted.rows(model)) if hasattr(row, "reference")
    ]


def _model_of(name: str) -> type[Model] | None:
    app, _, rest = name.removeprefix("admin:").partition("_")
    return apps.all_models.get(app, {}).get(rest.partition("_")[0])


def addresses(planted: Planted, *, every_row: bool = True) -> Iterator[Address]:
    """Every address of the URL configuration, with the planted rows or one of each; by POST with one."""
    filled, looked_for = form(planted), searches(planted)
    for namespace, entry in patterns():
        name = f"{namespace}:{entry.name}" if namespace else str(entry.name)
        keys = list(entry.pattern.regex.groupindex)
        values = [_values(name, key, planted) for key in keys]
        found = list(product(*values))
        for arguments in found if every_row else found[-1:]:
            yield _get(name, dict(zip(keys, arguments, strict=True)))
        if found:
            one = _get(name, dict(zip(keys, found[-1], strict=True)))
            yield replace(one, method="post", sent=filled)
            if name.endswith("_changelist"):
                yield from (Address(name, one.url, sent=sent) for sent in looked_for)


def _get(name: str, arguments: dict[str, Any]) -> Address:
    of_a_row = bool(set(arguments) - {"app_label", "kind"})
    return Address(name, reverse(name, kwargs=arguments), of_a_row=of_a_row)


def form(planted: Planted) -> dict[str, Any]:
    """All that a form of the portal may be sent, naming rows of the planted household."""
    carte = apps.get_model("carte", "Carte").objects.order_by("pk").last()
    who = planted.assure.beneficiaire
    return {
        "action": "delete_selected",
        "_selected_action": [row.pk for row in planted.rows(Commande)],
        "beneficiaire": who.reference,
        "cartes": carte.serial,
        "kind": "PERTE",
        "facts_on": "2026-11-01",
        "text": who.nir,
        "nir": who.nir,
        "version": 1,
        "reason": "une raison",
        "outcome": "RIGHT",
        "motif": "OTHER",
        "compared": "on",
        "send": "1",
        "code": "000000",
        "jour": "2026-11-02",
        "opinion": "GOOD",
    }


def searches(planted: Planted) -> list[dict[str, str]]:
    """What a list is searched and filtered by, to find somebody of another caisse."""
    who = planted.assure.beneficiaire
    return [
        {"q": who.nir},
        {"q": who.nom},
        {"q": planted.draft.reference},
        {"beneficiaire__id__exact": str(who.pk)},
        {"caisse__id__exact": str(planted.assure.caisse_id)},
        {"all": ""},
    ]


# --- What comes out ------------------------------------------------------------------------------------


def body_of(response: HttpResponseBase) -> str:
    """All of an answer: its content, streamed or not, and its headers."""
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return html.unescape(unquote(content.decode("utf-8", "replace") + headers))


def leaks(address: Address, response: HttpResponseBase, words: set[str]) -> set[str]:
    """Tell which of these words an answer holds that the request did not."""
    text = body_of(response).casefold()
    asked = unquote(f"{address.url} {list(address.sent.values())}").casefold()
    return {word for word in words if word.casefold() in text and word.casefold() not in asked}


def all_words(planted: Planted) -> set[str]:
    """What no stranger may read a byte of."""
    grouped = {display(code) for code in planted.references() if code != "0000000000"}
    return {ROW, *planted.codes, *grouped} | secret_words(planted)


def secret_words(planted: Planted) -> set[str]:
    """What is nobody's but its author's, or of who reviews."""
    return {SECRET, *planted.secret_codes, display(planted.draft.reference)}


def standing() -> dict[tuple[str, Any], dict[str, Any]]:
    """How the rows stand, to be compared after they were asked for; sessions and rates pass."""
    lasting = [model for model in MODELS if model.__name__ not in {"Session", "Rate"}]
    return {
        (model.__name__, row[model._meta.pk.attname]): {  # noqa: SLF001
            name: value for name, value in row.items() if name not in PASSING
        }
        for model in lasting
        for row in model._base_manager.values()  # noqa: SLF001
    }
