"""The signs of an exacerbation: which facts are one, with how many points, of which source."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from alerts.episodes import Sign, Span
from alerts.rules import hemoglobin_fall, support
from alerts.rules.evidence import ALL, decided, local_day, signs
from alerts.rules.results import hemoglobin
from patients.history import EventRecord, History, Series, TreatmentRecord
from tests.alerts.rules.histories import Point, event, history, on, person, series, treatment

SETTINGS = hemoglobin_fall.RULE.resolved({})
PURE_OXYGEN = series([(day, 97) for day in range(0, 50, 10)], "SPO2")


def of(known: History) -> list[Sign]:
    """Return the signs of a history."""
    return signs(hemoglobin(known, SETTINGS, known.at, also=support.CODES))


def said(
    *events: EventRecord, several: tuple[Series, ...] = (), at: float = 100, **fields: Any
) -> list[tuple[Any, ...]]:
    """Return day, points, source and words of the signs of events and results."""
    found = of(history(*several, events=events, at=at, **fields))
    return [((one.at - on(0)).days, one.points, one.source, one.words) for one in found]


def test_nobody_known_has_no_sign() -> None:
    assert of(history(at=50)) == []
    assert of(history(series([(0, 124), (7, 60)]), at=50)) == []  # one source alone is not looked at


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ({"amount": "streaks"}, []),
        ({"amount": "teaspoon"}, ["hemoptysis, teaspoon"]),
        ({"amount": "massive"}, ["hemoptysis, massive"]),
        ({"volume_ml": 4}, []),
        ({"volume_ml": 6}, ["hemoptysis, teaspoon"]),
    ],
)
def test_hemoptysis_counts_from_a_teaspoon_on(findings: dict[str, Any], words: list[str]) -> None:
    assert said(event(3, "hemoptysis", **findings)) == [(3, 2, "hemoptysis", one) for one in words]


def test_more_blood_than_the_time_before_counts() -> None:
    events = [event(day, "hemoptysis", id=day, amount="streaks", volume_ml=ml) for day, ml in ((1, 2), (2, 2), (3, 4))]
    assert said(*events) == [(3, 2, "hemoptysis", "hemoptysis, increased")]


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ({"new_foci": True, "stage": 2}, ["new foci"]),
        ({"zones": {"left_lower": "new"}}, ["new foci"]),
        ({"zones": {"left_lower": "persisting"}}, []),
        ({"stage": 3}, ["radiographic stage III"]),
        ({"stage": 3, "new_foci": True}, ["new foci"]),
        ({"stage": 2}, []),
        ({"stage": 4}, []),
    ],
)
@pytest.mark.parametrize("kind", ["chest_xray", "chest_ct"])
def test_films_count_with_new_foci_or_stage_three(kind: str, findings: dict[str, Any], words: list[str]) -> None:
    assert said(event(3, kind, **findings)) == [(3, 3, "film", one) for one in words]


def test_a_stage_three_that_stays_is_no_new_sign() -> None:
    films = [
        event(1, "chest_xray", id=1, stage=3),
        event(9, "chest_xray", id=9, stage=3),
        event(12, "chest_xray", id=12),
    ]
    again = [*films, event(30, "chest_xray", id=30, stage=1), event(60, "chest_xray", id=60, stage=3)]
    assert [day for day, *_ in said(*again)] == [1, 60]


def test_siderophages_count_after_an_examination_without_any() -> None:
    none: dict[str, Any] = {"siderophages": "absent"}
    many: dict[str, Any] = {"siderophages": "many"}
    assert said(event(5, "sputum", **many)) == []
    assert said(event(1, "sputum", id=1, **none), event(5, "sputum", id=2, **many)) == [
        (5, 1, "sputum", "siderophages after none")
    ]
    assert said(event(1, "sputum", id=1, **none), event(5, "sputum", id=2, siderophages="few")) == []
    assert said(event(1, "lavage", id=1, siderophages_percent=0), event(5, "sputum", id=2, **many)) != []
    unfit = event(1, "sputum", id=1, adequate=False, **none)
    assert said(unfit, event(5, "sputum", id=2, **many)) == []


@pytest.mark.parametrize(("found", "counts"), [("present", True), ("many", True), ("absent", False)])
def test_red_cells_in_sputum_count(found: str, *, counts: bool) -> None:
    assert said(event(5, "sputum", erythrocytes=found)) == ([(5, 1, "sputum", "red cells in sputum")] if counts else [])


def test_a_hemorrhagic_lavage_counts() -> None:
    assert said(event(5, "lavage", hemorrhagic=True)) == [(5, 3, "lavage", "hemorrhagic lavage")]
    assert said(event(5, "lavage", hemorrhagic=False, siderophages_percent=40)) == []


def test_a_new_need_for_oxygen_counts() -> None:
    assert said(event(5, "procedure", name="oxygen_started")) == [(5, 1, "oxygen", "oxygen started")]
    assert said(event(5, "procedure", name="oxygen_stopped")) == []


@pytest.mark.parametrize(("value", "counts"), [(93, True), (93.5, False), (90, True)])
def test_oxygen_saturation_counts_from_four_points_below_the_own_median(value: float, *, counts: bool) -> None:
    low = series([*((day, 97) for day in range(0, 50, 10)), (60, value)], "SPO2")
    assert said(several=(low,)) == ([(60, 1, "oxygen", "oxygen saturation fallen")] if counts else [])


def test_saturations_too_few_for_a_median_say_nothing() -> None:
    assert said(several=(series([(0, 97), (10, 97), (20, 97), (30, 97), (40, 90)], "SPO2"),)) == []
    assert said(several=(PURE_OXYGEN,)) == []


@pytest.mark.parametrize(
    ("counts", "red"),
    [(True, [(0, 124), (40, 118)]), (True, [(0, 124), (40, 124)]), (False, [(0, 118), (40, 124)]), (False, [(40, 118)]),
     (False, [(0, 124), (20, 118)])],
)  # fmt: skip
def test_reticulocytes_count_where_hemoglobin_does_not_rise(red: list[Point], *, counts: bool) -> None:
    raised = series([(40, 3.1)], "RETIC", first_id=50)
    words = [(40, 1, "reticulocytes", "reticulocytes raised, hemoglobin not")]
    assert said(several=(series(red), raised)) == (words if counts else [])


@pytest.mark.parametrize(("beside", "counts"), [(26, True), (25.9, False)])
def test_hemoglobin_beside_reticulocytes_is_14_days_old_at_most(beside: float, *, counts: bool) -> None:
    several = (series([(0, 124), (beside, 120)]), series([(40, 3.1)], "RETIC", first_id=50))
    assert bool(said(several=several)) is counts


def test_reticulocytes_half_above_the_own_count_too() -> None:
    own = series([(0, 0.9), (10, 1.0), (20, 1.1), (40, 1.5)], "RETIC", first_id=50)
    red = series([(0, 124), (40, 120)])
    assert [day for day, *_ in said(several=(red, own))] == [40]
    assert said(several=(red, replace(own, values=own.values * [1, 1, 1, 0.9]))) == []


def test_a_sharp_fall_counts_beside_another_sign() -> None:
    red = series([(0, 124), (7, 100)])
    assert said(event(8, "procedure", name="oxygen_started"), several=(red,)) == [
        (7, 3, "hemoglobin", "hemoglobin sharply fallen"),
        (8, 1, "oxygen", "oxygen started"),
    ]


def test_a_physicians_word_without_an_end_is_a_sign() -> None:
    assert said(event(5, "exacerbation", status="confirmed")) == [
        (5, 4, "physician", "exacerbation recorded by a physician")
    ]
    assert said(event(5, "exacerbation", status="confirmed", until="2024-02-01")) == []
    assert said(event(5, "exacerbation", status="rejected")) == []


def dose(day: int, mg: float | None, **fields: Any) -> TreatmentRecord:
    """Return prednisolone taken from a day on."""
    return replace(treatment(day, "prednisolone", dose=mg, unit="mg", **fields), id=700 + day)


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [(10, 30, True), (10, 15, True), (10, 14, False), (5, 7.5, False), (20, 25, False), (30, 10, False), (None, 30, False),
     (0, 5, True)],
)  # fmt: skip
def test_a_steroid_counts_that_is_raised_by_half_and_5_mg(before: float | None, after: float, *, counts: bool) -> None:
    rows = [dose(0, before, until=19), dose(20, after)]
    expected = (
        [(19, 2, "steroid", "steroid dose raised")] if counts else []
    )  # midnight is 8 hours before the story's hour
    assert said(treatments=rows) == expected


def test_the_first_steroid_known_is_no_increase() -> None:
    assert said(treatments=[dose(20, 40)]) == []
    assert said(treatments=[dose(0, 10, until=5), dose(20, 40)]) == []  # unknown between, never zero


def test_a_planned_increase_counts_on_its_day() -> None:
    rows = [dose(0, 10, until=19), dose(20, 30, intent="planned", plan="again")]
    assert said(treatments=rows, at=19) == []
    assert len(said(treatments=rows, at=21)) == 1


def test_an_inhaled_or_another_drug_is_no_steroid_raised() -> None:
    for drug, route in (("prednisolone", "inhaled"), ("azathioprine", "")):
        doses = ((0, 10), (20, 50))
        rows = [replace(treatment(day, drug, route=route, dose=mg, unit="mg"), id=day) for day, mg in doses]
        assert said(treatments=rows) == []


def test_what_lies_ahead_is_no_sign() -> None:
    assert said(event(5, "chest_xray", new_foci=True), at=4) == []
    low = series([*((day, 97) for day in range(0, 50, 10)), (60, 90)], "SPO2")
    assert said(several=(low,), at=59) == []


def test_a_sign_has_its_row_and_the_patients_day() -> None:
    late = event(0.6, "chest_xray", id=41, new_foci=True)  # 22:24 UTC
    (one,) = of(history(events=[late], at=5, patient=person(time_zone="Asia/Tokyo")))
    assert (one.kind, one.id, one.day) == ("event", 41, date(2024, 1, 2))


def test_what_a_physician_decided_spans_its_days() -> None:
    events = [
        event(0, "exacerbation", id=1, status="confirmed", until="2024-01-20"),
        event(50, "exacerbation", id=2, status="rejected", until="2024-02-25"),
        event(90, "exacerbation", id=3, status="rejected"),
        event(120, "exacerbation", id=4, status="confirmed"),
        event(300, "exacerbation", id=5, status="rejected"),
    ]
    known = history(events=events, at=200)
    assert decided(known, known.at.timestamp()) == [
        Span(date(2024, 1, 1), date(2024, 1, 20)),
        Span(date(2024, 2, 20), date(2024, 2, 25)),
        Span(date(2024, 3, 31), date(2024, 4, 14)),
    ]


def test_an_end_before_the_start_is_the_start() -> None:
    known = history(events=[event(10, "exacerbation", status="rejected", until="2024-01-02")], at=20)
    assert decided(known, known.at.timestamp()) == [Span(local_day(known, on(10)), local_day(known, on(10)))]


def test_settings_that_were_chosen_are_read() -> None:
    low = series([*((day, 97) for day in range(0, 50, 10)), (60, 94)], "SPO2")
    known = history(low, at=100)
    assert of(known) == []
    assert len(of(replace(known, settings={"oxygen_fall_points": 3}))) == 1


def test_every_number_has_a_source_and_lies_within_its_bounds() -> None:
    assert all(one.source and one.low <= one.default <= one.high for one in ALL)
