"""What a holder changes of his own: e-mail, code, address, bank details. Each is traced, and told (A9)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.adresses import Given, give_adresse
from accounts.enums import Act, AdresseKind, LinkPurpose, Notice, Outcome
from accounts.liens import end_links, find_link, link_url, make_link, use_link
from accounts.models import Assure, MailLink, User
from accounts.notices import Owed, notify, write_mail
from accounts.ouverture import end_proofs, forget_access
from accounts.sessions import code_was_typed
from accounts.sign_in.hashing import hash_code
from accounts.traces import named, trace
from vitale_portal.locks import hold
from vitale_portal.references import new_reference


class LinkOver(Exception):
    """The link was used, is over 30 minutes old, gave way to a newer one, or is not his."""


class EmailTaken(Exception):
    """Another account took that e-mail address meanwhile."""


def ask_email(*, assure: Assure, email: str, view: str, now: datetime) -> None:
    """Send a link to a new e-mail address; it is the account's once the link is followed (A4, A9).

    ``view`` is the name of the page the link leads to. An address that another account has gets a mail that
    says so instead of the link: what is on screen is the same, and tells nobody who has an account.
    """
    with transaction.atomic():
        token = make_link(purpose=LinkPurpose.EMAIL, assure=assure, email=email, now=now)
        if Assure.objects.filter(email__iexact=email).exclude(pk=assure.pk).exists():
            write_mail(email, "email_taken", at=now)
        else:
            write_mail(email, "email_to_confirm", at=now, link=link_url(view, token))


def waiting_email(assure: Assure, now: datetime) -> MailLink | None:
    """Give the link that waits to be followed for the e-mail address to change, if there is one."""
    links = assure.mail_links.filter(purpose=LinkPurpose.EMAIL, used_at=None, ends_at__gt=now)
    return links.order_by("-made_at").first()


def confirm_email(*, assure: Assure, token: str, request: HttpRequest, now: datetime) -> None:
    """Make the address that a link was sent to the account's, and tell both, the former too (A9).

    Links sent to the former address end. Raises ``LinkOver`` or ``EmailTaken``: nothing is changed.
    """
    link = find_link(token, LinkPurpose.EMAIL, now)
    if link is None or link.assure_id != assure.pk:
        raise LinkOver
    try:
        with transaction.atomic():
            if use_link(token, LinkPurpose.EMAIL, now) is None:
                raise LinkOver
            former = hold(Assure.objects).get(pk=assure.pk).email
            Assure.objects.filter(pk=assure.pk).update(email=link.email)
            assure.email = link.email
            _email_changed(assure, former, request, now)
    except IntegrityError as error:
        raise EmailTaken from error


def _email_changed(assure: Assure, former: str, request: HttpRequest, now: datetime) -> None:
    """Tell a change of e-mail to both addresses, in its transaction (A9).

    Links sent to the former address end.
    """
    end_links(assure, LinkPurpose.FORGOTTEN, LinkPurpose.EMAIL)
    if former:
        write_mail(former, "email_left", at=now)
    _done(assure, Act.EMAIL_CHANGED, Notice.EMAIL_CHANGED, request, now)


def change_code(*, user: User, code: str, request: HttpRequest, now: datetime) -> int:
    """Change the code personnel of who is signed in; return how many other sessions ended with it (A5, A9).

    ``code`` has passed the rules of A2. This session goes on under another key; links under way end.
    """
    assure, hashed = _assure(user), hash_code(code)
    with transaction.atomic():
        user.password = hashed
        user.save(update_fields=["password"])
        update_session_auth_hash(request, user)
        code_was_typed(request, now)
        ended = forget_access(user, but=request)
        end_proofs(assure)
        end_links(assure, LinkPurpose.EMAIL)
        _done(assure, Act.CODE_CHANGED, Notice.CODE_CHANGED, request, now)
    return ended


def change_iban(*, assure: Assure, iban: str, request: HttpRequest, now: datetime) -> bool:
    """Keep an IBAN that was checked and confirmed; tell whether it is another than before (A7, A9)."""
    with transaction.atomic():
        known = hold(Assure.objects).get(pk=assure.pk).iban
        if known == iban:
            return False
        Assure.objects.filter(pk=assure.pk).update(iban=iban)
        _done(assure, Act.IBAN_CHANGED, Notice.IBAN_CHANGED, request, now)
    return True


def change_adresse(
    *, assure: Assure, content: Mapping[str, str], kind: AdresseKind, ends_at: datetime | None, now: datetime
) -> Given:
    """Give an address (B3); trace and tell it when it is another than before (A9)."""
    with transaction.atomic():
        given = give_adresse(assure=assure, content=content, kind=kind, ends_at=ends_at, now=now)
        if given.outcome in {Outcome.NEW, Outcome.BACK}:
            who = assure.beneficiaire
            trace(Act.ADDRESS_CHANGED, at=now, beneficiaire=who, about=named(given.adresse))
            _tell(assure, Notice.ADRESSE_CHANGED, now, {"adresse": given.adresse})
    return given


def _done(assure: Assure, act: Act, notice: Notice, request: HttpRequest, now: datetime) -> None:
    """Trace a change and tell it, in its transaction."""
    trace(act, at=now, request=request, beneficiaire=assure.beneficiaire)
    _tell(assure, notice, now)


def _tell(assure: Assure, notice: Notice, now: datetime, facts: Mapping[str, Any] | None = None) -> None:
    """Tell a change: a message, and a mail to the address of the account. Each change is told anew."""
    told = {"at": now, "caisse": assure.caisse, **(facts or {})}
    about = f"changement {new_reference()}"
    notify([Owed(assure=assure, notice=notice, about=about, facts=told)], at=now)


def _assure(user: User) -> Assure:
    if user.assure is None:
        raise TypeError("an agent has no code personnel")
    return user.assure
