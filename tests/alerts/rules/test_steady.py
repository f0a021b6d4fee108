"""The walk: which results make the baseline that each result is compared with, and when a fall is over."""

from dataclasses import replace
from typing import Any

import pytest

from alerts.rules import hemoglobin_fall
from alerts.rules.hemoglobin_fall import steps
from alerts.rules.references import Reference
from alerts.rules.results import hemoglobin
from alerts.rules.steady import Walk, walk
from patients.history import EventRecord
from tests.alerts.rules.histories import CHILD, STEADY, WOMAN, Point, event, history, monthly, on, person, series
from tests.alerts.rules.histories import hemoglobin as known

SETTINGS = hemoglobin_fall.RULE.resolved({})
GIVEN = event(145, "transfusion", product="red_cells", units=2)


def walked(
    *points: Point, events: tuple[EventRecord, ...] = (), chosen: dict[str, float] | None = None, **fields: Any
) -> Walk:
    """Walk results."""
    seen = known(*points, events=events, **fields)
    settings = SETTINGS | (chosen or {})
    return steps(hemoglobin(seen, settings, seen.at), settings)


def last(path: Walk) -> Reference:
    """Return what the newest result was compared with."""
    reference = path.references[-1]
    assert reference is not None
    return reference


def days(path: Walk) -> list[int]:
    """Return the days of the results that the newest was compared with."""
    return [round((path.results.times[place] - on(0).timestamp()) / 86400) for place in last(path).members]


def test_the_first_result_is_compared_with_nothing() -> None:
    path = walked((0, 124))
    assert path.references == [None]
    assert not path.low


def test_one_or_two_steady_results_are_no_baseline() -> None:
    path = walked((0, 124), (28, 120), (56, 119))
    assert (last(path).kind, days(path)) == ("steady", [0, 28])
    assert last(path).point.value == 120
    assert last(path).point.k == 2


def test_from_three_on_the_median_counts_with_its_own_k() -> None:
    path = walked((0, 124), (28, 120), (56, 122), (84, 121))
    assert (last(path).kind, last(path).point.value) == ("baseline", 122)
    assert last(path).point.k == pytest.approx(4 / 3)


def test_a_result_is_not_part_of_its_own_baseline() -> None:
    path = walked(*STEADY)
    assert 140 not in days(path)


def test_the_last_six_before_the_last_four_weeks_are_used() -> None:
    path = walked(*monthly(*[124.0] * 12, every=14))
    assert days(path) == [56, 70, 84, 98, 112, 126]


def test_new_patients_need_not_wait_for_four_weeks() -> None:
    path = walked(*monthly(124, 125, 123, 124, 123, every=5))
    assert (last(path).kind, days(path)) == ("baseline", [0, 5, 10])


@pytest.mark.parametrize(("facts", "kind"), [({}, "baseline"), ({"patient": CHILD}, "previous")])
def test_results_age_sooner_in_children(facts: dict[str, Any], kind: str) -> None:
    path = walked(*monthly(124, 125, 123, every=20), (250, 122), **facts)
    assert last(path).kind == kind


def test_a_previous_result_is_never_too_old_and_its_age_counts_from_the_result_judged() -> None:
    path = walked((0, 130), (2000, 82), (2300, 81))
    assert [one.kind if one else None for one in path.references] == [None, "previous", "previous"]
    assert last(path).point.value == 82  # not seen for 90 days: let go
    assert last(walked((0, 130), (2000, 82), (2050, 81))).point.value == 130


def test_a_fall_keeps_its_baseline_still() -> None:
    path = walked(*STEADY, *monthly(100, 102, 104, 103, 105, start=168, every=14))
    assert path.low
    assert days(path) == [0, 28, 56, 84, 112, 140]


def test_results_of_a_fall_never_enter_the_baseline() -> None:
    path = walked(*STEADY, (168, 100), (182, 108), (196, 121), (210, 122), (238, 123), (266, 124))
    assert not path.unrecovered
    assert days(path) == [84, 112, 140, 196, 210, 238]


def test_not_even_an_isolated_low_result_that_raised_stays_in() -> None:
    path = walked(*STEADY, (168, 113), (182, 121), (196, 122), (224, 123), (252, 124))
    assert not {168} & set(days(path))
    assert {182, 196, 224} <= set(days(path))


def test_after_a_lasting_rise_only_what_follows_it_makes_the_baseline() -> None:
    path = walked(*monthly(90, 91, 89, 90, 118, 121, 119, 120, 119))
    assert days(path) == [112, 140, 168, 196]
    assert last(path).values == [118, 121, 119, 120]
    assert days(walked(*monthly(90, 91, 89, 90, 118, 121, 119))) == [0, 28, 56, 84, 112, 140]


def test_low_results_since_the_fall_began_and_where_the_bout_began() -> None:
    path = walked(*STEADY, (168, 100), (175, 121), (178, 101), (180, 116))
    assert (path.lows, path.since, path.shown) == ([6, 8], 8, 8)
    over = walked(*STEADY, (168, 100), (175, 121), (182, 122))
    assert (over.lows, over.shown) == ([], None)


def test_below_the_95_percent_limit_alone_is_steady() -> None:
    path = walked(*STEADY, (168, 116), (196, 124), (224, 124))
    assert not path.unrecovered
    assert 168 in days(path)


def test_two_results_seven_days_apart_end_a_fall() -> None:
    fallen = (*STEADY, (168, 100))
    assert walked(*fallen, (175, 121)).unrecovered
    assert walked(*fallen, (175, 121), (181, 122)).unrecovered
    assert not walked(*fallen, (175, 121), (182, 122)).unrecovered


