"""The whole course: which strips there are, on which axes, and that it is what Plotly and the page can read."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.rule import Severity
from monitor.chart_frame import Band
from monitor.charts import AlertMark
from monitor.course import AHEAD, AHEAD_OF_PLAN, course_figure
from monitor.course_strip import COLORS
from patients.event_kinds import kinds
from patients.history import History
from tests.alerts.rules.histories import STEADY, event, hemoglobin, history, on, person, series, treatment
from tests.monitor.figures_read import Figure, colors, names, notes, panes, shapes, texts, trace, traces, understood

EVENTS = (
    event(40, "exacerbation", status="confirmed", until=on(60).date().isoformat()),
    event(41, "hemoptysis", amount="teaspoon"),
    event(42, "sputum", siderophages="many"),
    event(43, "chest_xray", stage=2, new_foci=True),
    event(44, "transfusion", product="red_cells", units=1),
)
DOSES = (
    treatment(0, "prednisolone", until=44, dose=10.0, unit="mg"),
    treatment(45, "prednisolone", dose=40.0, unit="mg"),
    treatment(45, "prednisolone", until=199, dose=40.0, unit="mg", intent="planned", plan="p"),
)
BANDS = (Band(on(56), on(140), 124.0, 114.5, 133.5),)
MARKS = (AlertMark(on(84), 98.0, Severity.HIGH), AlertMark(on(112), 110.0, Severity.MODERATE))


def full() -> History:
    """Return a patient with something for every strip."""
    return history(
        series(STEADY),
        series([(0, 9), (100, 18)], "FE"),
        series([(0, 72), (100, 55)], "TIBC"),
        series([(0, 40), (100, 4)], "FERRITIN", signs={1: "<"}),
        series([(0, 2.5), (100, 2.25)], "FEV1"),
        series([(0, 3.0)], "FVC"),
        events=EVENTS,
        treatments=DOSES,
    )


def figure(known: History | None = None) -> Figure:
    """Return the figure of the full patient, or another, with bands and marks."""
    return course_figure(full() if known is None else known, BANDS, iter(MARKS), normal_from=120)


def test_the_full_course_has_eleven_strips_in_their_order() -> None:
    assert panes(figure()) == ["hb", "iron", "ferritin", "sat", "spiro", "pred", "hemo", "sput", "film", "blood", "rem"]


def test_strips_without_data_are_left_out_but_hemoglobin() -> None:
    assert panes(course_figure(history())) == ["hb"]
    assert panes(course_figure(history(series([(0, 9)], "FE")))) == ["hb", "iron"]
    assert panes(course_figure(history(events=EVENTS[2:3], at=50))) == ["hb", "sput"]


def test_the_figure_shrinks_with_its_strips() -> None:
    heights = [course_figure(known)["layout"]["height"] for known in (history(), hemoglobin(*STEADY), full())]
    assert heights[0] == heights[1] < heights[2]


def test_every_trace_stands_on_the_axis_of_its_strip() -> None:
    found = figure()
    axes = {pane["axis"].replace("axis", ""): pane["id"] for pane in found["layout"]["meta"]["panes"]}
    place = {one["name"]: axes[one.get("yaxis", "y")] for one in found["data"]}
    assert place["Hemoglobin"] == place["High alert"] == place["Own baseline band, upper"] == "hb"
    assert [place[name] for name in ("Iron", "Ferritin", "Saturation")] == ["iron", "ferritin", "sat"]
    assert place["FEV1"] == place["FVC"] == "spiro"
    assert place["Taken"] == place["Planned"] == place["Dose at relapse"] == "pred"
    assert [place[name] for name in ("Hemoptysis", "Sputum", "Chest film", "Transfusion")] == [
        "hemo",
        "sput",
        "film",
        "blood",
    ]
    assert place["Open remission"] == "rem"


def test_an_axis_that_no_strip_has_is_nowhere() -> None:
    found = figure(history(series([(0, 9)], "FE"), events=EVENTS[:1], at=90))
    known = {"y", *(pane["axis"].replace("axis", "") for pane in found["layout"]["meta"]["panes"])}
    used = {one.get("yaxis", "y") for one in found["data"]}
    used |= {shape["yref"] for shape in found["layout"]["shapes"] if shape["yref"] != "paper"}
    used |= {note["yref"] for note in found["layout"]["annotations"] if note["yref"] != "paper"}
    assert used <= known


def test_exacerbations_shade_every_strip() -> None:
    (area,) = shapes(figure(), "episode")
    assert (area["yref"], area["x0"][:10], area["x1"][:10]) == ("paper", "2024-02-10", "2024-03-02")
    assert shapes(figure(), "proposed") == []


def test_the_relapse_shows_its_dose() -> None:
    relapse = trace(figure(), "Dose at relapse")
    assert (relapse["x"], relapse["y"]) == (["2024-02-10T00:00"], [10])


def test_the_open_remission_counts_to_today() -> None:
    bars = trace(figure(), "Open remission")
    assert (bars["base"], bars["text"]) == (["2024-03-01T00:00"], ["80+"])


def proposed() -> History:
    """Return a patient with a proposed exacerbation after a remission, in a clinic that knows its remissions."""
    signs = (event(200, "chest_xray", id=7, new_foci=True), event(201, "hemoptysis", id=8, amount="teaspoon"))
    known = history(series(STEADY), events=[EVENTS[0], *signs], at=260)
    return replace(known, settings={"clinic_first_remission_days": 330.0})


def test_a_proposed_exacerbation_is_shaded_with_a_dotted_edge() -> None:
    drawn = course_figure(proposed())
    assert [area["x0"] for area in shapes(drawn, "proposed")] == ["2024-07-19T00:00"]
    assert {"episode", "proposed"} <= set(drawn["layout"]["meta"]["legend"])


def test_the_window_of_the_next_exacerbation_has_room_ahead() -> None:
    known = proposed()
    drawn = course_figure(known)
    first, _, last = trace(drawn, "Next exacerbation")["x"]
    assert drawn["layout"]["meta"]["today"] <= first < last
    ahead = (known.at + AHEAD_OF_PLAN).replace(tzinfo=None).isoformat(timespec="minutes")
    assert drawn["layout"]["meta"]["ahead"] == ahead
    assert understood(drawn)


def test_without_the_clinics_numbers_no_window_is_drawn() -> None:
    assert "Next exacerbation" not in names(course_figure(replace(proposed(), settings={})))


def test_the_reference_range_is_shaded_where_it_is_known() -> None:
    assert [area["y0"] for area in shapes(figure(), "reference")] == [120]
    assert shapes(course_figure(full()), "reference") == []


def test_the_page_learns_where_the_course_begins_and_ends() -> None:
    meta = figure()["layout"]["meta"]
    seen = full().at
    assert (meta["first"], meta["today"]) == ("2023-12-25T00:00", "2024-05-20T09:00")
    assert meta["last"] == "2024-05-20T08:00"
    assert meta["ahead"] == (seen + AHEAD_OF_PLAN).replace(tzinfo=None).isoformat(timespec="minutes")


def test_what_is_taken_is_taken_until_today() -> None:
    known = history(series(STEADY), treatments=DOSES[1:2], at=500)
    assert course_figure(known)["layout"]["meta"]["last"] == "2025-05-15T00:00"


def test_the_end_of_the_band_is_no_last_thing() -> None:
    """A band goes on to today; a patient who sent nothing for a year is shown where the last thing was."""
    known = hemoglobin(*STEADY, at=500)
    bands = (Band(on(56), on(500), 124.0, 114.5, 133.5),)
    meta = course_figure(known, bands)["layout"]["meta"]
    assert (meta["last"], meta["today"]) == ("2024-05-20T08:00", "2025-05-15T08:00")
    assert meta["ahead"] == (known.at + AHEAD).replace(tzinfo=None).isoformat(timespec="minutes")


def test_without_anything_the_course_is_the_last_year() -> None:
    meta = course_figure(history(at=366))["layout"]["meta"]
    assert (meta["first"], meta["last"], meta["today"]) == ("2024-01-02T08:00", None, "2025-01-01T08:00")


def test_what_is_explained_beside_the_figure_is_what_it_shows() -> None:
    assert figure()["layout"]["meta"]["legend"] == [
        "High alert", "Moderate alert", "Own baseline band, upper", "Planned", "Taken", "episode", "reference",
    ]  # fmt: skip
    assert course_figure(hemoglobin(*STEADY))["layout"]["meta"]["legend"] == []


def test_it_is_drawn_on_the_patients_clock() -> None:
    known = hemoglobin((0, 120), patient=person(time_zone="Asia/Tokyo"))
    assert trace(course_figure(known), "Hemoglobin")["x"] == ["2024-01-01T17:00"]


def test_a_patient_without_a_zone_is_drawn_in_utc() -> None:
    known = hemoglobin((0, 120), patient=person(time_zone=""))
    assert trace(course_figure(known), "Hemoglobin")["x"] == ["2024-01-01T08:00"]


def test_plotly_understands_every_property() -> None:
    found = figure()
    read = understood(found)
    assert [one["name"] for one in read["data"]] == names(found)
    assert read["layout"]["xaxis"]["type"] == "date"


def test_it_travels_as_plain_json() -> None:
    """No array object, no NaN: it is written into the page by json_script."""
    found = figure()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["config"] == {"displayModeBar": False, "responsive": False, "doubleClick": "reset"}


def test_labels_hold_no_markup_that_needs_a_style() -> None:
    """Markup in a label becomes a style attribute, which the security policy refuses (reliability: 4f)."""
    markup = [text for text in texts(figure()) if "<" in text.replace("<4 µg/L", "")]
    assert markup == []


def test_every_color_has_a_token_for_dark_and_print() -> None:
    found = figure()
    assert colors(found) <= set(COLORS)
    assert found["layout"]["meta"]["tokens"] == dict(COLORS)


def test_drawing_changes_nothing_and_says_the_same_again() -> None:
    known = full()
    before = {code: one.values.copy() for code, one in known.series.items()}
    assert figure(known) == figure(known)
    assert all((known.get(code).values == values).all() for code, values in before.items())


def test_no_result_is_left_out_of_ten_thousand() -> None:
    rng = np.random.default_rng(1)
    known = hemoglobin(*((float(hour) / 7, float(value)) for hour, value in enumerate(rng.normal(120, 5, 10_000))))
    found = course_figure(known)
    line = trace(found, "Hemoglobin")
    assert len(line["x"]) == len(line["y"]) == 10_000
    assert len(json.dumps(found)) < 350_000


def findings(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Make findings that may be recorded of a kind, and some that may not."""
    known = {
        "boolean": st.booleans(),
        "number": st.floats(0, 1e5),
        "text": st.text(max_size=9),
        "date": st.dates().map(str),
    }
    fields = {
        name: st.sampled_from(field.allowed) if field.type == "choice" else known.get(field.type, st.just({}))
        for name, field in kinds()[kind].fields.items()
    }
    return st.fixed_dictionaries({}, optional=fields)


