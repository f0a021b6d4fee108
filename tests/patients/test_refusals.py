"""Refusals: each with its own status, and with what it says beside the sentence."""

import pytest

from monitor.problems import CONTENT_TYPE, handle
from patients import refusals


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (refusals.Conflict(), 409),
        (refusals.Stale(), 412),
        (refusals.TooLarge(), 413),
        (refusals.KeyReused(), 422),
        (refusals.NotRecorded("In doubt.", []), 422),
        (refusals.Contradicted("Another value is known.", []), 409),
    ],
)
def test_each_is_told_as_a_problem(refusal: refusals.Refusal, status: int) -> None:
    answer = handle(refusal, {"view": None})
    assert answer is not None
    assert (answer.status_code, answer.content_type) == (status, CONTENT_TYPE)  # type: ignore[attr-defined] # DRF's
    assert answer.data["detail"].endswith(".")  # type: ignore[attr-defined] # the same


def test_why_a_fact_is_not_recorded_is_told_issue_by_issue() -> None:
    issue = {"code": "future_date", "message": "The date lies in the future."}
    answer = handle(refusals.NotRecorded("The date lies in the future.", [issue]), {"view": None})
    assert answer is not None
    assert answer.data["issues"] == [issue]  # type: ignore[attr-defined] # DRF's


def test_issues_of_one_refusal_are_not_told_by_another() -> None:
    refusals.NotRecorded("In doubt.", [{"code": "x"}])
    assert refusals.NotRecorded("In doubt.", []).more == {"issues": []}
    assert refusals.Conflict().more == {}
