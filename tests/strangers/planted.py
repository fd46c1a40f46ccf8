"""Rows of every model, of one household of the Ain, whose every value is known again on a page.

What its caisse may read holds ``ROW``; what only its author, or who reviews, may read holds ``SECRET``.
Numbers and references cannot hold a word: they are in ``codes``.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db.models import Model

from accounts.enums import Act, CodeChannel, DemandeKind, LinkPurpose, LockKind, Notice, RectificationKind
from accounts.models import (
    Agent,
    Assure,
    CodeProvisoire,
    Demande,
    Device,
    Lettre,
    Lock,
    MailedCode,
    MailLink,
    Message,
    Ouverture,
    Rate,
    RecoveryCode,
    Rectification,
    Reprise,
    Session,
    SetAside,
    SweepRun,
    TracePurge,
    TraceSeal,
)
from accounts.traces import trace
from carte.enums import (
    CarteState,
    CommandeState,
    EffacementMotif,
    PieceKind,
    SansPhotoReason,
    SignalementKind,
)
from carte.models import (
    CarteEvent,
    Commande,
    CopieCarte,
    Effacement,
    LotFabrication,
    Piece,
    Recapitulatif,
    Signalement,
)
from carte.sans_photo import Explanation, store_explanation
from declarations.enums import PliState
from declarations.models import PliEvent
from suivi.enums import Opinion
from suivi.models import Satisfaction
from tests.factories import (
    NOW,
    AdresseFactory,
    AgentFactory,
    AssureFactory,
    AttestationFactory,
    BeneficiaireFactory,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    OutboxMailFactory,
    PieceFactory,
    PliFactory,
    ayant_droit,
    nir,
)
from tests.fixtures import at_desk
from vitale_portal.transitions import Actor

ROW, SECRET = "ZZQROW", "ZZQSECRET"
OURS = ("accounts", "carte", "declarations", "suivi")
IBAN = "FR7630006000011234567890189"
LINES = [f"{ROW} VASSEUR", f"77 RUE {ROW}", "01000 Bourg-en-Bresse"]


def file_of(name: str) -> dict[str, Any]:
    """The bytes of a document, known again wherever they come out."""
    content = f"%PDF-1.7 {SECRET} {name}".encode()
    return {"pdf": content, "sha256": hashlib.sha256(content).hexdigest()}


@dataclass
class Planted:
    """The household, the agent of its caisse, and what no stranger may read."""

    assure: Assure
    agent: Agent
    draft: Commande
    codes: set[str] = field(default_factory=set)  # references, NIRs, serials: of the rows
    secret_codes: set[str] = field(default_factory=set)

    def rows(self, model: type[Model]) -> list[Any]:
        return list(model._base_manager.order_by("pk"))  # noqa: SLF001

    def references(self, model: type[Model] | None = None) -> list[str]:
        models = [model] if model else MODELS
        named = [one for one in models if any(f.name == "reference" for f in one._meta.fields)]  # noqa: SLF001
        found = [row.reference for one in named for row in self.rows(one)]
        return sorted(set(found))


MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]


def plant() -> Planted:
    """Write them. Nothing else is in the database, so that every row is a stranger's."""
    who = BeneficiaireFactory(nom=f"{ROW}VASSEUR", prenoms=f"{ROW}elmire Anne", nir=nir(990_123))
    assure = AssureFactory(beneficiaire=who, email=f"{SECRET.lower()}@courriel.example", iban=IBAN)
    AdresseFactory(assure=assure, voie=f"77 RUE {ROW}")
    agent = AgentFactory(nom=f"{ROW}AGENT", groups=("contrôle", "droits", "supervision", "audit"))
    draft, shipped = _orders(assure, agent)
    _papers(assure, shipped)
    _words(assure, agent, shipped)
    _doors(assure)
    planted = Planted(assure=assure, agent=agent, draft=draft)
    planted.codes = _codes(planted) - {draft.reference}
    planted.secret_codes = {draft.reference, IBAN, _session_key(agent), *_hashes(planted)}
    return planted


def _child(assure: Assure, name: str) -> Any:
    return ayant_droit(assure, nom=f"{ROW}VASSEUR", prenoms=f"{ROW}{name}")


