"""What looks over every answer of every rule sees what is missing."""

from dataclasses import replace
from typing import Any

import pytest

from alerts.rules.hemoglobin_severe import RULE
from alerts.rules.rule import CannotJudge, Clear, Evidence, Finding
from tests.alerts.rules.histories import finding, hemoglobin, on
from tests.alerts.rules.whole import all_whole, whole

FOUND: Finding = finding(RULE, hemoglobin((0, 60)))
ROW: Evidence = FOUND.evidence[0]


def test_what_is_whole_is_handed_on() -> None:
    answers = (FOUND, Clear(RULE.name, ""), CannotJudge(RULE.name, "1", "too little is known"))
    assert whole(RULE, answers) == answers
    assert all_whole([RULE], answers)


@pytest.mark.parametrize(
    "fields",
    [
        {"rule": "another"},
        {"rule_version": RULE.version + 1},
        {"subject": None},
        {"severity": 3},
        {"sentence": "Hemoglobin None g/L."},
        {"sentence": "without an end"},
        {"sentence": "Too short. Nobody knows of what the rest speaks."},
        {"sentence": "Seen on the film (no. 3 of the day), and not gone."},
        {"sentence": "Seen by Dr. who read the film of that day."},
        {"arithmetic": ("",)},
        {"clears_when": "without an end"},
        {"evidence": ()},
        {"threshold": " "},
        {"citation": "another"},
        {"level": -1},
        {"numbers": {"limit": float("nan")}},
        {"since": None},
        {"since": on(0).replace(tzinfo=None)},
    ],
    ids=str,
)
def test_a_finding_that_is_not_is_seen(fields: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        whole(RULE, (replace(FOUND, **fields),))


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "witness"},
        {"kind": "rumor"},
        {"id": None},
        {"code": ""},
        {"value": ()},
        {"unit": "g/dL"},
        {"kind": "event", "unit": "g/L"},
        {"effective_at": on(0).replace(tzinfo=None)},
    ],
    ids=str,
)
def test_a_row_of_evidence_that_is_not_is_seen(fields: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        whole(RULE, (replace(FOUND, evidence=(replace(ROW, **fields),)),))


@pytest.mark.parametrize("answer", [Clear("another", ""), CannotJudge(RULE.name, "", "")])
def test_other_answers_are_looked_over_too(answer: Clear | CannotJudge) -> None:
    with pytest.raises(AssertionError):
        whole(RULE, (answer,))
