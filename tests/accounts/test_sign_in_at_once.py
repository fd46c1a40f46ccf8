"""Many tries at the same instant, on PostgreSQL: none is lost, none too many is hashed (A3, A11)."""

from collections import Counter
from datetime import timedelta

import pytest

from accounts.enums import LockKind
from accounts.models import Lock, MailedCode
from accounts.rates import over_rate
from accounts.sign_in.locks import Knock, Paused, give_back, take
from accounts.sign_in.second_step import Verdict, send_code, try_code
from accounts.sign_in.sweep import tell_and_forget
from tests.factories import NOW, AssureFactory
from tests.test_concurrency import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
HOME = Knock("assuré", "2561001053001", "192.0.2.1")


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def test_of_forty_tries_at_once_at_a_pair_five_are_counted() -> None:
    answers = at_once([lambda: take(HOME, None, NOW)] * 40)
    assert kinds(answers) == {"Taken": 5, "Paused": 35}
    assert dict(Lock.objects.values_list("kind", "failures")) == {
        LockKind.PAIR: 5,
        LockKind.IDENTIFIER: 5,
        LockKind.NETWORK: 1,
    }


def test_of_forty_addresses_at_once_ten_try_one_identifier() -> None:
    knocks = [Knock("assuré", HOME.identifier, f"198.51.100.{n}") for n in range(40)]
    answers = at_once([lambda knock=knock: take(knock, None, NOW) for knock in knocks])
    assert kinds(answers) == {"Taken": 10, "Paused": 30}
    assert Lock.objects.get(kind=LockKind.IDENTIFIER).failures == 10


def test_of_forty_identifiers_at_once_one_address_tries_twenty() -> None:
    knocks = [Knock("assuré", f"25610010530{n:02d}", HOME.network) for n in range(40)]
    answers = at_once([lambda knock=knock: take(knock, None, NOW) for knock in knocks])
    assert kinds(answers) == {"Taken": 20, "Paused": 20}
    assert Lock.objects.get(kind=LockKind.NETWORK).failures == 20


def test_crossed_tries_never_wait_for_each_other_for_ever() -> None:
    """Identifiers and addresses in every combination, each transaction locking three rows."""
    knocks = [Knock("assuré", f"25610010530{n % 5:02d}", f"192.0.2.{n % 7}") for n in range(45)]
    answers = at_once([lambda knock=knock: take(knock, None, NOW) for knock in knocks])
    assert set(kinds(answers)) <= {"Taken", "Paused"}


def test_right_codes_at_once_leave_nothing_behind() -> None:
    def sign_in() -> str:
        try:
            give_back(take(HOME, None, NOW))
        except Paused:
            return "later"
        return "in"

    assert set(at_once([sign_in] * 20)) <= {"in", "later"}
    assert set(Lock.objects.values_list("failures", flat=True)) == {0}


def test_forgetting_while_tries_come_loses_none() -> None:
    Lock.objects.bulk_create(
        Lock(key=key, kind=kind, counted_at=NOW, forget_at=NOW) for kind, key in HOME.keys.items()
    )
    answers = at_once([*[lambda: take(HOME, None, NOW)] * 8, *[lambda: tell_and_forget(NOW)] * 8])
    assert kinds(answers[:8]) == {"Taken": 5, "Paused": 3}


def test_of_twenty_tries_at_once_at_six_digits_five_are_compared() -> None:
    code = send_code(assure=AssureFactory(), now=NOW)
    tries = [lambda: try_code(code=MailedCode.objects.get(pk=code.pk), digits="abcdef", now=NOW)] * 20
    assert Counter(at_once(tries)) == {Verdict.WRONG: 5, Verdict.OVER: 15}


def test_right_digits_at_once_let_in_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.sign_in.second_step.secrets.randbelow", lambda _most: 42)
    code = send_code(assure=AssureFactory(), now=NOW)
    tries = [lambda: try_code(code=MailedCode.objects.get(pk=code.pk), digits="000042", now=NOW)] * 5
    assert Counter(at_once(tries))[Verdict.RIGHT] == 1


def test_rate_begins_again_once_however_many_come_at_once() -> None:
    over_rate("a", 3, NOW)
    answers = at_once([lambda: over_rate("a", 3, NOW + timedelta(hours=1))] * 12)
    assert Counter(answers) == {0: 3, 3600: 9}
