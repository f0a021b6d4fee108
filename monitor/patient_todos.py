"""What is due for a patient as the patient page lists it: each item with the page on which it is done, for who may do it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.urls import reverse

from alerts.due import Todo
from alerts.monitoring import TESTS, Regular
from alerts.todos import todos
from monitor.episode_offers import address
from monitor.held_rows import Held
from patients.access import Asker, adding
from patients.history import History
from patients.models import Patient

REGULAR: Final[Mapping[str, Regular]] = {test.subject: test for test in TESTS}
EVENTS: Final[Mapping[str, str]] = {"control_film": "chest_xray", "repeat_sputum": "sputum", "tuberculin": "tuberculin"}
"""Of what ends as an event, its kind."""
FILMS: Final = frozenset({"film_conflict", "confirm_stage"})
"""Those about a film that a person looks at again."""
ASKED: Final = (
    ("upload", "read"),
    ("upload", "create"),
    ("observation", "correct"),
    ("dose", "add"),
    ("event", "add"),
    ("observation", "add"),
    ("episode", "confirm"),
    ("treatment", "change"),
    ("event", "edit"),
)
"""The rows of the matrix by which somebody may do what is due."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is done, what is done there, and the row of the matrix that says who may."""

    row: tuple[str, str]
    href: str
    act: str


@dataclass(frozen=True, slots=True)
class Item:
    """A to-do with the address of where it is done and what is done there; "" for who may not, and in the past."""

    todo: Todo
    href: str = ""
    act: str = ""


def listed(patient: Patient, asker: Asker, history: History, held: Held, *, past: bool) -> tuple[Item, ...]:
    """Return what is due at the moment of a history, what is overdue first; in the past nothing can be done about it."""
    found = todos(history, at=history.at, held_rows=held.count)
    if past:
        return tuple(Item(todo) for todo in found)
    may = {row for row in ASKED if asker.may(*row, patient)}
    places = (_place(todo, patient, history, held) for todo in found)
    return tuple(
        Item(todo, place.href, place.act) if place.row in may else Item(todo)
        for todo, place in zip(found, places, strict=True)
    )


def _place(todo: Todo, patient: Patient, history: History, held: Held) -> Place:
    """Return where a to-do is done."""
    if todo.kind == "upload":
        return Place(("upload", "create"), reverse("send", args=[patient.pk]), "Upload the file")
    if todo.kind == "held_rows":
        return Place(("upload", "read"), reverse("upload", args=[held.upload_id]), "Open the file")
    if todo.kind == "verify_value":
        fact = _newest_unconfirmed(history, todo.subject)
        return Place(("observation", "correct"), reverse("fact", args=[patient.pk, "observation", fact]), "Look at it")
    if todo.kind == "episode":
        return Place(("episode", "confirm"), address(patient, date.fromisoformat(todo.subject)), "Decide")
    if todo.kind == "decide_cortisol":
        return Place(("treatment", "change"), reverse("record-taper", args=[patient.pk]), "Look at the plan")
    if todo.kind == "confirm_step":
        return Place(("dose", "add"), reverse("record-dose", args=[patient.pk]), "Record what is taken")
    if todo.kind in FILMS:
        film = _now(history, todo.subject)
        return Place(("event", "edit"), reverse("fact", args=[patient.pk, "event", film]), "Look at it")
    if todo.kind == "screening":
        return Place(("event", "add"), reverse("record", args=[patient.pk]), "Record what was done")
    kind = EVENTS.get(todo.kind) or next(iter(REGULAR[todo.subject].kinds if todo.kind == "test" else ()), None)
    if kind is not None:
        return Place(adding(kind), reverse("record-event", args=[patient.pk, kind]), "Record it")
    return Place(("observation", "add"), reverse("record-results", args=[patient.pk]), "Record results")


def _now(history: History, origin: str) -> int:
    """Return the row that says what is known now of an event, by the row that named it first."""
    return next((one.id for one in history.events if str(one.origin) == origin), int(origin))


def _newest_unconfirmed(history: History, code: str) -> int:
    """Return the newest value of an analyte that waits to be verified."""
    series = history.get(code)
    return int(series.ids[series.unconfirmed & series.usable][-1])
