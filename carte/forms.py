"""Forms of the floor ``carte``."""

from typing import Any

from django import forms

from accounts.models import Beneficiaire, Regime
from accounts.models.saisine import WORDS_MAX
from carte.eligibilite import Facts
from carte.enums import IdentiteNature, SansPhotoReason, SignalementKind
from carte.images import PictureRefused
from carte.sans_photo import TEXT_MAX, TEXT_MIN, Explanation
from vitale_portal.forms import OneOfField, ParagraphField


def _spaced(number: int) -> str:
    """Write a number as people do: « 1 000 »."""
    return f"{number:_}".replace("_", "\N{NO-BREAK SPACE}")


class BeneficiaireForm(forms.Form):
    """Step 1: for whom. Only those attached to the assuré are choices (B1)."""

    beneficiaire = forms.ChoiceField(
        label="Pour qui est la carte",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez la personne à qui la carte est destinée.",
            "invalid_choice": "Choisissez une personne de la liste.",
        },
    )

    def __init__(self, *args: Any, household: list[Facts], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(facts.beneficiaire.reference, str(facts.beneficiaire)) for facts in household]
        self.fields["beneficiaire"].choices = choices  # type: ignore[attr-defined]

    def refuse(self, who: Beneficiaire) -> None:
        """Say that the rules refuse this choice; which ones is under the name."""
        self.add_error(
            "beneficiaire",
            f"La commande pour {who.prenom} n’est pas ouverte : la raison est écrite sous son nom.",
        )


class PieceForm(forms.Form):
    """Steps 2 and 3: a file chosen, or a picture taken. The size is judged with the rest, by the profile."""

    file = forms.FileField(label="Fichier", required=False, allow_empty_file=True)
    capture = forms.FileField(label="Photo prise maintenant", required=False, allow_empty_file=True)

    CLOSED = "Vos documents ne peuvent pas être déposés maintenant : la raison est écrite plus bas."

    def clean(self) -> dict[str, Any]:
        """One of the two, the file first."""
        data = super().clean() or {}
        if not (data.get("file") or data.get("capture")) and not self.errors:
            self.add_error("file", "Choisissez un fichier, ou prenez une photo.")
        return data

    def read(self) -> dict[str, Any]:
        """Give the bytes of what was sent, and its name."""
        sent = self.cleaned_data["file"] or self.cleaned_data["capture"]
        return {"data": sent.read(), "label": sent.name or ""}

    def refuse(self, refusal: PictureRefused) -> None:
        """Put each fault next to the field, in its own sentence (P2)."""
        for fault in refusal.faults:
            self.add_error("file", forms.ValidationError(fault.sentence, code=fault.code.value))

    def close(self) -> None:
        """Say that the rules take no document now; which ones is on the page."""
        self.add_error(None, self.CLOSED)


class NatureForm(forms.Form):
    """Step 3: which document it is."""

    nature = OneOfField(
        IdentiteNature, label="De quel document s’agit-il ?", missing="Dites de quel document il s’agit."
    )


class SansPhotoForm(forms.Form):
    """Step 2, when there can be no regular photo (P7)."""

    reason = OneOfField(
        SansPhotoReason,
        label="Pourquoi une photo conforme n’est-elle pas possible ?",
        missing="Choisissez la raison.",
    )
    text = ParagraphField(
        label="Votre explication",
        help_text=f"De {TEXT_MIN} à {_spaced(TEXT_MAX)} caractères. Dites ce qui empêche la photo.",
        min_length=TEXT_MIN,
        max_length=TEXT_MAX,
        rows=6,
        error_messages={"required": "Écrivez votre explication."},
    )

    @property
    def explanation(self) -> Explanation:
        """What was written, once valid."""
        return Explanation(**self.cleaned_data)

    def close(self) -> None:
        """Say that the rules take nothing now; which ones is on the page."""
        self.add_error(
            None, "Votre explication ne peut pas être enregistrée maintenant : la raison est écrite plus bas."
        )


class SignalementForm(forms.Form):
    """« Signaler une erreur »: which line of the card is wrong, and what it should say (section 6)."""

    kind = OneOfField(
        SignalementKind, label="Qu’est-ce qui est faux ?", missing="Choisissez ce qui est faux."
    )
    text = ParagraphField(
        label="Ce qu’il faudrait lire",
        help_text=f"{WORDS_MAX} caractères au plus. N’écrivez ni votre code ni vos coordonnées bancaires.",
        max_length=WORDS_MAX,
        rows=4,
        error_messages={"required": "Écrivez ce qu’il faudrait lire."},
    )

    def already_waiting(self) -> None:
        """Say that the same thing waits already."""
        self.add_error(
            "kind",
            "Vous avez déjà signalé cela : votre caisse s’en occupe. Choisissez autre chose, ou attendez.",
        )


class ValidationForm(forms.Form):
    """Step 4: the two ticks, both required (C1)."""

    adresse = forms.BooleanField(
        label="L’adresse d’envoi est la bonne.",
        error_messages={"required": "Cochez que l’adresse est la bonne, ou modifiez-la."},
    )
    statement = forms.BooleanField(
        label="J’atteste sur l’honneur que les informations et les documents sont exacts et sincères.",
        error_messages={"required": "Cochez l’attestation sur l’honneur pour envoyer la commande."},
    )

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    CHANGED = (
        "L’adresse ou un document a changé depuis que cette page est ouverte, et rien n’est envoyé. "
        "Vérifiez ce qui est affiché maintenant, puis validez."
    )

    def __init__(self, *args: Any, regime: Regime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["statement"].help_text = regime.statement_text

    def refuse(self) -> None:
        """Say that the rules refuse the sending; which ones is on the page (C5)."""
        self.add_error(
            None,
            "La commande n’a pas pu être envoyée : la raison est écrite plus bas. Votre brouillon est gardé.",
        )