def _orders(assure: Assure, agent: Agent) -> tuple[Commande, Commande]:
    """A draft, and orders on their way, with pieces, of which one is an explanation."""
    draft = CommandeFactory(author=assure, beneficiaire=_child(assure, "Draft"))
    made = {
        state: CommandeFactory(
            author=assure, beneficiaire=_child(assure, state.title()), state=state, adresse_lines=LINES
        )
        for state in (CommandeState.IN_REVIEW, CommandeState.SUBMITTED, CommandeState.TO_CORRECT)
    }
    shipped = CommandeFactory(author=assure, state=CommandeState.SHIPPED, adresse_lines=LINES)
    for commande in (draft, made[CommandeState.IN_REVIEW], made[CommandeState.TO_CORRECT], shipped):
        for kind in PieceKind:
            _piece(commande, kind)
    Commande.objects.filter(pk=made[CommandeState.IN_REVIEW].pk).update(claimed_by=agent)
    words = Explanation(SansPhotoReason.BEDRIDDEN, f"{SECRET} je ne quitte pas mon lit depuis deux mois.")
    store_explanation(commande=made[CommandeState.SUBMITTED], explanation=words, now=NOW).save()
    Recapitulatif.objects.create(commande=shipped, made_at=NOW, **file_of("recap"))
    return draft, shipped


def _piece(commande: Commande, kind: PieceKind) -> Piece:
    piece = PieceFactory(commande=commande, kind=kind, label=f"{SECRET}.jpg", page=None)
    content = b"\xff\xd8\xff" + f"{SECRET} {kind} {commande.pk}".encode()
    piece.pages.create(
        file=ContentFile(content, "p.jpg"), width=3, height=4, sha256=hashlib.sha256(content).hexdigest()
    )
    return piece


def _papers(assure: Assure, shipped: Commande) -> None:
    """Cards and their copies, declarations, attestations, paper forms, a lot."""
    carte = CarteFactory(beneficiaire=_child(assure, "Card"))
    CarteEvent.objects.create(
        subject=carte,
        number=1,
        from_state=CarteState.IN_TRANSIT,
        to_state=CarteState.IN_USE,
        actor=Actor.POST,
        at=NOW,
    )
    CopieCarte.objects.create(carte=carte, planned_at=NOW, made_at=NOW, **file_of("copie"))
    declared = DeclarationFactory(
        author=assure,
        carte__beneficiaire=_child(assure, "Declared"),
        circumstances=f"{SECRET} dans le tram",
        police_reference=f"{SECRET} PV 77",
    )
    AttestationFactory(declaration=declared, **file_of("attestation"))
    AttestationFactory(droits=True, assure=assure, beneficiaire=assure.beneficiaire, **file_of("droits"))
    pli = PliFactory(
        declaration=declared, state=PliState.SENT, adresse_lines=LINES, pdf=file_of("pli")["pdf"], sent_at=NOW
    )
    PliEvent.objects.create(
        subject=pli, number=1, from_state=PliState.PLANNED, to_state=PliState.SENT, actor=Actor.SYSTEM, at=NOW
    )
    lot = LotFabrication.objects.create(
        number=1,
        sealed_at=NOW,
        count=1,
        csv=f"reference;nom\r\n{shipped.reference};{ROW}\r\n",
        sha256="0" * 64,
    )
    Commande.objects.filter(pk=shipped.pk).update(lot=lot)
    Signalement.objects.create(
        carte=carte,
        assure=assure,
        caisse=assure.caisse,
        kind=SignalementKind.values[0],
        text=f"{ROW} erreur",
        sent_at=NOW,
    )
    Effacement.objects.create(
        reference="0000000000", caisse=assure.caisse, motif=EffacementMotif.values[0], files=2, at=NOW
    )


