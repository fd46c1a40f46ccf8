"""Forms of the floor ``suivi``."""

from django import forms

from suivi.enums import Opinion
from suivi.models.satisfaction import COMMENT_MAX
from vitale_portal.forms import ParagraphField


class SatisfactionForm(forms.Form):
    """« Notez votre démarche »: two faces and, if wanted, a comment."""

    opinion = forms.TypedChoiceField(
        label="Comment cela s’est-il passé ?",
        choices=Opinion.choices,
        coerce=Opinion,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez l’un des deux visages.",
            "invalid_choice": "Choisissez l’un des deux visages.",
        },
    )
    comment = ParagraphField(
        label="Un commentaire",
        help_text=f"{COMMENT_MAX} caractères au plus, sans nom, numéro ni détail sur la santé.",
        required=False,
        max_length=COMMENT_MAX,
        rows=3,
    )
