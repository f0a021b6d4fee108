"""Reference change, personal variation and set point against the clinical vectors, and by what must hold for every series."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.trends import (
    LEAST_FOR_PERSONAL,
    TWO_RESULTS,
    Z95,
    Z99,
    Variation,
    Windows,
    chosen,
    drift_limit,
    log_sigma,
    median,
    personal_cvi,
    present_from,
    reference_change_value,
    set_point,
    symmetric_change_value,
    widened,
)
from tests.alerts.vectors import cases, named, section

USUAL = Variation(cva=0.014, cvi=0.028, cap=0.06)
WINDOWS = Windows(last=6, least=3, gap=28)
RCV, PERSONAL, WATCH = (cases(name) for name in ("rcv", "personal_cvi", "hemoglobin_watch"))
values = st.lists(st.floats(60, 180), min_size=1, max_size=12)
fractions = st.floats(0.001, 0.4)


def near(expected: float, name: str = "rcv") -> Any:
    """Return what a vector expects, with the tolerance of its section."""
    return pytest.approx(expected, rel=section(name)["tolerance"], abs=section(name)["tolerance"])


def of(case: dict[str, Any]) -> tuple[float, float, float, float]:
    """Return z, k, cva and cvi of a case."""
    return (
        case.get("z", section("rcv")["z_one_sided_95"]),
        case["k"],
        case["cva_percent"] / 100,
        case["cvi_percent"] / 100,
    )


@pytest.mark.parametrize("case", RCV, ids=named)
def test_log_normal_change_is_the_vector(case: dict[str, Any]) -> None:
    z, k, cva, cvi = of(case)
    down, up = reference_change_value(z, k, log_sigma(cva, cvi))
    assert 100 * (down - 1) == near(case["down_percent"])
    assert 100 * (up - 1) == near(case["up_percent"])


@pytest.mark.parametrize("case", RCV, ids=named)
def test_symmetric_change_is_the_vector(case: dict[str, Any]) -> None:
    assert 100 * symmetric_change_value(*of(case)) == near(case["symmetric_percent"])


@pytest.mark.parametrize("case", [case for case in RCV if "result" in case], ids=named)
def test_what_the_vector_calls_a_fall_is_below_the_limit(case: dict[str, Any]) -> None:
    z, k, cva, cvi = of(case)
    limit = case["baseline"] * reference_change_value(z, k, log_sigma(cva, cvi))[0]
    assert (case["result"] < limit) is case["fall_significant"]


@pytest.mark.parametrize(
    ("n", "at_95", "at_99", "limit95", "limit99"),
    [(2, 7.0, 9.8, 120.9, 117.3), (3, 5.8, 8.1, 122.5, 119.5), (5, 5.5, 7.7, 122.9, 120.0)],
)
def test_limits_of_the_specification_s_table(
    n: int, at_95: float, at_99: float, limit95: float, limit99: float
) -> None:
    point = set_point([130.0] * (1 if n == 2 else n), USUAL)
    assert round(100 * (1 - point.limit95 / 130), 1) == at_95
    assert round(100 * (1 - point.limit99 / 130), 1) == at_99
    assert (round(point.limit95, 1), round(point.limit99, 1)) == (limit95, limit99)


def test_z_are_the_one_sided_points_of_the_normal_distribution() -> None:
    for z, share in ((Z95, 0.95), (Z99, 0.99)):
        assert 0.5 * (1 + math.erf(z / math.sqrt(2))) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("case", PERSONAL, ids=named)
def test_personal_variation_is_the_vector(case: dict[str, Any]) -> None:
    assert personal_cvi(case["steady_results"], USUAL) == near(case["cvi_used"], "personal_cvi")


@given(values)
def test_personal_variation_only_widens_and_is_capped(found: list[float]) -> None:
    used = personal_cvi(found, USUAL)
    assert USUAL.cvi <= used <= USUAL.cap
    if len(found) < LEAST_FOR_PERSONAL:
        assert used == USUAL.cvi


@given(st.lists(st.floats(60, 180), min_size=6, max_size=10), st.sampled_from([0.5, 2.0, 10.0]))
def test_personal_variation_knows_no_unit(found: list[float], factor: float) -> None:
    assert personal_cvi([one * factor for one in found], USUAL) == pytest.approx(personal_cvi(found, USUAL), rel=1e-9)


def test_a_published_variation_above_the_cap_is_used_as_it_is() -> None:
    wild = Variation(cva=0.014, cvi=0.08, cap=0.06)
    assert personal_cvi([100, 130, 100, 130, 100, 130], wild) == 0.08


@pytest.mark.parametrize("case", WATCH, ids=named)
def test_set_point_is_the_vector(case: dict[str, Any]) -> None:
    point = set_point(case["baseline"][-6:], USUAL)
    assert point.n == case["n_used"]
    assert point.value == near(case["baseline_value"], "hemoglobin_watch")
    assert point.limit95 == near(case["limit95"], "hemoglobin_watch")
    assert point.limit99 == near(case["limit99"], "hemoglobin_watch")


def test_one_or_two_results_are_compared_as_two_results_against_the_newest() -> None:
    point = set_point([122, 131], USUAL)
    assert (point.value, point.n, point.k) == (131, 1, TWO_RESULTS)


def test_a_set_point_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs a result"):
        set_point([], USUAL)


@given(values, st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_a_set_point_scales_with_its_results(found: list[float], factor: float) -> None:
    plain, scaled = set_point(found, USUAL), set_point([one * factor for one in found], USUAL)
    assert scaled.value == pytest.approx(plain.value * factor, rel=1e-12)
    assert scaled.limit99 == pytest.approx(plain.limit99 * factor, rel=1e-9)


@given(values)
def test_limits_lie_in_order_below_the_set_point(found: list[float]) -> None:
    point = set_point(found, USUAL)
    assert 0 < point.limit99 < point.limit95 < point.value


@pytest.mark.parametrize(
    ("found", "place"),
    [
        ([90, 91, 89, 118, 121, 119], 3),
        ([88, 91, 118, 121, 119, 120], 2),  # the widest rise, not the latest or the first
        ([91, 118, 121, 119, 120, 118], 1),
        ([90, 91, 89, 90, 118, 121], 0),  # two results are not lasting
        ([118, 121, 119, 90, 91, 89], 0),  # a fall is none
        ([124, 125, 123, 124, 125, 123], 0),
        ([120, 131, 115, 126, 134, 118], 0),  # wild, of one level
        ([118, 126, 134, 131, 120, 124], 0),
        ([100, 104, 108, 112, 116, 120], 0),  # slowly
        ([90, 118, 121], 0),
        ([], 0),
    ],
)
def test_the_present_steady_state_begins_after_the_widest_lasting_rise(found: list[float], place: int) -> None:
    assert present_from(found, USUAL, least=3) == place


@given(values, st.integers(3, 6), st.sampled_from([0.5, 2.0, 4.0]))
def test_the_present_steady_state_has_enough_results_all_above_those_before(
    found: list[float], least: int, factor: float
) -> None:
    place = present_from(found, USUAL, least=least)
    assert place == present_from([one * factor for one in found], USUAL, least=least)
    if place:
        assert len(found) - place >= least
        assert min(found[place:]) > 1.07 * max(found[:place])


@given(st.lists(st.floats(0.97, 1.03), min_size=3, max_size=6), st.lists(st.floats(0.97, 1.03), min_size=3, max_size=6))
def test_a_rise_by_a_quarter_is_always_seen(before: list[float], after: list[float]) -> None:
    found = [100 * one for one in before] + [125 * one for one in after]
    assert present_from(found, USUAL, least=3) == len(before)


@pytest.mark.parametrize("case", PERSONAL + WATCH, ids=named)
def test_no_vector_has_a_lasting_rise(case: dict[str, Any]) -> None:
    assert present_from(case.get("steady_results") or case["baseline"], USUAL, least=3) == 0


@given(values, st.randoms(use_true_random=False))
def test_a_median_does_not_mind_the_order(found: list[float], random: Any) -> None:
    mixed = list(found)
    random.shuffle(mixed)
    assert median(mixed) == median(found)
    assert min(found) <= median(found) <= max(found)


@given(fractions, fractions, st.floats(0.5, 3), st.floats(1, 2))
def test_change_up_and_down_mirror_each_other(cva: float, cvi: float, z: float, k: float) -> None:
    down, up = reference_change_value(z, k, log_sigma(cva, cvi))
    assert down < 1 < up
    assert down * up == pytest.approx(1)


@given(fractions, fractions)
def test_small_variation_makes_both_formulas_agree(cva: float, cvi: float) -> None:
    down, _ = reference_change_value(Z95, 2, log_sigma(cva / 1000, cvi / 1000))
    assert 1 - down == pytest.approx(symmetric_change_value(Z95, 2, cva / 1000, cvi / 1000), rel=2e-3)


def test_a_baseline_takes_the_last_six_before_the_gap() -> None:
    times = [0.0, 28, 56, 84, 112, 140, 168, 196]
    assert chosen(times, 200, oldest=365, windows=WINDOWS) == (1, 7)


def test_a_baseline_leaves_out_what_is_too_old() -> None:
    assert chosen([0.0, 100, 200, 300], 400, oldest=365, windows=WINDOWS) == (1, 4)


def test_a_result_is_too_old_beyond_the_age_not_at_it() -> None:
    assert chosen([35.0, 100, 200], 400, oldest=365, windows=WINDOWS) == (0, 3)
    assert chosen([34.9, 100, 200], 400, oldest=365, windows=WINDOWS) == (1, 3)


def test_the_gap_gives_way_where_too_few_results_are_left() -> None:
    assert chosen([0.0, 7, 14, 21, 28], 35, oldest=365, windows=WINDOWS) == (0, 3)


def test_nothing_steady_makes_no_baseline() -> None:
    assert chosen([], 35, oldest=365, windows=WINDOWS) == (0, 0)
    first, end = chosen([0.0], 400, oldest=365, windows=WINDOWS)
    assert first == end


@given(st.lists(st.floats(0, 1000), max_size=40), st.floats(1000, 1400), st.integers(3, 8), st.floats(0, 60))
def test_what_is_chosen_is_a_recent_run_of_at_most_the_last(
    times: list[float], at: float, last: int, gap: float
) -> None:
    ordered = sorted(times)
    first, end = chosen(ordered, at, oldest=365, windows=Windows(last, 3, gap))
    picked, fresh = ordered[first:end], [time for time in ordered if time >= at - 365]
    assert len(picked) <= last
    assert all(at - 365 <= time <= at for time in picked)
    assert len(picked) >= min(3, len(fresh))
    if len([time for time in fresh if time <= at - gap]) >= 3:
        assert all(time <= at - gap for time in picked)


@pytest.mark.parametrize("case", cases("baseline_drift"), ids=named)
def test_the_limit_of_a_drift_is_the_vector(case: dict[str, Any]) -> None:
    limit = drift_limit(case["n1"], case["n2"], log_sigma(0.014, 0.028), Z99)
    assert limit == near(case["limit"], "baseline_drift")
    assert case["current_median"] / case["best_median"] == near(case["ratio"], "baseline_drift")
    assert (case["ratio"] < limit) is case["drift"]


@pytest.mark.parametrize(("looks", "z"), [(1, Z99), (3, 2.7130518884), (10, 3.0902323062), (55, 3.5651585012)])
def test_many_looks_share_the_chance_of_one(looks: int, z: float) -> None:
    assert widened(Z99, looks) == pytest.approx(z, rel=1e-8)  # SciPy 1.17.1, norm.isf(0.01 / looks)


@given(st.floats(1.2, 3.5), st.integers(1, 500))
def test_looks_only_widen(z: float, looks: int) -> None:
    assert widened(z, looks + 1) > widened(z, looks) >= z


@given(values, st.floats(0, 0.06), st.floats(0.5, 1.5))
def test_another_laboratory_or_trimester_only_widens(found: list[float], beside: float, shift: float) -> None:
    plain, wide = set_point(found, USUAL), set_point(found, USUAL, beside=beside, shift=shift)
    assert (wide.value, wide.n, wide.sigma) == (plain.value, plain.n, plain.sigma)
    assert wide.limit95 <= plain.limit95
    assert wide.limit99 <= plain.limit99
    assert wide.shift == min(shift, 1)


def test_what_two_laboratories_differ_by_adds_to_the_variance() -> None:
    point = set_point([130.0] * 6, USUAL, beside=0.02)
    assert point.limit99 == pytest.approx(130 * math.exp(-Z99 * math.sqrt(7 / 6 * point.sigma**2 + 0.02**2)))
    assert round(point.limit99, 1) == 118.6


def test_a_lower_limit_of_another_trimester() -> None:
    plain, lowered = set_point([124.0] * 6, USUAL), set_point([124.0] * 6, USUAL, shift=110 / 120)
    assert lowered.limit95 == pytest.approx(plain.limit95 * 110 / 120)
