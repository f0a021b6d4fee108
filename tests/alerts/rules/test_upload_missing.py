"""A file that is expected and does not come: low, moderate in active disease or a taper, over when one was read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.doses import midnight
from alerts.rules.rule import Clear, Finding, Severity
from alerts.rules.upload_missing import RULE
from patients.history import History
from tests.alerts.rules.histories import (
    answer,
    awaiting,
    event,
    finding,
    history,
    on,
    person,
    recheck,
    series,
    treatment,
)

NB = "\u00a0"
FORTNIGHTLY = awaiting(history(series([(0, 120.0)]), at=10), 14, 2, files=(5,))
"""A file was read on day 5: the next is due on day 19, missing from day 22 (20 % of 14 are 2.8 days), long from day 34."""
ILL = {"events": [event(0, "exacerbation", status="confirmed", until=on(300).date().isoformat())]}
TAPER = {
    "treatments": [
        treatment(0, "prednisone", until=29, dose=30, unit="mg", intent="planned", plan="one"),
        treatment(30, "prednisone", until=200, dose=20, unit="mg", intent="planned", plan="one"),
    ]
}


def of(**fields: Any) -> History:
    """Return the fortnightly patient with other facts."""
    return awaiting(history(series([(0, 120.0)]), at=10, **fields), 14, 2, files=(5,))


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def test_it_is_low_from_a_fifth_of_the_interval_on() -> None:
    assert isinstance(answer(RULE, FORTNIGHTLY, at=21.6), Clear)
    found = finding(RULE, FORTNIGHTLY, at=21.7)  # 0 h of day 22
    assert (found.severity, found.subject, found.level, found.latching) == (Severity.LOW, "", 0, False)
    assert found.sentence == f"No file has come since 6{NB}Jan{NB}2024: one was due on 20{NB}Jan{NB}2024."
    assert found.arithmetic == (
        f"File: last read on 6{NB}Jan{NB}2024, expected every 14{NB}days; due on 20{NB}Jan{NB}2024, missing from 23{NB}Jan{NB}2024",
    )
    assert found.threshold == f"Late by 20{NB}% of the interval, one day at least"
    assert (found.since, found.numbers) == (midnight(FORTNIGHTLY, day(22)), {"interval_days": 14})


def test_the_first_file_of_all_may_be_missing_and_rests_on_nothing() -> None:
    found = finding(RULE, awaiting(history(at=30), 7, 3), at=12)
    assert found.sentence == f"No file has come since 4{NB}Jan{NB}2024: one was due on 11{NB}Jan{NB}2024."
    assert found.evidence == ()
    assert "counted from 4" in found.arithmetic[0]


@pytest.mark.parametrize(("facts", "closely"), [(ILL, "active disease"), (TAPER, "a steroid taper")])
def test_where_it_matters_more_a_whole_interval_later_is_moderate(facts: dict[str, Any], closely: str) -> None:
    known = of(**facts)
    before, after = finding(RULE, known, at=33), finding(RULE, known, at=34)
    assert (before.severity, after.severity) == (Severity.LOW, Severity.MODERATE)
    assert (
        after.sentence
        == f"No file has come since 6{NB}Jan{NB}2024, during {closely}: one was due on 20{NB}Jan{NB}2024."
    )
    assert after.threshold == f"In active disease or during a taper late by more than 100{NB}% of the interval"
    assert after.arithmetic[1] == f"Told as such from 4{NB}Feb{NB}2024"
    assert (after.since, after.evidence) == (before.since, before.evidence)


def test_elsewhere_it_stays_low_however_long() -> None:
    assert [finding(RULE, FORTNIGHTLY, at=at).severity for at in (34, 100, 900)] == [Severity.LOW] * 3


def test_a_file_ends_it_also_one_that_brought_nothing() -> None:
    again = replace(FORTNIGHTLY, files=(*FORTNIGHTLY.files, on(40)))
    assert isinstance(answer(RULE, again, at=39), Finding)
    assert isinstance(answer(RULE, again, at=40), Clear)
    assert finding(RULE, again, at=57).since == midnight(again, day(57))


def test_it_is_over_when_none_is_expected_any_more_and_of_who_died() -> None:
    late = replace(FORTNIGHTLY, at=on(90))
    assert isinstance(answer(RULE, late), Finding)
    nobody = replace(late, patient=person(upload_expected_from=day(80)))
    assert isinstance(answer(RULE, nobody), Clear)
    assert recheck(RULE, nobody) is None
    gone = replace(late, patient=replace(late.patient, death_date=day(60)))
    assert isinstance(answer(RULE, gone), Clear)
    assert isinstance(answer(RULE, gone, at=50), Finding)


def test_it_asks_again_when_it_would_be_missing_then_when_it_would_be_long() -> None:
    assert recheck(RULE, FORTNIGHTLY) == midnight(FORTNIGHTLY, day(22))
    ill = of(**ILL)
    assert recheck(RULE, replace(ill, at=on(25))) == midnight(ill, day(34))
    assert recheck(RULE, replace(ill, at=on(40))) == midnight(ill, day(301))  # when the exacerbation is over


def test_what_is_moderate_is_low_again_when_the_disease_rests() -> None:
    ill = of(**ILL)
    assert [finding(RULE, ill, at=at).severity for at in (300, 301)] == [Severity.MODERATE, Severity.LOW]


def test_it_rests_on_the_newest_result_that_the_last_file_brought() -> None:
    brought = series([(0, 120.0), (4, 118.0), (4.5, 116.0), (6, 111.0)], preliminary=[2])
    numbered = replace(brought, recorded_revision=np.array([1, 2, 2, 3], dtype=np.int64))
    known = replace(FORTNIGHTLY, series={"HGB": numbered}, revision_times={1: on(1), 2: on(5), 3: on(6)})
    (row,) = finding(RULE, known, at=60).evidence
    assert (row.role, row.code, row.effective_at, row.value, row.unit) == ("support", "HGB", on(4), 118.0, "g/L")


def test_midnight_is_the_patients_also_when_the_clock_is_put_forward() -> None:
    home = person(time_zone="Europe/Berlin")  # 31 March 2024: from 2 h to 3 h
    known = replace(awaiting(history(patient=home, at=80), 7), files=(datetime(2024, 3, 23, 12, tzinfo=UTC),))
    moment = recheck(RULE, replace(known, at=datetime(2024, 3, 24, tzinfo=UTC)))
    assert moment == datetime(2024, 3, 31, 22, tzinfo=UTC)  # 1 April, 0 h of summer time: due on 30 March and two days
    assert isinstance(RULE.judge(known, RULE.resolved({}), moment - timedelta(seconds=1)).answers[0], Clear)
    assert isinstance(RULE.judge(known, RULE.resolved({}), moment).answers[0], Finding)


@pytest.mark.parametrize(("percent", "first"), [(0, 20), (20, 22), (50, 26), (100, 33)])
def test_the_share_may_be_chosen(percent: float, first: int) -> None:
    chosen = {"upload_missing_percent": percent}
    assert isinstance(answer(RULE, FORTNIGHTLY, at=first - 0.5, **chosen), Clear)
    assert isinstance(answer(RULE, FORTNIGHTLY, at=first, **chosen), Finding)


def test_the_share_of_moderate_may_be_chosen_and_is_never_before_low() -> None:
    ill = of(**ILL)
    assert finding(RULE, ill, at=48, upload_long_missing_percent=200).severity is Severity.MODERATE
    assert finding(RULE, ill, at=47, upload_long_missing_percent=200).severity is Severity.LOW
    crossed = {"upload_missing_percent": 100.0, "upload_long_missing_percent": 20.0}
    assert isinstance(answer(RULE, ill, at=32, **crossed), Clear)
    assert finding(RULE, ill, at=33, **crossed).severity is Severity.MODERATE


@given(st.integers(1, 365), st.lists(st.floats(0, 400), max_size=5), st.integers(0, 400), st.floats(0, 900))
def test_it_holds_exactly_from_the_day_it_is_missing(every: int, files: list[float], first: int, at: float) -> None:
    """Worked out anew, by ordinals: the last file up to then and not before counting began, else the day of counting."""
    known = awaiting(history(at=at), every, first, files=files)
    today = day(0).toordinal() + int((at * 24 + 8) // 24)
    days = [day(0).toordinal() + int((one * 24 + 8) // 24) for one in files if one <= at]
    last = max([one for one in days if one >= day(first).toordinal()], default=day(first).toordinal())
    assert isinstance(answer(RULE, known), Finding) == (today >= last + every + max(1, -(-every // 5)))


@given(st.integers(1, 60), st.integers(0, 300), st.integers(0, 300))
def test_the_finding_stays_the_same_while_nothing_comes(every: int, first: int, more: int) -> None:
    known = awaiting(history(at=5), every, files=(5,))
    begins = 5 + every + max(1, -(-every // 5))
    assert finding(RULE, known, at=begins + first) == finding(RULE, known, at=begins + first + more)