DRAWN = ("hemoptysis", "sputum", "chest_xray", "chest_ct", "transfusion", "exacerbation", "remission")


@given(
    st.lists(
        st.sampled_from(DRAWN).flatmap(lambda kind: st.tuples(st.just(kind), st.integers(0, 200), findings(kind))),
        max_size=8,
    ),
    st.lists(st.tuples(st.integers(0, 200), st.floats(30, 200)), max_size=8),
)
def test_whatever_was_recorded_is_drawn(
    events: list[tuple[str, int, dict[str, Any]]], results: list[tuple[int, float]]
) -> None:
    made = [event(day, kind, id=place, **said) for place, (kind, day, said) in enumerate(events)]
    known = history(series(results), events=made, at=201)
    found = course_figure(known)
    assert json.dumps(found, allow_nan=False)
    assert len(trace(found, "Hemoglobin")["x"]) == len(results) if results else "Hemoglobin" not in names(found)
    drawn = sum(
        len(one["x"]) for name in ("Hemoptysis", "Sputum", "Chest film", "Transfusion") for one in traces(found, name)
    )
    assert drawn == sum(kind not in ("exacerbation", "remission") for kind, _, _ in events)


def test_the_names_of_the_lines_stand_in_the_strip() -> None:
    assert {note["text"] for note in notes(figure(), "tag")} == {"FEV1", "FVC"}
    assert date.fromisoformat(notes(figure(), "tag")[0]["x"][:10]) <= on(140).date()
