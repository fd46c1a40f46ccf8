"""Error reports: where it failed and with what kinds of values, never the values (with or without DEBUG)."""

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from vitale_portal.masking import masked

PLAIN = (bool, int, float, type(None))
NAMING = re.compile("QUERY|REFERER|ADDR|FORWARDED|URI|COOKIE|AUTHORIZATION")


class PortalReporterFilter(SafeExceptionReporterFilter):
    """Hides all that people sent, and what a program held: on a developer's machine as in production."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|DATABASE|BROKER|EMAIL|URL|NETWORKS",
        re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:  # noqa: ARG002 -- Django's signature
        """Hide, whatever DEBUG says."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Give the names of the fields that were sent."""
        return dict.fromkeys(request.POST, self.cleansed_substitute) if request else {}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        """Give the names of the cookies."""
        return dict.fromkeys(request.COOKIES, self.cleansed_substitute)

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        """Give the headers but those that say what was asked, from where, and as whom."""
        found = super().get_safe_request_meta(request)
        return {name: self.cleansed_substitute if NAMING.search(name) else found[name] for name in found}

    def get_traceback_frame_variables(
        self,
        request: HttpRequest | None,  # noqa: ARG002 -- Django's signature
        tb_frame: FrameType,
    ) -> ItemsView[str, Any]:
        """Give the local variables: plain figures, the class of others."""
        return {
            name: value if type(value) in PLAIN else f"<{type(value).__name__}>"
            for name, value in tb_frame.f_locals.items()
        }.items()


class PortalReporter(ExceptionReporter):
    """Writes a report whose words are masked, like those of a log."""

    def get_traceback_data(self) -> dict[str, Any]:
        """Give what the report says, without who asked and what for."""
        data = super().get_traceback_data()
        if self.request is not None:
            data["request_GET_items"] = [(name, self.filter.cleansed_substitute) for name in self.request.GET]
            data["request_FILES_items"] = [(name, "") for name in self.request.FILES]
            data["user_str"] = str(getattr(getattr(self.request, "user", None), "pk", None))
        return data

    def get_traceback_html(self) -> SafeString:
        """Give the page of a developer."""
        return mark_safe(masked(super().get_traceback_html()))  # noqa: S308 -- escaped by Django, shortened here

    def get_traceback_text(self) -> SafeString:
        """Give the text of a mail."""
        return mark_safe(masked(super().get_traceback_text()))  # noqa: S308 -- plain text
