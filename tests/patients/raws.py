"""Results as a parser yields them, and what validation makes of one."""

from datetime import UTC, date, datetime
from typing import Any

from patients.parsers.raw import RawResult
from patients.readings import IssueSeverity, Reading
from patients.validation import Frame, validate

NOW = datetime(2024, 3, 20, 9, 0, tzinfo=UTC)


def raw(value: str = "13.2", unit: str = "g/dL", name: str = "Hemoglobin", **fields: Any) -> RawResult:
    """Return a result that is accepted as it stands: a hemoglobin of 18 March 2024."""
    usual: dict[str, Any] = {
        "row": "2",
        "column": "Value",
        "effective_at": "2024-03-18",
        "original": f"{name};{value};{unit}",
    }
    return RawResult(name=name, value=value, unit=unit, **{**usual, **fields})


def framed(**known: Any) -> Frame:
    """Return what is known of a patient: nothing but the time, unless said."""
    usual: dict[str, Any] = {"now": NOW, "time_zone": "Europe/Berlin", "birth_date": None}
    return Frame(**{**usual, **known})


GIRL = framed(birth_date=date(2015, 4, 17), sex="female")


def judged(result: RawResult, frame: Frame | None = None) -> Reading:
    """Return the one reading of one result."""
    (reading,) = validate([result], frame or framed())
    assert isinstance(reading, Reading)
    return reading


def read(value: str, unit: str = "g/dL", name: str = "Hemoglobin", **fields: Any) -> Reading:
    """Return the reading of a value."""
    return judged(raw(value, unit, name, **fields))


def told(reading: Reading) -> list[tuple[str, str]]:
    """Return code and severity of each issue, in order."""
    return [(issue.code, issue.severity.value) for issue in reading.issues]


def codes(reading: Reading) -> list[str]:
    """Return the code of each issue, in order."""
    return [issue.code for issue in reading.issues]


def message(reading: Reading, code: str) -> str:
    """Return what is said under the one issue of a code."""
    (found,) = [issue.message for issue in reading.issues if issue.code == code]
    return found


WARNING, INFORMATION = IssueSeverity.WARNING.value, IssueSeverity.INFORMATION.value
