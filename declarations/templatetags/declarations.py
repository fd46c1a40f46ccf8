"""Declarations, for the page of a floor below that shows the cards."""

from collections.abc import Iterable, Mapping

from django import template

from carte.models import Carte
from declarations.models import Declaration

register = template.Library()


@register.simple_tag
def declarations_of(cartes: Iterable[Carte]) -> dict[int, Declaration]:
    """Give the declarations of some cards, by the key of the card, in one query."""
    return Declaration.objects.by_carte(cartes)


@register.filter
def of_carte(declared: Mapping[int, Declaration], carte: Carte) -> Declaration | None:
    """Give the declaration of a card, if it was declared."""
    return declared.get(carte.pk)
