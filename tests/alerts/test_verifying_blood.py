"""Sections of blood beside published numbers and by hand, and what they refuse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import hemoglobin_fall
from tests.alerts.cases import computed, refused


def test_two_results_differ_by_the_published_percentage() -> None:
    """Clinical specification, B1: of two results -7.0 % at z 1.645 and -9.8 % at 2.326, of three -5.8 % and -8.1 %."""
    found = {
        (n, z): round(computed("rcv", cva_percent=1.4, cvi_percent=2.8, n_baseline=n, z=z)["down_percent"], 1)
        for n in (1, 3)
        for z in (1.6448536, 2.3263479)
    }
    assert list(found.values()) == [-7.0, -9.8, -5.8, -8.1]


def test_a_result_at_the_limit_is_no_fall() -> None:
    given_ = {"cva_percent": 1.4, "cvi_percent": 2.8, "n_baseline": 3, "baseline": 100.0}
    limit = 100 + computed("rcv", **given_)["down_percent"]
    assert computed("rcv", **given_, result=limit + 1e-9)["fall_significant"] is False
    assert computed("rcv", **given_, result=limit - 1e-9)["fall_significant"] is True


def test_without_a_result_nothing_is_said_of_one() -> None:
    assert "change_percent" not in computed("rcv", cva_percent=1.4, cvi_percent=2.8, n_baseline=2)


@given(st.lists(st.integers(60, 160), min_size=2, max_size=8))
def test_a_steady_fall_has_the_least_chance_there_is(values: list[int]) -> None:
    falling = sorted(set(values), reverse=True)
    days = list(range(len(falling)))
    if len(falling) < 2:
        return
    found = computed("theil_sen", days=days, hemoglobin_g_per_l=falling)
    assert found["kendall_s"] == -len(falling) * (len(falling) - 1) // 2
    assert found["slope_per_28_days"] < 0
    assert 1 / found["p_falling"] == pytest.approx(_orders(len(falling)), rel=1e-9)


def _orders(n: int) -> int:
    """Return in how many orders n values may come."""
    return 1 if n < 2 else n * _orders(n - 1)


def test_results_of_one_day_have_no_slope() -> None:
    assert computed("theil_sen", days=[3, 3], hemoglobin_g_per_l=[120, 110])["slope_per_28_days"] is None


def test_the_watch_itself_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """128, 130, 126: R2 from below 118.1 g/L on, R2+ from below 115.2 on (nine tenths of 128)."""
    asked = []
    steps = hemoglobin_fall.steps

    def listening(*arguments: Any) -> Any:
        asked.append(arguments)
        return steps(*arguments)

    monkeypatch.setattr(hemoglobin_fall, "steps", listening)
    follow = [{"day": day, "hemoglobin": value} for day, value in ((1, 119), (2, 117), (3, 115))]
    found = computed("hemoglobin_watch", baseline=[128, 130, 126], followup=follow)
    assert (found["baseline_value"], found["n_used"]) == (128, 3)
    assert (found["r1_day"], found["r2_day"], found["r2_plus_day"]) == (1, 2, 3)
    assert len(asked) >= len(follow)


def test_a_baseline_is_made_of_the_newest_six() -> None:
    found = computed(
        "hemoglobin_watch", baseline=[90, 130, 130, 130, 130, 130, 130], followup=[{"day": 1, "hemoglobin": 130}]
    )
    assert (found["n_used"], found["baseline_value"], found["r1_day"]) == (6, 130, None)


def test_a_drift_by_hand() -> None:
    """exp(-2.3263 x sqrt(1/6 + 1/6) x 0.031297) = 0.95884: from 130 down to 124.6 is chance."""
    found = [computed("baseline_drift", best_median=130, n1=6, current_median=now, n2=6) for now in (124.7, 124.6)]
    assert found[0]["limit"] == pytest.approx(0.95884, abs=1e-5)
    assert [one["drift"] for one in found] == [False, True]


def test_smoke_and_height_are_taken_off_before_grading() -> None:
    """WHO 2024: 4 g/L from 500 m on, 3 g/L below ten cigarettes a day; of a man 136 is then 129, mild."""
    found = computed(
        "who_anemia_2024", group="man_15_plus", hemoglobin_g_per_l=136, altitude_m=500, cigarettes_per_day=5
    )
    assert found == {"adjusted_g_per_l": 129, "grade": "mild"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"iron_umol_per_l": 12, "tibc_umol_per_l": 75}, {"tsat_percent": 16.0, "low": False}),
        (
            {"iron_umol_per_l": 11.9, "tibc_umol_per_l": 75},
            {"tsat_percent": pytest.approx(15.8667, abs=1e-4), "low": True},
        ),
        ({"iron_ug_per_dl": 50, "tibc_ug_per_dl": 250}, {"tsat_percent": 20.0, "low": False}),
        (
            {"iron_umol_per_l": 12.55, "transferrin_g_per_l": 2.5},
            {"tibc_umol_per_l": pytest.approx(62.75), "tsat_percent": pytest.approx(20.0), "low": False},
        ),
    ],
)
def test_saturation_in_either_unit_and_by_either_protein(values: dict[str, float], expected: dict[str, Any]) -> None:
    assert computed("transferrin_saturation", **values) == expected


def test_ferritin_between_the_cutoffs_depends_on_inflammation() -> None:
    """WHO 2020, 5 years and more: below 15 µg/L, with CRP above 5 mg/L below 70; a small child 12 and 30."""
    asked = {"age_years": 8, "ferritin_ug_per_l": 20}
    assert [computed("ferritin_who_2020", **asked, crp_mg_per_l=crp)["result"] for crp in (5, 5.1, None)] == [
        "not deficient",
        "deficient",
        "indeterminate",
    ]
    small = {"age_years": 4.9, "ferritin_ug_per_l": 12, "crp_mg_per_l": 1}
    assert computed("ferritin_who_2020", **small)["result"] == "not deficient"


def test_color_index_by_hand() -> None:
    """138 g/L and 4.599: 3 x 138 / 459 = 0.90196, the third digit cut off."""
    found = computed("color_index", hemoglobin_g_per_l=138, rbc_10_12_per_l=4.599)
    assert (found["three_digits"], found["band"]) == (459, "normochromic")
    assert found["color_index"] == pytest.approx(414 / 459, rel=1e-12)


def test_a_temperature_is_converted_by_its_formula() -> None:
    found = computed("unit_conversion", analyte="TEMP", value_in=100.4, unit_in="[degF]", unit_out="Cel")
    assert found["value_out"] == pytest.approx(38.0, rel=1e-12)


@given(st.floats(0.1, 500), st.sampled_from(["g/L", "g/dL", "mmol/L"]), st.sampled_from(["g/L", "g/dL", "mmol/L"]))
def test_there_and_back_is_the_same_value(value: float, start: str, end: str) -> None:
    there = computed("unit_conversion", analyte="HGB", value_in=value, unit_in=start, unit_out=end)["value_out"]
    back = computed("unit_conversion", analyte="HGB", value_in=there, unit_in=end, unit_out=start)["value_out"]
    assert back == pytest.approx(value, rel=1e-12)


def test_a_mix_up_is_seen_against_the_last_five() -> None:
    found = computed("unit_mixup", analyte="HGB", history=[60, 60, 60, 128, 130, 126, 128, 129], value=12.4)
    assert found == {"median": 128, "proposed_unit": "g/dL"}
    assert computed("unit_mixup", analyte="HGB", history=[128], value=100)["proposed_unit"] is None


def test_kidney_injury_within_two_days() -> None:
    asked = {"baseline": 60, "creatinine": 84}
    assert computed("aki_alert", **asked, value_48h_before=57) == {"ratio": pytest.approx(1.4), "stage": 1}
    assert computed("aki_alert", **asked, value_48h_before=None)["stage"] == 0


@pytest.mark.parametrize(
    ("section", "values", "reason"),
    [
        ("rcv", {"cva_percent": 1, "cvi_percent": 1, "n_baseline": 0}, "n_baseline is not a whole number from 1"),
        ("rcv", {"cva_percent": 1, "cvi_percent": 1, "n_baseline": 10**9}, "n_baseline is not a whole number"),
        ("theil_sen", {"days": [1], "hemoglobin_g_per_l": [1]}, "days is not a list of 2 or more"),
        (
            "who_anemia_2024",
            {"group": "robot", "hemoglobin_g_per_l": 1, "altitude_m": 0, "cigarettes_per_day": 0},
            "robot",
        ),
        ("color_index", {"hemoglobin_g_per_l": 100, "rbc_10_12_per_l": 0}, "there are no red cells"),
        ("unit_conversion", {"analyte": "HB", "unit_in": "g/L", "unit_out": "g/L", "value_in": 1}, "no analyte HB"),
        (
            "unit_conversion",
            {"analyte": "HGB", "unit_in": "g/L", "unit_out": "mm[Hg]", "value_in": 1},
            "HGB is not measured in mm[Hg]",
        ),
        ("unit_mixup", {"analyte": "HGB", "history": [], "value": 1}, "history is not a list of 1 or more"),
    ],
)
def test_what_cannot_be_computed_is_refused(section: str, values: dict[str, Any], reason: str) -> None:
    assert reason in refused(section, **values)
