"""Which results make a slope, and when it is a fall."""

from dataclasses import replace
from typing import Any

import pytest

from alerts.rules.results import hemoglobin
from alerts.rules.rule import Settings
from alerts.rules.sloping import SETTINGS, Slope, slope_at
from patients.history import History
from tests.alerts.rules.histories import Point, event, person, series
from tests.alerts.rules.histories import hemoglobin as known

CHOSEN: Settings = {one.name: one.default for one in SETTINGS} | {"result_age_days": 365, "result_age_child_days": 180}
FALLING = ((0.0, 128.0), (7.0, 126.0), (14.0, 125.0), (21.0, 121.0), (28.0, 118.0))
NB = "\u00a0"


def slope(seen: History, index: int = -1, **settings: float) -> Slope | None:
    """Return the slope that ends with a result, the newest unless told otherwise."""
    results = hemoglobin(seen, CHOSEN, seen.at)
    return slope_at(results, range(len(results))[index], {**CHOSEN, **settings})


def of(*points: Point, **fields: Any) -> Slope:
    """Return the slope of results, which must have one."""
    found = slope(known(*points, **fields))
    assert found is not None
    return found


def test_slope_and_chance_are_the_vectors() -> None:
    found = of(*FALLING)  # theil_sen-01: −10 g/L per 28 days, p = 1/120
    assert found.per_28_days == pytest.approx(-10)
    assert found.p_falling == pytest.approx(1 / 120)
    assert found.members == (0, 1, 2, 3, 4)
    assert found.falls(CHOSEN)


def test_steep_but_by_chance_is_no_fall() -> None:
    found = of((0, 130), (7, 120), (14, 128), (21, 116))
    assert found.per_28_days < -8
    assert found.p_falling == pytest.approx(4 / 24)  # of 24 orders one has 6 falling pairs, three have 5
    assert not found.falls(CHOSEN)


def test_certain_but_flat_is_no_fall() -> None:
    found = of((0, 128), (7, 127), (14, 126), (21, 125))
    assert (round(found.per_28_days, 6), round(found.p_falling, 6)) == (-4, round(1 / 24, 6))
    assert not found.falls(CHOSEN)
    assert found.falls({**CHOSEN, "slope_fall": 4})


@pytest.mark.parametrize(("fall", "counts"), [(8.0, True), (7.9, False)])
def test_eight_grams_in_28_days_is_the_limit(fall: float, counts: bool) -> None:
    points = [(7.0 * week, 130 - fall / 4 * week) for week in range(5)]
    assert of(*points).falls(CHOSEN) is counts


def test_too_few_or_too_close_results_have_no_slope() -> None:
    assert slope(known(*FALLING[:3])) is None
    assert slope(known((0, 128), (4, 126), (8, 124), (13, 122))) is None
    assert slope(known((0, 128), (4, 126), (8, 124), (14, 122))) is not None


def test_results_more_than_28_days_ago_do_not_count() -> None:
    assert of((-1, 140), *FALLING).members == (1, 2, 3, 4, 5)
    assert of((-1, 140), *FALLING, (35, 117)).members == (2, 3, 4, 5, 6)


def test_days_are_those_of_the_patients_calendar() -> None:
    early = (-0.3, 140.0)  # 0:48 by UTC, the evening before in New York
    assert len(of(early, *FALLING[1:]).members) == 5
    assert len(of(early, *FALLING[1:], patient=person(time_zone="America/New_York")).members) == 4


def test_of_one_day_the_lowest_counts() -> None:
    found = of(*FALLING[:4], (27.8, 150), (28, 118), (21.2, 135))
    assert found.per_28_days == pytest.approx(-10)
    assert len(found.members) == 5


def test_of_the_last_day_the_result_itself_counts() -> None:
    assert of(*FALLING[:4], (28, 110), (28.2, 118)).members == (0, 1, 2, 3, 5)


def test_a_transfusion_begins_anew() -> None:
    given = event(10, "transfusion", product="red_cells", units=1)
    seen = known(*FALLING, events=(given,))
    assert slope(seen) is None
    assert of(*FALLING, (31, 117), events=(given,)).members == (2, 3, 4, 5)
    plasma = event(10, "transfusion", product="other")
    assert slope(known(*FALLING, events=(plasma,))) is not None


def test_a_transfusion_after_the_result_changes_nothing() -> None:
    given = event(29, "transfusion", product="red_cells", units=1)
    seen = known(*FALLING, (35, 130), events=(given,))
    found = slope(seen, 4)
    assert found is not None
    assert found.members == (0, 1, 2, 3, 4)


def test_unconfirmed_results_count_only_as_the_one_asked_about() -> None:
    seen = known(*FALLING)
    for place, count in ((4, 5), (2, 4)):
        typed = replace(seen, series={"HGB": series(FALLING, unconfirmed=[place])})
        found = slope(typed)
        assert found is not None
        assert len(found.members) == count


def test_a_slope_in_words() -> None:
    assert of(*FALLING).words(CHOSEN) == (
        f"Theil–Sen slope of 5 results within 28{NB}days: −10{NB}g/L per 28{NB}days, Kendall p = 0.0083"
    )


def test_a_window_of_another_length_is_said_per_28_days_all_the_same() -> None:
    found = slope(known(*[(14.0 * place, 130.0 - place) for place in range(6)]), slope_days=56)
    assert found is not None
    assert found.per_28_days == pytest.approx(-2)
    assert len(found.members) == 5
