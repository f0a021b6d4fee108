"""What holds of to-dos whatever is known of a patient."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.recurrence import local_day
from alerts.todos import KINDS, Todo, todos, upcoming
from patients.history import EventRecord, History, TreatmentRecord
from tests.alerts.rules.histories import WOMAN, event, history, on, person, series, treatment

DAYS = st.integers(0, 500)
CODES = ("HGB", "SPO2", "FE", "FVC", "DLCO", "CREA")
FINDINGS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "chest_xray": st.sampled_from([{}, {"new_foci": True}, {"foci_present": False}, {"zones": {"left_upper": "new"}}]),
    "sputum": st.sampled_from([{"siderophages": "absent"}, {"siderophages": "few"}, {"adequate": False}, {}]),
    "exacerbation": st.sampled_from([{"status": "confirmed"}, {"status": "rejected"}]),
    "remission": st.sampled_from([{}, {"complete": False}]),
    "hemoptysis": st.just({"amount": "streaks"}),
    "transfusion": st.just({"product": "red_cells"}),
}


@st.composite
def events(draw: st.DrawFn) -> list[EventRecord]:
    """Return events with ids of their own."""
    found = []
    for place in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(sorted(FINDINGS)))
        found.append(event(draw(DAYS), kind, id=100 + place, **draw(FINDINGS[kind])))
    return found


@st.composite
def treatments(draw: st.DrawFn) -> list[TreatmentRecord]:
    """Return steps of a plan and doses taken."""
    found = []
    for place in range(draw(st.integers(0, 5))):
        start, length = draw(DAYS), draw(st.none() | st.integers(0, 60))
        fields: dict[str, Any] = {"dose": draw(st.sampled_from([0.0, 5.0, 20.0, None])), "unit": "mg"}
        intent = draw(st.sampled_from(["planned", "taken"]))
        until = None if length is None else start + length
        found.append(
            replace(treatment(start, "prednisolone", until=until, intent=intent, plan="p", **fields), id=900 + place)
        )
    return found


@st.composite
def stories(draw: st.DrawFn) -> History:
    """Return a patient of whom some things are known."""
    several = []
    for code in draw(st.lists(st.sampled_from(CODES), unique=True)):
        days = draw(st.lists(DAYS, min_size=1, max_size=8))
        points = [(float(day), float(draw(st.integers(60, 140)))) for day in days]
        unconfirmed = draw(st.lists(st.sampled_from(range(len(points))), max_size=2, unique=True))
        several.append(series(points, code, unconfirmed=unconfirmed))
    patient = person(
        WOMAN,
        birth_date=draw(st.none() | st.dates(date(1940, 1, 1), date(2023, 1, 1))),
        time_zone=draw(st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns"])),
        death_date=draw(st.none() | DAYS.map(lambda day: on(day).date())),
        oximeter_at_home=draw(st.booleans()),
    )
    return history(
        *several, events=draw(events()), treatments=draw(treatments()), patient=patient, at=draw(st.integers(0, 900))
    )


def rank(todo: Todo) -> tuple[bool, date]:
    """Return what comes first: what is overdue, then what was due earlier, then what has no day."""
    return not todo.overdue, todo.due_on or date.max


@given(stories(), st.integers(0, 3))
def test_to_dos_are_due_in_order_and_each_named_once(known: History, held: int) -> None:
    found = todos(known, at=known.at, held_rows=held)
    today = local_day(known, known.at)
    assert list(map(rank, found)) == sorted(map(rank, found))
    assert all(one.due_on is None or one.due_on <= today for one in found)
    assert len({(one.kind, one.subject) for one in found}) == len(found)
    assert {one.kind for one in found} <= set(KINDS)
    assert ("held_rows" in {one.kind for one in found}) is (held > 0)
    assert all(one.words and not one.words.endswith(" ") for one in found)


@given(stories())
def test_what_is_overdue_was_due_before_today(known: History) -> None:
    today = local_day(known, known.at)
    assert all(one.due_on is not None and one.due_on < today for one in todos(known, at=known.at) if one.overdue)


@given(stories(), st.randoms(use_true_random=False))
def test_the_order_of_treatments_does_not_matter(known: History, chance: Any) -> None:
    shuffled = list(known.treatments)
    chance.shuffle(shuffled)
    assert todos(replace(known, treatments=tuple(shuffled)), at=known.at) == todos(known, at=known.at)


@given(stories())
def test_what_is_recorded_for_later_changes_nothing(known: History) -> None:
    ahead = event((known.at - on(0)).days + 5, "chest_xray", id=999, new_foci=True)
    later = (*known.events, ahead)
    assert todos(replace(known, events=later), at=known.at) == todos(known, at=known.at)


@given(stories())
def test_a_day_is_the_same_from_its_first_to_its_last_minute(known: History) -> None:
    settled = replace(known, at=on(1000))  # nothing recorded lies ahead
    zone_day = local_day(settled, settled.at)
    moments = [settled.at + timedelta(hours=hours) for hours in range(-24, 25)]
    same_day = [moment for moment in moments if local_day(settled, moment) == zone_day]
    assert len(same_day) >= 23
    first, last = (todos(settled, at=moment) for moment in (same_day[0], same_day[-1]))
    # a result may become too old for a repeat at any hour
    assert [one for one in first if one.kind != "repeat_hemoglobin"] == [
        one for one in last if one.kind != "repeat_hemoglobin"
    ]


@given(stories())
def test_a_test_is_ahead_or_due_and_never_both(known: History) -> None:
    due = {one.words.split("\u00a0")[0] for one in todos(known, at=known.at) if one.kind == "test"}
    for name, day in upcoming(known, at=known.at):
        assert day > local_day(known, known.at)
        assert not any(words.startswith(f"{name} ") for words in due)
