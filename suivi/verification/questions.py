"""The table of questions, with the rule each one proves."""

from collections.abc import Callable, Iterator
from typing import Any

from carte.models import Carte, CarteEvent, Commande, CommandeEvent
from declarations.models import PliEvent, PliPapier
from suivi.verification import avis, etats, fichiers, temps, unicite
from suivi.verification.question import Anomaly, Find, Question, in_turn


def _timeless(find: Callable[..., Iterator[Anomaly]], *of: Any) -> Find:
    """Give a question that does not depend on the hour."""
    return lambda _now: find(*of)


def _of_each(find: Callable[..., Iterator[Anomaly]], *models: Any) -> Find:
    return in_turn(*(_timeless(find, model) for model in models))


STATEFUL = (Commande, Carte, PliPapier)
EVENTS = (CommandeEvent, CarteEvent, PliEvent)

QUESTIONS = (
    Question(
        "D1",
        "État et version de chaque ligne sont ceux de son dernier événement, numérotés sans trou",
        _of_each(etats.rows_follow_events, *STATEFUL),
    ),
    Question(
        "D1",
        "Chaque changement d’état est dans la table, fait par qui en a le droit",
        _of_each(etats.moves_are_in_the_table, *EVENTS),
    ),
    Question(
        "D1", "Chaque changement d’état part de celui d’avant", _of_each(etats.events_are_a_chain, *EVENTS)
    ),
    Question("E1", "Une commande ouverte par bénéficiaire", _timeless(unicite.one_open_order)),
    Question("6", "Une carte en service par bénéficiaire", _timeless(unicite.one_card_in_use)),
    Question("6", "Une carte en route par bénéficiaire", _timeless(unicite.one_card_in_transit)),
    Question(
        "D6",
        "Une carte par commande expédiée, dans un état qui va avec",
        _timeless(unicite.cards_follow_orders),
    ),
    Question(
        "8",
        "Un retour après la livraison suit une réception présumée",
        _timeless(unicite.returns_follow_presumptions),
    ),
    Question("D5", "Les lots sont numérotés sans trou", _timeless(unicite.lots_are_numbered)),
    Question("D5", "Chaque lot est tel qu’il a été scellé", _timeless(unicite.lots_are_sealed)),
    Question(
        "D1",
        "Un avis par événement qui en doit un, et un événement par avis",
        _timeless(avis.each_event_is_told_once),
    ),
    Question("10", "Un courriel par message", _timeless(avis.one_mail_a_message)),
    Question("10", "Rien avant l’heure pour les commandes", _timeless(temps.no_move_before_its_time)),
    Question("10", "Rien avant l’heure pour le courrier", _timeless(temps.nothing_told_before_its_time)),
    Question("10", "Rien en retard de plus de deux passages", temps.nothing_is_overdue),
    Question("10", "Aucune commande sans échéance", _timeless(temps.nothing_is_forgotten)),
)
# These open every file: they take as long as there are files.
FILE_QUESTIONS = (
    Question("P4", "Chaque page a son fichier, intact", _timeless(fichiers.each_page_has_its_file)),
    Question("P6", "Chaque fichier a sa page", fichiers.each_file_has_its_page),
)
