"""Opening an account, step by step, once one has proved who one is (A4). Coming back into one, too.

An opening belongs to the browser that proved it: proved again elsewhere it starts anew, so that nobody
finishes what another began with his own code. The account is made at the last step alone, the click on
the link.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts import liens
from accounts.enums import Act, LinkPurpose
from accounts.models import Assure, CodeProvisoire, MailLink, OutboxMail, Ouverture, User
from accounts.notices import write_mail
from accounts.ouverture.code_provisoire import erase_codes_over
from accounts.rates import network_of
from accounts.sessions import end_sessions
from accounts.sign_in import CodePersonnelBackend
from accounts.sign_in.devices import forget_devices, known_device
from accounts.sign_in.hashing import hash_code
from accounts.sign_in.locks import Knock, forgive
from accounts.traces import trace
from vitale_portal.locks import hold

LIFE = timedelta(hours=24)  # of an opening under way: a delay of people, never accelerated
TERMS_VERSION = "2026-11-28"  # another text is another version
BY_CODE = "par code provisoire"


def start(*, assure: Assure, by_code: bool, now: datetime) -> Ouverture:
    """Start an opening for who proved to be this assuré."""
    return Ouverture.objects.create(assure=assure, by_code=by_code, started_at=now, ends_at=now + LIFE)


def find(reference: str, now: datetime) -> Ouverture | None:
    """Give an opening that is still under way."""
    rows = Ouverture.objects.select_related("assure__beneficiaire", "assure__caisse", "assure__user")
    return rows.filter(reference=reference, ends_at__gt=now).first()


def gives_back(ouverture: Ouverture) -> bool:
    """Tell whether it leads back into an account, rather than opening one: by a provisional code alone."""
    return ouverture.by_code and hasattr(ouverture.assure, "user")


# The steps once the proof is given: the view, and what is done once it is past.
STEPS: tuple[tuple[str, str], ...] = (
    ("opening_terms", "terms_accepted_at"),
    ("opening_choose_code", "code_hash"),
    ("opening_email", "email"),
)
LAST = "opening_sent"


def next_step(ouverture: Ouverture) -> str:
    """Give the view of the first step not done."""
    return next((view for view, done in STEPS if not getattr(ouverture, done)), LAST)


def may_be_at(ouverture: Ouverture, view: str) -> bool:
    """Tell whether a step can be shown: the next, or one gone back to."""
    views = [*(view for view, _done in STEPS), LAST]
    return views.index(view) <= views.index(next_step(ouverture))


def accept_terms(*, ouverture: Ouverture, now: datetime) -> None:
    """Keep that the terms of use were accepted: which version, when (A4)."""
    rows = Ouverture.objects.filter(pk=ouverture.pk)
    rows.update(terms_version=TERMS_VERSION, terms_accepted_at=now)


def choose_code(*, ouverture: Ouverture, code: str) -> None:
    """Keep the hash of the code chosen, which the rules of A2 let through."""
    Ouverture.objects.filter(pk=ouverture.pk).update(code_hash=hash_code(code))


def send_link(*, ouverture: Ouverture, email: str, now: datetime) -> None:
    """Send the link that confirms an address; one used already gets a warning in its place (A4).

    The page says the same either way: whose address it is, its owner alone learns.
    """
    with transaction.atomic():
        hold(Assure.objects).get(pk=ouverture.assure_id)
        Ouverture.objects.filter(pk=ouverture.pk).update(email=email)
        token = liens.make_link(
            purpose=LinkPurpose.OPENING,
            assure=ouverture.assure,
            email=email,
            about=ouverture.reference,
            now=now,
        )
        if Assure.objects.filter(email__iexact=email).exclude(pk=ouverture.assure_id).exists():
            write_mail(email, "email_taken", at=now)
        else:
            write_mail(email, "email_to_confirm", at=now, link=liens.link_url("opening_link", token))


class Finished(Enum):
    """What confirming the address came to."""

    OPENED = "the account is open"
    RECOVERED = "its holder is back in it"
    OVER = "the link is unknown, used or over, or another opening came first"
    TAKEN = "another account has taken the address meanwhile"


def finish(*, token: str, request: HttpRequest, now: datetime) -> Finished:
    """Confirm the address, and make the account or give it back, in one transaction (A4).

    Of two at once one opens: the link serves once, the assuré is locked, and one user an assuré is a
    constraint. All other openings, links and the provisional code end with it.
    """
    try:
        with transaction.atomic():
            link = liens.use_link(token, LinkPurpose.OPENING, now)
            return _finish(link, request, now) if link else Finished.OVER
    except IntegrityError:
        return Finished.TAKEN


def _finish(link: MailLink, request: HttpRequest, now: datetime) -> Finished:
    assure = link.assure
    ouverture = Ouverture.objects.filter(
        reference=link.about, email=link.email, ends_at__gt=now, terms_accepted_at__isnull=False
    ).first()
    user = User.objects.filter(assure=assure).first()
    if ouverture is None or not ouverture.code_hash or (user and not (ouverture.by_code and user.is_active)):
        return Finished.OVER
    former = assure.email
    Assure.objects.filter(pk=assure.pk).update(email=link.email)
    end_proofs(assure)
    if user is None:
        return _open(ouverture, assure, request, now)
    return _give_back(user, ouverture, request, now, former)


def _terms(ouverture: Ouverture) -> dict[str, Any]:
    return {"terms_version": ouverture.terms_version, "terms_accepted_at": ouverture.terms_accepted_at}


def _open(ouverture: Ouverture, assure: Assure, request: HttpRequest, now: datetime) -> Finished:
    user = User.objects.create(
        identifiant=assure.beneficiaire.nir, password=ouverture.code_hash, assure=assure, **_terms(ouverture)
    )
    words = BY_CODE if ouverture.by_code else "par l’IBAN et la carte"
    _trace(Act.ACCOUNT_OPENED, user, words, request, now)
    write_mail(ouverture.email, "account_opened", at=now)
    return Finished.OPENED


def _give_back(
    user: User, ouverture: Ouverture, request: HttpRequest, now: datetime, former: str
) -> Finished:
    User.objects.filter(pk=user.pk).update(password=ouverture.code_hash, **_terms(ouverture))
    forget_access(user)
    _open_door(user, request)
    _trace(Act.CODE_CHANGED, user, BY_CODE, request, now)
    for mailbox in sorted({former, ouverture.email} - {""}):
        write_mail(mailbox, "code_changed", at=now)
    if former not in {"", ouverture.email}:
        _trace(Act.EMAIL_CHANGED, user, BY_CODE, request, now)
        write_mail(former, "email_left", at=now)
    return Finished.RECOVERED


def change_code(*, token: str, code: str, request: HttpRequest, now: datetime) -> bool:
    """Set a new code by the link of « code oublié », and end all sessions (A5); False when it is over.

    In one transaction; his own pause on this network ends with it (A3). The code has passed the rules of
    A2; its hash is made before.
    """
    hashed = hash_code(code)
    with transaction.atomic():
        link = liens.use_link(token, LinkPurpose.FORGOTTEN, now)
        user = User.objects.filter(assure=link.assure_id, is_active=True).first() if link else None
        if link is None or user is None:
            return False
        User.objects.filter(pk=user.pk).update(password=hashed)
        forget_access(user)
        _open_door(user, request)
        end_proofs(link.assure)
        _trace(Act.CODE_CHANGED, user, "par le lien de « code oublié »", request, now)
        write_mail(link.email, "code_changed", at=now)
    return True


def forget_access(user: User, *, but: HttpRequest | None = None) -> int:
    """End all that was open with the former code, and forget the devices it was typed on (A5).

    The session and the device of ``but`` stay. Return how many sessions ended.
    """
    forget_devices(user, keep=known_device(but, user) if but else None)
    return end_sessions(user, keep=but.session.session_key if but else None)


def _open_door(user: User, request: HttpRequest) -> None:
    """Take away the pause that slips with the former code made, on this network alone (A3)."""
    if user.assure:
        nir = user.assure.beneficiaire.nir
        forgive(Knock(CodePersonnelBackend.door, nir, network_of(request)))


def _trace(act: Act, user: User, words: str, request: HttpRequest, now: datetime) -> None:
    assure = user.assure
    who, caisse = (assure.beneficiaire, assure.caisse) if assure else (None, None)
    trace(act, at=now, request=request, by=user, beneficiaire=who, caisse=caisse, words=words)


def end_proofs(assure: Assure) -> None:
    """End all that could still open or give back the account of an assuré."""
    Ouverture.objects.filter(assure=assure).delete()
    CodeProvisoire.objects.filter(assure=assure).delete()
    liens.end_links(assure, LinkPurpose.OPENING, LinkPurpose.FORGOTTEN)


def erase_over(now: datetime) -> int:
    """Erase what is over: openings, links, provisional codes, the links mails carried. A sweep."""
    openings = Ouverture.objects.filter(ends_at__lte=now).delete()[0]
    carried = OutboxMail.objects.filter(secret__isnull=False, written_at__lte=now - liens.LIFE)
    return openings + liens.erase_over(now) + erase_codes_over(now) + carried.update(secret=None)
