"""The code asked for again before what would harm most in wrong hands (A9).

A form that changes e-mail, code, address or bank details carries the field « votre code personnel » when the
code was typed 10 minutes ago or more: in the same sending, so that nothing typed is lost. Five wrong codes in
a session end it: who holds it without knowing the code guesses no further, and the holder, who signs in
again, is not shut out.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_post_parameters

from accounts.enums import Act
from accounts.models import User
from accounts.rates import over_rate
from accounts.sessions import TYPED_AT, code_was_typed, is_code_recent
from accounts.sign_in.hashing import is_code
from accounts.traces import trace
from vitale_portal.fingerprints import fingerprint

TRIES = 5
SECRETS = ("code", "new_code", "iban")

WRONG = "Ce code personnel ne convient pas : vérifiez-le. Rien n’est changé."
ENDED = (
    "Cinq codes personnels faux : par sécurité, votre session a pris fin et rien n’est changé. "
    "Connectez-vous pour recommencer."
)
LATE = (
    "Plus de 10 minutes ont passé depuis que vous avez tapé votre code personnel : écrivez-le pour "
    "enregistrer. Ce que vous avez rempli est gardé."
)


class TooManyWrongCodes(Exception):
    """The codes typed in this session are wrong once too often: it must end."""


def check_code(request: HttpRequest, code: str, now: datetime) -> bool:
    """Tell whether this is the code of the signed-in user; if so, it was just typed (A9).

    Each try is counted before it is looked at, so that many at once are no more than five. Raises
    ``TooManyWrongCodes`` at the fifth wrong one since the code was last right in this session.
    """
    user, key = request.user, _key(request)
    if not isinstance(user, User):
        return False
    if over_rate(f"code tried {key}", TRIES, now):
        raise TooManyWrongCodes
    if is_code(code, user.password):
        code_was_typed(request, now)
        return True
    who, words = user.assure.beneficiaire if user.assure else None, "code demandé de nouveau"
    trace(Act.SIGN_IN_FAILED, at=now, request=request, beneficiaire=who, words=words)
    if over_rate(f"code wrong {key}", TRIES - 1, now):
        raise TooManyWrongCodes
    return False


def _key(request: HttpRequest) -> str:
    """Name the counters of a session since its code was last right, without its key, which opens it."""
    return fingerprint(f"{request.session.session_key} {request.session.get(TYPED_AT, '')}")


class CodeRecentMixin(forms.BaseForm):
    """A form that asks for the code personnel when it was not typed in the last 10 minutes (A9)."""

    ALWAYS = False  # whether it asks even then

    def __init__(self, *args: Any, request: HttpRequest, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.now = request, now
        if self.ALWAYS or not is_code_recent(request, now):
            self.fields["code"] = forms.CharField(
                label="Votre code personnel" if not self.ALWAYS else "Votre code personnel actuel",
                max_length=128,
                strip=False,
                help_text="" if self.ALWAYS else "Demandé de nouveau, par sécurité.",
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
                error_messages={"required": "Écrivez votre code personnel actuel." if self.ALWAYS else LATE},
            )
            self.order_fields(self.field_order)

    def full_clean(self) -> None:
        """Look at the code, and ask it no more once it was right, whatever else is to mend."""
        super().full_clean()
        code = getattr(self, "cleaned_data", {}).get("code")
        if not code:
            return
        if not check_code(self.request, code, self.now):
            self.add_error("code", ValidationError(WRONG, code="wrong_code"))
        elif self.errors and not self.ALWAYS:
            del self.fields["code"]


def code_gated(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Mark a view whose form asks for the code; at the fifth wrong one, end the session and say so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except TooManyWrongCodes:
            logout(request)
            messages.error(request, ENDED)
            return redirect_to_login(request.get_full_path())

    return sensitive_post_parameters(*SECRETS)(guarded)
