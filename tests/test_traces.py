"""Who leaves a line in the trace, and what it says: looks, decisions, changes, exports; and who reads it."""

import re
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.enums import Act, RectificationKind
from accounts.models import Agent, Assure, Beneficiaire, Trace
from accounts.rectifications import ask_rectification
from accounts.traces import named, trace
from accounts.traces.chain import seal_due
from accounts.traces.looks import SHOWN, as_read, lines_for
from accounts.traces.proof import prove
from carte.controle import claim_next
from carte.enums import CarteState, CommandeState, PieceKind
from carte.models import Commande, LotFabrication
from tests.factories import (
    NOW,
    AdresseFactory,
    AgentFactory,
    AssureFactory,
    AttestationFactory,
    CaisseFactory,
    CarteFactory,
    CommandeFactory,
    DeclarationFactory,
    PieceFactory,
    PliFactory,
    assure_ready,
    ayant_droit,
    explained,
)
from tests.fixtures import at_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

FROM = "192.0.2.9"


def signed_in(*groups: str) -> Client:
    """An agent of the Ain, from an address that is seen."""
    return at_desk(AgentFactory(groups=groups), REMOTE_ADDR=FROM)


def line(row: Trace) -> tuple[Any, ...]:
    return (row.act, row.about, row.words, row.beneficiaire_id, row.network_address, str(row.caisse))


def said(about: str, file: Beneficiaire | None, act: str = Act.FILE_SEEN, words: str = "") -> tuple[Any, ...]:
    return (act, about, words, file.pk if file else None, FROM, "CPAM de l’Ain")


# --- Looks -----------------------------------------------------------------------------------------


def of_an_order(assure: Assure) -> tuple[str, Any]:
    row = CommandeFactory(author=assure, state=CommandeState.IN_PRODUCTION)
    return reverse("admin:carte_commande_change", args=[row.pk]), f"commande {row.reference}"


def of_a_review(assure: Assure) -> tuple[str, Any]:
    row = CommandeFactory(author=assure, state=CommandeState.SUBMITTED)
    PieceFactory(commande=row)
    return reverse("admin:carte_commande_review", args=[row.reference]), f"commande {row.reference}"


def of_an_assure(assure: Assure) -> tuple[str, Any]:
    return reverse("admin:accounts_assure_change", args=[assure.pk]), f"assuré n° {assure.pk}"


def of_a_history(assure: Assure) -> tuple[str, Any]:
    return reverse("admin:accounts_assure_history", args=[assure.pk]), f"assuré n° {assure.pk}"


def of_a_person(assure: Assure) -> tuple[str, Any]:
    row = assure.beneficiaire
    return reverse("admin:accounts_beneficiaire_change", args=[row.pk]), f"bénéficiaire {row.reference}"


def of_an_address(assure: Assure) -> tuple[str, Any]:
    row = assure.adresses.first()
    return reverse("admin:accounts_adresse_change", args=[row.pk]), f"adresse n° {row.pk}"


def of_a_card(assure: Assure) -> tuple[str, Any]:
    row = CarteFactory(beneficiaire=assure.beneficiaire)
    return reverse("admin:carte_carte_change", args=[row.pk]), named(row)


def of_an_opposition(assure: Assure) -> tuple[str, Any]:
    row = CarteFactory(beneficiaire=assure.beneficiaire)
    return reverse("admin:carte_carte_oppose", args=[row.pk]), named(row)


def of_a_card_handed_back(assure: Assure) -> tuple[str, Any]:
    row = CarteFactory(beneficiaire=assure.beneficiaire)
    return reverse("admin:carte_carte_hand_back", args=[row.pk]), named(row)


def of_a_letter(assure: Assure) -> tuple[str, Any]:
    row = CommandeFactory(author=assure, state=CommandeState.SHIPPED)
    return reverse("admin:carte_commande_post", args=[row.reference]), f"commande {row.reference}"


def of_a_correction(assure: Assure) -> tuple[str, Any]:
    row = ask_rectification(assure=assure, kind=RectificationKind.NOM, wrong="DURAN", right="DURAND", now=NOW)
    return reverse("admin:accounts_rectification_change", args=[row.pk]), named(row)


def of_a_code_to_hand_over(assure: Assure) -> tuple[str, Any]:
    return reverse("admin:accounts_assure_code", args=[assure.pk]), f"assuré n° {assure.pk}"


def of_a_card_to_declare(assure: Assure) -> tuple[str, Any]:
    row = CarteFactory(beneficiaire=assure.beneficiaire)
    return reverse("admin:declarations_declaration_enter", args=[row.pk]), named(row)


