"""A collapsed lung: seen, recorded, or suspected, until a film says that there is none."""

from typing import Any

import pytest

from alerts.rules.pneumothorax import RULE
from alerts.rules.rule import Clear, Severity
from patients.history import EventRecord, Series
from tests.alerts.rules.histories import event, monthly, on, series
from tests.alerts.rules.pictures import NB, answers, asked_again, bare, cleared, date, film, found, only, rows, unjudged


def symptom(day: float, name: str = "chest_pain", id: int = 3, **findings: Any) -> EventRecord:  # noqa: A002
    """Return an entry of the diary."""
    return event(day, "symptom", id=id, name=name, **findings)


def spo2(*points: tuple[float, float], **fields: Any) -> tuple[Series, ...]:
    """Return oxygen saturations, after five usual ones of 97 %."""
    return (series([*monthly(97, 97, 96, 97, 98, every=10), *points], "SPO2", first_id=50, **fields),)


PAIN, BREATH = symptom(100), symptom(100.1, "dyspnea", 4)
LOW = spo2((100.2, 94))


def test_nothing_is_clear() -> None:
    assert answers(RULE, bare(1), event(2, "complication", name="severe_bleeding"), at=10) == (
        Clear("pneumothorax", ""),
    )


def test_a_pneumothorax_on_a_film_is_high() -> None:
    one = only(RULE, film(100, pneumothorax=True), at=101)
    assert (one.severity, one.latching, one.level, one.subject, one.since) == (Severity.HIGH, False, 1, "1100", on(100))
    assert one.sentence == f"Pneumothorax on the film, on {date(100)}."
    assert rows(one) == [("result", 1100)]
    assert [(row.code, row.value, row.unit) for row in one.evidence] == [("chest_xray", "pneumothorax", "")]
    assert one.clears_when == "A later film that says that there is no pneumothorax."


def test_a_recorded_complication_counts() -> None:
    one = only(RULE, event(100, "complication", id=6, name="pneumothorax"), at=101)
    assert one.sentence.startswith("Pneumothorax recorded as a complication")


def test_sudden_pain_dyspnea_and_less_oxygen_are_a_suspicion() -> None:
    one = only(RULE, PAIN, BREATH, at=101, several=LOW)
    assert (one.severity, one.level, one.subject) == (Severity.HIGH, 0, "3")
    assert one.sentence == (
        f"Sudden chest pain with dyspnea, and SpO2 94{NB}% against a usual 97{NB}%, on {date(100)}. "
        "A film must exclude a collapsed lung."
    )
    assert one.arithmetic == ("94 − 97 = −3 points",)
    assert rows(one) == [("result", 3), ("result", 4), ("support", 55)]


@pytest.mark.parametrize(
    ("events", "several"),
    [
        ((PAIN,), LOW),
        ((BREATH,), LOW),
        ((PAIN, BREATH), ()),
        ((PAIN, BREATH), spo2((100.2, 94.5))),
        ((PAIN, BREATH), spo2((101.1, 90))),
        ((PAIN, BREATH), (series([(0, 97), (100.2, 90)], "SPO2"),)),
        ((PAIN, symptom(101.1, "dyspnea", 4)), LOW),
        ((symptom(95, id=2), PAIN, BREATH), LOW),
        ((symptom(100, severity=0), BREATH), LOW),
        ((PAIN, symptom(100.1, "dyspnea", 4, severity=0)), LOW),
    ],
)
def test_all_three_must_be_new_and_together(events: tuple[EventRecord, ...], several: tuple[Series, ...]) -> None:
    assert not found(RULE, *events, at=103, several=several)


def test_pain_of_long_ago_is_not_this_pain() -> None:
    assert found(RULE, symptom(92, id=2), PAIN, BREATH, at=101, several=LOW)


def test_a_value_that_nobody_confirmed_is_marked() -> None:
    one = only(RULE, PAIN, BREATH, at=101, several=spo2((100.2, 90), unconfirmed=[5]))
    assert f"97{NB}% (not confirmed yet)" in one.sentence


def test_a_film_that_shows_it_makes_the_suspicion_certain() -> None:
    one = only(RULE, PAIN, BREATH, film(100.5, id=9, pneumothorax=True), at=101, several=LOW)
    assert (one.subject, one.level, one.threshold) == ("3", 1, "Pneumothorax seen")


@pytest.mark.parametrize(
    ("later", "over"),
    [
        (film(102, pneumothorax=False), True),
        (film(102, kind="chest_ct", pneumothorax=False), True),
        (film(102), False),
        (bare(102), False),
    ],
)
def test_only_a_film_that_says_so_ends_it(later: EventRecord, *, over: bool) -> None:
    assert cleared(RULE, film(100, pneumothorax=True), later, at=103) == (["1100"] if over else [])
    assert cleared(RULE, PAIN, BREATH, later, at=103, several=LOW) == (["3"] if over else [])


def test_the_next_one_is_another_alert() -> None:
    films = (film(100, pneumothorax=True), film(110, pneumothorax=False), film(120, pneumothorax=True))
    assert only(RULE, *films, at=121).subject == "1120"
    assert cleared(RULE, *films, at=121) == ["1100"]


def test_after_four_weeks_without_a_film_nobody_can_tell() -> None:
    one = film(100, pneumothorax=True)
    assert found(RULE, one, at=127.9)
    assert unjudged(RULE, one, at=128) == [("1100", f"no film since {date(100)} says whether the lung is whole")]
    assert found(RULE, one, at=128, lung_days=30)


def test_asked_again_when_it_is_too_old_or_the_next_becomes_true() -> None:
    assert asked_again(RULE, film(100, pneumothorax=True), at=101) == on(128)
    assert asked_again(RULE, PAIN, BREATH, at=100.15, several=LOW) == on(100.2)
    assert asked_again(RULE, at=1) is None
