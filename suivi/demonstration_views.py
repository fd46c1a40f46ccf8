"""Public pages of a demonstration: who to sign in as, sample files, mails sent. Mounted nowhere else."""

from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import OutboxMail
from suivi.demonstration.cases import AHEAD
from suivi.demonstration.load import read_listing
from suivi.demonstration.sans_compte import told

MAILS_SHOWN = 30


@login_not_required
@never_cache
@require_GET
def demonstration(request: HttpRequest) -> HttpResponse:
    """List the identities with what each shows, the agents and the sample files."""
    listing, now = read_listing(), timezone.now()
    context = {
        "listing": listing,
        "frozen": AHEAD.days,
        "openings": [(one.shows, told(one)) for one in listing.without_account] if listing else [],
        "agents": [(entry, entry.code(now)) for entry in listing.agents] if listing else [],
    }
    return render(request, "demonstration/demonstration.html", context)


@login_not_required
@require_GET
def mails(request: HttpRequest) -> HttpResponse:
    """Show the last mails of the outbox, sent or about to be."""
    return render(request, "demonstration/mails.html", {"mails": OutboxMail.objects.all()[:MAILS_SHOWN]})


@login_not_required
@require_GET
def sample_file(_request: HttpRequest, kind: str) -> FileResponse:
    """Download a sample file, « photo » or « piece »; 404 for any other and before they are drawn."""
    listing = read_listing()
    path = Path(listing.files.get(kind, "")) if listing else Path()
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
