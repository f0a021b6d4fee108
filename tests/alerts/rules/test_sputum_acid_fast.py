"""Acid-fast bacilli: high in whatever number, latching, worse by grade."""

import pytest

from alerts.rules.rule import Clear, Severity
from alerts.rules.sputum_acid_fast import LEVELS, RULE
from patients.event_kinds import kinds
from tests.alerts.rules.histories import on
from tests.alerts.rules.pictures import answers, asked_again, date, found, only, rows, sample


def test_none_are_clear() -> None:
    events = (sample(0, acid_fast_bacilli="absent"), sample(3, siderophages="many"))
    assert answers(RULE, *events, at=5) == (Clear("sputum_acid_fast", ""),)


@pytest.mark.parametrize(("grade", "level"), [("scanty", 0), ("1+", 1), ("2+", 2), ("3+", 3), ("pcr_positive", 0)])
def test_every_grade_is_high(grade: str, level: int) -> None:
    one = only(RULE, sample(0, acid_fast_bacilli=grade), at=5)
    assert (one.severity, one.latching, one.level, one.subject, one.since) == (
        Severity.HIGH,
        True,
        level,
        "2000",
        on(0),
    )
    assert rows(one) == [("result", 2000)]


def test_grades_are_those_of_the_catalogue() -> None:
    stated = {value for kind in ("sputum", "lavage") for value in kinds()[kind].fields["acid_fast_bacilli"].allowed}
    assert stated == {*LEVELS, "absent"}


def test_the_sentence_says_what_and_where() -> None:
    assert only(RULE, sample(0, acid_fast_bacilli="pcr_positive"), at=5).sentence == (
        f"Acid-fast bacilli (PCR positive) in sputum of {date(0)}. Tuberculosis until shown otherwise, more so under steroids."
    )
    lavage = sample(0, kind="lavage", acid_fast_bacilli="present")
    assert "(present) in lavage fluid of" in only(RULE, lavage, at=5).sentence


def test_an_unfit_sample_that_holds_them_counts() -> None:
    assert found(RULE, sample(0, acid_fast_bacilli="1+", adequate=False), at=5)


def test_found_again_it_is_the_same_alert_at_the_worst_grade() -> None:
    one = only(RULE, sample(0, acid_fast_bacilli="2+"), sample(20, acid_fast_bacilli="scanty"), at=21)
    assert (one.subject, one.level, one.numbers) == ("2000", 2, {"samples": 2})
    assert one.sentence.endswith(f" Found again on {date(20)} (scanty).")
    assert one.arithmetic == (f"{date(0)}: 2+", f"{date(20)}: scanty")


def test_a_negative_sample_does_not_end_it() -> None:
    first = sample(0, acid_fast_bacilli="1+")
    assert only(RULE, first, sample(9, acid_fast_bacilli="absent"), at=10) == only(RULE, first, at=10)


def test_what_is_no_news_is_clear_and_found_then_is_another() -> None:
    first = sample(0, acid_fast_bacilli="1+")
    assert not found(RULE, first, at=180)
    assert only(RULE, first, sample(300, acid_fast_bacilli="1+"), at=301).subject == "2300"
    assert asked_again(RULE, first, at=1) == on(180)


def test_the_limit_the_end_and_the_samples_are_told() -> None:
    one = only(RULE, sample(0, acid_fast_bacilli="pcr_positive"), at=5)
    assert one.threshold == "Acid-fast bacilli of any grade, or a positive PCR"
    assert (one.clears_when, one.latching) == ("A person closes it, with a reason.", True)
    assert one.arithmetic == (f"{date(0)}: PCR positive",)
    assert [(row.code, row.value, row.unit) for row in one.evidence] == [("sputum", "PCR positive", "")]