def of_a_declaration(assure: Assure) -> tuple[str, Any]:
    row = DeclarationFactory(author=assure, carte__beneficiaire=assure.beneficiaire)
    return reverse("admin:declarations_declaration_change", args=[row.pk]), f"déclaration {row.reference}"


def of_a_form(assure: Assure) -> tuple[str, Any]:
    row = PliFactory(declaration__author=assure, declaration__carte__beneficiaire=assure.beneficiaire)
    return reverse("admin:declarations_plipapier_change", args=[row.pk]), named(row)


def of_an_attestation(assure: Assure) -> tuple[str, Any]:
    row = AttestationFactory(assure=assure, beneficiaire=assure.beneficiaire)
    return reverse("admin:declarations_attestation_change", args=[row.pk]), named(row)


@pytest.mark.parametrize(
    ("group", "sight"),
    [
        ("contrôle", of_an_order),
        ("contrôle", of_a_review),
        ("droits", of_an_assure),
        ("audit", of_an_assure),
        ("droits", of_a_history),
        ("droits", of_a_person),
        ("droits", of_an_address),
        ("droits", of_a_card),
        ("droits", of_an_opposition),
        ("droits", of_a_card_handed_back),
        ("droits", of_a_letter),
        ("droits", of_a_correction),
        ("droits", of_a_code_to_hand_over),
        ("droits", of_a_card_to_declare),
        ("supervision", of_a_declaration),
        ("droits", of_a_form),
        ("audit", of_an_attestation),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_look_at_a_page_of_a_file_leaves_a_line(
    settings: Settings, assure: Assure, group: str, sight: Callable[[Assure], tuple[str, str]]
) -> None:
    settings.VITALE_SIMULATION = False  # the word of the post is entered by hand
    url, about = sight(assure)
    client = signed_in(group)
    assert client.get(url).status_code == 200
    assert [line(row) for row in Trace.objects.all()] == [said(about, assure.beneficiaire)]


def test_line_names_nobody(assure: Assure) -> None:
    """No NIR, no name."""
    client = signed_in("droits", "contrôle")
    for page in (of_a_review, of_an_assure, of_a_person, of_an_address, of_a_card, of_a_declaration):
        client.get(page(assure)[0])
    words = " ".join(f"{row.about} {row.words}" for row in Trace.objects.all())
    person = assure.beneficiaire
    names = (person.nir, person.nom, *person.prenoms.split(), "LILAS")
    assert [part for part in names if part in words] == []


@pytest.fixture
def reviewed(assure: Assure) -> Commande:
    """An order that waits, with an explanation in the place of the photo, and an identity document."""
    commande = CommandeFactory(author=assure, state=CommandeState.SUBMITTED)
    explained(commande)
    PieceFactory(commande=commande, kind=PieceKind.IDENTITE)
    return commande


def test_look_at_a_piece_is_one_insert(reviewed: Commande, assure: Assure) -> None:
    piece = reviewed.pieces.get(kind=PieceKind.IDENTITE)
    client = signed_in("contrôle")
    url = reverse("admin:carte_commande_image", args=[reviewed.reference, piece.pk, 1])
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    assert len([q for q in captured if "accounts_trace" in q["sql"]]) == 1
    seen = said(
        f"commande {reviewed.reference}", assure.beneficiaire, Act.PIECE_SEEN, piece.get_kind_display()
    )
    assert [line(row) for row in Trace.objects.all()] == [seen]


def test_explanation_read_on_the_review_page_is_a_look_that_tells_no_reason(reviewed: Commande) -> None:
    """P7."""
    signed_in("contrôle").get(reverse("admin:carte_commande_review", args=[reviewed.reference]))
    label = PieceKind.PHOTO.label
    assert list(Trace.objects.order_by("pk").values_list("act", "words")) == [
        (Act.FILE_SEEN, ""),
        (Act.PIECE_SEEN, label),
    ]


@pytest.mark.parametrize("status", [403, 404])
def test_refused_look_leaves_no_line(reviewed: Commande, status: int) -> None:
    client = signed_in("supervision" if status == 403 else "contrôle")
    piece = reviewed.pieces.first()
    number = 1 if status == 403 else 9
    url = reverse("admin:carte_commande_image", args=[reviewed.reference, piece.pk, number])
    assert (client.get(url).status_code, Trace.objects.count()) == (status, 0)


# --- Decisions and changes -------------------------------------------------------------------------


def test_decisions_leave_a_line_each_without_their_reason(reviewed: Commande, assure: Assure) -> None:
    client = signed_in("contrôle")
    client.post(reverse("admin:carte_commande_next"))
    reviewed.refresh_from_db()
    url = reverse("admin:carte_commande_decide", args=[reviewed.reference, "remettre"])
    client.post(url, {"version": reviewed.version})
    labels = CommandeState.SUBMITTED.label, CommandeState.IN_REVIEW.label
    about = f"commande {reviewed.reference}"
    assert [line(row) for row in Trace.objects.filter(act=Act.DECIDED).order_by("pk")] == [
        said(about, assure.beneficiaire, Act.DECIDED, " → ".join(labels)),
        said(about, assure.beneficiaire, Act.DECIDED, " → ".join(reversed(labels))),
    ]


def test_decision_taken_without_a_page_leaves_a_line_all_the_same(reviewed: Commande, agent: Agent) -> None:
    claim_next(user=agent.user, now=NOW)
    row = Trace.objects.get()
    assert (row.act, row.by, row.network_address, row.caisse) == (Act.DECIDED, agent.user, None, agent.caisse)
    assert reviewed.pk


def test_opposition_by_an_agent_leaves_a_line(assure: Assure) -> None:
    card = CarteFactory(beneficiaire=assure.beneficiaire)
    url = reverse("admin:carte_carte_oppose", args=[card.pk])
    detail = {"reason": "MISUSE", "detail": "Dossier de Mme DUPONT"}
    signed_in("droits").post(url, detail)
    card.refresh_from_db()
    words = f"{CarteState.IN_USE.label} → {CarteState.OPPOSED.label}"
    expected = said(named(card), assure.beneficiaire, Act.DECIDED, words)
    assert ([line(row) for row in Trace.objects.all()], card.state) == ([expected], CarteState.OPPOSED)


def test_change_of_civil_status_and_rights_tells_which_fields_and_not_what(assure: Assure) -> None:
    person = assure.beneficiaire
    data = {
        "nir": person.nir, "nom": "AUTRE-NOM", "prenoms": person.prenoms, "date_naissance": "1985-05-17",
        "forbidden_since_0": "20/11/2026", "forbidden_since_1": "10:00",
    }  # fmt: skip
    url = reverse("admin:accounts_beneficiaire_change", args=[person.pk])
    assert signed_in("droits").post(url, data).status_code == 302
    row = Trace.objects.get()
    assert (row.act, row.about) == (Act.FLAG_CHANGED, f"bénéficiaire {person.reference}")
    assert "nom de famille" in row.words
    assert "droit de commander retiré depuis" in row.words
    assert "AUTRE-NOM" not in row.words


def test_profile_of_a_regime_changed_tells_which_fields(assure: Assure) -> None:
    regime = assure.caisse.regime
    client = signed_in("supervision")
    url = reverse("admin:accounts_regime_change", args=[regime.pk])
    form = client.get(url).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value is not None}
    data = {name: str(value).lower() if isinstance(value, bool) else value for name, value in data.items()}
    data |= {"photo_formats": '["JPEG"]', "piece_formats": '["JPEG", "PNG", "PDF"]', "delay_online_days": 16}
    assert client.post(url, data).status_code == 302
    row = Trace.objects.get()
    assert (row.act, row.about, row.beneficiaire) == (Act.PROFILE_CHANGED, f"régime n° {regime.pk}", None)
    assert "délai annoncé en ligne (jours)" in row.words


def test_npai_lifted_leaves_a_line_without_the_reason(assure: Assure) -> None:
    adresse = AdresseFactory(assure=assure, npai_since=NOW)
    url = reverse("admin:accounts_adresse_clear_npai", args=[adresse.pk])
    signed_in("droits").post(url, {"reason": "Vue au guichet"})
    expected = said(f"adresse n° {adresse.pk}", assure.beneficiaire, Act.FLAG_CHANGED, "NPAI levé")
    assert [line(row) for row in Trace.objects.all()] == [expected]


# --- Exports ---------------------------------------------------------------------------------------


def test_csv_of_a_lot_leaves_a_line_about_nobody() -> None:
    lot = LotFabrication.objects.create(number=1, sealed_at=NOW, count=0, csv="", sha256="0" * 64)
    client = signed_in("supervision")
    assert client.get(reverse("admin:carte_lotfabrication_csv", args=[lot.pk])).status_code == 200
    row = Trace.objects.get()
    assert (row.act, row.words, row.beneficiaire) == (Act.EXPORTED, "CSV", None)


def test_pdf_of_a_form_leaves_a_line(assure: Assure) -> None:
    pli = PliFactory(
        declaration__author=assure, declaration__carte__beneficiaire=assure.beneficiaire, pdf=b"%PDF-1.7"
    )
    assert signed_in("droits").get(reverse("admin:declarations_plipapier_pdf", args=[pli.reference])).content
    expected = said(named(pli), assure.beneficiaire, Act.EXPORTED, "formulaire et lettre")
    assert [line(row) for row in Trace.objects.all()] == [expected]


def test_all_that_was_written_proves(assure: Assure, reviewed: Commande) -> None:
    client = signed_in("contrôle", "droits")
    for sight in (of_a_person, of_an_assure, of_a_card):
        client.get(sight(assure)[0])
    client.post(reverse("admin:carte_commande_next"))
    now = timezone.now()
    while seal_due(now):
        pass
    assert (list(prove(now)), Trace.objects.count(), reviewed.pk > 0) == ([], 4, True)


# --- The person it is about ------------------------------------------------------------------------


def look(file: Assure | Beneficiaire, agent: Agent, **fields: Any) -> Trace:
    person = file.beneficiaire if isinstance(file, Assure) else file
    act = fields.pop("act", Act.FILE_SEEN)
    return trace(act, at=NOW, by=agent.user, beneficiaire=person, **fields)


def test_person_sees_the_looks_at_his_file_and_at_his_childs(assure: Assure, agent: Agent) -> None:
    child = ayant_droit(assure)
    lines = [look(assure, agent), look(child, agent, act=Act.PIECE_SEEN)]
    look(assure_ready(), agent)
    assert list(lines_for(assure)) == lines[::-1]


def test_parent_learns_nothing_of_the_other_parents_file(assure: Assure, agent: Agent) -> None:
    other = AssureFactory()
    shared = look(ayant_droit(assure, other), agent)
    theirs = look(other, agent)
    assert (list(lines_for(assure)), list(lines_for(other))) == ([shared], [theirs, shared])


def test_attached_person_with_a_file_of_his_own_keeps_it_to_himself(assure: Assure, agent: Agent) -> None:
    grown = AssureFactory()
    grown.beneficiaire.rattachements.create(assure=assure, lien="AYANT_DROIT")
    look(grown, agent)
    assert not lines_for(assure).exists()


@pytest.mark.parametrize("act", sorted(set(Act) - set(SHOWN)))
def test_person_does_not_see_what_is_not_a_look(assure: Assure, agent: Agent, act: Act) -> None:
    look(assure, agent, act=act)
    assert not lines_for(assure).exists()


def test_person_does_not_see_his_own_acts(assure: Assure) -> None:
    trace(Act.FILE_SEEN, at=NOW, by=assure.user, beneficiaire=assure.beneficiaire)
    assert not lines_for(assure).exists()


def test_page_tells_what_when_and_which_caisse_but_not_which_agent(
    assure_client: Client, assure: Assure, agent: Agent
) -> None:
    row = look(assure, agent, act=Act.PIECE_SEEN, about="commande 7K3F92QX4J", words="Photo d’identité")
    page = assure_client.get(reverse("file_looks")).content.decode()
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "Pièce consultée" in words
    assert "CPAM de l’Ain" in words
    assert f"{row.reference[:4]}" in words
    told = [part for part in (agent.nom, agent.prenom, agent.user.identifiant) if part in words]
    assert told == []


@pytest.mark.parametrize(
    ("about", "shown"),
    [
        ("carte n° 12", "carte"),
        ("", ""),
        ("traces", "liste des consultations"),
        ("assuré n° 3", "fiche d’assuré"),
        ("courrier du 2026-11-21",) * 2,
    ],
)
def test_number_of_a_table_is_not_shown(assure: Assure, agent: Agent, about: str, shown: str) -> None:
    assert as_read([look(assure, agent, about=about)])[0].about == shown


@pytest.mark.parametrize(
    ("networks", "inside"), [("", None), ("192.0.2.0/24", True), ("10.0.0.0/8,2001:db8::/32", False)]
)
def test_network_is_told_where_the_caisses_are_known(
    assure: Assure, settings: Settings, networks: str, inside: bool | None
) -> None:
    settings.VITALE_CAISSE_NETWORKS = [ip_network(text) for text in networks.split(",") if text]
    signed_in("droits").get(of_an_assure(assure)[0])
    assert [one.inside for one in as_read(list(lines_for(assure)))] == [inside]


def test_page_goes_twenty_at_a_time(assure_client: Client, assure: Assure, agent: Agent) -> None:
    for _ in range(21):
        look(assure, agent)
    pages = [assure_client.get(reverse("file_looks"), {"page": n}).context["looks"] for n in (1, 2, "x")]
    assert [len(page) for page in pages] == [20, 1, 20]


def test_page_costs_the_same_with_one_look_and_three(
    assure_client: Client, assure: Assure, agent: Agent
) -> None:
    costs = []
    for rows in (1, 2):
        for _ in range(rows):
            look(ayant_droit(assure), agent)
        assure_client.get(reverse("file_looks"))
        with CaptureQueriesContext(connection) as captured:
            assure_client.get(reverse("file_looks"))
        costs.append(len(captured))
    assert costs[0] == costs[1]


# --- The desk --------------------------------------------------------------------------------------

LIST = "admin:accounts_trace_changelist"


@pytest.mark.parametrize(
    ("group", "status"), [("audit", 200), ("supervision", 200), ("contrôle", 403), ("droits", 403)]
)
def test_list_is_for_audit_and_supervision(assure: Assure, group: str, status: int) -> None:
    look(assure, AgentFactory())
    assert signed_in(group).get(reverse(LIST)).status_code == status


def test_audit_and_supervision_see_all_caisses(assure: Assure) -> None:
    for code in ("011", "301"):
        look(assure, AgentFactory(caisse=CaisseFactory(code=code)))
    counts = [
        signed_in(group).get(reverse(LIST)).context["cl"].result_count for group in ("audit", "supervision")
    ]
    assert counts == [2, 2]


def test_without_spanning_an_agent_sees_the_acts_of_his_caisse(assure: Assure) -> None:
    for code in ("011", "301"):
        look(assure, AgentFactory(caisse=CaisseFactory(code=code)))
    client = signed_in()
    user = Agent.objects.latest("pk").user
    user.user_permissions.add(Permission.objects.get(codename="view_trace"))
    assert client.get(reverse(LIST)).context["cl"].result_count == 1


def test_nobody_adds_changes_or_removes_a_line_at_the_desk(assure: Assure) -> None:
    row = look(assure, AgentFactory())
    client = signed_in("audit", "supervision")
    answers = [
        client.post(reverse("admin:accounts_trace_add"), {}).status_code,
        client.post(reverse("admin:accounts_trace_change", args=[row.pk]), {"words": "y"}).status_code,
        client.post(reverse("admin:accounts_trace_delete", args=[row.pk]), {"post": "yes"}).status_code,
        client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": row.pk}).status_code,
    ]
    assert answers[:3] == [403, 403, 403]
    assert Trace.objects.get(pk=row.pk).words == ""


def test_file_is_found_by_nir_and_the_address_does_not_hold_it(assure: Assure) -> None:
    row = look(assure, AgentFactory())
    look(assure_ready(), AgentFactory())
    client = signed_in("audit")
    nir = assure.beneficiaire.nir_value.formatted
    found = client.post(reverse("admin:accounts_trace_search"), {"nir": nir})
    assert found.url == f"{reverse(LIST)}?beneficiaire__id__exact={assure.beneficiaire.pk}"
    listed = client.get(found.url).context["cl"].result_list
    # Looking for somebody's traces is a look, too.
    assert [one.about for one in listed] == ["traces", row.about]


@pytest.mark.parametrize("nir", ["", "1", "185057800608436", "2 69 05 49 588 157 80"])
def test_unknown_nir_finds_nothing_and_says_so(nir: str) -> None:
    client = signed_in("audit")
    found = client.post(reverse("admin:accounts_trace_search"), {"nir": nir}, follow=True)
    assert "Aucun dossier ne porte ce numéro" in found.content.decode()
    assert not Trace.objects.exists()


def test_line_is_found_by_its_number(assure: Assure) -> None:
    row = look(assure, AgentFactory())
    look(assure, AgentFactory())
    listed = signed_in("audit").get(reverse(LIST), {"q": f"{row.reference[:4]}-{row.reference[4:]}".lower()})
    assert list(listed.context["cl"].result_list) == [row]


def test_list_costs_the_same_with_one_line_and_thirty() -> None:
    client, costs = signed_in("audit"), []
    for rows in (1, 30):
        for _ in range(rows):
            look(assure_ready(), AgentFactory())
        client.get(reverse(LIST))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(LIST))
        costs.append(len(captured))
    assert costs[0] == costs[1]
