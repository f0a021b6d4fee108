"""What every answer of every rule must hold, whatever it says: the helpers of all rules' tests look for it, too."""

import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import get_args, get_type_hints

from alerts.rules.rule import Answer, CannotJudge, Evidence, Finding, Rule, Severity
from alerts.rules.wording import first_sentence
from patients.analytes import analyte

HINTS = get_type_hints(Evidence)
SUBJECT = re.compile(r"|\d+|\d{4}-\d\d-\d\d")
"""Nothing where it is the person; or an event by its number, or a day."""

OF_NOTHING = frozenset({"upload_missing"})
"""Rules that may rest on no fact at all: that nothing came."""


def whole(rule: Rule, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Return the answers of a rule: each names the rule and its subject, and says in words why."""
    for one in answers:
        assert one.rule == rule.name
        assert isinstance(one.subject, str)
        assert SUBJECT.fullmatch(one.subject)
        if isinstance(one, CannotJudge):
            assert is_said(one.reason)
        if isinstance(one, Finding):
            finding_is_whole(rule, one)
    return answers


def all_whole(rules: Iterable[Rule], answers: Iterable[Answer]) -> bool:
    """Whether the answers of several rules are whole; AssertionError says where not."""
    by_name = {rule.name: rule for rule in rules}
    return all(whole(by_name[one.rule], (one,)) for one in answers)


def finding_is_whole(rule: Rule, one: Finding) -> None:
    """Check that a finding has all that the page of an alert shows of it, and its own rule's version and source."""
    assert (one.rule_version, one.citation) == (rule.version, rule.citation)
    assert isinstance(one.severity, Severity)
    assert one.sentence.endswith((".", "?"))
    assert stands_alone(first_sentence(one.sentence), of=one.sentence)
    assert all(is_said(line) for line in (one.sentence, *one.arithmetic, one.threshold))
    assert one.clears_when.endswith(".")
    assert one.level >= 0
    assert all(name and math.isfinite(number) for name, number in one.numbers.items())
    assert is_moment(one.since)
    assert one.evidence or rule.name in OF_NOTHING
    for row in one.evidence:
        row_is_whole(row)


def stands_alone(first: str, *, of: str) -> bool:
    """Whether the first sentence of a finding says something by itself: ended, not within brackets, and the next begins anew."""
    rest = of.removeprefix(first).lstrip()
    begins = not rest or rest[0].isupper() or rest[0].isdigit() or rest[0] in "≥≤<>"
    return first.endswith((".", "?")) and first.count("(") == first.count(")") and len(first.split()) >= 4 and begins


def row_is_whole(row: Evidence) -> None:
    """Check that a row of evidence says what it is, of whom the record knows it by number, and from when."""
    assert row.role in get_args(HINTS["role"])
    assert row.kind in get_args(HINTS["kind"])
    assert isinstance(row.id, int)
    assert is_said(row.code)
    assert is_moment(row.effective_at)
    assert row.value is None or isinstance(row.value, int | float | str)
    if row.kind == "observation":
        assert row.unit == analyte(row.code).unit
    elif row.kind == "event":
        assert row.unit == ""


def is_said(words: str) -> bool:
    """Whether something is said, and no value that is not known is said with it."""
    return bool(words.strip()) and "None" not in words and "nan" not in words.split()


def is_moment(when: datetime | None) -> bool:
    """Whether it is a moment, known with its zone."""
    return when is not None and when.utcoffset() is not None
