"""Sections of the course beside printed examples, and what they refuse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.cases import computed, refused

lengths = st.lists(st.integers(28, 900), min_size=4, max_size=8)


def test_the_printed_example_of_the_e_handbook() -> None:
    """NIST/SEMATECH e-Handbook, power law: ten failures in 1500 hours, chi-square 37.23 with 20 degrees, unbiased beta 0.4835."""
    days = [5, 40, 43, 175, 389, 712, 747, 795, 1299, 1478]
    found = computed("trend", event_days=days, end_day=1500, truncation="time")
    assert found["mil_hdbk_chi2"] == pytest.approx(37.23, abs=0.005)
    assert found["mil_hdbk_df"] == 20
    assert found["crow_beta_unbiased"] == pytest.approx(0.483506, abs=5e-7)


def test_two_events_have_no_power_law() -> None:
    found = computed("trend", event_days=[400, 500], end_day=520, truncation="time")
    assert "laplace_u" in found
    assert "crow_beta" not in found


def test_a_clock_that_ends_with_an_event_does_not_count_it() -> None:
    days = [100, 250, 300]
    by_event = computed("trend", event_days=days, end_day=300, truncation="event")
    assert by_event["mil_hdbk_df"] == 4
    assert computed("trend", event_days=days, end_day=300, truncation="time")["mil_hdbk_df"] == 6


def test_four_falling_remissions_are_one_order_of_twenty_four() -> None:
    found = computed("mann_kendall_exact", remission_days=[400, 300, 200, 100])
    assert (found["kendall_s"], found["p_shortening_fraction"], found["tau"]) == (-6, "1/24", -1.0)


@given(lengths)
def test_turned_around_both_chances_change_places(days: list[int]) -> None:
    one, other = (computed("mann_kendall_exact", remission_days=order) for order in (days, days[::-1]))
    assert one["p_shortening"] == pytest.approx(other["p_lengthening"], rel=1e-12)
    assert one["kendall_s"] == -other["kendall_s"]


@given(lengths, st.floats(0, 400))
def test_days_that_have_passed_move_the_window_up(days: list[int], open_: float) -> None:
    found = computed("geometric_process", remission_days=days, days_open=open_)
    for name in ("low80_days", "median_days", "high80_days"):
        assert found[f"cond_{name}"] >= found[name] * (1 - 1e-9)
    assert found["cond_low80_days"] >= open_ * (1 - 1e-9)


def test_without_days_that_have_passed_there_is_one_window() -> None:
    found = computed("geometric_process", remission_days=[400, 310, 260, 190])
    assert not [key for key in found if key.startswith("cond_")]
    assert found["low80_days"] < found["median_days"] < found["high80_days"]


@given(st.lists(st.integers(28, 900), min_size=1, max_size=3), st.floats(100, 600))
def test_a_pooled_window_lies_around_its_median(days: list[int], clinic: float) -> None:
    found = computed("pooled_prediction", remission_days=days, clinic_median_days=clinic)
    assert found["low80_days"] * found["high80_days"] == pytest.approx(found["median_days"] ** 2, rel=1e-9)


def test_three_falling_remissions_are_a_note_and_never_a_warning() -> None:
    assert computed("shortening_rule", remission_days=[400, 300, 200]) == {"ratio": None, "p": None, "outcome": "note"}


def test_the_longest_remission_last_is_no_shortening() -> None:
    assert computed("shortening_rule", remission_days=[200, 180, 150, 900])["outcome"] == "none"


@pytest.mark.parametrize(
    ("section", "values", "reason"),
    [
        ("trend", {"event_days": [1, 2], "end_day": 3, "truncation": "never"}, "ends by time or with an event"),
        ("trend", {"event_days": [1, 5], "end_day": 3, "truncation": "time"}, "not after its end"),
        ("trend", {"event_days": [1, 2], "end_day": 3}, "truncation is missing"),
        ("geometric_process", {"remission_days": [400, 300]}, "remission_days is not a list of 3 or more"),
        ("pooled_prediction", {"remission_days": [400]}, "clinic_median_days is missing"),
    ],
)
def test_what_cannot_be_computed_is_refused(section: str, values: dict[str, Any], reason: str) -> None:
    assert reason in refused(section, **values)
