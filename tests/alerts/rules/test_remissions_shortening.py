"""Remissions that grow shorter: when it is said, how far, what ends it, and that nothing changes by itself before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.remissions_shortening import OWN, RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity, Telling
from patients.history import EventRecord, History
from tests.alerts.rules.histories import answer, event, finding, history, on, person, treatment
from tests.alerts.vectors import cases, named

NB = "\u00a0"
LASTS = 14
SHRINKING = (340, 230, 150, 90)
RATIO = 0.6430806173704089
P = 0.0009482742459512095
"""SciPy 1.17: linregress(range(4), log([340, 230, 150, 90]), alternative="less"): exp(slope) and pvalue."""


def bouts(lengths: Sequence[int], *, start: int = 0, last: int | None = LASTS) -> list[EventRecord]:
    """Return confirmed exacerbations of 14 days with remissions of these lengths between; the last one may have no end."""
    found, day = [], start
    for place, length in enumerate([*lengths, 0]):
        ends = LASTS if place < len(lengths) else last
        until = {} if ends is None else {"until": on(day + ends).date().isoformat()}
        found.append(event(day, "exacerbation", id=100 + place, status="confirmed", **until))
        day += LASTS + length
    return found


def ended(lengths: Sequence[int]) -> int:
    """Return the day on which the last exacerbation ends."""
    return sum(lengths) + LASTS * (len(lengths) + 1)


def ill(*lengths: int, open_days: int = 10, events: Sequence[EventRecord] = (), **fields: Any) -> History:
    """Return the history of remissions of these lengths, so many days after the last exacerbation ended."""
    return history(events=[*bouts(lengths), *events], at=ended(lengths) + open_days, **fields)


def recheck(known: History) -> datetime | None:
    """Return when the rule wants to be asked again."""
    return RULE.judge(known, RULE.resolved({}), known.at).recheck_at


@pytest.mark.parametrize("case", cases("shortening_rule"), ids=named)
def test_the_answer_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    found: Answer = answer(RULE, ill(*case["remission_days"]))
    few = len(case["remission_days"]) < 4
    if case["outcome"] in ("warning", "info"):
        assert isinstance(found, Finding)
        assert found.severity is (Severity.MODERATE if case["outcome"] == "warning" else Severity.LOW)
        assert found.numbers["p"] == pytest.approx(case["p"], rel=1e-6)
        assert found.numbers["ratio"] == pytest.approx(case["ratio"], rel=1e-6)
    else:
        assert isinstance(found, CannotJudge if few else Clear)


def test_a_steady_fall_is_moderate_with_its_arithmetic() -> None:
    found = finding(RULE, ill(*SHRINKING))
    assert (found.severity, found.telling, found.latching, found.level) == (Severity.MODERATE, Telling.USUAL, False, 0)
    assert found.numbers["ratio"] == pytest.approx(RATIO, rel=1e-12)
    assert found.numbers["p"] == pytest.approx(P, rel=1e-9)
    assert found.sentence == (
        f"Remissions grow shorter: 340, 230, 150 and 90{NB}days, each on average 64{NB}% as long as the one before. Where nothing "
        "shortens, a fall as steady is seen once in 1,055 by chance. Not adjusted for treatment."
    )
    assert found.arithmetic == (
        "Logarithms of the days: 5.829, 5.438, 5.011, 4.500",
        "Slope of their line = −0.4415 from one to the next; ratio = exp(−0.4415) = 0.643",
        "t = −0.4415 / 0.0193 with 2 degrees of freedom: p = 0.00095, one-sided",
        "Mann–Kendall, shown: S = −6, p = 1/24 of all orders",
        f"Median of the last 3: 150{NB}days",
    )
    assert found.threshold == (
        "One-sided t test on the logarithms of 4 or more closed remissions: p ≤ 0.025 and ratio ≤ 0.9"
    )


def test_a_weak_fall_is_low_and_says_no_more() -> None:
    found = finding(RULE, ill(300, 280, 150, 200))
    assert found.severity is Severity.LOW
    assert found.sentence.startswith("Remissions may be growing shorter: ")
    assert found.threshold.endswith("p ≤ 0.2 and ratio below 1")


def test_a_steep_fall_that_is_not_steep_enough_is_low() -> None:
    found = finding(RULE, ill(200, 190, 181, 172))  # p below 0.001, but each 95 % of the one before
    assert found.severity is Severity.LOW
    assert 0.9 < found.numbers["ratio"] < 1
    assert found.numbers["p"] < 0.001


def test_later_looks_are_counted() -> None:
    assert "at each look; this is look 3." in finding(RULE, ill(500, 420, 300, 280, 190, 150)).sentence
    assert " is seen less than once in 10,000 " in finding(RULE, ill(500, 420, 300, 280, 190, 150)).sentence


@pytest.mark.parametrize(
    ("lengths", "reason"),
    [
        ((), "no closed remission is known; a test needs 4"),
        ((200,), "one closed remission is known; a test needs 4"),
        ((200, 100), "2 closed remissions are known; a test needs 4"),
        ((300, 400, 200), "3 closed remissions are known; a test needs 4"),
        ((300, 200, 100), "each of the last two remissions was shorter than the one before: three are too few to test"),
    ],
)
def test_fewer_than_four_are_not_judged(lengths: tuple[int, ...], reason: str) -> None:
    assert answer(RULE, ill(*lengths)) == CannotJudge("remissions_shortening", "", reason)
    assert answer(RULE, history(at=10)) == CannotJudge(
        "remissions_shortening", "", "no closed remission is known; a test needs 4"
    )


def test_the_longest_remission_last_never_warns() -> None:
    """Published case C05, and a long fall that its last remission contradicts."""
    assert answer(RULE, ill(200, 150, 120, 400)) == Clear("remissions_shortening", "")
    mostly = [400, 395, 60, 50, 45, 40, 38, 35, 33, 401]
    assert answer(RULE, ill(*mostly)) == Clear("remissions_shortening", "")


@pytest.mark.parametrize(("open_days", "clear"), [(0, False), (90, False), (150, False), (151, True), (400, True)])
def test_an_open_remission_longer_than_the_median_of_the_last_three_ends_it(open_days: int, *, clear: bool) -> None:
    found = answer(RULE, ill(*SHRINKING, open_days=open_days))
    assert isinstance(found, Clear if clear else Finding)


def test_what_would_clear_it_names_the_day() -> None:
    known = ill(*SHRINKING)
    day = on(ended(SHRINKING) + 151)
    assert finding(RULE, known).clears_when == (
        f"A remission longer than 150{NB}days, the median of the last 3: the present one from "
        f"{day.day}{NB}{day:%b}{NB}{day.year} on. Or a later one after which the test counts no more."
    )
    assert recheck(known) == datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert recheck(replace(known, at=day)) is None
    assert isinstance(answer(RULE, replace(known, at=day)), Clear)


def test_the_day_is_the_patients_own() -> None:
    tokyo = ill(*SHRINKING, patient=person(time_zone="Asia/Tokyo"))
    moment = recheck(tokyo)
    assert moment is not None
    assert (moment.hour, moment.tzinfo) == (15, UTC)  # midnight in Tokyo
    assert isinstance(answer(RULE, replace(tokyo, at=moment)), Clear)
    assert isinstance(answer(RULE, replace(tokyo, at=moment - timedelta(seconds=1))), Finding)


def test_it_is_said_as_soon_as_the_next_exacerbation_begins() -> None:
    known = history(events=bouts(SHRINKING, last=None), at=ended(SHRINKING) - LASTS)
    found = finding(RULE, known)
    assert found.numbers["n"] == 4
    assert found.since == datetime.combine(on(ended(SHRINKING) - LASTS).date(), datetime.min.time(), tzinfo=UTC)
    assert isinstance(answer(RULE, replace(known, at=known.at - timedelta(days=1))), CannotJudge)


def test_evidence_is_the_physicians_word_on_each_exacerbation() -> None:
    rows = finding(RULE, ill(*SHRINKING)).evidence
    assert [(row.role, row.kind, row.id, row.code) for row in rows] == [
        ("result", "event", 100 + place, "exacerbation") for place in range(5)
    ]


def signs(day: int) -> list[EventRecord]:
    """Return what proposes an exacerbation of a day and the 14 days after it."""
    return [event(day, "chest_xray", id=201, new_foci=True), event(day, "hemoptysis", id=202, amount="teaspoon")]


def test_a_proposed_exacerbation_counts_and_is_said_to() -> None:
    confirmed = bouts(SHRINKING)[:-1]
    known = history(events=[*confirmed, *signs(ended(SHRINKING) - LASTS)], at=ended(SHRINKING) + 10)
    found = finding(RULE, known)
    assert "Of 5 exacerbations 1 is proposed, not confirmed." in found.sentence
    assert found.numbers["proposed"] == 1
    assert {(row.role, row.code) for row in found.evidence[-2:]} == {("support", "film"), ("support", "hemoptysis")}
    no = event(ended(SHRINKING) - LASTS, "exacerbation", id=203, status="rejected")
    assert isinstance(answer(RULE, history(events=[*known.events, no], at=ended(SHRINKING) + 10)), CannotJudge)


def test_an_exacerbation_that_becomes_true_later_is_waited_for() -> None:
    later = event(ended(SHRINKING) + 50, "exacerbation", id=300, status="confirmed")
    known = ill(*SHRINKING, events=[later])
    assert recheck(known) == later.effective_at
    dose = [replace(treatment(ended(SHRINKING) + 30, "prednisolone", dose=40, unit="mg"), id=9)]
    assert recheck(ill(*SHRINKING, treatments=dose)) == datetime.combine(
        on(ended(SHRINKING) + 30).date(), datetime.min.time(), tzinfo=UTC
    )


def test_too_few_wait_for_no_day() -> None:
    assert recheck(ill(300, 200)) is None


def test_death_ends_the_open_remission() -> None:
    dead = person(death_date=on(ended(SHRINKING) + 100).date())
    assert isinstance(answer(RULE, ill(*SHRINKING, open_days=400, patient=dead)), Finding)


@pytest.mark.parametrize(
    ("chosen", "severity"),
    [({}, Severity.MODERATE), ({"shortening_p": 0.0005}, Severity.LOW), ({"shortening_ratio": 0.5}, Severity.LOW)],
)
def test_limits_may_be_chosen(chosen: dict[str, float], severity: Severity) -> None:
    assert finding(RULE, ill(*SHRINKING), **chosen).severity is severity
    assert [one.name for one in OWN] == ["shortening_p", "shortening_ratio", "shortening_low_p"]


def test_never_high_and_every_number_has_a_source() -> None:
    assert all(one.source and one.low <= one.default <= one.high for one in RULE.settings)
    assert len({one.name for one in RULE.settings}) == len(RULE.settings)
    assert not any("High" in line for line in RULE.thresholds)


@given(st.lists(st.integers(28, 500), min_size=4, max_size=7), st.integers(0, 400), st.integers(0, 600))
def test_nothing_changes_before_the_moment_to_ask_again(lengths: list[int], open_days: int, later: int) -> None:
    known = ill(*lengths, open_days=open_days)
    now, again = answer(RULE, known), recheck(known)
    then = replace(known, at=known.at + timedelta(days=later))
    if again is None or then.at < again:
        assert answer(RULE, then) == now
    assert again is None or again > known.at


@given(st.lists(st.integers(28, 500), max_size=7), st.integers(0, 400))
def test_a_finding_never_speaks_of_lengths_that_grow(lengths: list[int], open_days: int) -> None:
    found = answer(RULE, ill(*lengths, open_days=open_days))
    if isinstance(found, Finding):
        assert found.numbers["ratio"] < 1
        assert lengths[-1] < max(lengths)
        assert {f"{length:g}" for length in lengths} <= set(found.sentence.replace(NB, " ").replace(",", "").split())