def _words(assure: Assure, agent: Agent, shipped: Commande) -> None:
    """What was written to people, and what the portal keeps of its own work."""
    said = {"assure": assure, "notice": Notice.ADRESSE_USABLE, "about": "x", "written_at": NOW}
    Message.objects.create(subject=f"{SECRET} sujet", body=f"{SECRET} corps", **said)
    Lettre.objects.create(
        subject=f"{SECRET} sujet", body=f"{SECRET} corps", pdf=file_of("lettre")["pdf"], **said
    )
    OutboxMailFactory(
        recipient=f"{SECRET.lower()}@courriel.example", text=f"{SECRET} texte", html=f"<p>{SECRET}</p>"
    )
    Satisfaction.objects.create(
        commande=shipped, opinion=Opinion.values[0], comment=f"{ROW} avis", given_at=NOW
    )
    Rate.objects.create(key=f"{SECRET} 192.0.2.1", since=NOW)
    RecoveryCode.objects.create(device=agent.user.totp_devices.get(), mark="ZZQS", hash=f"{SECRET} hash")
    who = assure.beneficiaire
    line = trace(Act.PIECE_SEEN, at=NOW, by=agent.user, beneficiaire=who, about=f"{ROW} trace", words=ROW)
    TraceSeal.objects.create(number=1, trace=line, at=NOW, mac=f"{ROW} mac")
    TracePurge.objects.create(at=NOW, before=NOW, count=1, last_number=0, last_mac=ROW, mac=ROW)
    SetAside.objects.create(sweep="s", model="m", object_id=1, error="e", since=NOW, retry_at=NOW)
    SweepRun.objects.create(name="s", started_at=NOW, ended_at=NOW)


def _doors(assure: Assure) -> None:
    """What is kept of signing in, of opening an account, and of what is asked of the caisse."""
    user, mailbox = assure.user, f"{SECRET.lower()}@courriel.example"
    session = Session.objects.create(
        session_key=f"{SECRET} key",
        session_data="",
        expire_date=NOW,
        user=user,
        browser=f"{SECRET} navigateur",
    )
    Reprise.objects.create(
        session=session, user=user, path="/", page="/", content=b"x", size=1, kept_at=NOW, expires_at=NOW
    )
    Device.objects.create(
        user=user,
        token_hash=f"{SECRET} token",
        label=f"{SECRET} appareil",
        first_used_at=NOW,
        last_used_at=NOW,
    )
    MailedCode.objects.create(user=user, salt="s", code_hash=f"{SECRET} hash", expires_at=NOW)
    Lock.objects.create(key=f"{SECRET} key", kind=LockKind.PAIR, counted_at=NOW, forget_at=NOW, user=user)
    CodeProvisoire.objects.create(
        assure=assure,
        channel=CodeChannel.POST,
        asked_at=NOW,
        code_hash=f"{SECRET} hash",
        letter=f"{SECRET} pdf",
        made_at=NOW,
        arrives_by=NOW,
        ends_at=NOW,
    )
    Demande.objects.create(
        kind=DemandeKind.FORGOTTEN, nir=assure.beneficiaire.nir, nom=f"{ROW}VASSEUR", asked_at=NOW
    )
    MailLink.objects.create(
        assure=assure,
        purpose=LinkPurpose.EMAIL,
        email=mailbox,
        token_hash=f"{SECRET} token",
        made_at=NOW,
        ends_at=NOW,
    )
    Ouverture.objects.create(
        assure=assure, by_code=False, started_at=NOW, ends_at=NOW, code_hash=f"{SECRET} hash", email=mailbox
    )
    Rectification.objects.create(
        assure=assure,
        caisse=assure.caisse,
        kind=RectificationKind.NOM,
        wrong=f"{ROW} faux",
        right=f"{ROW} juste",
        sent_at=NOW,
    )


def _codes(planted: Planted) -> set[str]:
    from accounts.models import Beneficiaire  # noqa: PLC0415
    from carte.models import Carte  # noqa: PLC0415

    people = planted.rows(Beneficiaire)
    nirs = {one.nir for one in people} | {one.nir_value.formatted for one in people}
    serials = {one.serial for one in planted.rows(Carte)}
    return nirs | serials | (set(planted.references()) - {"0000000000"})


def _session_key(agent: Agent) -> str:
    return str(at_desk(agent).session.session_key)


def _hashes(planted: Planted) -> set[str]:
    return {planted.assure.user.password, planted.agent.user.password}
