"""A finding as JSON and back: the same bytes each time, nine digits, nothing lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.replaying import canonical
from alerts.rules.findings import from_json, rounded, to_json
from alerts.rules.rule import Evidence, Finding, Severity, Telling

WHEN = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(max_size=12)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
evidence = st.builds(
    Evidence,
    role=st.sampled_from(["result", "baseline", "support"]),
    kind=st.sampled_from(["observation", "event", "treatment"]),
    id=st.integers(1, 2**40),
    code=words,
    effective_at=moments,
    value=st.none() | words | finite,
    unit=words,
)
findings = st.builds(
    Finding,
    rule=words,
    rule_version=st.integers(1, 99),
    subject=words,
    severity=st.sampled_from(Severity),
    sentence=words,
    arithmetic=st.lists(words, max_size=3).map(tuple),
    clears_when=words,
    evidence=st.lists(evidence, max_size=4).map(tuple),
    threshold=words,
    citation=words,
    telling=st.sampled_from(Telling),
    latching=st.booleans(),
    level=st.integers(0, 9),
    numbers=st.dictionaries(words, finite, max_size=4),
    settings=st.dictionaries(words, finite, max_size=2),
    since=st.none() | moments,
)


def plain(**fields: object) -> Finding:
    """Return a finding."""
    row = Evidence("result", "observation", 7, "HGB", WHEN, 98.0, "g/L")
    one = Finding(
        "r", 1, "", Severity.HIGH, "s", ("a", "b"), "c", (row,), "t", "d", numbers={"result": 98.0, "limit": 70.0}
    )
    return replace(one, **fields)  # type: ignore[arg-type]


@given(findings)
def test_reading_what_was_written_writes_the_same(finding: Finding) -> None:
    written = to_json(finding)
    again = from_json(json.loads(canonical(written)))
    assert canonical(to_json(again)) == canonical(written)


@given(findings)
def test_nothing_but_digits_is_lost(finding: Finding) -> None:
    again = from_json(to_json(finding))
    rows = tuple(
        replace(row, value=rounded(row.value) if isinstance(row.value, float) else row.value)
        for row in finding.evidence
    )
    numbers, settings = (
        {name: rounded(value) for name, value in some.items()} for some in (finding.numbers, finding.settings)
    )
    assert again == replace(finding, evidence=rows, numbers=numbers, settings=settings)


@given(findings)
def test_the_same_finding_is_the_same_bytes(finding: Finding) -> None:
    turned = replace(finding, numbers=dict(reversed(list(finding.numbers.items()))))
    assert canonical(to_json(finding)) == canonical(to_json(turned))


@given(finite)
def test_rounding_keeps_nine_digits_and_rests_there(value: float) -> None:
    once = rounded(value)
    assert rounded(once) == once
    assert once == pytest.approx(value, rel=1e-8)


def test_the_last_bits_of_a_number_do_not_matter() -> None:
    assert to_json(plain(numbers={"x": 0.1 + 0.2})) == to_json(plain(numbers={"x": 0.3}))
    assert str(rounded(-0.0)) == "0.0"


def test_severity_is_a_word_and_times_are_utc() -> None:
    east = plain().evidence[0].effective_at.astimezone(timezone(timedelta(hours=5)))
    written = to_json(plain(evidence=(replace(plain().evidence[0], effective_at=east),)))
    assert written["severity"] == "high"
    assert written["evidence"] == [
        {
            "role": "result",
            "kind": "observation",
            "id": 7,
            "code": "HGB",
            "effective_at": "2026-03-02T07:30:00+00:00",
            "value": 98.0,
            "unit": "g/L",
        }
    ]


@pytest.mark.parametrize("missing", sorted(set(to_json(plain())) - {"since"}))
def test_a_finding_with_a_part_missing_is_not_read(missing: str) -> None:
    written = to_json(plain())
    del written[missing]
    with pytest.raises(KeyError):
        from_json(written)


def test_a_finding_kept_before_there_was_a_beginning_has_none() -> None:
    written = to_json(plain(since=WHEN))
    assert written["since"] == "2026-03-02T07:30:00+00:00"
    del written["since"]
    assert from_json(written) == plain()


def test_the_beginning_is_utc() -> None:
    east = WHEN.astimezone(timezone(timedelta(hours=5)))
    assert to_json(plain(since=east)) == to_json(plain(since=WHEN))
    assert to_json(plain())["since"] is None


def test_an_unknown_severity_is_not_read() -> None:
    with pytest.raises(KeyError):
        from_json({**to_json(plain()), "severity": "critical"})


def test_an_unknown_telling_is_not_read() -> None:
    with pytest.raises(ValueError, match="never"):
        from_json({**to_json(plain()), "telling": "never"})
