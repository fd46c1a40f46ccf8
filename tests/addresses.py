"""Every address of the URL configuration, and whom each of the site is for."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

# The views that say they are public. A new one is added here on purpose, or a test fails.
PUBLIC = {
    "home", "help", "verify", "blank_declaration", "alive", "ready",
    "sign_in", "second_step", "second_step_again", "sign_out",
    "delays", "accessibility", "legal", "privacy",
    "terms",
    "opening_who", "opening_proof", "opening_post", "opening_posted", "opening_code", "opening_terms",
    "opening_choose_code", "opening_email", "opening_sent", "opening_link", "opening_confirm",
    "forgotten", "forgotten_sent", "forgotten_by_post", "forgotten_link", "forgotten_new",
    "security", "security_txt", "robots",
}  # fmt: skip
# Pages of the signed-in assuré that name nobody's row.
OWN = {
    "inbox", "profile", "address", "communes", "cartes", "order_start",
    "email", "email_confirm", "code", "bank", "rectification", "export",
    "dashboard", "demarches", "tracking_list", "declare", "declaration_list", "ask_rights",
    "file_looks",
    "session_list", "session_close", "session_close_others", "device_forget",
}  # fmt: skip
# Pages of whoever is signed in, an agent too: his own session, and the form of his that came too late.
EVERYBODYS = {"session_stay", "session_left", "reprise"}
# What an agent who reviews may decide, as it stands in an address.
DECISIONS = ["accepter", "remettre", "corriger", "refuser", "annuler"]


def patterns(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named address, with its namespace: « admin » for the desk, none for the site."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, entry.namespace or namespace)
        elif entry.name:
            yield namespace, entry
