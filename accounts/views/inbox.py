"""Pages of the ground floor: inbox, and who looked at one’s file."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.middleware import AssureRequest
from accounts.models import Message
from accounts.objets import opening_of
from accounts.traces.looks import as_read, lines_for

MESSAGES_A_PAGE = 20
LOOKS_A_PAGE = 20


@require_safe
def inbox(request: AssureRequest) -> HttpResponse:
    """List the messages of the account, the newest first."""
    page = Paginator(request.assure.messages.all(), MESSAGES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/inbox.html", {"tab": "inbox", "page": page})


@require_safe
def message(request: AssureRequest, reference: str) -> HttpResponse:
    """Show one message and mark it read."""
    found: Message = get_object_or_404(request.assure.messages, reference=reference)
    if found.read_at is None:
        Message.objects.filter(pk=found.pk).update(read_at=timezone.now())
    context = {"tab": "inbox", "message": found, "opening": opening_of(found)}
    return render(request, "accounts/message.html", context)


@require_safe
def file_looks(request: AssureRequest) -> HttpResponse:
    """Show who looked at the file at the desk, and when; the newest first."""
    page = Paginator(lines_for(request.assure), LOOKS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "profile",
        "page": page,
        "looks": as_read(list(page.object_list)),
        "days": settings.VITALE_TRACE_LIFE.days,
    }
    return render(request, "accounts/file_looks.html", context)
