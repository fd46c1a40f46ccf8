"""The agents' second factor: which codes are taken, when, and what is kept of them (A10)."""

from base64 import b32decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from accounts.enums import Act
from accounts.gestion.otp import (
    CodeRefused,
    Paused,
    begin_device,
    check_code,
    code_of,
    confirm_device,
    pause,
    reset_device,
    spend_recovery_code,
    uri_of,
)
from accounts.models import Agent, RecoveryCode, Session, TotpDevice, Trace
from tests.factories import NOW, TOTP_SECRET, AgentFactory
from tests.fixtures import at_desk

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def device(db: None) -> TotpDevice:  # noqa: ARG001
    return AgentFactory().user.totp_devices.get()


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except CodeRefused:
        return "refused"
    except Paused as paused:
        return f"paused {paused.wait}"
    return "taken"


def tried(device: TotpDevice, code: str, at: timedelta = timedelta()) -> str:
    return outcome(lambda: check_code(device=device, code=code, now=NOW + at))


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
)
def test_code_is_that_of_rfc_6238(at: int, code: str) -> None:
    """Its last six digits, for the secret of its appendix B."""
    assert code_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", datetime.fromtimestamp(at, UTC)) == code


# NOW is the first second of a period of 30.
@pytest.mark.parametrize(
    ("made_at", "answer"),
    [
        (-31, "refused"),
        (-30, "taken"),
        (0, "taken"),
        (29, "taken"),
        (30, "taken"),
        (59, "taken"),
        (60, "refused"),
    ],
)
def test_code_is_taken_one_period_early_or_late(device: TotpDevice, made_at: int, answer: str) -> None:
    assert tried(device, code_of(TOTP_SECRET, NOW + made_at * SECOND)) == answer


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "-12345", "١٢٣٤٥٦", "0x1234", "1e5   "])
def test_what_is_no_code_is_refused(device: TotpDevice, code: str) -> None:
    assert tried(device, code) == "refused"


def test_spaces_are_as_good_as_none(device: TotpDevice) -> None:
    code = code_of(TOTP_SECRET, NOW)
    assert tried(device, f" {code[:3]} {code[3:]}\n") == "taken"


def test_no_code_is_taken_twice_nor_one_from_before(device: TotpDevice) -> None:
    last, first = code_of(TOTP_SECRET, NOW), code_of(TOTP_SECRET, NOW - 30 * SECOND)
    assert tried(device, last) == "taken"
    assert tried(device, last, SECOND) == "refused"
    assert tried(device, first, 5 * SECOND) == "refused"
    assert tried(device, code_of(TOTP_SECRET, NOW + 30 * SECOND), 30 * SECOND) == "taken"


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 1), (2, 2), (3, 4), (12, 2048), (13, 3600), (5_000, 3600)]
)
def test_pauses_double_up_to_an_hour(failures: int, seconds: int) -> None:
    assert pause(failures) == seconds * SECOND


def test_wrong_codes_are_made_to_wait_and_a_right_one_forgives(device: TotpDevice) -> None:
    right = code_of(TOTP_SECRET, NOW)
    assert tried(device, "000000") == "refused"
    assert tried(device, right) == "paused 1"
    assert tried(device, "000001", SECOND) == "refused"
    assert tried(device, right, 2 * SECOND) == "paused 1"
    assert tried(device, right, 3 * SECOND) == "taken"
    device.refresh_from_db()
    assert (device.failures, device.retry_at) == (0, None)


def test_a_day_of_guesses_is_few() -> None:
    waited, guesses = timedelta(), 0
    while waited < 24 * HOUR:
        guesses += 1
        waited += pause(guesses)
    assert guesses == 35


# --- Setting up --------------------------------------------------------------------------------------


