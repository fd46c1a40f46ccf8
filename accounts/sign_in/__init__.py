"""Signing in: an assuré with NIR and code personnel, an agent with a staff number (A1, A3, A10).

Two doors that never open for the other: an assuré's account has no staff number, and an agent's has
no NIR. Whether an account exists is never told, by words or by time: a code is hashed in any case, and a
door that is closed (A3) is closed before anything is looked up. What is no NIR at all is said so at once,
by the form: it can be nobody's.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password, verify_password
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.enums import Act
from accounts.models import Device, User
from accounts.nir import Nir, NirError
from accounts.rates import network_of, over_rate
from accounts.sign_in.devices import token_in
from accounts.sign_in.hashing import BUSY, KNOWN, STRANGERS, Full, Lane
from accounts.sign_in.locks import Knock, Paused, Taken, give_back, refuse_closed, take, to_tell
from accounts.traces import trace

SIGN_INS_AN_HOUR = 60  # of one account: nobody needs more, and each costs a hash


class PersonBackend(ModelBackend):
    """What both doors share: one query gives the user and who he is."""

    door = ""

    def get_user(self, user_id: Any) -> User | None:
        """Give the user of a session, or None once he may no longer sign in."""
        user = User.objects.with_person().filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def accounts_of(self, identifier: str) -> QuerySet[User]:
        """Give the one account this door opens for an identifier, or none."""
        raise NotImplementedError

    def knock(self, request: HttpRequest | None, identifier: str, code: str) -> User | None:
        """Give the user whose identifier and code these are, or None. Raises ``Paused`` (A3).

        The work is the same whether there is such an account or not.
        """
        now = timezone.now()
        found = self.accounts_of(identifier)
        device = _known_device(request, found)
        knock = Knock(self.door, identifier, network_of(request), device)
        refuse_closed(knock, now)
        lane = KNOWN if device else STRANGERS
        try:
            with lane.place():
                user = found.first()
                taken = take(knock, user, now)
                right = _is_right(user, code, lane)
        except Full as error:
            raise Paused(BUSY) from error
        if user is None or not right or not self.user_can_authenticate(user):
            self._failed(taken, user, request)
            return None
        give_back(taken)
        wait = over_rate(f"sign in as {user.pk}", SIGN_INS_AN_HOUR, now)
        if wait:
            raise Paused(wait)
        return user

    def _failed(self, taken: Taken, user: User | None, request: HttpRequest | None) -> None:
        """Trace what a failure closed, never each failure; the holder is told by a sweep."""
        if not taken.closed:
            return
        now = timezone.now()
        beneficiaire = user.assure.beneficiaire if user and user.assure else None
        trace(
            Act.SIGN_IN_FAILED,
            at=now,
            request=request,
            beneficiaire=beneficiaire,
            caisse=user.caisse if user else None,
            about=beneficiaire.reference if beneficiaire else "",
            words=", ".join(kind.label for kind in taken.closed),
        )
        to_tell(taken, now)


def _known_device(request: HttpRequest | None, found: QuerySet[User]) -> str:
    """Give the token's hash when the browser is known to that account; asks nothing without our cookie."""
    token_hash = token_in(request)
    known = token_hash and Device.objects.filter(token_hash=token_hash, user__in=found).exists()
    return token_hash if known else ""


def _is_right(user: User | None, code: str, lane: Lane) -> bool:
    """Compare a code; takes the same time when there is no user (A1)."""
    if user is None:
        lane.run(make_password, code)
        return False
    right, outdated = lane.run(verify_password, code, user.password)
    if right and outdated:
        user.password = lane.run(make_password, code)
        user.save(update_fields=["password"])
    return right


class CodePersonnelBackend(PersonBackend):
    """The assuré's door."""

    door = "assuré"

    def accounts_of(self, identifier: str) -> QuerySet[User]:
        """Give the account of this NIR."""
        return User.objects.with_person().filter(assure__beneficiaire__nir=identifier)

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, nir: str | None = None, code: str | None = None
    ) -> User | None:
        """Give the user whose NIR (13 or 15 characters) and code personnel these are, or None."""
        if nir is None or code is None:
            return None
        try:
            return self.knock(request, Nir.parse(nir).value, code)
        except NirError:
            return None


class AgentBackend(PersonBackend):
    """The agent's door, at /gestion/."""

    door = "agent"

    def accounts_of(self, identifier: str) -> QuerySet[User]:
        """Give the account of this staff number."""
        return User.objects.with_person().filter(identifiant=identifier, agent__isnull=False)

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        """Give the agent whose staff number and password these are, or None. Raises ``Paused`` (A3)."""
        if username is None or password is None:
            return None
        return self.knock(request, username, password)
