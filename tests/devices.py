"""A browser that an account knows: the cookie of a device, given to a test client or to Chromium."""

from datetime import datetime

from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import Device, User
from accounts.sign_in.devices import cookie_name, remember_device


def known(client: Client, user: User, *, trust: bool = True, now: datetime | None = None) -> Device:
    """Have the account know the client's browser, as after a sign-in; a second person shares its cookie."""
    request = RequestFactory().get("/")
    held = client.cookies.get(cookie_name())
    if held:
        request.COOKIES[cookie_name()] = held.value
    response = HttpResponse()
    remember_device(request, response, user, now=now or timezone.now(), trust=trust)
    client.cookies[cookie_name()] = response.cookies[cookie_name()].value
    return user.devices.latest("pk")
