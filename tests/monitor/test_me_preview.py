"""A report in words for a patient: what was read, what is left for the team, and nothing that they cannot use."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.me_preview import ELSE, KNOWN, OPAQUE, REASONS, SHOWN, UNIT, Preview, fate, preview_of, send_words, unread
from patients.naming import Unnamed
from patients.readings import RowState
from patients.settling import MESSAGES as SETTLED

NBSP = "\u00a0"


def result(state: str = "accepted", row: str = "2", **fields: Any) -> dict[str, Any]:
    """Return one row of a report: a hemoglobin of 126 g/L of 21 November, unless told otherwise."""
    usual = {
        "row": row, "patient": "x", "code": "HGB", "value": 12.6, "unit": "g/dL", "comparator": "", "canonical_value": 126.0,
        "canonical_unit": "g/L", "effective_at": "2026-11-21", "status": "final", "state": state,
    }  # fmt: skip
    return {**usual, **fields}


def report(*results: dict[str, Any], issues: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Return a report; issues by row and code, with words that no patient should see."""
    found = [
        {"row": row, "code": code, "message": "RCV exceeded", "column": "", "severity": "warning"}
        for row, code in issues
    ]
    return {"results": list(results), "issues": found}


def test_a_value_is_told_with_its_unit_its_day_and_how_it_was_written() -> None:
    (line,) = preview_of(report(result())).read
    assert (line.name, line.value, line.unit, line.day) == ("Hemoglobin", 126.0, "g/L", f"21{NBSP}November{NBSP}2026")
    assert (line.written, line.known, line.why) == (f"12.6{NBSP}g/dL", False, "")


def test_a_value_that_needed_no_conversion_is_told_once() -> None:
    (line,) = preview_of(report(result(value=126.0, unit="g/L"))).read
    assert line.written == ""


def test_a_time_is_told_as_its_day_where_the_patient_lives() -> None:
    (line,) = preview_of(report(result(effective_at="2026-11-21T00:20:00+13:00"))).read
    assert line.day == f"21{NBSP}November{NBSP}2026"


def test_what_is_known_already_is_understood_and_said_to_be() -> None:
    found = preview_of(report(result("duplicate")))
    assert (found.count, found.read[0].known) == (1, True)


@pytest.mark.parametrize("state", ["held", "rejected"])
def test_what_is_held_or_rejected_is_left_for_the_team(state: str) -> None:
    found = preview_of(
        report(result(), result(state, "3", canonical_value=None, unit="x"), issues=(("3", "unknown_unit"),))
    )
    assert (found.count, len(found.unsure), found.unsure[0].why) == (1, 1, UNIT)
    assert (found.unsure[0].value, found.unsure[0].unit) == (12.6, "x")


def test_a_line_of_no_known_test_is_named_by_its_place() -> None:
    found = preview_of(report(result("held", "7", code="", canonical_value=None, value="pos", effective_at=None)))
    assert (found.unsure[0].name, found.unsure[0].value, found.unsure[0].day) == (f"Line{NBSP}7", "pos", "")


def test_an_unheard_of_reason_is_said_in_general() -> None:
    assert preview_of(report(result("held"), issues=(("2", "brand_new_code"),))).unsure[0].why == ELSE


def test_the_first_reason_that_has_words_is_told() -> None:
    found = preview_of(report(result("held"), issues=(("2", "brand_new_code"), ("2", "contradicts"))))
    assert found.unsure[0].why == KNOWN


def test_every_reason_of_settling_and_naming_has_words() -> None:
    assert set(SETTLED) | {one.value for one in Unnamed} <= set(REASONS)


def test_our_own_messages_are_never_shown() -> None:
    found = preview_of(
        report(result("held"), result("rejected", "3"), issues=(("2", "x"), ("3", "unknown_unit"), ("", "y")))
    )
    assert "RCV" not in repr(found)


def test_lines_with_nothing_in_them_are_counted() -> None:
    found = preview_of(report(result(), *(result("skipped", str(row)) for row in range(3, 7))))
    assert (found.count, found.left, found.nothing) == (1, 4, False)


def test_a_file_of_nothing_that_is_followed_says_so() -> None:
    assert preview_of(report(result("skipped"))).nothing
    assert not unread("unknown_format").nothing


def test_a_file_with_no_row_but_something_wrong_is_one_that_people_must_read() -> None:
    assert preview_of(report(issues=(("", "no_heading"),))).words == OPAQUE


@pytest.mark.parametrize(
    ("code", "words"), [("unknown_format", "photo or a PDF"), ("crashed", "photo or a PDF"), ("too_large", "at once")]
)
def test_what_cannot_be_read_is_said_plainly(code: str, words: str) -> None:
    assert words in unread(code).words


@given(st.lists(st.sampled_from([state.value for state in RowState]), max_size=120))
def test_every_row_is_told_once_and_a_page_stays_small(states: list[str]) -> None:
    found = preview_of(report(*(result(state, str(row)) for row, state in enumerate(states))))
    read = sum(state in {"accepted", "duplicate"} for state in states)
    unsure = sum(state in {"held", "rejected"} for state in states)
    assert found.count == read
    assert len(found.read) <= SHOWN
    assert len(found.unsure) == min(SHOWN, unsure)
    assert found.left == states.count("skipped")


@pytest.mark.parametrize(
    ("read", "unsure", "words"),
    [
        (1, 0, f"Send 1{NBSP}value"),
        (5, 1, f"Send 5{NBSP}values, 1 left for the team"),
        (0, 2, f"Send 2{NBSP}values for my team to look at"),
        (0, 0, "Send it to my team"),
    ],
)
def test_the_button_says_what_pressing_it_sends(read: int, unsure: int, words: str) -> None:
    rows = [result(row=str(row)) for row in range(read)] + [result("held", str(90 + row)) for row in range(unsure)]
    assert send_words(preview_of(report(*rows))) == words
    assert send_words(Preview(words=OPAQUE)) == "Send it to my team"


@pytest.mark.parametrize(
    ("state", "counts", "shape", "words"),
    [
        ("received", (0, 0, 0), "low", "It is being read"),
        ("reading", (0, 0, 0), "low", "It is being read"),
        ("failed", (0, 0, 0), "mod", "We could not read it ourselves"),
        ("done", (6, 0, 0), "ok", f"6{NBSP}values in your record."),
        ("done", (0, 1, 0), "ok", f"1{NBSP}value known before."),
        ("held", (5, 0, 1), "mod", f"5{NBSP}values in your record, 1{NBSP}value left for your team."),
        ("held", (0, 2, 1), "mod", f"2{NBSP}values known before, 1{NBSP}value left for your team."),
        ("done", (0, 0, 0), "mod", "no value in it that we follow"),
    ],
)
def test_what_became_of_a_file_in_words(state: str, counts: tuple[int, int, int], shape: str, words: str) -> None:
    accepted, known, waiting = counts
    found = fate(state, accepted=accepted, known=known, waiting=waiting)
    assert found.shape == shape
    assert words in found.words
    assert found.words.startswith("Sent.")


def test_nobody_is_told_that_a_value_is_fine() -> None:
    found = fate("done", accepted=3, known=0, waiting=0)
    assert found.then == "Your team checks what you send."
