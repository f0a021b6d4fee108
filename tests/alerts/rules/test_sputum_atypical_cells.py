"""Atypical cells: high when suspected, worse when found, latching."""

import pytest

from alerts.rules.rule import Clear, Severity
from alerts.rules.sputum_atypical_cells import LEVELS, RULE
from patients.event_kinds import kinds
from tests.alerts.rules.histories import on
from tests.alerts.rules.pictures import answers, asked_again, date, found, only, rows, sample


def test_none_are_clear() -> None:
    events = (sample(0, atypical_cells="absent"), sample(3, siderophages="many"))
    assert answers(RULE, *events, at=5) == (Clear("sputum_atypical_cells", ""),)


@pytest.mark.parametrize(
    ("said", "level", "words"),
    [("suspicious", 0, "Cells suspicious of cancer in sputum of"), ("present", 1, "Atypical cells in sputum of")],
)
def test_suspected_or_found_is_high(said: str, level: int, words: str) -> None:
    one = only(RULE, sample(0, atypical_cells=said), at=5)
    assert (one.severity, one.latching, one.level, one.subject, one.since) == (
        Severity.HIGH,
        True,
        level,
        "2000",
        on(0),
    )
    assert one.sentence == (f"{words} {date(0)}. They are no part of hemosiderosis: cancer must be excluded.")
    assert rows(one) == [("result", 2000)]


@pytest.mark.parametrize("kind", ["sputum", "lavage"])
def test_words_are_those_of_the_catalogue(kind: str) -> None:
    assert {*LEVELS, "absent"} == set(kinds()[kind].fields["atypical_cells"].allowed)
    assert found(RULE, sample(0, kind=kind, atypical_cells="present"), at=5)


def test_found_after_suspected_is_worse_and_the_same_alert() -> None:
    one = only(RULE, sample(0, atypical_cells="suspicious"), sample(20, atypical_cells="present"), at=21)
    assert (one.subject, one.level, one.numbers) == ("2000", 1, {"samples": 2})
    assert one.sentence.endswith(f" Atypical cells again on {date(20)}.")


def test_a_negative_sample_does_not_end_it() -> None:
    first = sample(0, atypical_cells="suspicious")
    assert only(RULE, first, sample(9, atypical_cells="absent"), at=10) == only(RULE, first, at=10)


def test_what_is_no_news_is_clear_and_found_then_is_another() -> None:
    first = sample(0, atypical_cells="present")
    assert not found(RULE, first, at=180)
    assert only(RULE, first, sample(300, atypical_cells="present"), at=301).subject == "2300"
    assert asked_again(RULE, first, at=1) == on(180)


def test_the_limit_the_end_and_the_samples_are_told() -> None:
    one = only(RULE, sample(0, atypical_cells="suspicious"), sample(20, atypical_cells="present"), at=25)
    assert (one.threshold, one.numbers) == ("Atypical cells suspected or found", {"samples": 2})
    assert (one.clears_when, one.latching) == ("A person closes it, with a reason.", True)
    assert one.arithmetic == (f"{date(0)}: suspicious", f"{date(20)}: present")
    assert [(row.code, row.value, row.unit) for row in one.evidence] == [
        ("sputum", "suspicious", ""),
        ("sputum", "present", ""),
    ]
