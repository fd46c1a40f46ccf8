"""What a browser is called, for the person who has to know his own again in a list."""

import re

# The first that fits: most browsers name those they resemble too.
_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrom(?:e|ium)/|CriOS/"),
    ("Safari", r"Version/\S+ .*Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)
UNKNOWN = "Navigateur non reconnu"
READ = 400  # characters


def browser_label(user_agent: str) -> str:
    """Name the browser and the system that a ``User-Agent`` tells of: « Firefox sur Windows ».

    Nothing of the text itself is kept: it is the visitor’s own word.
    """
    text = user_agent[:READ]
    browser, system = _first(_BROWSERS, text), _first(_SYSTEMS, text)
    return f"{browser or UNKNOWN} sur {system}" if system else browser or UNKNOWN


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, text)), "")
