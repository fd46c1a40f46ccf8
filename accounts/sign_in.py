"""Signing in: an assuré with NIR and code personnel, an agent with a staff number (A1, A10).

Two doors that never open for the other: an assuré's account has no staff number, and an agent's has
no NIR. Whether an account exists is never told, by words or by time: a code is hashed in any case.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User
from accounts.nir import Nir, NirError


class PersonBackend(ModelBackend):
    """What both doors share: one query gives the user and who he is."""

    def get_user(self, user_id: Any) -> User | None:
        """Give the user of a session, or None once he may no longer sign in."""
        user = User.objects.with_person().filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def check(self, user: User | None, code: str) -> User | None:
        """Give the user back if the code is his; takes the same time when there is no user (A1)."""
        if user is None:
            make_password(code)
            return None
        return user if user.check_password(code) and self.user_can_authenticate(user) else None


class CodePersonnelBackend(PersonBackend):
    """The assuré's door."""

    def authenticate(  # type: ignore[override]
        self, _request: HttpRequest | None, nir: str | None = None, code: str | None = None
    ) -> User | None:
        """Give the user whose NIR (13 or 15 characters) and code personnel these are, or None."""
        if nir is None or code is None:
            return None
        try:
            user = User.objects.filter(assure__beneficiaire__nir=Nir.parse(nir).value).first()
        except NirError:
            user = None
        return self.check(user, code)


class AgentBackend(PersonBackend):
    """The agent's door, at /gestion/."""

    def authenticate(  # type: ignore[override]
        self, _request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        """Give the agent whose staff number and password these are, or None."""
        if username is None or password is None:
            return None
        return self.check(User.objects.filter(identifiant=username, agent__isnull=False).first(), password)
