"""Every signed-in address, and what to ask it for. The list comes from the URL configuration."""

from dataclasses import dataclass

from django.apps import apps
from django.urls import URLPattern, reverse

from tests.addresses import patterns
from tests.benchmarks.household import Household

PAGE = frozenset({200})
SENT_ON = frozenset({302})
ANY = frozenset({200, 302, 403, 404, 405})


@dataclass(frozen=True)
class Address:
    """An address of the portal, how it is asked and what it may answer."""

    name: str
    url: str
    method: str = "GET"
    statuses: frozenset[int] = PAGE

    @property
    def is_page(self) -> bool:
        """Whether it is looked at, rather than sent to."""
        return self.method == "GET"


# The row that each address of the site names, « » for those that name none.
ROWS = {
    "message": "message",
    "inbox": "", "profile": "", "file_looks": "", "address": "", "communes": "", "cartes": "",
    "order_start": "",
    "dashboard": "", "demarches": "", "tracking_list": "", "declare": "", "declaration_list": "",
    "ask_rights": "",
    "email": "", "email_confirm": "", "code": "", "bank": "", "rectification": "", "export": "",
    "session_list": "", "session_close": "", "session_close_others": "", "device_forget": "",
    "session_stay": "", "session_left": "", "reprise": "",
    "order_resume": "draft", "order_photo": "draft", "sans_photo": "draft", "order_identite": "draft",
    "order_validation": "draft",
    "photo_image": "draft", "photo_delete": "draft", "photo_turn": "draft",
    "identite_image": "draft", "identite_delete": "draft", "identite_turn": "draft",
    "order_confirmation": "sent", "order_recapitulatif": "sent", "tracking": "sent", "satisfaction": "sent",
    "declaration": "declaration", "declaration_attestation": "declaration",
    "declaration_calendar": "declaration",
    "rights_attestation": "droits",
    "copie": "copie", "report_error": "copie",
    "order_correct": "to_correct", "refused_photo": "to_correct", "refused_identite": "to_correct",
    "correct_sans_photo": "to_correct",
    "order_cancel": "waiting", "order_redirect": "waiting",
    "never_received": "sent", "order_received": "sent",
}  # fmt: skip
# Those that only take forms.
ACTS = {
    "photo_delete", "photo_turn", "identite_delete", "identite_turn", "ask_rights",
    "order_received", "order_redirect", "session_close_others",
}  # fmt: skip
# What each answers that is not a page.
ANSWERS = {
    "order_resume": SENT_ON,
    "reprise": SENT_ON,
    "session_close": frozenset({405}),
    "device_forget": frozenset({405}),
    "session_stay": frozenset({405}),
}
QUERY = {"communes": "?code_postal=01000"}


def site(home: Household) -> list[Address]:
    """Give the signed-in addresses of the site; a ``KeyError`` names one that is not in the table."""
    closed = [
        entry.name
        for namespace, entry in patterns()
        if not namespace and getattr(entry.callback, "login_required", True)
    ]
    return [_of_site(name, home) for name in closed]


def _of_site(name: str, home: Household) -> Address:
    row = ROWS[name]
    url = reverse(name, args=[getattr(home, row).reference] if row else []) + QUERY.get(name, "")
    if name in ACTS:
        return Address(name, url, "POST", SENT_ON)
    return Address(name, url, statuses=ANSWERS.get(name, PAGE))


def desk(home: Household) -> list[Address]:
    """Give the addresses of the desk, each with the newest row of its model; some refuse to be asked."""
    named = [entry for namespace, entry in patterns() if namespace == "admin"]
    return [_of_desk(entry, home) for entry in named if entry.name not in {"login", "logout"}]


def _of_desk(entry: URLPattern, home: Household) -> Address:
    name = str(entry.name)
    newest = str(_newest(name))
    known = {
        "reference": home.pli.reference if "plipapier" in name else home.reviewed.reference,
        "object_id": newest, "pk": newest, "piece": home.photo.pk, "number": 1, "name": "accepter",
        "app_label": "carte", "content_type_id": 1,
    }  # fmt: skip
    kwargs = {key: known[key] for key in entry.pattern.regex.groupindex}
    return Address(f"admin:{name}", reverse(f"admin:{name}", kwargs=kwargs), statuses=ANY)


def _newest(name: str) -> int:
    """Give the newest row of the model that the name of an address tells, 0 when it tells none."""
    app, _, rest = name.partition("_")
    models = apps.all_models.get(app, {})
    model = models.get(rest.partition("_")[0])
    newest = model.objects.order_by("-pk").first() if model else None
    return newest.pk if newest else 0
