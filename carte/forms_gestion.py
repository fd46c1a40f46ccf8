"""Forms of the agents' desk about cards."""

from django import forms

from carte.cartes import OppositionReason


class OppositionForm(forms.Form):
    """An agent's opposition: why, with a word that stays in the history of the card."""

    reason = forms.ChoiceField(
        label="Raison",
        choices=OppositionReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites pourquoi : usage abusif, ou droits terminés."},
    )
    detail = forms.CharField(
        label="Précision",
        max_length=160,
        required=False,
        help_text="Elle reste dans l’historique de la carte.",
    )
