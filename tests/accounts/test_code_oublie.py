"""A forgotten code: a link of 30 minutes, one use, and all that was open ends (A5)."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from time_machine import Traveller

from accounts.models import Assure, CodeProvisoire, OutboxMail, Session, Trace, User
from accounts.ouverture.code_provisoire import hand_over
from accounts.ouverture.demandes import judge
from accounts.sign_in.sweep import tell_and_forget
from tests.factories import CODE, NOW, assure_ready
from tests.ouvrir import NEW_CODE, by_code, forgotten_link, last_link, send, subjects

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LIFE = timedelta(minutes=30)


def choose(client: Client, link: str, code: str = NEW_CODE) -> HttpResponse:
    client.get(link)
    return send(client, "forgotten_new", code=code)


def has_code(assure: Assure, code: str) -> bool:
    return User.objects.get(assure=assure).check_password(code)


def test_new_code_is_set_and_told(client: Client, assure: Assure) -> None:
    assert choose(client, forgotten_link(client, assure)).url == reverse("sign_in")
    assert (has_code(assure, NEW_CODE), has_code(assure, CODE)) == (True, False)
    assert subjects() == ["Choisissez un nouveau code personnel", "Votre code personnel a changé"]
    assert set(OutboxMail.objects.values_list("recipient", flat=True)) == {assure.email}
    trace = Trace.objects.get()
    assert (trace.act, trace.words) == ("CODE_CHANGED", "par le lien de « code oublié »")
    signed = send(client, "sign_in", nir=assure.beneficiaire.nir, code=NEW_CODE)
    assert signed.url == "/connexion/code-recu/"


def test_all_sessions_of_the_account_end_and_no_other(client: Client, assure: Assure) -> None:
    other = assure_ready()
    browsers = []
    for one in (assure, assure, other):
        browser = Client()
        browser.force_login(one.user, backend="accounts.sign_in.CodePersonnelBackend")
        browsers.append(browser)
    choose(client, forgotten_link(client, assure))
    assert [browser.get(reverse("dashboard")).status_code for browser in browsers] == [302, 302, 200]
    assert Session.objects.filter(user=assure.user).count() == 0


def test_devices_are_trusted_no_more(client: Client, assure: Assure) -> None:
    """A11."""
    other = assure_ready()
    for one in (assure, other):
        one.user.devices.create(token_hash=str(one.pk), label="x", first_used_at=NOW, last_used_at=NOW)
    choose(client, forgotten_link(client, assure))
    assert (assure.user.devices.count(), other.user.devices.count()) == (0, 1)


def test_following_the_link_signs_nobody_in(client: Client, assure: Assure) -> None:
    choose(client, forgotten_link(client, assure))
    assert client.get(reverse("dashboard")).status_code == 302


AGES = {"last second": (LIFE - timedelta(seconds=1), True), "30 minutes": (LIFE, False)}


@pytest.mark.parametrize(("after", "changed"), AGES.values(), ids=AGES)
def test_link_is_good_for_30_minutes(
    client: Client, assure: Assure, clock: Traveller, after: timedelta, changed: bool
) -> None:
    link = forgotten_link(client, assure)
    clock.move_to(NOW + after)
    choose(Client(), link)
    assert has_code(assure, NEW_CODE) is changed


def test_link_serves_once(client: Client, assure: Assure) -> None:
    link = forgotten_link(client, assure)
    choose(client, link)
    page = choose(Client(), link, "Renoncule-bleue-8").content.decode()
    assert "Ce lien ne sert plus" in page
    assert has_code(assure, NEW_CODE) is True


def test_new_demand_ends_the_former_link(client: Client, assure: Assure) -> None:
    first = forgotten_link(client, assure)
    second = forgotten_link(client, assure)
    assert "Ce lien ne sert plus" in choose(Client(), first).content.decode()
    assert choose(Client(), second).status_code == 302


def test_refused_code_leaves_the_link_good(client: Client, assure: Assure) -> None:
    link = forgotten_link(client, assure)
    page = choose(client, link, "court").content.decode()
    assert ("<title>Erreur" in page, has_code(assure, CODE)) == (True, True)
    assert send(client, "forgotten_new", code=NEW_CODE).status_code == 302


def test_provisional_code_ends_with_the_change(client: Client, assure: Assure) -> None:
    hand_over(assure=assure, now=NOW)
    choose(client, forgotten_link(client, assure))
    assert CodeProvisoire.objects.count() == 0


def test_who_asks_in_another_s_name_gets_nothing(client: Client, assure: Assure) -> None:
    """The link goes to the mailbox of the account, whoever asks."""
    send(client, "forgotten", nir=assure.beneficiaire.nir)
    assert judge(NOW) == 1
    assert OutboxMail.objects.get().recipient == assure.email
    assert client.get(reverse("forgotten_new")).content.decode().count("Ce lien ne sert plus") >= 1


def test_page_without_a_link_takes_no_code(client: Client, assure: Assure) -> None:
    assert "Ce lien ne sert plus" in send(client, "forgotten_new", code=NEW_CODE).content.decode()
    assert has_code(assure, CODE) is True


def test_account_that_is_shut_gets_no_link(client: Client, assure: Assure) -> None:
    User.objects.update(is_active=False)
    send(client, "forgotten", nir=assure.beneficiaire.nir)
    judge(NOW)
    assert OutboxMail.objects.count() == 0


# --- What a lock becomes (A3) -------------------------------------------------------------------

HERE, THERE = "192.0.2.1", "198.51.100.1"


def lock_out(assure: Assure, address: str = HERE) -> None:
    """Five failures from one address close its pair."""
    for _ in range(5):
        knock(assure, "Autre-2026", address)


def knock(assure: Assure, code: str, address: str = HERE) -> int:
    data = {"nir": assure.beneficiaire.nir, "code": code}
    status: int = Client().post(reverse("sign_in"), data, REMOTE_ADDR=address).status_code
    return status


def test_new_code_opens_the_door_the_former_closed(assure: Assure) -> None:
    """A3: his mailbox has proved who he is, where he is. He is told of the lock all the same."""
    lock_out(assure)
    assert knock(assure, CODE) == 429
    browser = Client(REMOTE_ADDR=HERE)
    choose(browser, forgotten_link(browser, assure))
    assert knock(assure, NEW_CODE) == 302
    tell_and_forget(NOW)
    assert subjects()[-1] == "Des essais de connexion ont été refusés"


def test_new_code_set_at_the_counter_s_word_opens_it_too(assure: Assure) -> None:
    """A3, A4."""
    lock_out(assure)
    browser = Client(REMOTE_ADDR=HERE)
    by_code(browser, assure, email=assure.email)
    browser.get(last_link())
    send(browser, "opening_confirm")
    assert knock(assure, NEW_CODE) == 302


def test_new_code_opens_no_door_elsewhere(assure: Assure) -> None:
    """A3: who was locked out on another network, a stranger maybe, stays out."""
    lock_out(assure, THERE)
    browser = Client(REMOTE_ADDR=HERE)
    choose(browser, forgotten_link(browser, assure))
    assert (knock(assure, NEW_CODE, THERE), knock(assure, NEW_CODE)) == (429, 302)


def test_new_code_leaves_the_pause_of_a_number_tried_from_everywhere(assure: Assure) -> None:
    """A3: ten failures on the identifier, from two addresses."""
    lock_out(assure)
    lock_out(assure, THERE)
    browser = Client(REMOTE_ADDR=HERE)
    choose(browser, forgotten_link(browser, assure))
    assert knock(assure, NEW_CODE) == 429


def test_new_code_leaves_the_failures_of_the_number_counted(assure: Assure) -> None:
    """A3: five tries more on the network of the holder close the identifier, at its tenth failure."""
    lock_out(assure)
    browser = Client(REMOTE_ADDR=HERE)
    choose(browser, forgotten_link(browser, assure))
    lock_out(assure)
    assert knock(assure, NEW_CODE, THERE) == 429


def test_stranger_gains_nothing_from_asking(assure: Assure) -> None:
    """A3: a link asked for, a link guessed, a code refused by A2: without the mailbox, no door opens."""
    lock_out(assure)
    stranger = Client(REMOTE_ADDR=HERE)
    link = forgotten_link(stranger, assure)
    choose(stranger, reverse("forgotten_link") + "?jeton=devine")
    assert knock(assure, CODE) == 429
    holder = Client(REMOTE_ADDR=HERE)
    choose(holder, link, "court")
    assert knock(assure, CODE) == 429
