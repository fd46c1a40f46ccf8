"""The centre's answer file: read line by line, recorded whole or not at all (D5, D6, D4)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.enums import Act
from accounts.models import Message, Trace
from carte.enums import CarteState, CommandeState
from carte.fabrication import seal_lot
from carte.fabrication.reponses import AnswersRefused, LineFault, read_answers, record_answers
from carte.models import Carte, Commande, LotFabrication
from suivi.verification import QUESTIONS, verify
from tests.declarations.desk import desk, told
from tests.factories import DAY, NOW, AgentFactory, CarteFactory, CommandeFactory
from vitale_portal.references import display, new_reference
from vitale_portal.transitions import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HEADER = "reference;reponse;serie;motif\n"
SERIAL = "8025000000000017"
_C = CommandeState


@pytest.fixture(autouse=True)
def _a_real_centre(settings: Settings) -> None:
    settings.VITALE_SIMULATION = False


@pytest.fixture
def lot() -> LotFabrication:
    """A sealed lot of two orders."""
    for _ in range(2):
        CommandeFactory(state=_C.ACCEPTED, due_at=NOW - DAY)
    sealed = seal_lot(NOW - DAY)
    assert sealed is not None
    return sealed


def orders(lot: LotFabrication) -> list[Commande]:
    return list(lot.commandes.order_by("pk"))


def file_of(*lines: str, header: str = HEADER) -> bytes:
    return (header + "\n".join(lines)).encode()


def recorded(lot: LotFabrication, *lines: str) -> tuple[int, int]:
    answers = read_answers(file_of(*lines))
    return record_answers(lot=lot, answers=answers, user=AgentFactory().user, now=NOW)


def faults_of(data: bytes) -> list[tuple[int, LineFault]]:
    with pytest.raises(AnswersRefused) as refused:
        read_answers(data)
    return [(one.line, one.fault) for one in refused.value.faults]


# --- Reading ----------------------------------------------------------------------------------------

A, B = new_reference(), new_reference()
LINES: dict[str, tuple[str, LineFault]] = {
    "three cells": (f"{A};EXPEDIEE;{SERIAL}", LineFault.COLUMNS),
    "commas": (f"{A},EXPEDIEE,{SERIAL},", LineFault.COLUMNS),
    "no reference": (f";EXPEDIEE;{SERIAL};", LineFault.REFERENCE),
    "mistyped reference": (f"{A[:-1]}?;EXPEDIEE;{SERIAL};", LineFault.REFERENCE),
    "formula": (f"=1+1;EXPEDIEE;{SERIAL};", LineFault.REFERENCE),
    "no word": (f"{A};;{SERIAL};", LineFault.WORD),
    "another word": (f"{A};DELIVERED;{SERIAL};", LineFault.WORD),
    "no serial": (f"{A};EXPEDIEE;;", LineFault.SERIAL),
    "7 digits": (f"{A};EXPEDIEE;1234567;", LineFault.SERIAL),
    "21 digits": (f"{A};EXPEDIEE;{'1' * 21};", LineFault.SERIAL),
    "letters": (f"{A};EXPEDIEE;80250000000O0017;", LineFault.SERIAL),
    "arabic digits": (f"{A};EXPEDIEE;٨٠٢٥٠٠٠٠٠٠;", LineFault.SERIAL),
    "shipped with a reason": (f"{A};EXPEDIEE;{SERIAL};LENGTH", LineFault.MOTIF_SHIPPED),
    "refused with a serial": (f"{A};REFUSEE;{SERIAL};LENGTH", LineFault.SERIAL_REFUSED),
    "refused without why": (f"{A};REFUSEE;;", LineFault.MOTIF),
    "unknown reason": (f"{A};REFUSEE;;EYES", LineFault.MOTIF),
    "twice the order": (f"{B};REFUSEE;;LENGTH", LineFault.TWICE),
    "twice the serial": (f"{A};EXPEDIEE;{SERIAL[:-1]}8;", LineFault.SERIAL_TWICE),
}


@pytest.mark.parametrize("name", LINES)
def test_each_fault_is_told_with_its_line(name: str) -> None:
    """D5. The first line is right, and an empty one is no answer."""
    line, fault = LINES[name]
    found = faults_of(file_of(f"{B};EXPEDIEE;{SERIAL[:-1]}8;", "", line))
    assert found == [(4, fault)]


WHOLE: dict[str, tuple[bytes, tuple[int, LineFault]]] = {
    "empty": (b"", (1, LineFault.HEADER)),
    "no header": (f"{A};EXPEDIEE;{SERIAL};".encode(), (1, LineFault.HEADER)),
    "header alone": (HEADER.encode(), (0, LineFault.EMPTY)),
    "latin-1": (HEADER.encode() + b"\xe9", (0, LineFault.NOT_TEXT)),
    "utf-16": (HEADER.encode("utf-16"), (0, LineFault.NOT_TEXT)),
    "NUL": (HEADER.encode() + b"\0;\0;\0;\0", (2, LineFault.REFERENCE)),
    "open quote": (HEADER.encode() + b'"abc', (0, LineFault.NOT_TEXT)),
    "picture": (b"\xff\xd8\xff\xe0" * 40, (0, LineFault.NOT_TEXT)),
    "5 MB": (b";" * 5_000_000, (0, LineFault.TOO_HEAVY)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_such_file_is_told(name: str) -> None:
    data, fault = WHOLE[name]
    assert faults_of(data)[0] == fault


def test_file_reads_as_spreadsheets_write_it() -> None:
    data = f'\ufeff Reference ;REPONSE;serie;motif\r\n{display(A)}; EXPEDIEE ;"{SERIAL}";\r\n;;;\r\n'.encode()
    (answer,) = read_answers(data)
    assert (answer.line, answer.reference, answer.serial, answer.motif) == (2, A, SERIAL, "")


# --- Recording --------------------------------------------------------------------------------------


def test_answers_are_the_centres_entered_by_an_agent(lot: LotFabrication) -> None:
    made, refused = orders(lot)
    assert recorded(lot, f"{made.reference};EXPEDIEE;{SERIAL};", f"{refused.reference};REFUSEE;;LENGTH") == (
        1,
        1,
    )
    carte = Carte.objects.get()
    assert (carte.commande, carte.serial, carte.state) == (made, SERIAL, CarteState.IN_TRANSIT)
    for row, state, reason in ((made, _C.SHIPPED, ""), (refused, _C.SUBMITTED, "CENTRE:LENGTH")):
        row.refresh_from_db()
        event = row.events.last()
        assert (row.state, event.actor, event.reason) == (state, Actor.CENTRE, reason)
        assert event.by is not None
    assert (refused.first_in_queue, refused.lot) == (True, None)
    assert made.due_at == NOW + 10 * DAY
    assert Message.objects.filter(written_at=NOW).count() == 2


def test_part_of_a_lot_may_be_answered(lot: LotFabrication) -> None:
    made, waiting = orders(lot)
    assert recorded(lot, f"{made.reference};EXPEDIEE;{SERIAL};") == (1, 0)
    waiting.refresh_from_db()
    assert waiting.state == _C.IN_PRODUCTION


def test_one_wrong_line_and_nothing_is_recorded(lot: LotFabrication) -> None:
    made, other = orders(lot)
    elsewhere = CommandeFactory(state=_C.IN_PRODUCTION)
    known = CarteFactory(serial="8025000000000099")
    lines = (
        f"{made.reference};EXPEDIEE;{SERIAL};",
        f"{other.reference};EXPEDIEE;{known.serial};",
        f"{elsewhere.reference};EXPEDIEE;8025000000000018;",
    )
    with pytest.raises(AnswersRefused) as refused:
        recorded(lot, *lines)
    assert [(one.line, one.fault) for one in refused.value.faults] == [
        (3, LineFault.SERIAL_KNOWN),
        (4, LineFault.NOT_IN_LOT),
    ]
    assert {row.state for row in orders(lot)} == {_C.IN_PRODUCTION}
    assert (Carte.objects.count(), Message.objects.filter(written_at=NOW).count()) == (1, 0)


def test_same_file_twice_is_recorded_once(lot: LotFabrication) -> None:
    """D4: the second is told why."""
    made, refused = orders(lot)
    lines = (f"{made.reference};EXPEDIEE;{SERIAL};", f"{refused.reference};REFUSEE;;LENGTH")
    recorded(lot, *lines)
    with pytest.raises(AnswersRefused) as again:
        recorded(lot, *lines)
    assert [one.fault for one in again.value.faults] == [
        LineFault.ANSWERED,
        LineFault.SERIAL_KNOWN,
        LineFault.NOT_IN_LOT,
    ]
    assert Carte.objects.count() == 1


def test_verify_finds_nothing_wrong_with_what_was_entered(lot: LotFabrication) -> None:
    made, refused = orders(lot)
    before = {str(a) for answer in verify(QUESTIONS, now=NOW).answers for a in answer.anomalies}
    recorded(lot, f"{made.reference};EXPEDIEE;{SERIAL};", f"{refused.reference};REFUSEE;;LENGTH")
    after = {str(a) for answer in verify(QUESTIONS, now=NOW).answers for a in answer.anomalies}
    assert after - before == set()


# --- At the desk ------------------------------------------------------------------------------------


def url_of(lot: LotFabrication) -> str:
    return reverse("admin:carte_lotfabrication_answer", args=[lot.pk])


def sent(client: Client, lot: LotFabrication, data: bytes) -> Any:
    return client.post(url_of(lot), {"file": SimpleUploadedFile("reponse.csv", data)}, follow=True)


def test_supervision_hands_the_file_in(lot: LotFabrication) -> None:
    made, _waiting = orders(lot)
    client = desk("supervision")
    page = client.get(reverse("admin:carte_lotfabrication_change", args=[lot.pk])).content.decode()
    assert page.count(f'href="{url_of(lot)}"') == 1
    response = sent(client, lot, file_of(f"{made.reference};EXPEDIEE;{SERIAL};"))
    (words,) = told(response)
    assert words.startswith("Réponse du centre enregistrée. Cartes expédiées : 1 ; commandes refusées : 0")
    assert words.endswith(" ; encore sans réponse : 1.")
    kept = Trace.objects.get(act=Act.DECIDED)
    assert kept.about == f"lot {lot.number}"


def test_faults_are_shown_by_line_and_escaped(lot: LotFabrication) -> None:
    page = sent(desk("supervision"), lot, file_of("<script>;EXPEDIEE;1;")).content.decode()
    assert "Rien n’est enregistré" in page
    assert page.count("Ligne\u00a02\u00a0:") + page.count("Ligne 2\u00a0:") == 2
    assert "<script>;" not in page
    assert "&lt;script&gt;" in page
    assert not Trace.objects.filter(act=Act.DECIDED).exists()


def test_many_faults_are_counted(lot: LotFabrication) -> None:
    page = sent(desk("supervision"), lot, file_of(*["x"] * 80)).content.decode()
    assert "Et 30 autres." in page


@pytest.mark.parametrize("data", [None, b""], ids=["none", "empty"])
def test_file_is_needed(lot: LotFabrication, data: bytes | None) -> None:
    given = {} if data is None else {"file": SimpleUploadedFile("a.csv", data)}
    response = desk("supervision").post(url_of(lot), given)
    assert list(response.context["form"].errors) == ["file"]


@pytest.mark.parametrize("group", ["droits", "contrôle", "audit"])
def test_lots_are_supervisions(lot: LotFabrication, group: str) -> None:
    client = desk(group)
    assert [client.get(url_of(lot)).status_code, client.post(url_of(lot)).status_code] == [403, 403]


def test_simulated_centre_answers_for_itself(lot: LotFabrication, settings: Settings) -> None:
    settings.VITALE_SIMULATION = True
    client = desk("supervision")
    assert client.get(url_of(lot)).status_code == 404
    page = client.get(reverse("admin:carte_lotfabrication_change", args=[lot.pk])).content.decode()
    assert url_of(lot) not in page
