"""The reference cases all agree, quickly; a changed number is found; nothing is passed over in silence."""

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from alerts.reference_cases import LUNG, REMARKS, Case, CaseError, Section, bundled
from alerts.verifying import SECTIONS, Agreement, verify

BUNDLED = {section.name: section for section in bundled()}


def computed(name: str, case: Case) -> dict[str, Any]:
    """Return what a section computes of a case, which remembers what was read."""
    return dict(SECTIONS[name](case))


def fresh(case: Case, **values: Any) -> Case:
    """Return a case of which nothing was read, with other values."""
    return Case(case.id, {**copy.deepcopy(dict(case.values)), **values})


def only(name: str, **values: Any) -> Section:
    """Return the first case of a section as a section, with other values; None takes a key away."""
    section = BUNDLED[name]
    case = fresh(section.cases[0], **values)
    left = {key: value for key, value in case.values.items() if key not in values or value is not None}
    return replace(section, cases=(Case(case.id, left),))


def refused(section: Section) -> str:
    """Return why a section cannot be computed."""
    with pytest.raises(CaseError) as caught:
        verify([section])
    return str(caught.value)


@pytest.mark.parametrize("name", BUNDLED)
def test_every_case_of_a_section_agrees(name: str) -> None:
    (found,) = verify([BUNDLED[name]])
    assert [wrong.words for wrong in found.disagreements] == []
    assert (found.ok, found.agreed) == (True, len(BUNDLED[name].cases))
    assert 0 <= found.largest_difference <= found.tolerance


def test_every_section_that_is_known_comes_with_cases() -> None:
    assert set(SECTIONS) == set(BUNDLED)


def test_everything_is_computed_within_three_seconds() -> None:
    start = time.perf_counter()
    found = verify(bundled())
    assert time.perf_counter() - start < 3
    assert sum(one.cases for one in found) == 563
    assert all(one.ok for one in found)


@pytest.mark.parametrize("name", BUNDLED)
def test_no_section_reads_what_it_says_it_computes(name: str) -> None:
    for case in BUNDLED[name].cases:
        new = fresh(case)
        found = computed(name, new)
        assert not new.read & set(found)


@pytest.mark.parametrize("name", BUNDLED)
def test_every_key_of_every_case_is_read_computed_or_a_remark(name: str) -> None:
    for case in BUNDLED[name].cases:
        new = fresh(case)
        found = computed(name, new)
        assert set(new.values) <= new.read | set(found) | REMARKS
        assert set(new.values) & set(found)


def changed(value: Any) -> Any:
    """Return an expected value that is wrong."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + abs(value) / 10 + 0.1
    if isinstance(value, list):
        return [*value[:-1], {**value[-1], "dose_mg": changed(value[-1]["dose_mg"])}]
    return "other"


def wrong_ones(name: str) -> Iterator[tuple[Section, str]]:
    """Yield every case of a section with one expected value changed, and that value's key; of lung function the first rows."""
    section = BUNDLED[name]
    for case in section.cases[:20]:
        found = computed(name, fresh(case))
        for key in set(found) & set(case.values):
            yield replace(section, cases=(fresh(case, **{key: changed(case.values[key])}),)), key


@pytest.mark.parametrize("name", BUNDLED)
def test_a_wrong_number_in_any_case_is_found_and_named(name: str) -> None:
    count = 0
    for section, key in wrong_ones(name):
        (found,) = verify([section])
        assert not found.ok
        assert found.agreed == 0
        assert {wrong.difference.key.partition("[")[0] for wrong in found.disagreements} == {key}
        assert found.largest_difference > found.tolerance
        count += 1
    assert count >= len(BUNDLED[name].cases[:20])


def test_a_disagreement_says_which_case_which_value_and_both_numbers() -> None:
    (found,) = verify([only("theil_sen", slope_per_28_days=-9.0)])
    (wrong,) = found.disagreements
    assert wrong.words == "theil_sen-01: slope_per_28_days is -10.0, expected -9.0"
    assert found.largest_difference == pytest.approx(1 / 9)


def test_cases_are_counted_one_by_one() -> None:
    section = BUNDLED["aki_alert"]
    cases = (fresh(section.cases[0], stage=3), *(fresh(case) for case in section.cases[1:]))
    (found,) = verify([replace(section, cases=cases)])
    assert (found.cases, found.agreed, found.ok) == (5, 4, False)


def test_a_section_of_another_name_is_refused() -> None:
    said = refused(replace(BUNDLED["rcv"], name="rvc"))
    assert said.startswith("There is no section rvc; known are aki_alert, baseline_drift, ")


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        (only("rcv", cvi_percent=None), "rcv-02: cvi_percent is missing."),
        (only("rcv", dwon_percent=-5.0), "rcv-02: dwon_percent: not known here"),
        (only("rcv", result=None), "rcv-02: baseline, change_percent, fall_significant: not known here"),
        (only("rcv", down_percent=math.nan), "rcv-02: down_percent is not a finite number."),
        (only("taper_schedule", input={**BUNDLED["taper_schedule"].cases[0].values["input"], "holdd": 3}), "holdd"),  # type: ignore[dict-item]
        (only("cyclophosphamide", doses=None, last_dose_day=None), "cyclophosphamide-03: it expects nothing."),
        (only("cyclophosphamide", dose_mg=-1), "it cannot be computed: dose and total are amounts above zero."),
        (only("hemoglobin_watch", followup=[{"day": 5, "hemoglobin": 136, "unit": "g/L"}]), "followup 0: unit"),
        (only("aki_alert", baseline=0), "it cannot be computed: creatinine is a number above zero."),
        (only(LUNG, tolerance_z=None), "G001: tolerance_z is missing."),
    ],
)
def test_a_case_that_cannot_be_computed_is_an_error_not_a_disagreement(section: Section, reason: str) -> None:
    assert reason in refused(section)


def test_a_row_of_lung_function_has_its_own_tolerance() -> None:
    row = BUNDLED[LUNG].cases[0].values
    off = {"z": row["z"] + 0.003, "z_check": None}  # type: ignore[operator]
    (found,) = verify([only(LUNG, **off)])
    assert not found.ok
    (found,) = verify([only(LUNG, **off, tolerance_z=0.004)])
    assert found.ok


def test_programs_read_null_for_a_difference_beyond_all_numbers() -> None:
    known = Agreement("rcv", 2, 1, math.inf, 1e-6)
    assert known.as_json() == {
        "name": "rcv",
        "cases": 2,
        "agreed": 1,
        "largest_difference": None,
        "tolerance": 1e-6,
    }
    assert replace(known, largest_difference=0.5).as_json()["largest_difference"] == 0.5
