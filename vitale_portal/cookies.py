"""Names of cookies."""


def host_cookie(name: str, *, https: bool) -> str:
    """Give a cookie the prefix that binds it to this very host, which browsers only take over HTTPS."""
    return f"__Host-{name}" if https else name
