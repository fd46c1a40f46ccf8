#!/usr/bin/env python3
"""Sign in as somebody of the demonstration and print the cookies: ``sign_in.py ADDRESS NIR CODE``."""

import http.cookiejar
import sys
import urllib.parse
import urllib.request


def cookies(base: str, nir: str, code: str) -> str:
    """Post the form of sign-in as a browser would; give « name=value; … »."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"{base}/connexion/"
    page = browser.open(address).read().decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"csrfmiddlewaretoken": token, "nir": nir, "code": code}
    request = urllib.request.Request(  # noqa: S310 - an address of this machine
        address, urllib.parse.urlencode(form).encode(), {"Referer": address}
    )
    landed = browser.open(request).geturl()
    if "/connexion/" in landed:
        raise SystemExit(f"Not signed in: {landed}")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


if __name__ == "__main__":
    print(cookies(sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3]))
