#!/usr/bin/env python3
"""Sign in as somebody of the demonstration and print the cookies.

``sign_in.py ADDRESS NIR CODE``, or for an agent ``sign_in.py ADDRESS STAFF_NUMBER PASSWORD TOTP_SECRET``.
"""

import base64
import hmac
import http.cookiejar
import sys
import time
import urllib.parse
import urllib.request


class Browser:
    """Posts forms as a browser would, and keeps the cookies."""

    def __init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def send(self, address: str, fields: dict[str, str]) -> str:
        """Open a page, send its form, give the address landed on."""
        page = self._opener.open(address).read().decode()
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token} | fields).encode()
        request = urllib.request.Request(address, form, {"Referer": address})  # noqa: S310 - of this machine
        return str(self._opener.open(request).geturl())


def six_digits(secret: str, now: float) -> str:
    """Give what an application with that secret (base 32) shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), int(now // 30).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def cookies(base: str, who: str, code: str, secret: str = "") -> str:
    """Sign in; give « name=value; … »."""
    browser = Browser()
    if secret:
        browser.send(f"{base}/gestion/login/", {"username": who, "password": code})
        landed = browser.send(f"{base}/gestion/code/", {"code": six_digits(secret, time.time())})
    else:
        landed = browser.send(f"{base}/connexion/", {"nir": who, "code": code})
    if "/connexion/" in landed or "/gestion/code/" in landed:
        raise SystemExit(f"Not signed in: {landed}")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.jar)


if __name__ == "__main__":
    print(cookies(sys.argv[1].rstrip("/"), *sys.argv[2:]))
