"""What the pages of the desk share: permissions, history, whose cards."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.models import Caisse
from carte.models import Carte
from carte.motifs import spoken
from vitale_portal.transitions import Stateful

REVIEW = "carte.review_commande"
OPPOSE = "carte.change_carte"
POST_WORD = "carte.record_post"
ANSWER_LOT = "carte.answer_lotfabrication"
INDEX = "admin:index"


def require(request: HttpRequest, permission: str) -> None:
    """Let pass who has that permission; raise ``PermissionDenied`` for others (403)."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def history(row: Stateful) -> SafeString:
    """Write the events of a row, one a line: when, where to, by whom, why."""
    model: Any = type(row)
    labels = dict(model._meta.get_field("state").flatchoices)  # noqa: SLF001 -- Django's documented name
    events = getattr(row, "events").select_related("by__agent", "by__assure__beneficiaire")  # noqa: B009
    lines = (
        (
            timezone.localtime(event.at).strftime("%d/%m/%Y %H:%M"),
            labels[event.to_state],
            f", {event.by}" if event.by else "",
            f" ({spoken(event.reason)})" if event.reason else "",
        )
        for event in events
    )
    return format_html_join("", "<div>{} : {}{}{}</div>", lines)


def cartes_of(caisse: Caisse) -> QuerySet[Carte]:
    """Give the cards of the people of a caisse, whichever caisse had them made."""
    return Carte.objects.filter(beneficiaire__rattachements__assure__caisse=caisse).distinct()
