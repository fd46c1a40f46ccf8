"""Forms of the agents' desk: a declaration received, a form come back, the day's mail (F6, F10)."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Q

from accounts.models import Assure
from accounts.nir import Nir, NirError
from carte.eligibilite import Answer
from carte.enums import IdentiteNature, PieceKind
from carte.images import PictureRefused, read
from carte.models import Carte
from carte.papier import Formulaire
from carte.pieces import LONG_SIDES, limits_for
from declarations.enums import DeclarationChannel
from declarations.forms import FaitsForm
from declarations.models import PliPapier
from vitale_portal.dates import long_date, paris
from vitale_portal.forms import DayField, OneOfField
from vitale_portal.text import compact

FIRST_DAY = date(2000, 1, 1)  # no mail is older
RECEIVED_BY = [choice for choice in DeclarationChannel.choices if choice[0] != DeclarationChannel.ONLINE]


class CarteSearchForm(forms.Form):
    """Which card a person speaks of: his NIR, or the serial on the card."""

    text = forms.CharField(
        label="Numéro de sécurité sociale, ou numéro de série de la carte",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Écrivez l’un des deux numéros."},
    )

    @property
    def criteria(self) -> Q:
        """Which cards are meant; a NIR may be typed with or without its key (A1)."""
        text = self.cleaned_data["text"]
        found = Q(serial=compact(text))
        try:
            return found | Q(beneficiaire__nir=Nir.parse(text).value)
        except NirError:
            return found


class DeclarationEntryForm(FaitsForm):
    """A declaration received by post, at the counter or by telephone (F10)."""

    WORDS = {
        "kind": ("Nature", ""),
        "facts_on": ("Date des faits", ""),
        "circumstances": ("Circonstances", "Seul l’assuré les reverra."),
        "police_reference": ("Référence de la plainte, pour un vol", "Seul l’assuré la reverra."),
    }

    author = forms.ModelChoiceField(
        label="Déclarée par",
        queryset=Assure.objects.none(),
        empty_label=None,
        error_messages={
            "required": "Choisissez l’assuré qui déclare.",
            "invalid_choice": "Choisissez un assuré de la liste.",
        },
    )
    channel = forms.TypedChoiceField(
        label="Reçue",
        choices=RECEIVED_BY,
        coerce=DeclarationChannel,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Dites comment la déclaration est arrivée.",
            "invalid_choice": "Choisissez un canal de la liste.",
        },
    )
    field_order = ("author", "channel")

    def __init__(self, *args: Any, carte: Carte, holders: list[Assure], **kwargs: Any) -> None:
        self.carte = carte
        super().__init__(*args, **kwargs)
        author: Any = self.fields["author"]
        author.queryset = Assure.objects.filter(pk__in=[h.pk for h in holders]).select_related("beneficiaire")
        author.initial = holders[0]

    def refuse_date(self) -> None:
        """Say that the day is in the future, or before the card (F1)."""
        made = long_date(self.carte.made_on)
        self.add_error(
            "facts_on",
            f"La date des faits n’est ni à venir, ni antérieure à la carte, fabriquée le {made}.",
        )

    def refuse_carte(self) -> None:
        """Say that the card is not in use."""
        self.add_error(None, "Cette carte n’est pas en service : elle ne peut pas être déclarée.")


class VersionForm(forms.Form):
    """An action on the page the agent saw (D4)."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class PliCloseForm(VersionForm):
    """Closing a form that is no longer needed, and why."""

    reason = forms.CharField(label="Raison", max_length=200)


class PliReturnForm(VersionForm):
    """A form come back filled: its two scans, which document the second is, when it was signed (F6)."""

    photo = forms.FileField(
        label="Photo numérisée",
        allow_empty_file=True,
        error_messages={"required": "Choisissez le fichier de la photo."},
    )
    identite = forms.FileField(
        label="Pièce d’identité numérisée",
        allow_empty_file=True,
        error_messages={"required": "Choisissez le fichier de la pièce d’identité."},
    )
    nature = OneOfField(
        IdentiteNature, label="De quel document s’agit-il", missing="Dites de quel document il s’agit."
    )
    signed_on = DayField(label="Signé le")

    def __init__(self, *args: Any, pli: PliPapier, now: datetime, **kwargs: Any) -> None:
        self.regime = pli.assure.caisse.regime
        self.sent_on = paris(pli.sent_at).date() if pli.sent_at else None
        self.today = paris(now).date()
        super().__init__(*args, **kwargs)
        self.fields["signed_on"].widget.attrs["max"] = self.today.isoformat()

    def clean_photo(self) -> bytes:
        """Give the bytes of the photo, once the profile accepts them (P2)."""
        return self._accepted("photo", PieceKind.PHOTO)

    def clean_identite(self) -> bytes:
        """Give the bytes of the pièce d'identité, once the profile accepts them (P2)."""
        return self._accepted("identite", PieceKind.IDENTITE)

    def _accepted(self, name: str, kind: PieceKind) -> bytes:
        """Read a scan here, too, so that the faults of both stand each beside its field."""
        data: bytes = self.cleaned_data[name].read()
        try:
            read(data, limits=limits_for(self.regime, kind), long_side=LONG_SIDES[kind])
        except PictureRefused as refusal:
            raise forms.ValidationError([fault.sentence for fault in refusal.faults]) from refusal
        return data

    def clean_signed_on(self) -> date:
        """Check the day: not in the future, not before the form left."""
        day: date = self.cleaned_data["signed_on"]
        if day > self.today:
            raise forms.ValidationError(f"Le {long_date(day)} n’est pas encore passé.")
        if self.sent_on and day < self.sent_on:
            raise forms.ValidationError(
                f"Le formulaire est parti le {long_date(self.sent_on)} : il n’a pas pu être signé avant."
            )
        return day

    @property
    def formulaire(self) -> Formulaire:
        """What came back."""
        data = self.cleaned_data
        return Formulaire(
            photo=data["photo"],
            identite=data["identite"],
            nature=data["nature"],
            signed_on=data["signed_on"],
        )

    def refuse(self, answer: Answer) -> None:
        """Say which rules refuse the order (F6)."""
        rules = ", ".join(str(obstacle.regle.label) for obstacle in answer.obstacles)
        self.add_error(None, f"Le formulaire n’est pas enregistré : {rules}.")


class CourrierForm(forms.Form):
    """Which day's mail is printed (F6)."""

    jour = DayField(
        label="Jour",
        validators=[MinValueValidator(FIRST_DAY, "Aucun courrier n’est parti avant 2000.")],
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        self.today = paris(now).date()
        super().__init__(*args, **kwargs)
        self.fields["jour"].initial = self.today

    def clean_jour(self) -> date:
        """Check the day: not in the future."""
        day: date = self.cleaned_data["jour"]
        if day > self.today:
            raise forms.ValidationError(f"Le {long_date(day)} n’est pas encore passé.")
        return day
