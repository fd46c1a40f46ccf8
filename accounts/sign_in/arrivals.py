"""What follows a sign-in, at either door: trace, device, notice of a new one (A3, A10, A11)."""

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.enums import Act, Notice
from accounts.models import User
from accounts.notices import Owed, notify
from accounts.sessions import code_was_typed
from accounts.sign_in.devices import remember_device
from accounts.traces import trace


def arrived(
    request: HttpRequest, response: HttpResponse, user: User, *, now: datetime, trust: bool = False
) -> None:
    """Keep that somebody has just signed in, and know his device from now on, by a cookie on ``response``.

    Call it once he has passed every step of his door, after ``login``. ``trust`` spares an assuré the
    second step on this device for 60 days. A device not seen before is told to him.
    """
    assure = user.assure
    code_was_typed(request, now)
    with transaction.atomic():
        new = remember_device(request, response, user, now=now, trust=trust)
        trace(
            Act.SIGNED_IN,
            at=now,
            request=request,
            by=user,
            beneficiaire=assure.beneficiaire if assure else None,
            about=assure.beneficiaire.reference if assure else "",
        )
        if assure and new:
            facts = {"device": new.label, "at": now}
            owed = Owed(assure=assure, notice=Notice.DEVICE_NEW, about=new.reference, facts=facts)
            notify([owed], at=now)