def test_begun_application_opens_nothing_until_confirmed(agent: Agent) -> None:
    former = agent.user.totp_devices.get()
    begun = begin_device(user=agent.user)
    assert (begun.confirmed, former.confirmed) == (False, True)
    codes = confirm_device(device=begun, code=code_of(begun.secret, NOW), now=NOW)
    assert list(agent.user.totp_devices.values_list("pk", "confirmed")) == [(begun.pk, True)]
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {19})
    assert Trace.objects.get().act == Act.OTP_SET_UP


def test_second_beginning_forgets_the_first(agent: Agent) -> None:
    first = begin_device(user=agent.user)
    second = begin_device(user=agent.user)
    assert first.secret != second.secret
    assert outcome(lambda: confirm_device(device=first, code="000000", now=NOW)) == "refused"


def test_setting_up_ends_the_other_sessions(agent: Agent) -> None:
    at_desk(agent)
    begun = begin_device(user=agent.user)
    confirm_device(device=begun, code=code_of(begun.secret, NOW), now=NOW)
    assert not Session.objects.exists()


def test_address_says_what_an_application_needs(device: TotpDevice) -> None:
    parts = urlsplit(uri_of(device))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == f"/Ma%20carte%20Vitale%3A{device.user.identifiant}"
    assert parse_qs(parts.query) == {
        "secret": [TOTP_SECRET],
        "issuer": ["Ma carte Vitale"],
        "digits": ["6"],
        "period": ["30"],
    }


# --- What lies in the database ------------------------------------------------------------------------


def test_database_holds_neither_secret_nor_recovery_codes(agent: Agent) -> None:
    begun = begin_device(user=agent.user)
    codes = confirm_device(device=begun, code=code_of(begun.secret, NOW), now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_totpdevice")
        sealed = bytes(cursor.fetchone()[0])
    assert sealed.startswith(b"VTLP")
    assert begun.secret.encode() not in sealed
    assert b32decode(begun.secret) not in sealed
    plain = [code.replace("-", "") for code in codes]
    kept = [row.hash for row in RecoveryCode.objects.all()]
    assert all(code[4:] not in text for code in plain for text in kept)


# --- Recovery codes -----------------------------------------------------------------------------------


@pytest.fixture
def codes(device: TotpDevice) -> list[str]:
    begun = begin_device(user=device.user)
    return confirm_device(device=begun, code=code_of(begun.secret, NOW), now=NOW)


def spent(agent: Agent, code: str, at: timedelta) -> str:
    device = agent.user.totp_devices.get()
    return outcome(lambda: spend_recovery_code(device=device, code=code, now=NOW + at))


def test_recovery_code_serves_once_however_it_is_typed(device: TotpDevice, codes: list[str]) -> None:
    agent = device.user.agent
    assert spent(agent, codes[0].lower().replace("-", " "), SECOND) == "taken"
    assert spent(agent, codes[0], 2 * SECOND) == "refused"
    assert spent(agent, codes[1], HOUR) == "taken"
    assert RecoveryCode.objects.filter(used_at=None).count() == 8
    assert Trace.objects.filter(act=Act.RECOVERY_CODE_USED).count() == 2


def test_recovery_codes_share_the_pauses(device: TotpDevice, codes: list[str]) -> None:
    agent = device.user.agent
    wrong = codes[0][:-1] + ("2" if codes[0][-1] != "2" else "3")
    assert spent(agent, wrong, timedelta()) == "refused"
    assert spent(agent, codes[0], timedelta()) == "paused 1"
    assert spent(agent, "", SECOND) == "refused"


def test_recovery_code_of_another_agent_is_refused(codes: list[str]) -> None:
    assert spent(AgentFactory(), codes[0], timedelta()) == "refused"


def test_reset_takes_all_away_and_ends_sessions(device: TotpDevice, codes: list[str]) -> None:  # noqa: ARG001
    user = device.user
    at_desk(user.agent)
    assert reset_device(user=user, now=NOW) is True
    counts = [model.objects.count() for model in (TotpDevice, RecoveryCode, Session)]
    assert counts == [0, 0, 0]
    assert reset_device(user=user, now=NOW) is False
    assert Trace.objects.filter(act=Act.OTP_RESET).count() == 1
