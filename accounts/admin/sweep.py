"""What the sweeps do, at the desk: the mails that wait, the rows set aside, when each last ended."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.gestion import ReadOnlyAdmin
from accounts.models import OutboxMail, SetAside, SweepRun
from accounts.sweeps import retry
from vitale_portal.text import masked_email


@admin.register(OutboxMail)
class OutboxMailAdmin(ReadOnlyAdmin):
    """The mails that wait, left, or could not leave. Never what they say: some hold a link that opens."""

    list_display = ("written_at", "to", "subject", "sent_at", "attempts", "last_error")
    fields = ("message_id", "to", "subject", "written_at", "due_at", "attempts", "sent_at", "last_error")
    readonly_fields = ("to",)

    @admin.display(description="à")
    def to(self, row: OutboxMail) -> str:
        """Give whom it goes to, masked: « b…@courriel.example »."""
        return masked_email(row.recipient)


@admin.register(SetAside)
class SetAsideAdmin(ReadOnlyAdmin):
    """The rows sweeps could not act on: to be mended, then tried again (section 10)."""

    list_display = ("sweep", "model", "object_id", "attempts", "error", "since", "retry_at")
    list_filter = ("sweep",)
    actions = ("retry_now",)

    @admin.action(description="Réessayer", permissions=["retry"])
    def retry_now(self, request: HttpRequest, rows: QuerySet[SetAside]) -> None:
        """Have the chosen rows tried again by the next sweep."""
        tried = retry(rows, now=timezone.now())
        self.message_user(request, f"{tried} ligne(s) : nouvel essai au prochain passage.", messages.SUCCESS)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Tell whether this agent may: supervision."""
        return request.user.has_perm("accounts.retry_setaside")


@admin.register(SweepRun)
class SweepRunAdmin(ReadOnlyAdmin):
    """When each sweep last came to its end."""

    list_display = ("name", "started_at", "ended_at", "rows")
