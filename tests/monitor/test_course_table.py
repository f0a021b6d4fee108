"""The course as a table: every line that the figure draws, newest first."""

from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.rule import Severity
from monitor.chart_frame import Band
from monitor.course import course_figure
from monitor.course_table import NBSP, CourseRow, course_rows
from patients.history import History
from tests.alerts.rules.histories import event, history, on, person, series, treatment
from tests.monitor.test_course import DRAWN, findings, full

BANDS = (Band(on(56), on(84), 124.0, 114.5, 133.5), Band(on(84), on(112), 122.0, 112.6, 131.4))


def rows(known: History, what: str) -> list[CourseRow]:
    """Return the lines about something, newest first."""
    return [row for row in course_rows(known, BANDS) if row.what == what]


def test_everything_that_the_figure_draws_is_there() -> None:
    said = {row.what for row in course_rows(full())}
    assert said == {
        "Hemoglobin", "Iron", "Ferritin", "Saturation", "FEV1", "FVC", "Prednisolone", "Hemoptysis", "Sputum", "Chest film",
        "Transfusion", "Exacerbation", "Remission",
    }  # fmt: skip


def test_the_newest_comes_first() -> None:
    found = course_rows(full())
    assert all(newer.at >= older.at for newer, older in pairwise(found))


def test_lines_of_one_moment_stand_by_name() -> None:
    known = history(series([(0, 9)], "FE"), series([(0, 120)]), series([(0, 40)], "FERRITIN"))
    assert [row.what for row in course_rows(known)] == ["Ferritin", "Hemoglobin", "Iron"]


def test_a_result_has_its_value_unit_and_what_is_to_be_known_of_it() -> None:
    known = history(series([(0, 120), (9, 240)], signs={1: ">"}, preliminary=[0], unconfirmed=[1]))
    newer, older = rows(known, "Hemoglobin")
    assert (newer.value, newer.unit, newer.comparator, newer.unconfirmed, newer.usable) == (240, "g/L", ">", True, True)
    assert (older.value, older.comparator, older.unconfirmed, older.usable) == (120, "", False, False)


@pytest.mark.parametrize(
    ("day", "note"),
    [
        (0, ""),
        (56, f"own baseline 124, limit 114.5{NBSP}g/L"),
        (83, f"own baseline 124, limit 114.5{NBSP}g/L"),
        (84, f"own baseline 122, limit 112.6{NBSP}g/L"),
        (113, ""),
    ],
)
def test_hemoglobin_stands_beside_the_limit_that_held(day: int, note: str) -> None:
    (row,) = rows(history(series([(day, 120)])), "Hemoglobin")
    assert row.note == note


def test_an_alert_is_named_on_the_result_that_it_rests_on() -> None:
    known = history(series([(0, 120), (9, 98)]))
    found = course_rows(known, grades={2: Severity.HIGH})
    assert [(row.value, row.severity) for row in found] == [(98, Severity.HIGH), (120, None)]


def test_a_computed_saturation_says_so() -> None:
    known = history(series([(0, 9)], "FE"), series([(0, 72)], "TIBC"))
    (row,) = rows(known, "Saturation")
    assert (row.value, row.unit, row.note) == (12.5, "%", "computed from iron and binding capacity")
    (reported,) = rows(history(series([(0, 13)], "TSAT")), "Saturation")
    assert reported.note == ""


def test_lung_function_is_in_liters_with_its_share_of_the_best() -> None:
    newer, older = rows(history(series([(0, 2.5), (90, 2.0)], "FEV1")), "FEV1")
    assert (newer.value, newer.unit, newer.note) == (2, "L", f"80{NBSP}% of own best")
    assert older.note == f"100{NBSP}% of own best"
    (alone,) = rows(history(series([(0, 2.5)], "FEV1", preliminary=[0])), "FEV1")
    assert alone.note == ""


def test_each_change_of_the_dose_is_a_line() -> None:
    known = history(
        treatments=[
            treatment(0, "prednisolone", until=9, dose=40.0, unit="mg"),
            treatment(20, "prednisolone", dose=30.0, unit="mg"),
            treatment(0, "prednisolone", dose=35.0, unit="mg", intent="planned", plan="p"),
        ],
        at=50,
    )
    found = [(row.value, row.words, row.note) for row in rows(known, "Prednisolone")]
    assert found == [
        (30, "", "a day, taken, from this day"),
        (None, "nothing known", "taken, from this day"),
        (40, "", "a day, taken, from this day"),
        (35, "", "a day, planned, from this day"),
    ]


def test_steps_to_come_are_there_too() -> None:
    known = history(treatments=[treatment(60, "prednisolone", dose=10.0, unit="mg", intent="planned", plan="p")], at=50)
    (row,) = rows(known, "Prednisolone")
    assert row.at > known.at


@pytest.mark.parametrize(
    ("kind", "said", "what", "words", "note"),
    [
        ("hemoptysis", {"amount": "streaks"}, "Hemoptysis", "streaks", ""),
        ("sputum", {"siderophages": "absent"}, "Sputum", "no siderophages", ""),
        ("chest_xray", {"stage": 2, "new_foci": True}, "Chest film", "stage II", "stage II, new foci"),
        ("chest_ct", {}, "Chest CT", "stage –", "no stage given"),
        ("transfusion", {"product": "red_cells", "units": 2}, "Transfusion", "2 units", ""),
        ("transfusion", {"product": "red_cells"}, "Transfusion", "amount unknown", ""),
        ("exacerbation", {"status": "confirmed"}, "Exacerbation", "15 days", "confirmed"),
    ],
)
def test_events_are_said_in_words(kind: str, said: dict[str, Any], what: str, words: str, note: str) -> None:
    (row,) = rows(history(events=[event(5, kind, **said)], at=10), what)
    assert (row.words, row.note, row.value) == (words, note, None)


def test_other_events_are_not_of_the_course() -> None:
    assert course_rows(history(events=[event(5, "ecg", t_flattened=True)], at=10)) == ()


def test_remissions_stand_at_their_first_day() -> None:
    known = full()
    (row,) = rows(known, "Remission")
    assert (row.at, row.words, row.note) == (on(60).replace(hour=0), "80+ days", "still open")


def test_days_begin_on_the_patients_clock() -> None:
    zone = "Asia/Tokyo"
    known = history(
        treatments=[treatment(5, "prednisolone", dose=5.0, unit="mg")], patient=person(time_zone=zone), at=10
    )
    (row,) = rows(known, "Prednisolone")
    local = row.at.astimezone(ZoneInfo(zone))
    assert (local.date(), local.hour) == (on(5).date(), 0)


def test_without_anything_there_is_no_line() -> None:
    assert course_rows(history()) == ()


@given(
    st.lists(
        st.sampled_from(DRAWN).flatmap(lambda kind: st.tuples(st.just(kind), st.integers(0, 200), findings(kind))),
        max_size=6,
    ),
    st.lists(st.tuples(st.integers(0, 200), st.floats(30, 200)), max_size=6),
)
def test_every_point_of_the_figure_has_its_line(
    events: list[tuple[str, int, dict[str, Any]]], results: list[tuple[int, float]]
) -> None:
    """The table is the figure's twin: whatever is drawn can be read."""
    made = [event(day, kind, id=place, **said) for place, (kind, day, said) in enumerate(events)]
    known = history(series(results), events=made, at=201)
    figure = course_figure(known)
    points = sum(len(trace["x"]) for trace in figure["data"]) + sum(
        shape["name"] in ("episode", "proposed") for shape in figure["layout"]["shapes"]
    )
    assert len(course_rows(known)) == points
