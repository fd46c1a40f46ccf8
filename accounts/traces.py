"""The trace: who did what, to whose file, when, from where. One call writes one line, for good."""

from datetime import datetime

from django.http import HttpRequest

from accounts.enums import Act
from accounts.models import Beneficiaire, Caisse, Trace, User
from accounts.rates import client_address


def trace(  # noqa: PLR0913 -- who, what, whose, where, when: that is what a trace is
    act: Act,
    *,
    at: datetime,
    request: HttpRequest | None = None,
    by: User | None = None,
    beneficiaire: Beneficiaire | None = None,
    caisse: Caisse | None = None,
    about: str = "",
    words: str = "",
) -> Trace:
    """Write one act, in the caller's transaction.

    ``by`` is by default the signed-in user of ``request``, which also tells from where. ``about`` names the
    object (a reference, never a NIR or a name); ``words`` what a reader must know more, naming nobody.
    """
    user = by or (request.user if request and isinstance(request.user, User) else None)
    return Trace.objects.create(
        act=act,
        at=at,
        by=user,
        network_address=(client_address(request) or None) if request else None,
        beneficiaire=beneficiaire,
        caisse=caisse,
        about=about,
        words=words,
    )
