"""What holds of every reading, whatever a file may say."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from patients.analytes import analyte, catalogue
from patients.event_kinds import problems
from patients.models.observation import STATUSES
from patients.parsers.raw import RawResult, error, information, warning
from patients.plausibility import HARMFUL_WHEN_LOW, Plausibility, plausibility
from patients.readings import Issue, IssueSeverity, Reading, RowState
from patients.validation import Frame, validate
from tests.patients.raws import NOW, judged

STATES = {RowState.ACCEPTED, RowState.HELD, RowState.REJECTED, RowState.SKIPPED}
LENGTHS: Mapping[str, int] = {
    "code": 32, "specimen": 80, "performer": 120, "value_text": 200, "unit": 24, "comparator": 2, "status": 16,
    "data_absent_reason": 24, "interpretation": 16, "original_value": 200, "original_unit": 40, "row": 200, "column": 200,
}  # fmt: skip
"""Of the columns of Observation and UploadRow."""

anything = st.text(max_size=60)
VALUES = [
    "13.2",
    "<5",
    "",
    "-",
    "NaN",
    "2+",
    "not found",
    "hemolyzed",
    "нет",
    "9,8 L",
    "1e40",
    "-3",
    "0",
    "4.1 10*9/L",
    "sample unfit",
]
LIKELY: Mapping[str, st.SearchStrategy[str]] = {
    "code": st.sampled_from(["", "718-7", "2951-2", "HGB", "FE", "X"]),
    "name": st.sampled_from(["Hemoglobin", "Sodium", "Neutrophils", "Protein", *catalogue()]),
    "value": st.sampled_from(VALUES) | st.decimals(-1, 5000, places=2).map(str),
    "unit": st.sampled_from(["", "g/dL", "g/L", "mmol/L", "%", "10*9/L", "nmol/L", "mL", "°F", "/HPF", "kPa"]),
    "decimal_mark": st.sampled_from([".", ",", ""]),
    "effective_at": st.dates(date(1880, 1, 1), date(2030, 1, 1)).map(str)
    | st.sampled_from(["2024-03-31T02:30", "2024-03-18T07:00Z"]),
    "status": st.sampled_from(["", "F", "C", "W", "P", "X", "?"]),
    "event_kind": st.sampled_from(["", "", "", "sputum", "chest_xray", "hemoptysis", "none"]),
    "event_field": st.sampled_from(["", "siderophages", "stage", "volume_ml", "adequate", "zones"]),
    "birth_date": st.sampled_from(["", "2015-04-17", "2014-01-01"]),
}  # fmt: skip
TEXTS = [one.name for one in fields(RawResult) if one.name not in {"row", "issues"}]
ISSUES = [
    make("2", "", code, "…")
    for make, code in ((error, "impossible_date"), (error, "broken"), (warning, "odd"), (information, "seen"))
]

results = st.builds(
    RawResult,
    row=anything,
    issues=st.lists(st.sampled_from(ISSUES), max_size=2).map(tuple),
    **{name: LIKELY.get(name, st.just("")) | anything for name in TEXTS},
)
likely_results = st.builds(RawResult, row=st.just("2"), **LIKELY)
frames = st.builds(
    Frame,
    now=st.just(NOW),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia", "America/New_York"]),
    birth_date=st.none() | st.just(date(2015, 4, 17)),
    sex=st.sampled_from(["", "male", "female"]),
    recent=st.dictionaries(
        st.sampled_from(list(catalogue())), st.lists(st.floats(0, 500), max_size=6).map(tuple), max_size=4
    ),
)


def check(reading: Reading, written: RawResult) -> None:
    """Assert what holds of every reading."""
    assert reading.state in STATES
    if reading.state in {RowState.HELD, RowState.REJECTED}:
        assert reading.issues
    severities = {issue.severity for issue in reading.issues}
    if reading.state is RowState.REJECTED:
        assert IssueSeverity.ERROR in severities
    if reading.state is RowState.ACCEPTED:
        assert severities <= (
            {IssueSeverity.WARNING, IssueSeverity.INFORMATION} if reading.unconfirmed else {IssueSeverity.INFORMATION}
        )
    assert reading.issues[: len(written.issues)] == written.issues
    for name, length in LENGTHS.items():
        assert len(getattr(reading, name)) <= length
    for text in (getattr(reading, one.name) for one in fields(Reading)):
        if isinstance(text, str):
            assert "\0" not in text
            text.encode()


def check_accepted(reading: Reading) -> None:
    """Assert what recording relies on."""
    assert reading.effective_at is not None
    assert reading.effective_at.tzinfo is not None
    assert reading.status in STATUSES
    if reading.event_kind:
        assert reading.event_value is not None
        found = problems(reading.event_kind, {reading.event_field: reading.event_value})
        assert all(issue.code == "missing_field" for issue in found)
        return
    one = analyte(reading.code)
    assert (reading.value is not None) + bool(reading.value_text) + bool(reading.data_absent_reason) == 1
    if reading.value is not None:
        assert math.isfinite(reading.value)
        where = plausibility(one, reading.value)
        assert where is Plausibility.PLAUSIBLE or (reading.unconfirmed and where is Plausibility.UNUSUALLY_LOW)
        assert reading.unconfirmed == (where is Plausibility.UNUSUALLY_LOW and one.code in HARMFUL_WHEN_LOW)
        assert reading.unit == one.unit
    if reading.value_text:
        assert reading.value_text in one.allowed


@settings(max_examples=400, deadline=None)
@given(results, frames)
def test_nothing_raises_and_every_result_ends_in_one_state(written: RawResult, frame: Frame) -> None:
    (reading,) = validate([written], frame)
    assert isinstance(reading, Reading)
    check(reading, written)
    if reading.state is RowState.ACCEPTED:
        check_accepted(reading)


@settings(max_examples=800, deadline=None)
@given(likely_results, frames)
def test_what_is_accepted_can_be_recorded_and_is_plausible(written: RawResult, frame: Frame) -> None:
    (reading,) = validate([written], frame)
    assert isinstance(reading, Reading)
    check(reading, written)
    if reading.state is RowState.ACCEPTED:
        check_accepted(reading)


@settings(deadline=None)
@given(st.lists(results | st.sampled_from(ISSUES), max_size=8), frames)
def test_there_is_one_reading_a_result_and_issues_stay_as_they_are(
    items: list[RawResult | Issue], frame: Frame
) -> None:
    out = list(validate(items, frame))
    assert len(out) == len(items)
    for item, came in zip(items, out, strict=True):
        assert isinstance(came, Reading) if isinstance(item, RawResult) else came is item


@settings(deadline=None)
@given(likely_results, frames)
def test_a_known_patient_never_frees_a_result(written: RawResult, frame: Frame) -> None:
    """What is known of a patient can only hold a result that would be accepted of a stranger, never let one in."""
    stranger = replace(frame, birth_date=None, sex="", recent={})
    if judged(written, frame).state is RowState.ACCEPTED:
        assert judged(written, stranger).state is RowState.ACCEPTED


@settings(deadline=None)
@given(likely_results, st.sampled_from(ISSUES))
def test_one_more_issue_never_lets_a_result_in(written: RawResult, issue: Issue) -> None:
    worse = judged(replace(written, issues=(issue,)))
    if worse.state is RowState.ACCEPTED:
        assert judged(written).state is RowState.ACCEPTED
    assert worse.state is not RowState.ACCEPTED or issue.severity is IssueSeverity.INFORMATION


@settings(deadline=None)
@given(results)
def test_what_is_said_of_a_row_can_be_kept_as_json(written: RawResult) -> None:
    reading = judged(written)
    texts = [reading.original, reading.value, reading.event_value, *(issue.message for issue in reading.issues)]
    json.dumps(texts, allow_nan=False).encode()
