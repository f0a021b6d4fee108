"""A finding as JSON and back: what is stored, replayed byte by byte, and shown. Numbers carry nine significant digits. Pure."""

from datetime import UTC, datetime
from typing import Any, Final

from alerts.rules.rule import Evidence, Finding, Severity, Telling

DIGITS: Final = 9
"""Significant digits of a number (design.md, Rules and alerts): the last bits of a float differ between machines."""


def rounded(value: float) -> float:
    """Return a number to nine significant digits; never minus zero."""
    return float(f"{value:.{DIGITS}g}") + 0.0


def to_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as a JSON object: severity as word, times in UTC, evidence as objects."""
    return {
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "subject": finding.subject,
        "severity": finding.severity.word,
        "sentence": finding.sentence,
        "arithmetic": list(finding.arithmetic),
        "clears_when": finding.clears_when,
        "evidence": [_evidence(one) for one in finding.evidence],
        "threshold": finding.threshold,
        "citation": finding.citation,
        "telling": finding.telling.value,
        "latching": finding.latching,
        "level": finding.level,
        "numbers": {name: rounded(value) for name, value in sorted(finding.numbers.items())},
        **(
            {"settings": {name: rounded(value) for name, value in sorted(finding.settings.items())}}
            if finding.settings
            else {}
        ),
        "since": None if finding.since is None else finding.since.astimezone(UTC).isoformat(),
    }


def from_json(written: dict[str, Any]) -> Finding:
    """Return the finding of `to_json`; KeyError or ValueError for anything else. Kept before `since` was: none."""
    since = written.get("since")
    return Finding(
        rule=written["rule"],
        rule_version=written["rule_version"],
        subject=written["subject"],
        severity=Severity[written["severity"].upper()],
        sentence=written["sentence"],
        arithmetic=tuple(written["arithmetic"]),
        clears_when=written["clears_when"],
        evidence=tuple(_read(one) for one in written["evidence"]),
        threshold=written["threshold"],
        citation=written["citation"],
        telling=Telling(written["telling"]),
        latching=written["latching"],
        level=written["level"],
        numbers=dict(written["numbers"]),
        settings=dict(written.get("settings", {})),
        since=None if since is None else datetime.fromisoformat(since),
    )


def _evidence(row: Evidence) -> dict[str, Any]:
    """Return one row of evidence as an object."""
    return {
        "role": row.role,
        "kind": row.kind,
        "id": int(row.id),
        "code": row.code,
        "effective_at": row.effective_at.astimezone(UTC).isoformat(),
        "value": rounded(row.value) if isinstance(row.value, int | float) else row.value,
        "unit": row.unit,
    }


def _read(written: dict[str, Any]) -> Evidence:
    """Return one row of evidence of an object."""
    return Evidence(
        role=written["role"],
        kind=written["kind"],
        id=written["id"],
        code=written["code"],
        effective_at=datetime.fromisoformat(written["effective_at"]),
        value=written["value"],
        unit=written["unit"],
    )
