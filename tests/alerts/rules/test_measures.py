"""Single results of any analyte, and what a comparator leaves open."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.measures import Measure, measures
from tests.alerts.rules.histories import on, series

ONE = Measure("FERRITIN", 7, on(3).timestamp(), 15.0, "", pending=False)


@pytest.mark.parametrize(
    ("sign", "value", "below"),
    [
        ("", 14.9, True),
        ("", 15, False),
        ("<", 15, True),
        ("<", 14, True),
        ("<", 16, None),
        ("<=", 14.9, True),
        ("<=", 15, None),
        (">", 15, False),
        (">", 100, False),
        (">", 14, None),
        (">=", 15, False),
        (">=", 14.9, None),
    ],
)
def test_below_a_limit_of_15(sign: str, value: float, below: bool | None) -> None:
    assert replace(ONE, sign=sign, value=value).below(15) is below


@given(st.sampled_from(["", "<", "<=", ">", ">="]), st.integers(0, 30), st.integers(0, 30), st.integers(0, 120))
def test_an_answer_holds_for_every_value_that_it_may_be(sign: str, value: int, limit: int, true_quarters: int) -> None:
    true = true_quarters / 4
    possible = {"": true == value, "<": true < value, "<=": true <= value, ">": true > value, ">=": true >= value}[sign]
    answer = replace(ONE, sign=sign, value=float(value)).below(limit)
    if possible and answer is not None:
        assert answer is (true < limit)


@pytest.mark.parametrize(("sign", "text"), [("", "15"), ("<", "<15"), ("<=", "≤15"), (">", ">15"), (">=", "≥15")])
def test_it_is_shown_as_it_was_given(sign: str, text: str) -> None:
    one = replace(ONE, sign=sign)
    assert one.text == text
    assert one.evidence("result", "ug/L").value == (15 if not sign else text)


def test_a_row_of_evidence() -> None:
    row = ONE.evidence("support", "ug/L")
    assert (row.role, row.kind, row.id, row.code, row.unit) == ("support", "observation", 7, "FERRITIN", "ug/L")
    assert row.effective_at == ONE.when == on(3)


def test_usable_results_up_to_a_moment() -> None:
    known = series([(0, 10), (1, 11), (2, 12), (3, 13)], "CRP", preliminary=[1], unconfirmed=[2])
    found = list(measures(known, on(2).timestamp()))
    assert [(one.value, one.pending) for one in found] == [(10, False), (12, True)]


def test_a_comparator_that_nobody_knows_leaves_a_result_out() -> None:
    known = series([(0, 10), (1, 11), (2, 12)], "CRP", signs={0: ">", 1: "~"})
    assert [(one.value, one.sign) for one in measures(known, on(9).timestamp())] == [(10, ">"), (12, "")]
