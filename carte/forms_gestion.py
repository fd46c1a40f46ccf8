"""Forms of the agents' desk: decisions on an order, opposition or return of a card."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms

from carte.cartes import HAND_BACK_REASONS, HandBackReason, OppositionReason
from carte.fabrication.acheminement import Word
from carte.fabrication.poste import shipped_at, words_on
from carte.models import Carte, Commande
from carte.motifs import MotifList, choices, encode, list_of
from vitale_portal.dates import long_date, paris
from vitale_portal.forms import DayField, OneOfField

# A key for each reason, in the order of its list; they sit side by side on a French keyboard.
KEYS = {MotifList.PHOTO: "zertyuiopfgh", MotifList.EXPLANATION: "z", MotifList.IDENTITE: "jklmwvbn"}
UNSEEN = -1


class VersionField(forms.IntegerField):
    """Which state of the order was on screen. What cannot be read is a version nobody saw."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> int:
        """Give the version, or one that no order is at."""
        text = str(value)
        return int(text) if text.isascii() and text.isdecimal() else UNSEEN


class DecisionForm(forms.Form):
    """A decision on the page the agent saw (D4). ``choice`` is what it adds for the one who acts on it."""

    version = VersionField()

    def __init__(self, *args: Any, commande: Commande, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = commande.version

    @property
    def choice(self) -> dict[str, Any]:
        """What was chosen, as the deciding function takes it."""
        return {}

    @property
    def reason(self) -> str:
        """What was chosen, as the event will keep it."""
        return ""


class AcceptForm(DecisionForm):
    """Accept: one tick, one button."""

    compared = forms.BooleanField(
        label="J’ai comparé les quatre points",
        error_messages={"required": "Comparez les quatre points, puis cochez."},
        widget=forms.CheckboxInput(attrs={"data-key": "c"}),
    )


class MotifBoxes(forms.CheckboxSelectMultiple):
    """Reasons to tick, spread over the page: each belongs to the form of the correction, and has a key."""

    def __init__(self, which: MotifList) -> None:
        super().__init__(attrs={"form": "correction"})
        self.keys = dict(zip((code for code, _ in choices(which)), KEYS[which], strict=True))

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Give an option its key."""
        option = super().create_option(name, value, *args, **kwargs)
        option["key"] = self.keys[value]
        option["attrs"]["data-key"] = option["key"]
        return option


class CorrectionForm(DecisionForm):
    """Ask again for pieces: the reasons ticked, piece by piece (D2, D3)."""

    def __init__(self, *args: Any, commande: Commande, **kwargs: Any) -> None:
        super().__init__(*args, commande=commande, **kwargs)
        self.lists = [list_of(piece) for piece in commande.current_pieces]
        for which in self.lists:
            self.fields[which.value] = forms.MultipleChoiceField(
                label=f"Ce qui ne va pas : {which.label.lower()}",
                choices=choices(which),
                widget=MotifBoxes(which),
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """One reason at least."""
        data = super().clean() or {}
        if not self.errors and not any(data.get(which.value) for which in self.lists):
            self.add_error(None, "Cochez au moins un motif sous la pièce à redemander.")
        return data

    @property
    def _chosen(self) -> dict[MotifList, list[str]]:
        return {which: self.cleaned_data[which.value] for which in self.lists}

    @property
    def choice(self) -> dict[str, Any]:
        """The reasons by list."""
        return {"motifs": self._chosen}

    @property
    def reason(self) -> str:
        """The codes, as the event keeps them."""
        return encode(self._chosen)


class MotifForm(DecisionForm):
    """A decision on the whole order: one reason of a list."""

    which: ClassVar[MotifList]

    motif = forms.ChoiceField(
        label="Motif", widget=forms.RadioSelect, error_messages={"required": "Choisissez un motif."}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif"].choices = choices(self.which)  # type: ignore[attr-defined]

    @property
    def choice(self) -> dict[str, Any]:
        """The code."""
        return {"motif": self.cleaned_data["motif"]}

    @property
    def reason(self) -> str:
        """The code, as the event keeps it."""
        return encode({self.which: [self.cleaned_data["motif"]]})


class RejectionForm(MotifForm):
    """Refuse the order for good."""

    which = MotifList.REJECTION
    prefix = "refus"


class CancellationForm(MotifForm):
    """Cancel the order."""

    which = MotifList.CANCELLATION
    prefix = "annulation"


class OppositionForm(forms.Form):
    """An agent's opposition: why, with a word that stays in the history of the card."""

    reason = OneOfField(
        OppositionReason, label="Raison", missing="Dites pourquoi : usage abusif, ou droits terminés."
    )
    detail = forms.CharField(
        label="Précision",
        max_length=160,
        required=False,
        help_text="Elle reste dans l’historique de la carte.",
    )


class HandBackForm(forms.Form):
    """A card handed back: why, among the reasons of its state, on the page the agent saw."""

    version = VersionField()
    reason = OneOfField(HandBackReason, label="Raison", missing="Dites pourquoi la carte est restituée.")

    def __init__(self, *args: Any, carte: Carte, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = carte.version
        reasons = HAND_BACK_REASONS.get(carte.state, ())
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            (reason.value, reason.label) for reason in reasons
        ]


class PostWordForm(DecisionForm):
    """What the post says of an order, and the day it was delivered."""

    said = forms.ChoiceField(
        label="Ce que dit la Poste",
        widget=forms.RadioSelect,
        error_messages={"required": "Dites si le courrier est remis ou revenu."},
    )
    on = DayField(
        label="Remis le",
        required=False,
        help_text="Pour un courrier remis. Laissez vide pour aujourd’hui.",
    )

    WORDS: ClassVar[Mapping[Word, str]] = {
        Word.DELIVERED: "Le courrier est remis : la carte est en service",
        Word.RETURNED: "Le courrier est revenu (NPAI) : l’adresse est marquée",
    }

    def __init__(self, *args: Any, commande: Commande, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, commande=commande, **kwargs)
        self.commande, self.today = commande, paris(now).date()
        self.words = words_on(commande)
        self.fields["said"].choices = [  # type: ignore[attr-defined]
            (word.value, self.WORDS[word]) for word in self.words
        ]
        if Word.DELIVERED not in self.words:
            self.fields["on"].widget = forms.HiddenInput()

    @property
    def seen(self) -> int:
        """The version that was on screen; one that no order is at when it can't be read."""
        return VersionField().clean(self.data.get("version"))

    @property
    def word(self) -> Word:
        """What the post said."""
        return Word(self.cleaned_data["said"])

    def clean_on(self) -> date | None:
        """From the day it was shipped to today."""
        day: date | None = self.cleaned_data["on"]
        if day is None or Word.DELIVERED not in self.words:
            return None
        left = paris(shipped_at(self.commande)).date()
        if not left <= day <= self.today:
            raise forms.ValidationError(
                f"Le courrier est parti le {long_date(left)} : donnez un jour entre celui-là et aujourd’hui."
            )
        return day


class LotAnswerForm(forms.Form):
    """The file of the production centre."""

    file = forms.FileField(
        label="Réponse du centre (fichier CSV)",
        max_length=None,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": "Choisissez le fichier du centre.",
            "missing": "Choisissez le fichier du centre.",
            "empty": "Ce fichier est vide.",
            "invalid": "Choisissez le fichier du centre.",
        },
    )
