"""Forms of the floor ``declarations``."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms

from carte.models import Carte
from declarations.declarer import Faits
from declarations.enums import DeclarationChannel, DeclarationKind
from declarations.models.attestation import CODE_LENGTH
from vitale_portal.dates import long_date, paris
from vitale_portal.forms import DayField, OneOfField


class FaitsForm(forms.Form):
    """What happened to a card, and when (F1), in the words of who types it: labels and hints."""

    WORDS: ClassVar[Mapping[str, tuple[str, str]]]

    kind = OneOfField(
        DeclarationKind, missing="Dites ce qui s’est passé : perte, vol, casse ou dysfonctionnement."
    )
    facts_on = DayField()
    circumstances = forms.CharField(required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    police_reference = forms.CharField(required=False, max_length=60)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        self.today = paris(now).date()
        super().__init__(*args, **kwargs)
        for name, (label, hint) in self.WORDS.items():
            self.fields[name].label, self.fields[name].help_text = label, hint
        self.fields["facts_on"].widget.attrs["max"] = self.today.isoformat()

    @property
    def faits(self) -> Faits:
        """What is declared; a reference of the police goes with a theft alone."""
        data = self.cleaned_data
        return Faits(
            kind=data["kind"],
            facts_on=data["facts_on"],
            circumstances=data["circumstances"],
            police_reference=data["police_reference"] if data["kind"] == DeclarationKind.VOL else "",
            channel=data.get("channel", DeclarationChannel.ONLINE),
        )


# What happened, as one says it; papers and the desk keep the names of the rules (F1, F4).
SPOKEN = dict(DeclarationKind.choices) | {DeclarationKind.CASSE: "Carte cassée ou qui ne marche plus"}


class DeclarationForm(FaitsForm):
    """What its holder declares, of which cards of his household (F1)."""

    WORDS = {
        "kind": ("Que s’est-il passé ?", ""),
        "facts_on": ("Quel jour ?", "Si vous ne savez pas, le jour où vous vous en êtes rendu compte."),
        "circumstances": ("Circonstances", "Vous seul les reverrez ici."),
        "police_reference": (
            "Référence de la plainte, pour un vol",
            "Si vous avez porté plainte. Vous seul la reverrez ici.",
        ),
    }

    kind = OneOfField(
        DeclarationKind, missing="Dites ce qui s’est passé : perte, vol, carte cassée ou qui ne marche plus."
    )
    cartes = forms.MultipleChoiceField(
        label="Quelles cartes sont concernées ?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choisissez au moins une carte.",
            "invalid_choice": "Choisissez une carte de la liste.",
        },
    )
    field_order = ("cartes",)

    def __init__(self, *args: Any, cartes: list[Carte], **kwargs: Any) -> None:
        self.by_serial = {carte.serial: carte for carte in cartes}
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [*SPOKEN.items()]  # type: ignore[attr-defined]
        self.fields["cartes"].choices = [(c.serial, str(c.beneficiaire)) for c in cartes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check the day: not in the future, not before a card it is said of."""
        data = super().clean() or {}
        day = data.get("facts_on")
        if day and day > self.today:
            sentence = f"Le {long_date(day)} n’est pas encore passé. Nous sommes le {long_date(self.today)}."
            self.add_error("facts_on", sentence)
        elif day:
            self._check_made(day)
        return data

    def _check_made(self, day: date) -> None:
        late = [carte for carte in self.chosen if carte.made_on > day]
        if late:
            made = max(carte.made_on for carte in late)
            sentence = (
                f"Le {long_date(day)}, la carte n’existait pas : elle a été fabriquée le {long_date(made)}."
            )
            self.add_error("facts_on", sentence)

    @property
    def chosen(self) -> list[Carte]:
        """The cards ticked."""
        return [self.by_serial[serial] for serial in self.cleaned_data.get("cartes", [])]

    def left_words(self, names: list[str]) -> str:
        """Say whose cards could not be declared; the others are."""
        return f"La carte de {', '.join(names)} n’est plus en service : elle n’a pas été déclarée."


def left_words(names: Sequence[str]) -> str:
    """Say whose cards could not be declared: one at least; those beside them are."""
    *before, last = names
    if not before:
        return f"La carte de {last} n’est plus en service\N{NO-BREAK SPACE}: elle n’a pas été déclarée."
    whose = f"{', '.join(before)} et {last}"
    return f"Les cartes de {whose} ne sont plus en service\N{NO-BREAK SPACE}: elles n’ont pas été déclarées."


class CodeForm(forms.Form):
    """The verification code of an attestation, typed or brought by the QR."""

    code = forms.CharField(
        label="Code de vérification",
        max_length=40,
        help_text=f"{CODE_LENGTH} lettres et chiffres, au bas de l’attestation. Les espaces ne comptent pas.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
        error_messages={"required": "Écrivez le code de l’attestation."},
    )
