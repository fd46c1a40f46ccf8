"""The agents' side of paper forms: what came back, and the day's mail (F6)."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.enums import Notice
from accounts.models import Agent, Lettre
from carte.enums import Channel, CommandeState
from carte.models import Commande
from declarations.enums import PliState
from declarations.models import PliPapier
from tests.declarations.desk import COURRIER, desk, faults, pli_url, told
from tests.declarations.situations import TODAY, stands
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    AssureFactory,
    CaisseFactory,
    CarteFactory,
    CommandeFactory,
    PliFactory,
    assure_ready,
    jpeg,
)
from tests.pdfs import texts
from vitale_portal.references import display

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "pieces_root")]


# --- Paper forms (F6) -----------------------------------------------------------------------------


@pytest.fixture
def pli() -> PliPapier:
    """A form that has left after a loss."""
    return PliFactory(state=PliState.SENT, declaration__declared_at=NOW - 10 * DAY)


def page_of(client: Client, pli: PliPapier) -> Any:
    return client.get(reverse("admin:declarations_plipapier_change", args=[pli.pk]))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("PLANNED", []),
        ("SENT", ["return", "npai", "close"]),
        ("NPAI", ["return", "close"]),
        ("RETURNED", []),
        ("CLOSED", []),
        ("CANCELLED", []),
    ],
)
def test_page_of_a_form_offers_what_the_table_allows(droits: Client, state: str, expected: list[str]) -> None:
    pli = PliFactory(state=state)
    page = page_of(droits, pli).content.decode()
    assert [action for action in ("return", "npai", "close") if pli_url(action, pli) in page] == expected


def test_form_that_came_back_marks_its_address(droits: Client, pli: PliPapier) -> None:
    """B4."""
    response = droits.post(pli_url("npai", pli), {"version": pli.version}, follow=True)
    assert told(response) == ["Le pli est revenu sans être remis : son adresse est marquée."]
    assert stands(pli) == ("NPAI", 2)
    assert pli.adresse is not None
    assert pli.adresse.npai_since == NOW
    assert "02/11/2026 10:00 : Revenu sans être remis" in response.content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize("seen", ["1", "", "x"], ids=["aged", "none", "no-number"])
def test_form_that_moved_on_says_what_happened(droits: Client, pli: PliPapier, seen: str) -> None:
    """D4."""
    droits.post(pli_url("npai", pli), {"version": pli.version}, follow=True)
    agent = Agent.objects.get()
    response = droits.post(pli_url("npai", pli), {"version": seen}, follow=True)
    moved = f"le {pli} est passé à « Revenu sans être remis » à 10 h 00 par {agent.user}"
    assert told(response) == [f"Rien n’est changé : {moved}."]
    assert stands(pli) == ("NPAI", 2)


def test_form_is_closed_with_a_reason_that_stays(droits: Client, pli: PliPapier) -> None:
    refused = droits.post(pli_url("close", pli), {"version": 1, "reason": " "}, follow=True)
    assert told(refused) == ["Écrivez la raison : elle reste dans l’historique."]
    response = droits.post(pli_url("close", pli), {"version": 1, "reason": "Assuré décédé"}, follow=True)
    assert told(response) == ["Le pli est clos."]
    assert (*stands(pli), pli.events.get().reason) == ("CLOSED", 2, "Assuré décédé")


def scans(**said: Any) -> dict[str, Any]:
    files = {name: SimpleUploadedFile(f"{name}.jpg", jpeg()) for name in ("photo", "identite")}
    return {"version": 1, "nature": "PASSEPORT", "signed_on": "2026-11-02"} | files | said


@pytest.mark.parametrize("groups", [("droits",), ("droits", "contrôle")], ids=["droits", "and-contrôle"])
def test_form_returned_filled_becomes_an_order(pli: PliPapier, groups: tuple[str, ...]) -> None:
    """F6. The link leads to the review, or to the row for who does not review."""
    response = desk(*groups).post(pli_url("return", pli), scans(), follow=True)
    commande = Commande.objects.get()
    assert told(response) == [
        f"La commande {display(commande.reference)} est enregistrée : elle attend son contrôle."
    ]
    assert (commande.state, commande.channel, commande.signed_on, commande.author) == (
        CommandeState.SUBMITTED,
        Channel.PAPER,
        TODAY,
        pli.assure,
    )
    assert sorted(commande.pieces.values_list("kind", "nature")) == [("IDENTITE", "PASSEPORT"), ("PHOTO", "")]
    assert (*stands(pli), pli.commande) == ("RETURNED", 2, commande)
    review = reverse("admin:carte_commande_review", args=[commande.reference])
    row = reverse("admin:carte_commande_change", args=[commande.pk])
    assert [
        url in response.content.decode() for url in (review, f'href="{row}">{display(commande.reference)}')
    ] == [
        "contrôle" in groups,
        "contrôle" not in groups,
    ]


def test_form_entered_twice_makes_one_order(droits: Client, pli: PliPapier) -> None:
    droits.post(pli_url("return", pli), scans(), follow=True)
    again = droits.post(pli_url("return", pli), scans(), follow=True)
    moved = f"le {pli} est passé à « Revenu rempli » à 10 h 00 par {Agent.objects.get().user}"
    assert told(again) == [f"Rien n’est changé : {moved}."]
    assert Commande.objects.count() == 1


def test_form_that_moved_on_since_is_not_entered(
    droits: Client, pli: PliPapier, stored_files: Callable[[], set[str]]
) -> None:
    """D4: the version is that of the page."""
    response = droits.post(pli_url("return", pli), scans(version=0), follow=True)
    assert [text.split(":")[0] for text in told(response)] == ["Ce pli n’est pas encore parti."]
    assert (Commande.objects.count(), stands(pli), stored_files()) == (0, ("SENT", 1), set())


LIGHT = (
    "Votre fichier pèse 40 Ko, le minimum est de 50 Ko. Choisissez l’image d’origine plutôt qu’une copie "
    "réduite, ou prenez une nouvelle photo."
)
EMPTY = "Votre fichier est vide (0 octet). Choisissez-en un autre, ou prenez une nouvelle photo."


def test_faults_of_scans_stand_beside_their_field(
    droits: Client, pli: PliPapier, stored_files: Callable[[], set[str]]
) -> None:
    """P2."""
    light, empty = SimpleUploadedFile("a.jpg", jpeg(40_000)), SimpleUploadedFile("b.jpg", b"")
    response = droits.post(pli_url("return", pli), scans(photo=light, identite=empty))
    assert faults(response) == {"photo": [LIGHT], "identite": [EMPTY]}
    assert (Commande.objects.count(), stands(pli), stored_files()) == (0, ("SENT", 1), set())


def test_form_is_not_signed_tomorrow(droits: Client, pli: PliPapier) -> None:
    response = droits.post(pli_url("return", pli), scans(signed_on="2026-11-03"))
    assert faults(response) == {"signed_on": ["Le 3 novembre 2026 n’est pas encore passé."]}


def test_rule_that_refuses_a_returned_form_is_named(droits: Client, pli: PliPapier) -> None:
    """E1 and E3: the form stays where it is."""
    CommandeFactory(author=pli.assure, state=CommandeState.SUBMITTED)
    type(pli.beneficiaire).objects.filter(pk=pli.beneficiaire_id).update(forbidden_since=NOW - DAY)
    response = droits.post(pli_url("return", pli), scans())
    rules = "une commande est en cours, la caisse a retiré le droit de commander"
    assert faults(response) == {"__all__": [f"Le formulaire n’est pas enregistré : {rules}."]}
    assert stands(pli) == ("SENT", 1)


def test_form_is_closed_when_a_card_came_meanwhile(droits: Client, pli: PliPapier) -> None:
    """E10."""
    CarteFactory(beneficiaire=pli.beneficiaire)
    response = droits.post(pli_url("return", pli), scans(), follow=True)
    assert told(response) == ["Une carte est arrivée entre-temps : le pli est clos."]
    assert (stands(pli), Commande.objects.count()) == (("CLOSED", 2), 0)


def test_pdf_of_a_form_is_given_as_it_left(droits: Client, pli: PliPapier) -> None:
    response = droits.get(pli_url("pdf", pli))
    assert (response.content, response["Content-Type"]) == (b"%PDF-1.7 pli", "application/pdf")
    assert response["Content-Disposition"] == f'attachment; filename="pli-{pli.reference}.pdf"'
    assert droits.get(pli_url("pdf", PliFactory())).status_code == 404


def test_form_is_found_by_the_reference_on_its_paper(droits: Client, pli: PliPapier) -> None:
    PliFactory()
    for typed in (pli.reference, display(pli.reference).lower()):
        response = droits.get(reverse("admin:declarations_plipapier_changelist"), {"q": typed})
        assert list(response.context["cl"].result_list) == [pli]


# --- The print room ---------------------------------------------------------------------------------


def page_saying(text: str) -> bytes:
    """A PDF of one page that says a word."""
    from weasyprint import HTML  # noqa: PLC0415 -- seconds of import, for two tests

    return bytes(HTML(string=f"<p>{text}").write_pdf())


@pytest.fixture
def left() -> None:
    """Two forms and a letter of the Ain on 2 November, one each on the eve, and one of the Gard."""
    gard = assure_ready(caisse=CaisseFactory(code="301"))
    PliFactory(state="SENT", sent_at=NOW, pdf=page_saying("B"))
    PliFactory(state="SENT", sent_at=NOW - 10 * HOUR, pdf=page_saying("A"))
    PliFactory(state="SENT", sent_at=NOW - 11 * HOUR, pdf=page_saying("eve"))
    PliFactory(state="SENT", declaration__author=gard, sent_at=NOW, pdf=page_saying("Gard"))
    for rank, printed_at in enumerate((NOW, NOW - DAY, None)):
        Lettre.objects.create(
            assure=AssureFactory(user=False),
            notice=Notice.DECLARATION_RECORDED,
            about=f"x{rank}",
            subject="s",
            body="b",
            written_at=NOW - DAY,
            printed_at=printed_at,
            pdf=page_saying(f"lettre {rank}") if printed_at else None,
        )


@pytest.mark.parametrize(
    ("caisse", "jour", "plis", "lettres"),
    [
        ("011", "", 2, 1),
        ("011", "2026-11-01", 1, 1),
        ("301", "2026-11-02", 1, 0),
        ("301", "2026-11-01", 0, 0),
    ],
    ids=["today", "eve", "gard", "gard-eve"],
)
@pytest.mark.usefixtures("left")
def test_mail_of_a_day_is_that_of_the_caisse(caisse: str, jour: str, plis: int, lettres: int) -> None:
    """F6, F10. Days begin at midnight in Paris: 23 h in UTC."""
    client = desk("droits", caisse=caisse)
    page = client.get(reverse(COURRIER), {"jour": jour} if jour else {})
    assert (page.context["plis"], page.context["lettres"]) == (plis, lettres)
    url = f"{reverse(COURRIER + '_pdf')}?jour={jour or '2026-11-02'}"
    assert page.content.decode().count(f'href="{url}"') == int(plis + lettres > 0)
    assert client.get(url).status_code == (200 if plis + lettres else 404)


@pytest.mark.usefixtures("left")
def test_mail_of_a_day_prints_in_the_order_it_left(droits: Client) -> None:
    response = droits.get(reverse(COURRIER + "_pdf"), {"jour": "2026-11-02"})
    assert texts(response.content) == ["A", "B", "lettre 0"]
    assert response["Content-Disposition"] == 'attachment; filename="courrier-2026-11-02.pdf"'


@pytest.mark.parametrize(
    ("jour", "sentence"),
    [
        ("2026-11-03", "Le 3 novembre 2026 n’est pas encore passé."),
        ("0001-01-01", "Aucun courrier n’est parti avant 2000."),
        ("hier", "Écrivez une date comme 21/11/2026."),
    ],
)
def test_day_without_mail_is_refused(droits: Client, jour: str, sentence: str) -> None:
    assert faults(droits.get(reverse(COURRIER), {"jour": jour})) == {"jour": [sentence]}
    assert droits.get(reverse(COURRIER + "_pdf"), {"jour": jour}).status_code == 404


@pytest.mark.parametrize(
    ("group", "links"),
    [("droits", 2), ("contrôle", 0), ("supervision", 0), ("audit", 0)],
)
def test_home_page_leads_there_those_who_may(group: str, links: int) -> None:
    page = desk(group).get(reverse("admin:index")).content.decode()
    urls = (reverse("admin:declarations_declaration_search"), reverse(COURRIER))
    assert sum(page.count(f'href="{url}"') for url in urls) == links
    assert page.index("File d’attente") < page.index("content-main")


def shown_fields(client: Client, row: Any) -> str:
    """The words of the page of a row."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"  # noqa: SLF001 -- documented
    return unescape(client.get(reverse(name, args=[row.pk])).content.decode())


def test_planned_form_names_no_order_that_cancelled_it() -> None:
    planned = PliFactory()
    page = shown_fields(desk("droits"), planned)
    assert [words in page for words in ("Annulé par", "None", "pas encore envoyé")] == [False, False, True]


def test_order_shows_its_address_as_people_write_it() -> None:
    commande = CommandeFactory(
        state=CommandeState.SUBMITTED, adresse_lines=["Camille Fontanel", "14 rue du Palais"]
    )
    page = shown_fields(desk("droits"), commande)
    assert "Camille Fontanel, 14 rue du Palais" in page
    assert '["Camille' not in page
