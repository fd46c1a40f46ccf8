"""Opening an account when several do it at once: on PostgreSQL, where row locks let them (A4, A5)."""

import re

import pytest
from django.test import RequestFactory

from accounts.enums import Act
from accounts.models import Assure, CodeProvisoire, MailLink, OutboxMail, Ouverture, Trace, User
from accounts.ouverture import Finished, accept_terms, change_code, choose_code, finish, send_link, start
from accounts.ouverture.code_provisoire import ask_by_post, check_code, hand_over, read_code
from accounts.ouverture.demandes import ask_forgotten, judge
from tests.factories import NOW, assure_ready
from tests.ouvrir import NEW_CODE, stranger
from tests.test_concurrency import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
REQUEST = RequestFactory().post("/")


def token_of(mail: OutboxMail) -> str:
    return re.sub(r".*jeton=", "", mail.secret)


def ready(assure: Assure, email: str) -> str:
    """An opening that only has to be confirmed; give its token."""
    ouverture = start(assure=assure, by_code=False, now=NOW)
    accept_terms(ouverture=ouverture, now=NOW)
    choose_code(ouverture=ouverture, code=NEW_CODE)
    ouverture.refresh_from_db()
    send_link(ouverture=ouverture, email=email, now=NOW)
    return token_of(OutboxMail.objects.latest("pk"))


def test_link_clicked_ten_times_at_once_opens_one_account() -> None:
    token = ready(stranger(), "a@courriel.example")
    answers = at_once([lambda: finish(token=token, request=REQUEST, now=NOW)] * 10)
    assert sorted(answer.name for answer in answers) == ["OPENED"] + ["OVER"] * 9
    assert (User.objects.count(), Trace.objects.filter(act=Act.ACCOUNT_OPENED).count()) == (1, 1)


def test_eight_openings_of_one_person_confirmed_at_once_open_one_account() -> None:
    assure = stranger()
    tokens = [ready(assure, f"boite{n}@courriel.example") for n in range(8)]
    answers = at_once([lambda token=token: finish(token=token, request=REQUEST, now=NOW) for token in tokens])
    assert sorted(answer.name for answer in answers) == ["OPENED"] + ["OVER"] * 7
    assert (User.objects.count(), Ouverture.objects.count()) == (1, 0)
    assert Assure.objects.get().email == tokens_owner(answers)


def test_link_sent_again_while_another_is_clicked_harms_nothing() -> None:
    assure = stranger()
    token = ready(assure, "a@courriel.example")
    ouverture = Ouverture.objects.select_related("assure").get()
    calls = [lambda: send_link(ouverture=ouverture, email="b@courriel.example", now=NOW)] * 4
    answers = at_once([*calls, lambda: finish(token=token, request=REQUEST, now=NOW), *calls])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert User.objects.count() == (answers[4] == Finished.OPENED)


def tokens_owner(answers: list[Finished]) -> str:
    return f"boite{[answer.name for answer in answers].index('OPENED')}@courriel.example"


def test_two_people_with_one_address_confirmed_at_once_open_one_account() -> None:
    tokens = [ready(assure, "meme@courriel.example") for assure in (stranger(), stranger())]
    answers = at_once([lambda token=token: finish(token=token, request=REQUEST, now=NOW) for token in tokens])
    assert sorted(answer.name for answer in answers) == ["OPENED", "TAKEN"]
    assert (User.objects.count(), Assure.objects.filter(email="meme@courriel.example").count()) == (1, 1)


def test_twenty_tries_of_a_code_at_once_are_five() -> None:
    assure = stranger()
    code = read_code(hand_over(assure=assure, now=NOW))
    nir = assure.beneficiaire.nir
    for _ in range(4):  # who finds no place to be hashed costs no try, and comes again
        at_once([lambda: check_code(nir, "000000000000", NOW)] * 20)
    assert (CodeProvisoire.objects.get().tries, check_code(nir, code, NOW)) == (5, None)


def test_demands_at_once_make_one_code() -> None:
    assure = stranger()
    answers = at_once([lambda: ask_by_post(assure=assure, now=NOW)] * 8)
    assert (answers.count(True), answers.count(False), CodeProvisoire.objects.count()) == (1, 7, 1)


def test_new_code_set_twice_at_once_is_set_once() -> None:
    assure = assure_ready()
    ask_forgotten(nir=assure.beneficiaire.nir, now=NOW)
    judge(NOW)
    token = token_of(OutboxMail.objects.get())
    codes = [f"Tulipe-rouge-{n}" for n in range(10, 18)]
    answers = at_once(
        [lambda code=code: change_code(token=token, code=code, request=REQUEST, now=NOW) for code in codes]
    )
    assert (answers.count(True), answers.count(False)) == (1, 7)
    assert User.objects.get().check_password(codes[answers.index(True)]) is True
    assert MailLink.objects.count() == 0


def test_sweeps_at_once_judge_each_demand_once() -> None:
    assure = assure_ready()
    for _ in range(2):
        ask_forgotten(nir=assure.beneficiaire.nir, now=NOW)
    judged = at_once([lambda: judge(NOW)] * 6)
    assert (sum(judged), OutboxMail.objects.count()) == (2, 2)
