"""The trace: append-only, chained, provable; purged by age alone."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from accounts.enums import Act
from accounts.models import Assure, Trace, TracePurge, TraceSeal
from accounts.traces import chain, trace
from accounts.traces.chain import Head, kept_head, seal_due
from accounts.traces.macs import COLUMNS
from accounts.traces.proof import last_head, prove
from accounts.traces.purge import cutoff, purge_old
from tests.append_only import disarmed, execute
from tests.factories import DAY, NOW
from vitale_portal.settings import VITALE_TRACE_LIFE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pieces_root")]

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def write(assure: Assure, number: int = 5, at: datetime = NOW) -> list[Trace]:
    return [
        trace(Act.FILE_SEEN, at=at, by=assure.user, beneficiaire=assure.beneficiaire, about=f"commande {n}",
              words="x")
        for n in range(number)
    ]  # fmt: skip


def vars_of(line: Trace) -> dict[str, Any]:
    """The columns of a line that is gone, key included."""
    return {field.attname: getattr(line, field.attname) for field in Trace._meta.concrete_fields}  # noqa: SLF001


def seal(now: datetime = NOW) -> int:
    """Seal all that waits, as the sweep does; return how many."""
    done = 0
    while found := seal_due(now):
        done += found
    return done


def faults(now: datetime = NOW, noted: Head | None = None) -> list[str]:
    return [f"{fault.where} : {fault.what}" for fault in prove(now, noted)]


CHANGED = "changée, ou écrite sans le portail"
BROKEN = "ne suit pas le précédent : changé, déplacé, ou ligne remplacée"


@pytest.fixture
def sealed(assure: Assure, pieces_root: Path) -> list[Trace]:  # noqa: ARG001
    """Five lines, sealed."""
    lines = write(assure)
    assert seal() == 5
    return lines


def test_sealed_trace_proves(sealed: list[Trace]) -> None:
    assert faults() == []
    assert list(TraceSeal.objects.values_list("number", "trace_id")) == list(
        enumerate((line.pk for line in sealed), 1)
    )


def test_trace_proves_from_an_empty_table() -> None:
    assert (seal(), faults()) == (0, [])


@pytest.mark.parametrize("address", ["2001:DB8::0001", "::ffff:192.0.2.1", "192.0.2.7", "fe80::1%eth0"])
def test_line_proves_whatever_its_network_address(
    assure: Assure, rf: Any, settings: Settings, address: str
) -> None:
    settings.VITALE_PROXIES = 0
    request = rf.get("/", REMOTE_ADDR=address)
    request.user = assure.user
    trace(Act.FILE_SEEN, at=NOW, request=request)
    assert (seal(), faults()) == (1, [])


@pytest.mark.parametrize("address", ["", "unknown", "192.0.2.7:443"])
def test_address_that_is_none_is_left_out(assure: Assure, rf: Any, address: str) -> None:
    request = rf.get("/", REMOTE_ADDR=address)
    request.user = assure.user
    assert trace(Act.FILE_SEEN, at=NOW, request=request).network_address is None


# --- Append-only -----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Trace, TraceSeal, TracePurge])
@pytest.mark.parametrize("act", ["update", "delete", "save"])
def test_database_refuses_to_change_or_remove(sealed: list[Trace], model: Any, act: str) -> None:
    TracePurge.objects.create(at=NOW, before=NOW, count=0, last_number=0, last_mac="", mac="x")
    row = model.objects.last()
    column = {Trace: "words", TraceSeal: "mac", TracePurge: "mac"}[model]
    acts: dict[str, Any] = {
        "update": lambda: model.objects.filter(pk=row.pk).update(**{column: "y"}),
        "delete": lambda: model.objects.filter(pk=row.pk)._raw_delete("default"),  # noqa: SLF001
        "save": row.save,
    }
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        acts[act]()
    assert sealed[0] == Trace.objects.order_by("pk").first()


@pytest.mark.postgresql
def test_database_refuses_to_empty_the_tables(sealed: list[Trace]) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute("SET CONSTRAINTS ALL IMMEDIATE", "TRUNCATE accounts_trace CASCADE")
    assert Trace.objects.count() == len(sealed)


# --- What is seen ----------------------------------------------------------------------------------

OTHER = {
    "reference": "0000000000",
    "act": Act.SIGNED_IN,
    "at": NOW - DAY,
    "by": None,
    "network_address": "192.0.2.1",
    "beneficiaire": None,
    "caisse": None,
    "about": "autre",
    "words": "",
    "mac": "secret:00",
}


@pytest.mark.parametrize("column", OTHER)
def test_changed_column_is_seen(sealed: list[Trace], column: str) -> None:
    line = sealed[2]
    with disarmed():
        Trace.objects.filter(pk=line.pk).update(**{column: OTHER[column]})
    reference = "0000000000" if column == "reference" else line.reference
    also = [f"sceau 3 : {BROKEN}"] if column == "mac" else []
    assert faults() == [f"trace {reference} : {CHANGED}", *also]


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("column", ["at", "mac", "trace_id"])
def test_changed_seal_is_seen(assure: Assure, column: str) -> None:
    other = {"at": NOW - DAY, "mac": "secret:00", "trace_id": write(assure, 1)[0].pk}
    with disarmed():
        TraceSeal.objects.filter(number=3).update(**{column: other[column]})
    # What follows is held against what stands there.
    also = [f"sceau 4 : {BROKEN}"] if column == "mac" else []
    assert faults() == [f"sceau 3 : {BROKEN}", *also]


def test_removed_line_is_seen(sealed: list[Trace]) -> None:
    with disarmed():
        TraceSeal.objects.filter(number=3).delete()
        sealed[2].delete()
    assert faults() == ["sceau 3 : 1 disparu(s), et leurs lignes sans preuve"]


@pytest.mark.django_db(transaction=True)
def test_removed_line_whose_seal_is_left_is_seen(sealed: list[Trace]) -> None:
    """Before the foreign key has its word, as who owns the database would."""
    with disarmed(), transaction.atomic():  # the key is checked at the end, which does not come
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_trace WHERE id = %s", [sealed[4].pk])
        found = faults()
        transaction.set_rollback(True)
    assert [one for one in found if "déclencheur" not in one] == ["sceau 5 : sa ligne a disparu"]


@pytest.mark.usefixtures("sealed")
def test_inserted_line_is_seen_before_and_after_it_is_sealed() -> None:
    execute(
        "INSERT INTO accounts_trace (reference, act, at, about, words, mac) VALUES "
        "('ZZZZZZZZZZ', 'FILE_SEEN', '2026-11-21 10:00:00+00:00', '', '', 'secret:00')"
    )
    assert faults() == ["trace ZZZZZZZZZZ : pas encore scellée, changée ou écrite sans le portail"]
    assert seal() == 1
    assert faults() == [f"trace ZZZZZZZZZZ : {CHANGED}"]


def test_copied_line_is_seen(sealed: list[Trace]) -> None:
    """With another reference its mac is wrong; with its own, it needs the constraint gone, and is told."""
    line = sealed[1]
    copy = {name: getattr(line, name) for name in (*COLUMNS, "mac")}
    with pytest.raises(DatabaseError), transaction.atomic():
        Trace.objects.create(**copy)
    Trace.objects.create(**copy | {"reference": "ZZZZZZZZZZ"})
    assert seal() == 1
    assert faults() == [f"trace ZZZZZZZZZZ : {CHANGED}"]


@pytest.mark.usefixtures("sealed")
def test_reordered_lines_are_seen() -> None:
    with disarmed():
        for number, other in ((2, -2), (3, 2), (-2, 3)):
            TraceSeal.objects.filter(number=number).update(number=other)
    assert faults() == [f"sceau {number} : {BROKEN}" for number in (2, 3, 4)]


def cut(sealed: list[Trace], number: int) -> None:
    with disarmed():
        TraceSeal.objects.filter(number__gt=number).delete()
        Trace.objects.filter(pk__gt=sealed[number - 1].pk).delete()


def test_end_that_was_cut_is_seen_even_after_new_lines(sealed: list[Trace], assure: Assure) -> None:
    cut(sealed, 3)
    lost = ["sceau 5 : la tête gardée avec les pièces n’est plus dans la chaîne : fin coupée"]
    assert faults() == lost
    write(assure, 4)
    assert seal() == 4
    assert faults() == lost


def test_end_that_was_cut_is_seen_by_a_head_that_was_noted(sealed: list[Trace]) -> None:
    """Though the file went too."""
    noted = last_head()
    assert faults(noted=noted) == []
    cut(sealed, 3)
    default_storage.delete(f"traces/{5:015d}")
    told = [
        "tête : aucune n’est gardée avec les pièces : une fin coupée ne se verrait pas",
        "sceau 5 : la tête notée n’est plus dans la chaîne : fin coupée",
    ]
    assert faults(noted=noted) == told


def test_everything_gone_is_seen(sealed: list[Trace]) -> None:
    with disarmed():
        TraceSeal.objects.all().delete()
        Trace.objects.all().delete()
    assert faults() == ["sceau 5 : la tête gardée avec les pièces n’est plus dans la chaîne : fin coupée"]
    assert sealed


def test_head_that_was_changed_is_seen(sealed: list[Trace], pieces_root: Path) -> None:
    (pieces_root / "traces" / f"{5:015d}").write_bytes(b"x")
    assert faults() == ["tête : celle qui est gardée avec les pièces a été changée, ou sa clé manque"]
    assert sealed


def test_trigger_that_is_gone_is_seen(sealed: list[Trace]) -> None:
    with disarmed():
        told = faults()
    assert {fault.rpartition(" : ")[0].rpartition("_")[0] for fault in told} == {
        "déclencheur accounts_trace",
        "déclencheur accounts_traceseal",
        "déclencheur accounts_tracepurge",
    }
    assert sealed


def test_other_key_proves_nothing(sealed: list[Trace], settings: Settings) -> None:
    settings.VITALE_TRACE_KEYS = "t1:dGVzdHMtb25seS1ub3QtYS1zZWNyZXQtMzItYnl0ZXM="
    assert len(faults()) == 2 * len(sealed)


def test_new_key_signs_and_the_old_one_still_proves(assure: Assure, settings: Settings) -> None:
    one, two = (f"t{n}:{chr(96 + n) * 43}=" for n in (1, 5))
    settings.VITALE_TRACE_KEYS = one
    write(assure, 1)
    seal()
    settings.VITALE_TRACE_KEYS = f"{two},{one}"
    line = write(assure, 1)[0]
    seal()
    assert (line.mac[:3], faults()) == ("t5:", [])
    settings.VITALE_TRACE_KEYS = two
    assert len(faults()) == 2


# --- Sealing ---------------------------------------------------------------------------------------


def test_line_committed_late_is_sealed_once_after_the_others(assure: Assure) -> None:
    """A transaction with a lower key that ends after a higher one was sealed."""
    late, first = write(assure, 2)
    columns = vars_of(late)
    with disarmed():
        late.delete()
    assert seal() == 1
    came = Trace.objects.create(**columns)
    assert came.pk < first.pk
    assert [seal(), seal()] == [1, 0]
    assert list(TraceSeal.objects.values_list("number", "trace_id")) == [(1, first.pk), (2, came.pk)]
    assert faults() == []


def test_seal_waits_for_nobody_and_tells_lines_left_for_two_sweeps(assure: Assure) -> None:
    (line,) = write(assure, 1)
    assert faults(NOW + 2 * MINUTE) == []
    assert faults(NOW + 2 * MINUTE + SECOND) == [
        f"trace {line.reference} : pas scellée depuis plus de deux passages"
    ]


def test_seals_go_in_batches(assure: Assure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 3)
    write(assure, 4)
    assert [seal_due(NOW), seal_due(NOW), seal_due(NOW)] == [3, 1, 0]
    assert kept_head() == last_head()


def test_seals_keep_their_order_when_the_clock_goes_back(sealed: list[Trace], assure: Assure) -> None:
    write(assure, 1)
    assert seal(NOW - DAY) == 1
    assert TraceSeal.objects.last().at == NOW  # type: ignore[union-attr]
    assert sealed


# --- Purge -----------------------------------------------------------------------------------------

OLD = NOW - VITALE_TRACE_LIFE - DAY


@pytest.fixture
def aged(assure: Assure) -> list[Trace]:
    """Three lines too old, two that are not."""
    old = write(assure, 3, OLD)
    seal(OLD)
    young = write(assure, 2, NOW)
    seal(NOW)
    return old + young


def test_purge_removes_the_old_lines_and_leaves_one_of_its_own(aged: list[Trace]) -> None:
    assert [purge_old(NOW), purge_old(NOW)] == [3, 0]
    assert set(Trace.objects.all()) == set(aged[3:])
    purge = TracePurge.objects.get()
    assert (purge.at, purge.before, purge.count, purge.last_number) == (NOW, cutoff(NOW), 3, 3)
    assert faults() == []


def test_purge_ends_at_midnight_of_the_day(aged: list[Trace]) -> None:
    edge = cutoff(NOW)
    assert (edge.hour, edge.minute, edge.second, edge.microsecond) == (0, 0, 0, 0)
    assert edge <= NOW - VITALE_TRACE_LIFE < edge + DAY
    assert aged


def test_chain_goes_on_after_a_purge_of_all(assure: Assure) -> None:
    write(assure, 3, OLD)
    seal(OLD)
    assert purge_old(NOW) == 3
    assert faults() == []
    write(assure, 1)
    assert (seal(), TraceSeal.objects.get().number, faults()) == (1, 4, [])


def test_second_purge_follows_the_first(aged: list[Trace], assure: Assure) -> None:
    purge_old(NOW)
    later = NOW + VITALE_TRACE_LIFE + 2 * DAY
    write(assure, 1, later)
    seal(later)
    assert purge_old(later) == 2
    assert list(TracePurge.objects.values_list("last_number", "count")) == [(5, 2), (3, 3)]
    assert (faults(later), len(aged)) == ([], 5)


def test_purge_of_another_hand_is_seen(aged: list[Trace]) -> None:
    """The triggers let go of what a purge covers; the proof tells who wrote it."""
    mac = TraceSeal.objects.get(number=3).mac
    TracePurge.objects.create(at=NOW, before=NOW, count=3, last_number=3, last_mac=mac, mac=mac)
    for rows in (Trace.objects.filter(pk__lte=aged[2].pk), TraceSeal.objects.filter(number__lte=3)):
        rows._raw_delete("default")  # noqa: SLF001
    key = TracePurge.objects.get().pk
    assert faults() == [f"purge {key} : {CHANGED}"]


def test_purge_removes_nothing_whose_age_was_changed(aged: list[Trace]) -> None:
    with disarmed():
        TraceSeal.objects.update(at=OLD - DAY)
    assert purge_old(NOW) == 0
    assert Trace.objects.count() == len(aged)


# --- The command -----------------------------------------------------------------------------------


def proof(*arguments: str) -> str:
    out = StringIO()
    call_command("prouver_traces", *arguments, stdout=out)
    return out.getvalue()


def test_command_tells_the_head_and_takes_it_back(aged: list[Trace]) -> None:
    said = proof().splitlines()
    assert said[0].startswith("5 trace(s) prouvée(s) en ")
    head = last_head()
    assert said[1] == f"Tête à noter hors de la base\N{NO-BREAK SPACE}: {head.number}/{head.mac}"
    assert proof("--tete", f"{head.number}/{head.mac}").startswith("5 trace(s)")
    assert aged


def test_command_fails_and_names_what_is_wrong(sealed: list[Trace]) -> None:
    with disarmed():
        Trace.objects.update(words="autre")
    with pytest.raises(CommandError, match=r"^5 anomalie\(s\)\.$"):
        proof()
    assert sealed


@pytest.mark.parametrize("head", ["", "5", "/x", "cinq/x"])
def test_command_refuses_a_head_that_is_none(head: str) -> None:
    with pytest.raises(CommandError, match="une tête s’écrit"):
        proof("--tete", head)