def test_days_between_are_those_of_the_patients_calendar() -> None:
    weekly = ((175.0, 121.0), (181.8, 122.0))  # at 8:00, and a week later at 3:12
    assert not walked(*STEADY, (168, 100), *weekly).unrecovered
    assert walked(*STEADY, (168, 100), *weekly, patient=person(WOMAN, time_zone="America/New_York")).unrecovered


def test_a_low_result_between_starts_the_count_again() -> None:
    path = walked(*STEADY, (168, 100), (175, 121), (178, 116), (182, 122))
    assert path.unrecovered
    assert [path.results.times[place] for place in path.run] == [on(182).timestamp()]


def test_unconfirmed_results_end_no_fall_and_make_no_baseline() -> None:
    points = (*STEADY, (168.0, 100.0), (175.0, 121.0), (182.0, 122.0))
    seen = known(*points)
    typed = replace(seen, series={"HGB": series(points, unconfirmed=[7, 8])})
    assert not steps(hemoglobin(seen, SETTINGS, seen.at), SETTINGS).unrecovered
    assert steps(hemoglobin(typed, SETTINGS, typed.at), SETTINGS).unrecovered


def test_for_30_days_after_a_transfusion_nothing_ends_a_fall() -> None:
    fallen = (*STEADY, (142, 100))
    assert walked(*fallen, (160, 121), (174, 122), events=(GIVEN,)).unrecovered
    assert walked(*fallen, (160, 121), (176, 122), events=(GIVEN,)).unrecovered
    assert not walked(*fallen, (160, 121), (176, 122), (183, 122), events=(GIVEN,)).unrecovered


def test_after_a_transfusion_the_baseline_stands_still_for_120_days() -> None:
    path = walked(*STEADY, *monthly(122, 121, 122, 123, start=150), events=(GIVEN,))
    assert days(path) == [0, 28, 56, 84, 112]
    later = walked(*STEADY, *monthly(*[122] * 9, start=150), events=(GIVEN,))
    assert days(later)[-2:] == [318, 346]


def test_an_exacerbation_and_the_weeks_before_it_stay_out() -> None:
    bout = event(160, "exacerbation", status="confirmed", until=str(on(170).date()))
    path = walked(*STEADY, (165, 118), (175, 118), (200, 118.5), (228, 124), (256, 124), (300, 124), events=(bout,))
    assert not {140, 165} & set(days(path))
    assert {175, 200, 228} <= set(days(path))


def test_its_recovery_stays_out_until_a_result_is_back_above_the_limit() -> None:
    bout = event(160, "exacerbation", status="confirmed", until=str(on(170).date()))
    path = walked(*STEADY, (172, 116), (180, 116.5), (190, 121), (260, 124), events=(bout,))
    assert not {172, 180} & set(days(path))
    assert 190 in days(path)


def test_a_fall_not_seen_for_90_days_lets_its_baseline_go_but_is_not_recovered() -> None:
    path = walked(*STEADY, (168, 110), (196, 116), (230, 116.5), (262, 116), (290, 116), (318, 116))
    assert path.fall is None
    assert path.shown is None
    assert path.unrecovered
    assert {262, 290} <= set(days(path))


def test_a_baseline_that_stands_still_is_dropped_when_it_is_too_old() -> None:
    lasting = monthly(*[100.0] * 8, start=168)
    child = walked(*STEADY, *lasting, patient=CHILD)
    adult = walked(*STEADY, *lasting)
    assert days(adult) == [0, 28, 56, 84, 112, 140]
    assert adult.low
    assert not child.low
    assert child.unrecovered
    assert child.shown is not None
    assert not walked(*STEADY, *monthly(*[100.0] * 12, start=168), patient=CHILD).unrecovered


def test_a_trimester_has_its_own_baseline() -> None:
    seen = known(*STEADY, (168, 112), (178, 111))
    before = replace(seen.patient, pregnancies=((on(150).date(), None),))
    expecting = replace(seen, patient=before)
    path = steps(hemoglobin(expecting, SETTINGS, expecting.at), SETTINGS)
    first, second = path.references[-2], path.references[-1]
    assert first is not None
    assert second is not None
    assert (first.kind, first.point.value, second.members) == ("baseline", 124, first.members)
    assert first.point.shift == 110 / 120  # WHO: no anemia from 110 g/L in the first trimester, from 120 before
    assert not path.low


def test_support_is_asked_for_only_where_it_decides() -> None:
    asked: list[int] = []

    def supported(index: int) -> bool:
        asked.append(index)
        return False

    seen = history(series([*STEADY, (168, 116), (196, 100), (224, 124)]))
    walk(hemoglobin(seen, SETTINGS, seen.at), SETTINGS, supported)
    assert asked == [6]


def test_a_recovery_goes_on_until_the_fall_is_over() -> None:
    path = walked(*STEADY, (168, 100), (175, 110), (182, 121), (189, 122), (200, 123))
    assert path.falling == [*[False] * 6, True, True, False, False, False]
    assert path.recovering == [*[False] * 6, True, True, True, False, False]


def test_or_120_days_after_a_transfusion() -> None:
    path = walked(*STEADY, (150, 122), (264, 122), (266, 122), events=(GIVEN,))
    assert path.recovering == [*[False] * 6, True, True, False]


def test_or_until_hemoglobin_is_back_after_an_exacerbation() -> None:
    bout = event(160, "exacerbation", status="confirmed", until=str(on(170).date()))
    path = walked(*STEADY, (165, 118), (175, 116.5), (185, 121), (200, 116.9), events=(bout,))
    assert path.recovering[6:] == [False, True, False, False]
    unknown = walked((165, 118), (175, 116), (190, 121), (270, 121), events=(bout,))
    assert unknown.recovering == [False, True, True, False]  # nothing to be back at: 90 days
