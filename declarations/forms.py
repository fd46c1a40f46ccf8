"""Forms of the floor ``declarations``."""

from datetime import date, datetime
from typing import Any

from django import forms

from carte.models import Carte
from declarations.declarer import Faits
from declarations.enums import DeclarationKind
from declarations.models.attestation import CODE_LENGTH
from vitale_portal.dates import long_date, paris


class DeclarationForm(forms.Form):
    """What happened, to which cards of the household, and when (F1)."""

    cartes = forms.MultipleChoiceField(
        label="Quelles cartes sont concernées ?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choisissez au moins une carte.",
            "invalid_choice": "Choisissez une carte de la liste.",
        },
    )
    kind = forms.ChoiceField(
        label="Que s’est-il passé ?",
        choices=DeclarationKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites ce qui s’est passé : perte, vol, casse ou dysfonctionnement."},
    )
    facts_on = forms.DateField(
        label="Quel jour ?",
        help_text="Si vous ne savez pas, le jour où vous vous en êtes rendu compte.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Écrivez le jour, comme 21/11/2026.",
            "invalid": "Écrivez une date comme 21/11/2026.",
        },
    )
    circumstances = forms.CharField(
        label="Circonstances",
        required=False,
        max_length=1000,
        help_text="Vous seul les reverrez ici.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    police_reference = forms.CharField(
        label="Référence de la plainte, pour un vol",
        required=False,
        max_length=60,
        help_text="Si vous avez porté plainte. Vous seul la reverrez ici.",
    )

    def __init__(self, *args: Any, cartes: list[Carte], now: datetime, **kwargs: Any) -> None:
        self.by_serial = {carte.serial: carte for carte in cartes}
        self.today = paris(now).date()
        super().__init__(*args, **kwargs)
        self.fields["cartes"].choices = [(c.serial, str(c.beneficiaire)) for c in cartes]  # type: ignore[attr-defined]
        self.fields["facts_on"].widget.attrs["max"] = self.today.isoformat()

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

    @property
    def faits(self) -> Faits:
        """What is declared."""
        data = self.cleaned_data
        return Faits(
            kind=DeclarationKind(data["kind"]),
            facts_on=data["facts_on"],
            circumstances=data["circumstances"],
            police_reference=data["police_reference"] if data["kind"] == DeclarationKind.VOL else "",
        )


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
