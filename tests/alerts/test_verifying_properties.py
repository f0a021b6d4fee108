"""Whatever a case gives instead of what it should, it is computed or refused with its name: nothing else escapes, nothing hangs."""

import copy
import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.reference_cases import LUNG, Case, CaseError, Section, bundled, parse
from alerts.verifying import SECTIONS, Agreement, verify

BUNDLED = {section.name: section for section in bundled()}
FIRST = {name: section.cases[0] for name, section in BUNDLED.items()}
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.sampled_from([0, -1, 10**400, math.nan, math.inf, -math.inf, 1e308, 5e-324]),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.floats(-1e3, 1e3) | st.none() | st.text(max_size=3), max_size=4),
    st.dictionaries(st.text(max_size=3), st.floats(), max_size=2),
)
names = st.sampled_from(list(BUNDLED))


def inputs(name: str, case: Case) -> list[str]:
    """Return the keys from which a section computes a case."""
    fresh = Case(case.id, copy.deepcopy(dict(case.values)))
    SECTIONS[name](fresh)
    return sorted(fresh.read & set(case.values))


def with_values(name: str, **values: Any) -> Section:
    """Return the first case of a section with other values, as a section."""
    case = Case(FIRST[name].id, {**copy.deepcopy(dict(FIRST[name].values)), **values})
    return replace(BUNDLED[name], cases=(case,))


def without(name: str, key: str) -> Section:
    """Return the first case of a section without a key, as a section."""
    values = {other: value for other, value in FIRST[name].values.items() if other != key}
    return replace(BUNDLED[name], cases=(Case(FIRST[name].id, values),))


def outcome(section: Section) -> Agreement | str:
    """Return how a section agrees, or why it is refused."""
    try:
        (found,) = verify([section])
    except CaseError as error:
        return str(error)
    return found


OPTIONAL = {
    ("rcv", "analyte"),
    ("rcv", "result"),
    ("aki_alert", "value_48h_before"),
    ("spirometry_pattern", "z_tlc"),
    ("ferritin_who_2020", "crp_mg_per_l"),
}
NEEDED = [(name, key) for name in BUNDLED for key in inputs(name, FIRST[name]) if (name, key) not in OPTIONAL]


@pytest.mark.parametrize(("name", "key"), NEEDED)
def test_a_case_without_what_it_is_computed_from_is_refused(name: str, key: str) -> None:
    with pytest.raises(CaseError) as caught:
        verify([without(name, key)])
    assert FIRST[name].id in str(caught.value)


@pytest.mark.parametrize(("name", "key"), sorted(OPTIONAL - {("rcv", "result")}))
def test_a_case_may_leave_out_what_is_not_always_known(name: str, key: str) -> None:
    (found,) = verify([without(name, key)])
    assert found.cases == 1


@settings(max_examples=300, deadline=None)
@given(names, st.data(), junk)
def test_junk_for_what_a_case_gives_is_computed_or_refused(name: str, data: st.DataObject, value: Any) -> None:
    key = data.draw(st.sampled_from(inputs(name, FIRST[name])))
    told = outcome(with_values(name, **{key: value}))
    assert FIRST[name].id in told if isinstance(told, str) else told.cases == 1


@settings(max_examples=300, deadline=None)
@given(names, st.data(), junk)
def test_junk_for_what_a_case_expects_never_agrees(name: str, data: st.DataObject, value: Any) -> None:
    case = FIRST[name]
    expected = sorted(set(SECTIONS[name](Case(case.id, copy.deepcopy(dict(case.values))))) & set(case.values))
    key = data.draw(st.sampled_from(expected))
    told, true = outcome(with_values(name, **{key: value})), case.values[key]
    if isinstance(told, str):
        assert key in told
        return
    near = _number(value) and _number(true) and math.isclose(value, true, rel_tol=0.01, abs_tol=0.01)  # type: ignore[arg-type]
    assert near or told.ok == (value == true and type(value) is type(true))


def _number(value: object) -> bool:
    """Whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@settings(max_examples=100, deadline=None)
@given(names, junk)
def test_a_key_that_nobody_knows_is_refused(name: str, value: Any) -> None:
    with pytest.raises(CaseError, match="not known here"):
        verify([with_values(name, surely_unknown=value)])


@given(names, st.floats(0, 1e-3))
def test_a_wider_tolerance_loses_no_case(name: str, more: float) -> None:
    section = replace(BUNDLED[name], cases=BUNDLED[name].cases[:3])
    (narrow,), (wide,) = verify([section]), verify([replace(section, tolerance=section.tolerance + more)])
    assert wide.agreed >= narrow.agreed
    assert wide.largest_difference == narrow.largest_difference


@pytest.mark.parametrize("name", [name for name in BUNDLED if name != LUNG])
def test_what_is_written_and_read_again_is_the_same(name: str) -> None:
    section = BUNDLED[name]
    body = {"tolerance": section.tolerance, "cases": [case.values for case in section.cases]}
    (again,) = parse("mine", json.dumps({"sections": {name: body}}).encode())
    assert [case.values for case in again.cases] == [case.values for case in section.cases]
    assert verify([again]) == verify([section])


@pytest.mark.parametrize("name", BUNDLED)
def test_the_order_of_cases_does_not_matter(name: str) -> None:
    section = BUNDLED[name]
    (one,), (other,) = verify([section]), verify([replace(section, cases=section.cases[::-1])])
    assert one == other


@pytest.mark.parametrize("name", BUNDLED)
def test_to_compute_twice_is_to_compute_the_same(name: str) -> None:
    case = FIRST[name]
    one, other = (dict(SECTIONS[name](Case(case.id, copy.deepcopy(dict(case.values))))) for _ in range(2))
    assert one == other
