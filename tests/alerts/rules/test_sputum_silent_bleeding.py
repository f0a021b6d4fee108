"""Siderophages nine weeks into a remission: moderate, unless a bleed explains them."""

from typing import Any

import pytest

from alerts.rules.rule import CannotJudge, Clear, Severity
from alerts.rules.sputum_silent_bleeding import RULE
from patients.history import EventRecord
from tests.alerts.rules.histories import event, on
from tests.alerts.rules.pictures import (
    NB,
    answers,
    asked_again,
    bare,
    cleared,
    date,
    foci,
    found,
    only,
    rows,
    sample,
    unjudged,
)

BOUT = event(-20, "exacerbation", id=1, status="confirmed", until=str(on(0).date()))
"""An exacerbation that ended on day 0: the remission begins on day 1."""


def some(day: float, amount: str = "few", **findings: Any) -> EventRecord:
    """Return a sputum with siderophages."""
    return sample(day, siderophages=amount, **findings)


def none(day: float, **findings: Any) -> EventRecord:
    """Return a sputum without."""
    return sample(day, siderophages="absent", **findings)


def test_no_siderophages_are_clear() -> None:
    assert answers(RULE, at=10) == (Clear("sputum_silent_bleeding", ""),)
    assert answers(RULE, BOUT, none(100), at=101) == (Clear("sputum_silent_bleeding", ""),)


@pytest.mark.parametrize(("day", "silent"), [(5, False), (56, False), (63, False), (64, True), (300, True)])
def test_they_count_from_nine_weeks_into_remission_on(day: int, *, silent: bool) -> None:
    assert bool(found(RULE, BOUT, some(day), at=day + 1)) is silent


def test_the_finding_says_how_long_the_remission_was() -> None:
    one = only(RULE, BOUT, some(101, "moderate"), at=102)
    assert (one.severity, one.subject, one.since, one.latching) == (Severity.MODERATE, "2101", on(101), False)
    assert one.sentence == (
        f"Siderophages (moderate) in sputum of {date(101)}, 100{NB}days into remission. "
        f"From 63{NB}days on they are not of the last bleed: silent bleeding?"
    )
    assert one.arithmetic == (f"{date(101)} − {date(1)} = 100{NB}days, at least 63{NB}days",)
    assert one.numbers == {"days": 100, "limit": 63}
    assert rows(one) == [("result", 2101)]
    assert [(row.code, row.value, row.unit) for row in one.evidence] == [("sputum", "moderate", "")]
    assert one.threshold == f"Siderophages 63{NB}days into remission or later, without another sign of bleeding"
    assert one.clears_when == (
        f"2 samples without siderophages, at least 24{NB}hours apart; or an exacerbation that a physician confirms."
    )


@pytest.mark.parametrize("amount", ["few", "moderate", "many"])
def test_any_amount_counts(amount: str) -> None:
    assert found(RULE, BOUT, some(100, amount), at=101)


def test_a_lavage_counts_and_an_unfit_sample_does_not() -> None:
    one = only(RULE, BOUT, sample(100, kind="lavage", siderophages_percent=20), at=101)
    assert "(20 %) in lavage fluid of" in one.sentence
    assert not found(RULE, BOUT, some(100, adequate=False), at=101)


@pytest.mark.parametrize(
    "sign",
    [
        event(80, "hemoptysis", id=5, amount="streaks"),
        foci(80),
        event(80, "lavage", id=5, hemorrhagic=True),
    ],
)
def test_a_sign_of_bleeding_in_the_weeks_before_explains_them(sign: EventRecord) -> None:
    assert not found(RULE, BOUT, sign, some(100), at=101)
    assert found(RULE, BOUT, sign, some(140), at=141)


@pytest.mark.parametrize("other", [bare(80), event(80, "lavage", id=5, hemorrhagic=False), foci(103)])
def test_other_events_do_not(other: EventRecord) -> None:
    assert found(RULE, BOUT, other, some(100), at=104)


def test_an_exacerbation_that_is_confirmed_explains_them() -> None:
    around = event(95, "exacerbation", id=8, status="confirmed")
    assert not found(RULE, BOUT, some(100), around, at=130)
    after = event(105, "exacerbation", id=8, status="confirmed")
    assert cleared(RULE, BOUT, some(100), after, at=106) == ["2100"]
    rejected = event(105, "exacerbation", id=8, status="rejected")
    assert found(RULE, BOUT, some(100), rejected, at=106)


def test_a_stated_remission_counts_too() -> None:
    stated = event(0, "remission", id=3, complete=True)
    assert found(RULE, stated, some(63), at=64)
    assert not found(RULE, stated, some(62), at=64)
    assert not found(RULE, event(0, "remission", id=3, complete=False), some(100), at=101)
    assert found(RULE, event(0, "diagnosis", id=3, text="x", phase="remission"), some(63), at=64)


def test_without_a_phase_it_cannot_be_judged() -> None:
    reason = "siderophages were found, but no exacerbation or remission is recorded"
    assert answers(RULE, some(100), at=101) == (CannotJudge("sputum_silent_bleeding", "", reason),)
    assert asked_again(RULE, some(100), at=101) == on(156)
    assert answers(RULE, some(100), at=156) == (Clear("sputum_silent_bleeding", ""),)
    assert cleared(RULE, some(100), none(103), none(105), at=106) == ["2100"]


def test_found_again_within_eight_weeks_it_is_the_same_bleed() -> None:
    one = only(RULE, BOUT, some(100), some(156), at=157)
    assert (one.subject, rows(one)) == ("2100", [("result", 2100), ("result", 2156)])
    assert one.sentence.endswith(f" Found again on {date(156)}.")
    later = (BOUT, some(100), some(157))
    assert [each.subject for each in found(RULE, *later, at=158)] == ["2157"]
    assert cleared(RULE, *later, at=158) == ["2100"]


@pytest.mark.parametrize(
    ("samples", "over"),
    [
        ([none(103)], False),
        ([none(103), none(104)], True),
        ([none(103), none(103.9, id=9)], False),
        ([none(103), none(103.9, id=9), none(104)], True),
        ([none(103), none(104, adequate=False)], False),
        ([none(103), some(104), none(105)], False),
    ],
)
def test_two_samples_a_day_apart_end_it(samples: list[EventRecord], *, over: bool) -> None:
    assert cleared(RULE, BOUT, some(100), *samples, at=110) == (["2100"] if over else [])


def test_after_eight_weeks_nobody_can_tell() -> None:
    told = f"siderophages of {date(100)} say nothing after 56{NB}days, and none were looked for enough"
    assert found(RULE, BOUT, some(100), at=155)
    assert unjudged(RULE, BOUT, some(100), at=156) == [("2100", told)]


def test_settings_can_be_chosen() -> None:
    assert found(RULE, BOUT, some(60), at=61, silent_from_days=56)
    assert cleared(RULE, BOUT, some(100), none(103), at=110, silent_negatives=1) == ["2100"]


def test_asked_again_when_it_says_nothing_more_or_the_next_becomes_true() -> None:
    assert asked_again(RULE, BOUT, some(100), at=101) == on(156)
    assert asked_again(RULE, BOUT, some(100), at=5) == on(100)
    assert asked_again(RULE, BOUT, some(100), at=200) is None
