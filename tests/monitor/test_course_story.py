"""Whole courses made at random: figure, table and flowsheet tell the same story, whatever was recorded in whatever order."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.steroids import Level, at, before, planned_levels, taken_levels, thinned
from monitor.course import course_figure
from monitor.course_labs import own_best
from monitor.course_table import course_rows
from patients import amounts, dosing
from patients.history import History, TreatmentRecord
from tests.alerts.rules.histories import history, on, person, series, treatment
from tests.monitor.figures_read import Figure, panes, traces

DAYS = st.integers(0, 200)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"])
CODES = ("HGB", "FE", "TIBC", "TRANSFERRIN", "TSAT", "FERRITIN", "FVC", "FEV1")
NOW = 201


@st.composite
def treatments(draw: st.DrawFn) -> list[TreatmentRecord]:
    """Make steroids as people record them: overlapping, open, stopped, planned twice, given every other day, by other routes."""
    found = []
    for number in range(draw(st.integers(0, 10))):
        start, length = draw(DAYS), draw(st.one_of(st.none(), st.integers(0, 60)))
        planned = draw(st.booleans())
        one = treatment(
            start,
            draw(st.sampled_from(["prednisolone", "Prednisone 5 mg", "methylprednisolone", "azathioprine"])),
            until=None if length is None else start + length,
            route=draw(st.sampled_from(["oral", "", "inhaled"])),
            dose=draw(st.sampled_from([None, 0.0, 5.0, 12.5, 40.0, 1000.0])),
            unit=draw(st.sampled_from(["mg", "mg", "g", "tablets"])),
            every_days=draw(st.sampled_from([1.0, 1.0, 2.0, 0.5])),
            intent="planned" if planned else "taken",
            plan=draw(st.sampled_from(["first", "second"])) if planned else "",
        )
        found.append(replace(one, id=number + 1))
    return found


@st.composite
def stories(draw: st.DrawFn) -> History:
    """Make a patient with results of every drawn analyte, and steroids."""
    known = []
    for code in CODES:
        points = draw(st.lists(st.tuples(DAYS, st.floats(0.1, 300)), max_size=5, unique_by=lambda point: point[0]))
        doubtful = draw(st.lists(st.integers(0, 4), max_size=2))
        signs = {place: draw(st.sampled_from(["<", ">"])) for place in doubtful}
        known.append(series(points, code, preliminary=draw(st.lists(st.integers(0, 4), max_size=2)), signs=signs))
    patient = person(time_zone=draw(ZONES), sex=draw(st.sampled_from(["female", "male", ""])))
    return history(*known, treatments=draw(treatments()), patient=patient, at=NOW)


def drawn(figure: Figure, name: str) -> int:
    """Return how many points the traces of a name have."""
    return sum(len(one["x"]) for one in traces(figure, name))


@given(stories())
def test_every_result_is_drawn_and_can_be_read(known: History) -> None:
    figure = course_figure(known)
    lines = course_rows(known)
    for code, name in (("HGB", "Hemoglobin"), ("FE", "Iron"), ("FERRITIN", "Ferritin")):
        count = len(known.get(code))
        assert drawn(figure, name) == sum(row.what == name for row in lines) == count
    assert drawn(figure, "Saturation") == sum(row.what == "Saturation" for row in lines) >= len(known.get("TSAT"))
    for code in ("FEV1", "FVC"):
        best = own_best(known.get(code))
        assert sum(row.what == code for row in lines) == len(known.get(code))
        assert drawn(figure, code) == (0 if best is None else len(known.get(code)))


@given(stories())
def test_the_figure_is_whole_and_travels(known: History) -> None:
    figure = course_figure(known)
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure
    for one in figure["data"]:
        assert len(one["x"]) == len(one["y"]) > 0
        assert all(len(one[key]) == len(one["x"]) for key in ("text", "customdata") if key in one)
        assert None not in one["y"]
    assert panes(figure)[0] == "hb"
    assert len(panes(figure)) == len(set(panes(figure)))


@given(stories())
def test_time_runs_from_left_to_right_within_what_the_page_can_show(known: History) -> None:
    figure = course_figure(known)
    meta = figure["layout"]["meta"]
    assert meta["first"] < meta["today"] < meta["ahead"]
    assert meta["last"] is None or meta["first"] < meta["last"] <= meta["today"]
    for one in figure["data"]:
        times = one["base"] if one["type"] == "bar" else one["x"]  # bars say how long they are
        assert times == sorted(times)
        assert times[0] > meta["first"]


@given(treatments())
def test_the_levels_say_of_every_day_what_was_taken(rows: list[TreatmentRecord]) -> None:
    """Levels are asked for on days of change alone; between these nothing may have changed."""
    known = history(treatments=rows, at=NOW)
    levels = taken_levels(known)
    for number in range(0, NOW, 7):
        day = on(number).date()
        taken = dosing.taken_rows(known, day)
        assert at(levels, day) == (amounts.average(taken) if taken else None)


@given(treatments())
def test_the_levels_say_of_every_day_what_was_planned(rows: list[TreatmentRecord]) -> None:
    known = history(treatments=rows, at=NOW)
    levels = planned_levels(known)
    for number in range(0, NOW + 60, 9):
        day = on(number).date()
        step = dosing.step_on(known, day)
        assert at(levels, day) == (step.mg if step else None)


@given(treatments())
def test_levels_are_steps_and_begin_with_a_dose(rows: list[TreatmentRecord]) -> None:
    known = history(treatments=rows, at=NOW)
    for levels in (taken_levels(known), planned_levels(known)):
        assert all(earlier.day < later.day and earlier.mg != later.mg for earlier, later in pairwise(levels))
        assert not levels or levels[0].mg is not None
    assert all(level.day <= on(NOW).date() for level in taken_levels(known))


@given(treatments())
def test_thinning_is_done_once(rows: list[TreatmentRecord]) -> None:
    known = history(treatments=rows, at=NOW)
    once = thinned(known)
    assert thinned(once) == once
    assert len(once.treatments) <= len(rows)


levels_of = st.lists(st.tuples(DAYS, st.one_of(st.none(), st.floats(0, 60))), max_size=6, unique_by=lambda one: one[0])


@given(levels_of, levels_of, DAYS)
def test_the_dose_before_a_relapse_is_one_that_was_known(taken: Any, planned: Any, number: int) -> None:
    made = [[Level(on(day).date(), mg) for day, mg in sorted(one)] for one in (taken, planned)]
    day = on(number).date()
    found = before(made[0], made[1], day)
    near = {at(levels, one) for levels in made for one in (day, day - timedelta(days=1))}
    assert found in near | {None}
    yesterday = day - timedelta(days=1)
    assert (found is None) == (at(made[0], yesterday) is None and at(made[1], yesterday) is None)
