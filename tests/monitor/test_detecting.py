"""Alarms beside known bleeds, counted by hand; intervals beside the formula for a proportion."""

from math import sqrt

import pytest

from monitor.detecting import AFTER, LEARNS, YEAR, Bleed, Counts, Detector, Watched, compare, ratio
from monitor.synthetic import FLOOR_DAYS, RECOVERY_AFTER
from tests.alerts.rules.histories import on


def bleed(onset: float, end: float, seen: float) -> Bleed:
    """Return a bleed by days."""
    return Bleed(on(onset), on(end), on(seen))


def life(*bleeds: Bleed, days: float = 800) -> Watched:
    """Return a life of so many days."""
    return Watched(on(0), on(days), bleeds)


FIRST, SECOND = bleed(100, 104, 110), bleed(200, 220, 230)


def found(*days: float, of: Watched | None = None) -> Counts:
    """Return what alarms on days found of two bleeds."""
    return compare([on(day) for day in days], life(FIRST, SECOND) if of is None else of)


def test_alarms_are_counted_by_the_bleed_to_which_they_belong() -> None:
    counts = found(240, 105, 120, 300, 95)
    assert (counts.bleeds, counts.early, counts.right, counts.wrong) == (2, 1, 3, 2)
    assert [*counts.delays] == [5, 40]
    assert counts.years == pytest.approx((800 - 90) / 365.25)


def test_silence_finds_nothing() -> None:
    assert found() == Counts(found().years, bleeds=2)


@pytest.mark.parametrize(
    ("day", "right", "wrong"),
    [(99.9, 0, 1), (100, 1, 0), (139, 1, 0), (139.1, 0, 1), (199.9, 0, 1), (200, 1, 0), (255, 1, 0), (255.1, 0, 1)],
)
def test_a_bleed_is_found_from_its_onset_to_35_days_after_its_end(day: float, right: int, wrong: int) -> None:
    counts = found(day)
    assert (counts.right, counts.wrong, len(counts.delays)) == (right, wrong, right)


@pytest.mark.parametrize(("day", "early"), [(109, 1), (110, 0), (111, 0)])
def test_early_is_before_a_physician_knew(day: float, early: int) -> None:
    assert found(day).early == early


def test_the_first_alarm_of_a_bleed_counts_for_delay_and_recognition() -> None:
    counts = found(130, 109, 112)
    assert (counts.delays, counts.early, counts.right) == ((9,), 1, 3)


def test_the_first_days_teach_a_baseline_and_are_not_judged() -> None:
    taught = life(bleed(40, 50, 45), FIRST)
    counts = found(10, 45, 89, of=taught)
    assert (counts.bleeds, counts.right, counts.wrong) == (1, 0, 0)
    late = life(bleed(80, 90, 85))
    assert found(90, 100, 125, of=late) == Counts(found(of=late).years), "its alarms are of a bleed, and nobody's fault"
    assert found(126, of=late).wrong == 1


def test_what_would_be_found_after_the_end_is_not_asked() -> None:
    ending = life(bleed(760, 765, 770), bleed(766, 770, 775), days=800)
    counts = found(761, 799, of=ending)
    assert (counts.bleeds, counts.right, counts.wrong, counts.delays) == (1, 2, 0, (1,))
    assert found(790, 801, of=life(bleed(766, 770, 775))) == Counts(found().years)


def test_a_life_that_is_too_short_says_nothing() -> None:
    for days in (0, 30, 90):
        assert found(20, 50, of=life(bleed(10, 12, 14), days=days)) == Counts(0.0)


def test_no_alarm_can_belong_to_two_invented_bleeds() -> None:
    assert AFTER.days == FLOOR_DAYS + RECOVERY_AFTER
    assert (LEARNS.days, YEAR.days) == (90, 365)


def test_a_ratio_is_of_sums_and_its_interval_is_of_patients() -> None:
    # draws of two patients: both the first (2/4), both the second (4/4), or one of each (3/4)
    assert ratio([1, 2], [2, 2]) == (0.75, 0.5, 1.0)
    assert ratio([1, 3], [1, 9]) == (0.4, 0.3333, 1.0)
    assert ratio([5], [10]) == (0.5, 0.5, 0.5)


def test_an_interval_is_as_wide_as_the_formula_says() -> None:
    value, low, high = ratio([1] * 60 + [0] * 140, [1] * 200)
    half = 1.96 * sqrt(0.3 * 0.7 / 200)  # Wald's interval of a proportion
    assert value == 0.3
    assert low == pytest.approx(0.3 - half, abs=0.01)
    assert high == pytest.approx(0.3 + half, abs=0.01)


def test_patients_whose_bleeds_are_alike_make_a_wider_interval() -> None:
    """Ten bleeds each of a hundred patients, all or none found: as wide as of a hundred bleeds, not of a thousand."""
    _, low, high = ratio([10] * 50 + [0] * 50, [10] * 100)
    half = 1.96 * sqrt(0.5 * 0.5 / 100)
    assert low is not None
    assert high is not None
    assert (high - low) / 2 == pytest.approx(half, abs=0.015)


def test_the_same_draws_each_time() -> None:
    tops, bottoms = [3, 0, 1, 2, 0, 5], [4, 1, 2, 2, 3, 7]
    assert ratio(tops, bottoms) == ratio(tops, bottoms)


def test_nothing_to_divide_by_is_no_number() -> None:
    assert ratio([], []) == ratio([0, 0], [0, 0]) == (None, None, None)
    assert ratio([1, 0], [1, 0]) == (1.0, 1.0, 1.0), "draws without anything are left out"


def test_a_row_of_the_document() -> None:
    first = Counts(2.0, bleeds=3, early=1, right=3, wrong=1, delays=(4.0, 10.0))
    second = Counts(3.0, bleeds=1, early=1, right=1, wrong=0, delays=(6.0,))
    row = Detector("hemoglobin_fall", "rule", [first, second]).as_json()
    assert (row["name"], row["family"], row["bleeds"]) == ("hemoglobin_fall", "rule", 4)
    assert (row["sensitivity"], row["sensitivity_low"], row["sensitivity_high"]) == (0.75, 0.6667, 1.0)
    # of 4, 6 and 10 days: the one in the middle, and 6 + 0.8 * 4
    assert (row["delay_median_days"], row["delay_p90_days"]) == (6.0, 9.2)
    assert row["before_recognition"] == 0.5
    assert (row["alerts_per_patient_year"], row["false_per_patient_year"], row["ppv"]) == (1.0, 0.2, 0.8)
    assert (row["false_per_patient_year_low"], row["false_per_patient_year_high"]) == (0.0, 0.5)


def test_who_never_gave_alarm_has_no_delay_and_no_predictive_value() -> None:
    row = Detector("severe_bleeding", "rule", [Counts(1.0, bleeds=2)]).as_json()
    assert (row["sensitivity"], row["alerts_per_patient_year"]) == (0, 0)
    assert {row[name] for name in ("delay_median_days", "delay_p90_days", "ppv", "ppv_low", "ppv_high")} == {None}
