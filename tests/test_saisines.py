"""What an assuré refers to his caisse, of both kinds: waits, is dealt with once, told and traced (A7, 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import TextChoices
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Act, Notice, RectificationKind, RectificationOutcome
from accounts.models import Agent, Assure, Saisine, Trace
from accounts.rectifications import ask_rectification
from accounts.saisines import AlreadyHandled, AlreadyWaiting, handle
from carte.enums import SignalementKind, SignalementOutcome
from carte.models import Carte
from carte.signalements import report_error
from tests.factories import DAY, HOUR, NOW, AgentFactory, CaisseFactory, CarteFactory
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db


def asked(assure: Assure, **fields: Any) -> Saisine:
    given = {"kind": RectificationKind.NOM, "wrong": "DURANT avec un T", "right": "DURAND avec un D"}
    return ask_rectification(**{"assure": assure, "now": NOW} | given | fields)


def said(assure: Assure, **fields: Any) -> Saisine:
    carte = Carte.objects.first() or CarteFactory(beneficiaire=assure.beneficiaire)
    given = {"carte": carte, "kind": SignalementKind.NOM, "text": "Il faut lire DURANT."}
    return report_error(**{"assure": assure, "now": NOW} | given | fields)


@dataclass(frozen=True)
class Kind:
    """How one kind is sent, in which words, in others, on another thing; how it is dealt with, and told."""

    send: Callable[..., Saisine]
    words: tuple[str, ...]
    other_words: dict[str, str]
    other_thing: dict[str, str]
    right: TextChoices
    notice: Notice
    page: str
    handled: str
    handled_before: str

    def url(self, page: str, row: Saisine) -> str:
        return reverse(f"admin:{self.page}_{page}", args=[row.pk])


RECTIFICATION = Kind(
    send=asked,
    words=("DURANT avec un T", "DURAND avec un D"),
    other_words={"right": "DUPONT"},
    other_thing={"kind": RectificationKind.MEDECIN},
    right=RectificationOutcome.RIGHT,
    notice=Notice.RECTIFICATION_HANDLED,
    page="accounts_rectification",
    handled="La demande est traitée",
    handled_before="cette demande est déjà traitée",
)
SIGNALEMENT = Kind(
    send=said,
    words=("Il faut lire DURANT.",),
    other_words={"text": "Autre chose."},
    other_thing={"kind": SignalementKind.PHOTO},
    right=SignalementOutcome.RIGHT,
    notice=Notice.SIGNALEMENT_HANDLED,
    page="carte_signalement",
    handled="Le signalement est traité",
    handled_before="ce signalement est déjà traité",
)
each_kind = pytest.mark.parametrize("kind", [RECTIFICATION, SIGNALEMENT], ids=lambda kind: kind.page)


def desk(group: str, caisse: str = "011") -> Client:
    return at_desk(AgentFactory(groups=(group,), caisse=CaisseFactory(code=caisse)))


@each_kind
def test_saisine_sent_twice_is_one(kind: Kind, assure: Assure) -> None:
    assert kind.send(assure) == kind.send(assure, now=NOW + HOUR)
    assert assure.messages.count() == 1
    with pytest.raises(AlreadyWaiting):
        kind.send(assure, **kind.other_words)
    assert kind.send(assure, **kind.other_thing) != kind.send(assure)


@each_kind
def test_saisine_dealt_with_may_be_sent_again(kind: Kind, assure: Assure, agent: Agent) -> None:
    first = kind.send(assure)
    handle(saisine=first, user=agent.user, outcome=kind.right, now=NOW + HOUR)
    assert kind.send(assure, now=NOW + DAY) != first


@each_kind
def test_database_holds_one_that_waits(kind: Kind, assure: Assure) -> None:
    row = kind.send(assure)
    row.pk, row.reference = None, "0000000000"
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


@each_kind
def test_database_holds_who_dealt_with_it_and_how(kind: Kind, assure: Assure) -> None:
    row = kind.send(assure)
    row.handled_at = NOW
    with pytest.raises(IntegrityError):
        row.save()


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        (RECTIFICATION, RectificationOutcome.DONE, "corrigé dans votre dossier"),
        (RECTIFICATION, RectificationOutcome.PROOF, "besoin d’un justificatif"),
        (RECTIFICATION, RectificationOutcome.INSEE, "service en ligne"),
        (RECTIFICATION, RectificationOutcome.RIGHT, "votre dossier est juste"),
        (SIGNALEMENT, SignalementOutcome.UPDATE, "Mettez la carte à jour"),
        (SIGNALEMENT, SignalementOutcome.NEW_CARD, "commandez-en une nouvelle"),
        (SIGNALEMENT, SignalementOutcome.RIGHT, "la carte est juste"),
        (SIGNALEMENT, SignalementOutcome.PROOF, "besoin d’un justificatif"),
    ],
    ids=lambda value: getattr(value, "page", value),
)
def test_saisine_is_dealt_with_once_told_and_traced(
    assure: Assure, agent: Agent, kind: Kind, outcome: TextChoices, words: str
) -> None:
    row = kind.send(assure)
    handle(saisine=row, user=agent.user, outcome=outcome, now=NOW + HOUR)
    with pytest.raises(AlreadyHandled):
        handle(saisine=row, user=AgentFactory().user, outcome=outcome, now=NOW + DAY)
    row.refresh_from_db()
    assert (row.handled_by, row.handled_at, row.outcome) == (agent.user, NOW + HOUR, outcome)
    assert words in assure.messages.get(notice=kind.notice).body
    line = Trace.objects.get()
    assert (line.act, line.by, line.caisse, line.beneficiaire, line.about, line.words) == (
        Act.DECIDED, agent.user, assure.caisse, assure.beneficiaire, row.key, outcome.label,
    )  # fmt: skip


# --- The desk ----------------------------------------------------------------------------------


@each_kind
def test_desk_reads_it_deals_with_it_and_says_so_once(kind: Kind, assure: Assure) -> None:
    row, client = kind.send(assure), desk("droits")
    shown, to_handle = kind.url("change", row), kind.url("handle", row)
    page = client.get(shown).content.decode()
    assert [word for word in (*kind.words, to_handle) if word not in page] == []
    for wrong in ({}, {"outcome": "PERDU"}):
        assert "Choisissez la suite" in client.post(to_handle, wrong, follow=True).content.decode()
    page = client.post(to_handle, {"outcome": "RIGHT"}, follow=True).content.decode()
    assert (kind.handled in page, to_handle in page) == (True, False)
    assert kind.handled_before in client.post(to_handle, {"outcome": "PROOF"}, follow=True).content.decode()
    row.refresh_from_db()
    assert row.outcome == kind.right


@each_kind
@pytest.mark.parametrize(
    ("group", "caisse", "looks", "handles"),
    [
        ("droits", "011", 200, 302),
        ("droits", "301", 404, 404),
        ("contrôle", "011", 403, 403),
        ("supervision", "011", 403, 403),
        ("audit", "301", 200, 403),
    ],
)
def test_desk_is_scoped(
    kind: Kind, assure: Assure, group: str, caisse: str, looks: int, handles: int
) -> None:
    row, client = kind.send(assure), desk(group, caisse)
    assert client.get(kind.url("change", row)).status_code == looks
    assert client.post(kind.url("handle", row), {"outcome": "RIGHT"}).status_code == handles
    assert client.get(kind.url("handle", row)).status_code == 405


@each_kind
def test_list_costs_the_same_with_more_rows(kind: Kind, assure: Assure, agent: Agent) -> None:
    client, listed = desk("droits"), reverse(f"admin:{kind.page}_changelist")

    def queries(rows: int) -> int:
        for _ in range(rows):
            handle(saisine=kind.send(assure), user=agent.user, outcome=kind.right, now=NOW)
        client.get(listed)
        with CaptureQueriesContext(connection) as captured:
            client.get(listed)
        return len(captured)

    assert queries(1) == queries(2)


# --- What waits, at the desk ----------------------------------------------------------------------


def home_of(assure: Assure, *groups: str, code: str = "") -> list[tuple[str, str]]:
    caisse = CaisseFactory(code=code) if code else assure.caisse
    page = at_desk(AgentFactory(groups=groups, caisse=caisse)).get(reverse("admin:index"))
    return [(one.words, one.url) for one in page.context["waiting"]]


@pytest.mark.usefixtures("clock")
def test_home_of_the_desk_tells_what_waits_and_leads_there(assure: Assure) -> None:
    asked(assure)
    said(assure)
    told = home_of(assure, "droits")
    assert [words for words, _ in told] == ["1 demande de correction à traiter", "1 signalement à traiter"]
    desk = at_desk(AgentFactory(groups=("droits",), caisse=assure.caisse))
    for _, url in told:
        assert len(desk.get(url).context["cl"].result_list) == 1
    asked(assure, kind=RectificationKind.MEDECIN)
    assert home_of(assure, "droits")[0][0] == "2 demandes de correction à traiter"


@each_kind
def test_filter_tells_apart_what_waits_and_what_was_handled(kind: Kind, assure: Assure) -> None:
    handle(saisine=kind.send(assure), user=AgentFactory().user, outcome=kind.right, now=NOW)
    waits = kind.send(assure)
    desk = at_desk(AgentFactory(groups=("droits",), caisse=assure.caisse))
    url = reverse(f"admin:{kind.page}_changelist")
    rows = {
        etat: list(desk.get(url, {"etat": etat}).context["cl"].result_list)
        for etat in ("a-traiter", "traitees")
    }
    assert rows["a-traiter"] == [waits]
    assert len(rows["traitees"]) == 1
    page = desk.get(url).content.decode()
    assert [page.count(words) for words in ("À traiter</a>", "Traitées</a>", "Non vide")] == [1, 1, 0]
    assert home_of(assure, "droits")[0][0].startswith("1 ")


@each_kind
@pytest.mark.parametrize(
    ("groups", "code"), [(("contrôle",), ""), (("audit",), ""), (("droits",), "301")], ids=str
)
def test_home_tells_nothing_to_who_cannot_handle(
    kind: Kind, assure: Assure, groups: tuple[str, ...], code: str
) -> None:
    kind.send(assure)
    assert home_of(assure, *groups, code=code) == []
