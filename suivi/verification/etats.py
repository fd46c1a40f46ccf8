"""States, versions and events: each row is where its events led it, by moves of the table (D1)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Case, Count, F, Max, Min, Model, Q, TextField, Value, When, Window
from django.db.models.functions import Coalesce, Lag

from suivi.verification.question import Anomaly, model_of, name_column, named, shown
from vitale_portal.transitions import Event, Stateful


def first_state(model: type[Model]) -> str:
    """Give the state a row is made in."""
    return str(model._meta.get_field("state").get_default())  # type: ignore[union-attr]  # noqa: SLF001


def rows_follow_events(model: type[Stateful]) -> Iterator[Anomaly]:
    """Tell the rows whose state or version is not that of their last event, or whose numbers have a hole."""
    name = name_column(model)
    rows: Any = model._base_manager.order_by().values_list(name, "state", "version")  # noqa: SLF001
    last = Q(events__number=F("version"))
    with_events = rows.annotate(
        count=Count("events"),
        first=Coalesce(Min("events__number"), 1),
        last=Coalesce(Max("events__number"), 0),
        led_to=Case(
            When(version=0, then=Value(first_state(model))),
            default=Max("events__to_state", filter=last),
            output_field=TextField(),
        ),
    )
    wrong = with_events.exclude(count=F("version"), first=1, last=F("version"), led_to=F("state"))
    for reference, state, version, count, first, last_number, led_to in wrong.iterator():
        yield Anomaly(
            named(model, reference),
            shown(led_to, "version", last_number, "numéros 1 à", version),
            shown(state, "version", version, count, "numéros de", first, "à", last_number),
        )


def moves_are_in_the_table(event: type[Event]) -> Iterator[Anomaly]:
    """Tell the events that made a move the table does not know, or by who may not make it."""
    model: Any = model_of(event)
    made = event._base_manager.order_by().values_list("from_state", "to_state", "actor").distinct()  # noqa: SLF001
    for before, after, actor in made:
        if actor in model.MOVES.get((before, after), ()):
            continue
        allowed = shown(*sorted(model.MOVES.get((before, after), ())))
        wrong = event._base_manager.filter(from_state=before, to_state=after, actor=actor)  # noqa: SLF001
        for reference, number in wrong.values_list(name_column(model, "subject__"), "number"):
            yield Anomaly(
                shown(named(model, reference), "n°", number),
                shown(before, "→", after, "par", allowed or None),
                shown("par", actor),
            )


def events_are_a_chain(event: type[Event]) -> Iterator[Anomaly]:
    """Tell the events that do not begin where the one before had led, or the first not at the start."""
    model = model_of(event)
    before = Window(
        Lag("to_state", default=Value(first_state(model))), partition_by="subject_id", order_by="number"
    )
    chained = event._base_manager.order_by().annotate(before=before)  # noqa: SLF001
    broken = chained.exclude(from_state=F("before"))
    names = (name_column(model, "subject__"), "number", "from_state", "before")
    for reference, number, found, expected in broken.values_list(*names):
        yield Anomaly(shown(named(model, reference), "n°", number), shown("de", expected), shown("de", found))
