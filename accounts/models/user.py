"""The one who signs in: an assuré by NIR, or an agent by staff number."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from accounts.models.agent import Agent
from accounts.models.assure import Assure
from accounts.models.regime import Caisse


class UserManager(BaseUserManager["User"]):
    """Makes users with a hashed code."""

    def create_user(self, identifiant: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; without a password nobody can sign in as him."""
        user = self.model(identifiant=identifiant, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, identifiant: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user who may do everything in the admin, once an agent hangs on him."""
        return self.create_user(identifiant, password, is_superuser=True, **fields)

    def with_person(self) -> "models.QuerySet[User]":
        """Users with all that a request needs to know of who it is, in one query."""
        related = self.select_related("assure__beneficiaire", "assure__caisse__regime", "agent__caisse")
        return related.defer("assure__iban")  # opened where it is asked for, not at every request


class User(AbstractBaseUser, PermissionsMixin):
    """One identifier and one code. An assuré or an agent hangs on it, never both (A10)."""

    identifiant = models.CharField("identifiant", max_length=20, unique=True)
    is_active = models.BooleanField("actif", default=True)
    assure = models.OneToOneField(
        Assure, verbose_name="assuré", null=True, blank=True, on_delete=models.PROTECT, related_name="user"
    )
    agent = models.OneToOneField(
        Agent, verbose_name="agent", null=True, blank=True, on_delete=models.PROTECT, related_name="user"
    )

    # The terms of use accepted when the account was opened (A4).
    terms_version = models.CharField("conditions acceptées", max_length=20, blank=True)
    terms_accepted_at = models.DateTimeField("acceptées le", null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "identifiant"

    class Meta:
        verbose_name = "utilisateur"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(assure=None) | models.Q(agent=None),
                name="user_assure_or_agent_never_both",
                violation_error_message="Un compte est à un assuré ou à un agent, jamais aux deux.",
            )
        ]

    def __str__(self) -> str:
        return str(self.agent or self.assure or self.identifiant)

    def get_short_name(self) -> str:
        """Give the name the admin greets him by."""
        return str(self)

    @property
    def caisse(self) -> Caisse | None:
        """The caisse of who signs in, whichever he is."""
        who = self.assure or self.agent
        return who.caisse if who else None

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets him in: only an agent (A10)."""
        return self.agent_id is not None
