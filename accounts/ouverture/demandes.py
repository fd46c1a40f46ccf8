"""What is asked without being signed in: taken as typed, judged by a sweep (A4, A5).

The page that takes a demand looks nothing up. So its answer is the same, to the millisecond, whether the
NIR is known, has an account, or is too young; what is true comes by mail or by letter, to its holder.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from accounts.enums import DemandeKind, LinkPurpose
from accounts.liens import link_url, make_link
from accounts.models import Assure, Demande
from accounts.notices import write_mail
from accounts.ouverture import code_provisoire
from accounts.ouverture.preuves import Identity, known_assure, may_hold_account
from accounts.rates import over_rate
from accounts.sweeps import together

DAY = timedelta(days=1)
LINKS_AN_HOUR = 3  # to one account: then the last one stays good
WARNINGS_A_DAY = 1


def ask_by_post(*, identity: Identity, recovery: bool, now: datetime) -> None:
    """Take a demand for a provisional code by post, for an account to open or one to come back to."""
    kind = DemandeKind.RECOVERY if recovery else DemandeKind.OPENING
    Demande.objects.create(
        kind=kind,
        nir=identity.nir,
        nom=identity.nom,
        date_naissance=identity.date_naissance,
        code_postal=identity.code_postal,
        asked_at=now,
    )


def ask_forgotten(*, nir: str, now: datetime) -> None:
    """Take a demand for a link to a new code (A5)."""
    Demande.objects.create(kind=DemandeKind.FORGOTTEN, nir=nir, asked_at=now)


def judge(now: datetime) -> int:
    """Do what each demand comes to, and erase it; return how many. A sweep."""
    due = Demande.objects.order_by("asked_at", "pk")
    return len(together("accounts.demandes", due, lambda rows: _judge(rows, now), now=now))


def _judge(demandes: Sequence[Demande], now: datetime) -> None:
    for demande in demandes:
        _JUDGES[DemandeKind(demande.kind)](demande, now)
    Demande.objects.filter(pk__in=[demande.pk for demande in demandes]).delete()


def _post(demande: Demande, now: datetime) -> None:
    identity = Identity(demande.nir, demande.nom, demande.date_naissance, demande.code_postal)
    assure = known_assure(identity, now)
    if assure is None or not may_hold_account(assure, now):
        return
    if demande.kind == DemandeKind.OPENING and hasattr(assure, "user"):
        _warn(assure, now)
    else:
        code_provisoire.ask_by_post(assure=assure, now=now)


def _warn(assure: Assure, now: datetime) -> None:
    """Tell who has an account that somebody wanted to open one in his name."""
    key = f"opening-exists:{assure.pk}"
    if assure.email and not over_rate(key, WARNINGS_A_DAY, now, DAY):
        write_mail(assure.email, "account_exists", at=now)


def _link(demande: Demande, now: datetime) -> None:
    assure = (
        Assure.objects.filter(beneficiaire__nir=demande.nir, user__is_active=True).exclude(email="").first()
    )
    if assure is None or over_rate(f"forgotten:{demande.nir}", LINKS_AN_HOUR, now):
        return
    token = make_link(purpose=LinkPurpose.FORGOTTEN, assure=assure, email=assure.email, now=now)
    write_mail(assure.email, "forgotten_code", at=now, link=link_url("forgotten_link", token))


_JUDGES: Mapping[DemandeKind, Callable[[Demande, datetime], None]] = {
    DemandeKind.OPENING: _post,
    DemandeKind.RECOVERY: _post,
    DemandeKind.FORGOTTEN: _link,
}
