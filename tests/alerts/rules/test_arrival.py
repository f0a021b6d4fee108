"""The order of arrival decides nothing: the same facts, in any order and any number of evaluations, leave the same alerts open."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alerts.judging import Verdict, judge
from alerts.rules import (
    RULES,
    hemoglobin_acute,
    hemoglobin_fall,
    hemoglobin_grade,
    hemoglobin_relapse,
    hemoglobin_severe,
)
from alerts.rules.rule import CannotJudge, Finding, Rule, Telling
from patients.history import EventRecord, History, PatientFacts
from tests.alerts.rules.histories import CHILD, WOMAN, Point, answer, event, history, on, series

NOW = 200.0
HEMOGLOBIN = tuple(
    module.RULE
    for module in (hemoglobin_fall, hemoglobin_acute, hemoglobin_severe, hemoglobin_relapse, hemoglobin_grade)
)
LET_GO = "recovering, the fall not being seen any more"
days = st.integers(0, int(NOW) * 4).map(lambda quarter: quarter / 4)
levels = st.sampled_from([68.0, 85.0, 94.0, 101.0, 112.0, 117.0, 120.0, 124.0, 126.0])
points = st.lists(st.tuples(days, levels), min_size=1, max_size=12, unique_by=lambda one: one[0])
given_blood = st.lists(days, max_size=2).map(
    lambda found: [
        event(day, "transfusion", id=number, product="red_cells", units=2.0) for number, day in enumerate(found, 1)
    ]
)


def known(found: Sequence[Point], events: Sequence[EventRecord] = (), patient: PatientFacts = WOMAN) -> History:
    """Return what is known of these results, seen from one moment."""
    return history(series(list(found)), events=events, patient=patient, at=NOW)


def settled(opened: frozenset[str], verdict: Verdict) -> frozenset[str]:
    """Return the rules with an open alert after a verdict: a finding opens, only Clear closes."""
    told = {one.rule for one in verdict.findings if not one.latching}
    return (opened | told) - {one.rule for one in verdict.clears}


def after(batches: Sequence[Sequence[Point]], events: Sequence[EventRecord], patient: PatientFacts) -> frozenset[str]:
    """Return the rules with an open alert after results that came in batches, each judged with what came before."""
    opened: frozenset[str] = frozenset()
    so_far: list[Point] = []
    for batch in batches:
        so_far = [*so_far, *batch]
        opened = settled(opened, judge(known(so_far, events, patient), on(NOW), rules=HEMOGLOBIN))
    return opened


def split(found: list[Point], cuts: Sequence[int]) -> list[list[Point]]:
    """Return results in batches."""
    places = sorted({0, len(found), *(cut % (len(found) + 1) for cut in cuts)})
    return [found[first:last] for first, last in pairwise(places)]


@given(
    points,
    given_blood,
    st.sampled_from([WOMAN, CHILD]),
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 12), max_size=5),
)
@settings(max_examples=120)
def test_any_order_and_any_split_leave_the_same_alerts_open(
    found: list[Point], blood: list[EventRecord], patient: PatientFacts, random: Any, cuts: list[int]
) -> None:
    whole = judge(known(found, blood, patient), on(NOW), rules=HEMOGLOBIN)
    assume(not any(one.reason.startswith(LET_GO) or "days old" in one.reason for one in whole.cannot_judge))
    mixed = list(found)
    random.shuffle(mixed)
    assert after(split(mixed, cuts), blood, patient) == settled(frozenset(), whole)


@given(points, given_blood, st.sampled_from([WOMAN, CHILD]))
def test_nothing_is_left_open_by_an_answer_that_never_raises(
    found: list[Point], blood: list[EventRecord], patient: PatientFacts
) -> None:
    silent = ("the newest hemoglobin result", "there is no earlier", LET_GO)
    for one in judge(known(found, blood, patient), on(NOW), rules=HEMOGLOBIN).cannot_judge:
        assert one.reason.startswith(silent)


@given(points, given_blood, st.sampled_from(HEMOGLOBIN))
def test_a_bout_begins_at_a_result_no_later_than_the_one_that_is_told(
    found: list[Point], blood: list[EventRecord], rule: Rule
) -> None:
    seen = known(found, blood)
    one = answer(rule, seen)
    if isinstance(one, Finding):
        assert one.since is not None
        assert one.since in {on(day) for day, _ in found}
        assert one.since <= one.evidence[0].effective_at


@given(points, given_blood, st.sampled_from(HEMOGLOBIN))
def test_a_finding_never_falls_in_level_until_it_is_over(
    found: list[Point], blood: list[EventRecord], rule: Rule
) -> None:
    before: Finding | None = None
    ordered = sorted(found)
    for count in range(1, len(ordered) + 1):
        seen = replace(known(ordered[:count], blood), at=on(ordered[count - 1][0]))
        one = answer(rule, seen)
        if isinstance(one, Finding):
            if before is not None:
                assert one.level >= before.level
                assert (one.telling, before.telling) != (Telling.USUAL, Telling.AT_ONCE)
            before = one
        elif not isinstance(one, CannotJudge):
            before = None


@pytest.mark.parametrize(
    ("points", "blood", "rules"),
    [
        ([(0, 100), (56, 100), (105, 100), (112, 68), (112.5, 81)], (), {"fall", "acute", "severe", "grade"}),
        ([(0, 100), (28, 100), (79, 100), (84, 72), (85, 101)], (84.5,), {"fall", "acute", "severe", "grade"}),
        ([(0, 104), (28, 104), (29, 66), (30, 104)], (), {"fall", "acute", "severe", "grade"}),
        ([(0, 100), (28, 100), (28.05, 94), (28.1, 85), (28.15, 86)], (), {"fall", "acute"}),
    ],
)
def test_a_file_that_holds_the_fall_and_what_followed_raises(
    points: list[Point], blood: tuple[float, ...], rules: set[str]
) -> None:
    events = [event(day, "transfusion", product="red_cells", units=2.0) for day in blood]
    watches = [rule for rule in RULES if rule.name != "tests_overdue"]  # nothing was measured since
    verdict = judge(known(points, events), on(NOW), rules=watches)
    assert {one.rule.removeprefix("hemoglobin_") for one in verdict.findings} == rules
