"""The lines between the child and its parent: what is honest comes through unchanged, what is not is refused."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.parsers.messages import TEXT_LENGTH, GarbledError, item_line, line, read_line
from patients.parsers.raw import RawResult
from patients.readings import Issue, IssueSeverity

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
issues = st.builds(Issue, text, text, text, st.sampled_from(IssueSeverity), text, text)
results = st.builds(
    RawResult,
    issues=st.lists(issues, max_size=3).map(tuple),
    **{one.name: text for one in fields(RawResult) if one.name not in {"issues", "decimal_mark"}},
    decimal_mark=st.sampled_from(["", ".", ","]),
)


@settings(deadline=None)
@given(results | issues)
def test_what_is_said_is_what_is_heard(item: RawResult | Issue) -> None:
    said = item_line(item)
    assert said.count(b"\n") == 1
    assert said.endswith(b"\n")
    assert read_line(said) == item


def test_what_is_as_usual_is_not_said() -> None:
    assert item_line(RawResult(row="2")) == b'{"result":{"row":"2"}}\n'
    assert (
        item_line(RawResult(row="2", decimal_mark="", value="9,8"))
        == b'{"result":{"row":"2","value":"9,8","decimal_mark":""}}\n'
    )


def test_letters_that_no_database_keeps_are_replaced() -> None:
    heard = read_line(item_line(RawResult(row="2", value="a\0b", original="\ud800")))
    assert heard == RawResult(row="2", value="a␀b", original="?")
    assert read_line(item_line(Issue("", "", "x", IssueSeverity.ERROR, "m", "\0"))) == Issue(
        "", "", "x", IssueSeverity.ERROR, "m", "␀"
    )


@pytest.mark.parametrize("written", [r"C:\u0000", r"\\u0000", "\\ud800", "\\"])
def test_the_letters_of_an_escape_stay_as_they_are(written: str) -> None:
    result = RawResult(row="2", value=written)
    assert read_line(item_line(result)) == result
    assert read_line(item_line(replace(result, name="\0"))) == replace(result, name="␀")


@pytest.mark.parametrize("said", [{"format": "csv"}, {"unreadable": "too_many_rows"}, {"end": 12}])
def test_the_other_messages_come_through(said: dict[str, Any]) -> None:
    assert read_line(line(**said)) == said


GARBLED: list[object] = [
    None, 1, "result", [], {}, {"result": {"row": "2"}, "end": 1}, {"other": "x"}, {"format": 1}, {"format": None},
    {"unreadable": ["x"]}, {"end": "1"}, {"end": 1.0}, {"end": True}, {"result": None}, {"result": []}, {"result": {}},
    {"result": {"row": 2}}, {"result": {"row": None}}, {"result": {"row": "2", "value": 9.8}},
    {"result": {"row": "2", "value": None}}, {"result": {"row": "2", "value": ["9.8"]}}, {"result": {"row": "2", "owner": "me"}},
    {"result": {"row": "2", "__class__": "x"}}, {"result": {"row": "2", "decimal_mark": ";"}},
    {"result": {"row": "2", "issues": {}}}, {"result": {"row": "2", "issues": [[]]}},
    {"result": {"row": "2", "issues": ["abcdef"]}},
    {"result": {"row": "2\0"}}, {"result": {"row": "\ud800"}}, {"result": {"row": "2", "original": "x" * (TEXT_LENGTH + 1)}},
    {"issue": ["1", "2", "3", "error", "5"]}, {"issue": ["1", "2", "3", "fatal", "5", "6"]},
    {"issue": ["1", "2", "3", "error", "5", 6]}, {"issue": {"row": "1"}}, {"issue": "abcdef"},
    {"issue": ["", "", "", "error", "\0", ""]}, {"format": "c\0"},
]  # fmt: skip


@pytest.mark.parametrize("said", GARBLED, ids=lambda said: json.dumps(said)[:40])
def test_what_no_honest_child_says_is_refused(said: object) -> None:
    with pytest.raises(GarbledError):
        read_line(json.dumps(said).encode())


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"\n",
        b"{",
        b"csv",
        b'{"end":NaN}',
        b'{"end":Infinity}',
        b'{"end":1}{"end":1}',
        b"\xff\xfe",
        b'{"result":{"row":"\xff"}}',
        b"[" * 100_000,
    ],
    ids=lambda received: repr(received[:20]),
)
def test_what_is_no_json_is_refused(received: bytes) -> None:
    with pytest.raises(GarbledError):
        read_line(received)


@settings(deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=60).map(str.encode))
def test_no_line_does_anything_but_be_heard_or_refused(received: bytes) -> None:
    try:
        heard = read_line(received)
    except GarbledError:
        return
    assert isinstance(heard, RawResult | Issue | dict)


@settings(deadline=None)
@given(results, st.sampled_from([1, None, True, [], {}]))
def test_a_result_with_one_field_that_is_no_text_is_refused(result: RawResult, wrong: object) -> None:
    said = json.loads(item_line(replace(result, row="2", value="x")))
    said["result"]["value"] = wrong
    with pytest.raises(GarbledError):
        read_line(json.dumps(said).encode())
