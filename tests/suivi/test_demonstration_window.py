"""The demonstration: the window of a declaration, at each of its times (F5, F6)."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from accounts.models import User
from declarations.models import PliPapier
from declarations.plis import send_due
from declarations.retours import close_pli
from suivi.demonstration.load import Demonstration, load
from tests.suivi.listing import MONTH, NOW, all_promised, all_read

# --- The window of a declaration (F5) ---------------------------------------------------------

DAY = timedelta(days=1)
# Who shows it: where the form stands, when it left or leaves, when online opens again.
WINDOWS = {
    "Élodie": ("PLANNED", 90 * DAY, 91 * DAY),
    "Patrick": ("SENT", -2 * DAY, -DAY),
    "Monique": ("PLANNED", -26 * DAY, -25 * DAY),
    "Nadia": ("SENT", 0 * DAY, 90 * DAY),
}


def pli_of(prenom: str) -> PliPapier:
    plis = PliPapier.objects.select_related("declaration__carte")
    return plis.get(beneficiaire__prenoms__startswith=prenom)


def windows(now: datetime) -> dict[str, tuple[str, timedelta, timedelta]]:
    plis = [pli_of(prenom) for prenom in WINDOWS]
    cartes = [pli.declaration.carte for pli in plis if pli.declaration]
    assert [carte.form_due_at for carte in cartes] == [pli.due_at for pli in plis]
    return {
        pli.beneficiaire.prenom: (pli.state, carte.form_due_at - now, carte.online_again_at - now)
        for pli, carte in zip(plis, cartes, strict=True)
        if carte.form_due_at and carte.online_again_at
    }


@pytest.mark.parametrize("acceleration", [1.0, 3600.0])
def test_window_is_shown_at_each_of_its_times(
    db: None,  # noqa: ARG001
    var_dir: Path,  # noqa: ARG001
    settings: SimpleNamespace,
    acceleration: float,
) -> None:
    settings.VITALE_ACCELERATION = acceleration
    load(NOW)
    assert windows(NOW) == WINDOWS
    assert send_due(NOW + MONTH) == 0


def test_form_that_left_can_be_opened(loaded: Demonstration) -> None:  # noqa: ARG001
    for prenom in ("Patrick", "Nadia"):
        pli = pli_of(prenom)
        assert (pli.sent_at, pli.events.count()) == (pli.due_at, 1)
        assert bytes(pli.pdf or b"").startswith(b"%PDF-")


def nirs(listing: Demonstration) -> set[str]:
    return {entry.nir for entry in listing.assures}


def test_identity_whose_form_an_agent_closed_is_replaced(loaded: Demonstration) -> None:
    used = pli_of("Patrick")
    agent = User.objects.get(identifiant="AG-0102")
    close_pli(pli=used, user=agent, version=1, reason="essai", now=NOW)
    again = load(NOW + DAY)
    assert nirs(loaded) - nirs(again) == {used.beneficiaire.nir_value.formatted}
    assert all_read(again, NOW + DAY) == all_promised(again)


def test_identity_whose_form_left_while_nobody_loaded_is_replaced(loaded: Demonstration) -> None:
    """Three months without a start: the sweep sends the form, and it is not called back."""
    used, later = pli_of("Élodie"), NOW + 4 * MONTH
    assert send_due(later) == 1
    again = load(later)
    assert nirs(loaded) - nirs(again) == {used.beneficiaire.nir_value.formatted}
    assert all_read(again, later) == all_promised(again)
