"""Blood coughed up: each recent event a finding, latching, high unless it is streaks again."""

from typing import Any

import pytest

from alerts.rules.hemoptysis import RULE, amount_of
from alerts.rules.rule import Clear, Finding, Severity, Telling
from patients.event_kinds import kinds
from patients.history import EventRecord
from tests.alerts.rules.histories import WOMAN, event, history, on, person

NB = "\u00a0"
SETTINGS = RULE.resolved({})
EARLIER = event(-300, "hemoptysis", id=1, amount="streaks")


def bleed(day: float, amount: str = "streaks", *, id: int = 2, **findings: Any) -> EventRecord:  # noqa: A002
    """Return a hemoptysis."""
    return event(day, "hemoptysis", id=id, amount=amount, **findings)


def found(*events: EventRecord, at: float = 10, **chosen: float) -> list[Finding]:
    """Return the findings on a day."""
    seen = history(events=events, at=at)
    answers = RULE.judge(seen, RULE.resolved(chosen), seen.at).answers
    return [one for one in answers if isinstance(one, Finding)]


def test_nothing_is_clear() -> None:
    seen = history(events=[event(1, "sputum", siderophages="many")], at=10)
    assert RULE.judge(seen, SETTINGS, seen.at).answers == (Clear("hemoptysis", ""),)


@pytest.mark.parametrize(
    ("amount", "severity", "level"),
    [
        ("streaks", Severity.MODERATE, 0),
        ("teaspoon", Severity.HIGH, 1),
        ("moderate", Severity.HIGH, 2),
        ("massive", Severity.HIGH, 3),
    ],
)
def test_severity_by_amount(amount: str, severity: Severity, level: int) -> None:
    (one,) = found(EARLIER, bleed(5, amount))
    assert (one.severity, one.level, one.telling, one.latching) == (severity, level, Telling.USUAL, True)


def test_amounts_are_those_of_the_catalogue() -> None:
    allowed = kinds()["hemoptysis"].fields["amount"].allowed
    assert [found(EARLIER, bleed(5, str(amount)))[0].level for amount in allowed] == [0, 1, 2, 3]
    assert {found(EARLIER, bleed(5, str(amount)))[0].threshold for amount in allowed[1:]} == {"A teaspoon or more"}


def test_the_first_ever_is_high_in_whatever_amount() -> None:
    (one,) = found(bleed(5))
    assert one.severity is Severity.HIGH
    assert one.threshold == "The first hemoptysis ever, in whatever amount"
    assert (
        one.sentence == f"Coughed up streaks of blood on 6{NB}Jan{NB}2024. It is the first one known of this patient."
    )


def test_the_second_is_not_the_first() -> None:
    first, second = found(bleed(3, id=1), bleed(5, id=2))
    assert (first.severity, second.severity) == (Severity.HIGH, Severity.MODERATE)
    assert second.threshold == "Hemoptysis in whatever amount"


def test_two_at_the_same_first_moment_are_both_the_first() -> None:
    assert {one.severity for one in found(bleed(3, id=1), bleed(3, id=2))} == {Severity.HIGH}


def test_a_bout_begins_with_its_event() -> None:
    assert [one.since for one in found(bleed(3, id=1), bleed(5, id=2))] == [on(3), on(5)]


def test_each_event_is_a_subject_of_its_own() -> None:
    assert [one.subject for one in found(bleed(3, id=41), bleed(5, id=42))] == ["41", "42"]


def test_the_evidence_is_the_event() -> None:
    (one,) = found(EARLIER, bleed(5, "teaspoon", id=9, volume_ml=12))
    (row,) = one.evidence
    assert (row.role, row.kind, row.id, row.code, row.effective_at, row.value) == (
        "result",
        "event",
        9,
        "hemoptysis",
        on(5),
        "teaspoon",
    )
    assert one.numbers == {"volume_ml": 12}
    assert f"(12{NB}mL)" in one.sentence
    assert one.clears_when == "A person closes it, with a reason."


@pytest.mark.parametrize(
    ("volume", "amount"),
    [
        (0, "streaks"),
        (4.9, "streaks"),
        (5, "teaspoon"),
        (29, "teaspoon"),
        (30, "moderate"),
        (99, "moderate"),
        (100, "massive"),
    ],
)
def test_a_volume_alone_sets_the_amount(volume: float, amount: str) -> None:
    assert amount_of(event(1, "hemoptysis", volume_ml=volume), SETTINGS) == amount


def test_what_is_stated_goes_before_the_volume_and_nothing_stated_is_streaks() -> None:
    assert amount_of(bleed(1, "massive", volume_ml=1), SETTINGS) == "massive"
    assert amount_of(event(1, "hemoptysis"), SETTINGS) == "streaks"


def test_only_what_is_recent_is_a_finding() -> None:
    assert found(bleed(0), at=27.9)
    assert not found(bleed(0), at=28)
    assert found(bleed(0), at=28, recent_days=30)


def test_an_old_one_still_makes_the_next_not_the_first() -> None:
    (one,) = found(EARLIER, bleed(5))
    assert one.subject == "2"
    assert one.severity is Severity.MODERATE


def test_what_is_not_yet_true_is_no_finding() -> None:
    assert not found(bleed(11), at=10)


def test_asked_again_when_one_is_no_longer_recent_or_the_next_becomes_true() -> None:
    seen = history(events=[bleed(0, id=1), bleed(4, id=2)], at=10)
    assert RULE.judge(seen, SETTINGS, seen.at).recheck_at == on(28)
    ahead = history(events=[bleed(0, id=1), bleed(12, id=2)], at=10)
    assert RULE.judge(ahead, SETTINGS, ahead.at).recheck_at == on(12)
    assert RULE.judge(history(at=10), SETTINGS, on(10)).recheck_at is None


def test_a_day_is_the_patients_own() -> None:
    late = event(5.6, "hemoptysis", amount="streaks")
    seen = history(events=[late], patient=person(WOMAN, time_zone="Asia/Tokyo"), at=10)
    (one,) = RULE.judge(seen, SETTINGS, seen.at).answers
    assert isinstance(one, Finding)
    assert f"7{NB}Jan{NB}2024" in one.sentence
