"""Lanes: hemoptysis by amount, sputum by siderophages, films by stage, transfusions by units."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.chart_frame import INK, MARK, SURFACE
from monitor.course_lanes import film_words, given, lanes, looked, sputum_words, stage, transfusion_words
from monitor.course_strip import COLORS, PALE, Strip
from patients.event_kinds import kinds
from patients.history import EventRecord
from tests.alerts.rules.histories import event, history
from tests.monitor.figures_read import colors

BERLIN = ZoneInfo("Europe/Berlin")
EVERYTHING = (
    event(0, "hemoptysis", amount="streaks"),
    event(1, "sputum", siderophages="many"),
    event(2, "chest_xray", stage=2),
    event(3, "transfusion", product="red_cells", units=2),
)


def strips(*events: EventRecord) -> dict[str, Strip]:
    """Return the lanes of these events by their ids."""
    return {one.id: one for one in lanes(history(events=events, at=400), BERLIN)}


def only(*events: EventRecord) -> dict[str, Any]:
    """Return the only trace of the only lane."""
    (strip,) = strips(*events).values()
    (trace,) = strip.traces
    return trace


def test_lanes_stand_in_their_order_with_their_heights() -> None:
    found = strips(*reversed(EVERYTHING))
    assert [(one.id, one.name, one.height) for one in found.values()] == [
        ("hemo", "Hemoptysis", 22),
        ("sput", "Sputum", 22),
        ("film", "Chest film", 26),
        ("blood", "Transfusion", 22),
    ]
    assert found["film"].unit == "stage"


def test_a_lane_without_events_is_left_out() -> None:
    assert list(strips(EVERYTHING[1])) == ["sput"]
    assert strips(event(0, "ecg", t_flattened=True)) == {}


def test_marks_stand_on_one_line_at_the_patients_time() -> None:
    found = only(EVERYTHING[0], event(182, "hemoptysis", amount="massive"))
    assert (found["x"], found["y"]) == (["2024-01-01T09:00", "2024-07-01T10:00"], [0, 0])


def test_a_lane_has_no_numbers_beside_it() -> None:
    assert not any(
        one.axis["showticklabels"] or one.axis["showgrid"] or one.fit for one in strips(*EVERYTHING).values()
    )


def test_more_blood_is_a_larger_mark() -> None:
    amounts = ("streaks", "teaspoon", "moderate", "massive")
    sizes = only(*(event(day, "hemoptysis", amount=amount) for day, amount in enumerate(amounts)))["marker"]["size"]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 4


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ({"amount": "teaspoon"}, "teaspoon"),
        ({"amount": "moderate", "volume_ml": 40.0}, "moderate, 40 mL"),
        ({}, "amount unknown"),
        ({"amount": "<b>much</b>"}, "‹b›much‹/b›"),
    ],
)
def test_hemoptysis_says_its_amount(findings: dict[str, Any], words: str) -> None:
    found = only(event(0, "hemoptysis", **findings))
    assert found["text"] == [words]
    assert found["marker"]["size"][0] > 0


@pytest.mark.parametrize(
    ("findings", "kind", "symbol"),
    [
        ({"siderophages": "few"}, "found", "circle"),
        ({"siderophages": "many"}, "found", "circle"),
        ({"siderophages": "absent"}, "none", "circle-open"),
        ({"erythrocytes": "many"}, "unknown", "x-thin"),
        ({"siderophages": "absent", "adequate": False}, "unknown", "x-thin"),
        ({}, "unknown", "x-thin"),
    ],
)
def test_a_filled_sputum_is_one_with_siderophages(findings: dict[str, Any], kind: str, symbol: str) -> None:
    one = event(0, "sputum", **findings)
    assert looked(one) == kind
    assert only(one)["marker"]["symbol"] == symbol


@pytest.mark.parametrize("state", kinds()["sputum"].fields["siderophages"].allowed)
def test_every_state_that_can_be_recorded_is_found_or_not(state: str) -> None:
    assert looked(event(0, "sputum", siderophages=state)) in {"found", "none"}


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ({"siderophages": "many"}, "many siderophages"),
        ({"siderophages": "absent", "erythrocytes": "present"}, "no siderophages, red cells present"),
        ({"acid_fast_bacilli": "pcr_positive"}, "siderophages not examined, acid-fast bacilli pcr positive"),
        ({"siderophages": "few", "atypical_cells": "suspicious"}, "few siderophages, atypical cells suspicious"),
        ({"adequate": False, "siderophages": "many"}, "sample unfit"),
    ],
)
def test_sputum_says_what_it_showed(findings: dict[str, Any], words: str) -> None:
    assert sputum_words(event(0, "sputum", **findings)) == words


@pytest.mark.parametrize(
    ("number", "numeral", "fill", "ink"),
    [
        (0, "0", SURFACE, INK),
        (1, "I", PALE, INK),
        (2, "II", MARK, SURFACE),
        (4, "IV", MARK, SURFACE),
        (None, "–", SURFACE, INK),
    ],
)
def test_a_film_holds_its_stage(number: int | None, numeral: str, fill: str, ink: str) -> None:
    findings: dict[str, Any] = {} if number is None else {"stage": number}
    found = only(event(0, "chest_xray", **findings))
    assert (found["text"], found["mode"]) == ([numeral], "markers+text")
    assert (found["marker"]["color"], found["textfont"]["color"]) == ([fill], [ink])


@pytest.mark.parametrize("strange", [True, 7, -1, "II", 2.5])
def test_a_stage_that_is_none_is_a_dash(strange: object) -> None:
    assert stage(event(0, "chest_xray", stage=strange)) == "–"


def test_every_stage_that_can_be_recorded_has_a_numeral() -> None:
    allowed = kinds()["chest_xray"].fields["stage"].allowed
    assert [stage(event(0, "chest_xray", stage=number)) for number in allowed] == ["0", "I", "II", "III", "IV"]


def test_films_and_cts_share_a_lane_in_shapes_of_their_own() -> None:
    found = only(event(0, "chest_xray", stage=2), event(1, "chest_ct", stage=2))
    assert found["marker"]["symbol"] == ["square", "circle"]


@pytest.mark.parametrize(
    ("kind", "findings", "words"),
    [
        ("chest_xray", {"stage": 2, "new_foci": True}, "Film, stage II, new foci"),
        ("chest_ct", {"stage": 0, "cavity": False}, "CT, stage 0"),
        ("chest_xray", {"cavity": True, "pneumothorax": True}, "Film, no stage given, cavity, pneumothorax"),
    ],
)
def test_a_film_says_what_it_showed(kind: str, findings: dict[str, Any], words: str) -> None:
    assert film_words(event(0, kind, **findings)) == words
    assert only(event(0, kind, **findings))["customdata"] == [words]


@pytest.mark.parametrize(
    ("findings", "amount", "words"),
    [
        ({"product": "red_cells", "units": 1.0}, "1 unit", "Red cells, 1 unit"),
        ({"product": "red_cells", "units": 2, "volume_ml": 520}, "2 units", "Red cells, 2 units"),
        ({"product": "red_cells", "volume_ml": 180}, "180 mL", "Red cells, 180 mL"),
        ({"product": "other"}, "", "Other blood product"),
        ({}, "", "Red cells"),
    ],
)
def test_a_transfusion_says_how_much(findings: dict[str, Any], amount: str, words: str) -> None:
    one = event(0, "transfusion", **findings)
    assert (given(one), transfusion_words(one)) == (amount, words)
    assert only(one)["text"] == [amount]


def test_what_is_no_red_cells_is_hollow() -> None:
    found = only(event(0, "transfusion", product="other"), event(1, "transfusion", product="red_cells"))
    assert found["marker"]["symbol"] == ["square-open", "square"]


def test_every_color_has_a_token() -> None:
    assert colors([trace for one in strips(*EVERYTHING).values() for trace in one.traces]) <= set(COLORS)
