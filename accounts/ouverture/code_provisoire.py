"""Provisional codes: by post or handed over at the counter, 30 days, five tries, one use (A4).

Twelve characters of the alphabet of references, the last a check: read aloud without a mistake, and a slip
costs no try. The code is drawn when its letter is made, so that none waits in the database, and only its
hash is kept. The letter is sealed with the keys of the pieces until the code is used or over.

One use: it opens one account, or one way back into it, and ends in that transaction. Until then who typed
it once may type it again, from another device.
"""

from base64 import b64decode, b64encode
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.adresses import usable_adresse
from accounts.enums import Act, CodeChannel
from accounts.models import Assure, Caisse, CodeProvisoire
from accounts.notices import write_mail
from accounts.sign_in import hashing
from accounts.sweeps import each
from accounts.traces import trace
from vitale_portal import pdf
from vitale_portal.clock import accelerated
from vitale_portal.dates import midnight
from vitale_portal.locks import hold
from vitale_portal.references import display, normalise, random_code

LENGTH = 12
TRIES = 5
BATCH = 50


def read_code(text: str) -> str | None:
    """Give a code as typed in its one form, or None when no code can be written so."""
    return normalise(text, LENGTH)


def arrival(now: datetime) -> datetime:
    """Give the instant before which a letter asked now is there."""
    return now + accelerated(settings.VITALE_CODE_POST_DELAY)


def ask_by_post(*, assure: Assure, now: datetime) -> bool:
    """Plan a code by post, in the place of the former; tell whether it is planned.

    Not while a letter may be on its way, or who asks again and again would make each one useless; nor
    without an address to write to. The batch makes the letter.
    """
    if usable_adresse(assure, now) is None:
        return False
    with transaction.atomic():
        hold(Assure.objects).get(pk=assure.pk)
        standing = CodeProvisoire.objects.filter(assure=assure)
        if standing.filter(Q(arrives_by__gt=now, tries__lt=TRIES)).exists():
            return False
        standing.delete()
        CodeProvisoire.objects.create(
            assure=assure, channel=CodeChannel.POST, asked_at=now, arrives_by=arrival(now)
        )
        _tell_holder(assure, now)
    return True


def hand_over(*, assure: Assure, now: datetime) -> str:
    """Make a code an agent hands over, in the place of the former; return it, to be shown once."""
    code = random_code(LENGTH)
    made = {
        "channel": CodeChannel.COUNTER,
        "asked_at": now,
        "code_hash": make_password(code),
        "letter": None,
        "made_at": now,
        "arrives_by": arrival(now),
        "ends_at": now + accelerated(settings.VITALE_CODE_LIFE),
        "tries": 0,
    }
    with transaction.atomic():
        hold(Assure.objects).get(pk=assure.pk)
        CodeProvisoire.objects.update_or_create(assure=assure, defaults=made)
        _tell_holder(assure, now)
    return display(code)


def _tell_holder(assure: Assure, now: datetime) -> None:
    """Tell by mail who has an account already that a code leads into it."""
    if hasattr(assure, "user") and assure.email:
        write_mail(assure.email, "code_provisoire_asked", at=now)


def make_letters(now: datetime) -> int:
    """Make the codes asked by post, each with its letter; return how many. A sweep.

    Rendered outside any transaction; one without an address any more waits for one, and goes with its time.
    """
    waiting = CodeProvisoire.objects.filter(code_hash="", channel=CodeChannel.POST)
    related = waiting.select_related("assure__beneficiaire", "assure__caisse").order_by("asked_at", "pk")
    rows = related.prefetch_related("assure__adresses")
    ready = [row.pk for row in rows if usable_adresse(row.assure, now)]
    return each(
        "accounts.codes", related.filter(pk__in=ready), lambda row: _make(row, now), now=now, most=BATCH
    )


def _make(row: CodeProvisoire, now: datetime) -> bool:
    adresse = usable_adresse(row.assure, now)
    if adresse is None:
        return False
    code, ends_at = random_code(LENGTH), now + accelerated(settings.VITALE_CODE_LIFE)
    context = {
        "adresse_lines": [str(row.assure), *adresse.lines],
        "caisse": row.assure.caisse,
        "code": display(code),
        "ends_at": ends_at,
        "has_account": hasattr(row.assure, "user"),
        "site": settings.VITALE_PUBLIC_URL,
        "written_at": now,
    }
    letter = b64encode(pdf.render("pdf/code_provisoire.html", context)).decode()
    hashed = make_password(code)
    with transaction.atomic():
        planned = CodeProvisoire.objects.filter(pk=row.pk, code_hash="")
        made = planned.update(code_hash=hashed, letter=letter, made_at=now, ends_at=ends_at)
        if made:
            who, caisse = row.assure.beneficiaire, row.assure.caisse
            trace(Act.CODE_POSTED, at=now, beneficiaire=who, caisse=caisse)
    return bool(made)


def codes_left_on(day: date, caisse: Caisse) -> QuerySet[CodeProvisoire]:
    """Give the codes of a caisse whose letter left on a day, Paris time, while it is kept."""
    start, end = midnight(day), midnight(day + timedelta(days=1))
    made = CodeProvisoire.objects.filter(assure__caisse=caisse, made_at__gte=start, made_at__lt=end)
    return made.filter(letter__isnull=False).order_by("made_at", "pk")


def opened_letter(code: CodeProvisoire) -> bytes:
    """Give the letter of a code, for the print room. Raises ``Unreadable``."""
    return b64decode(code.letter or "")


def check_code(nir: str, code: str, now: datetime) -> Assure | None:
    """Give the assuré whose provisional code this is, or None: wrong, over, five times wrong, or no code.

    A wrong one costs a try. The same questions and one hash whatever holds, so that time tells nothing.
    Hashed among strangers, a few at a time. Raises ``Full``, having cost no try.
    """
    with hashing.STRANGERS.place():
        return _checked(nir, code, now)


def _checked(nir: str, code: str, now: datetime) -> Assure | None:
    row = (
        CodeProvisoire.objects.select_related("assure__beneficiaire", "assure__caisse")
        .filter(assure__beneficiaire__nir=nir, ends_at__gt=now)
        .exclude(code_hash="")
        .first()
    )
    tried = CodeProvisoire.objects.filter(pk=row.pk if row else 0, tries__lt=TRIES)
    counted = tried.update(tries=F("tries") + 1)
    if row is None or not counted:
        hashing.STRANGERS.run(make_password, code)
        return None
    if not hashing.STRANGERS.run(check_password, code, row.code_hash):
        return None
    CodeProvisoire.objects.filter(pk=row.pk, tries__gt=0).update(tries=F("tries") - 1)
    return row.assure


def erase_codes_over(now: datetime) -> int:
    """Erase the codes whose time is over, and those that could not be written in it; return how many."""
    never = Q(code_hash="", asked_at__lte=now - accelerated(settings.VITALE_CODE_LIFE))
    return CodeProvisoire.objects.filter(Q(ends_at__lte=now) | never).delete()[0]
