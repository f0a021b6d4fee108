"""Findings that a format names by event and field: each value becomes that of its type, or is refused with the reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.event_kinds import Finding, kinds, problems
from patients.readings import Reading, RowState
from tests.patients.raws import codes, judged, message, raw

FIELDS = [(kind.name, field.name) for kind in kinds().values() for field in kind.fields.values()]


def field(kind: str, name: str, value: str, **more: str) -> Reading:
    """Return the reading of one field of an event."""
    return judged(raw(value, "", "", event_kind=kind, event_field=name, **more))


@pytest.mark.parametrize(
    ("kind", "name", "written", "value"),
    [
        ("sputum", "siderophages", "many", "many"),
        ("sputum", "siderophages", "Many", "many"),
        ("sputum", "adequate", "false", False),
        ("sputum", "adequate", "Yes", True),
        ("chest_xray", "stage", "3", 3),
        ("chest_xray", "focus_size_mm", "2.5", 2.5),
        ("chest_xray", "reader", "Dr. Weiß", "Dr. Weiß"),
        ("hemoptysis", "volume_ml", "30", 30.0),
        ("exacerbation", "until", "2024-03-01", "2024-03-01"),
        ("exacerbation", "status", "confirmed", "confirmed"),
    ],
)
def test_a_value_becomes_that_of_its_field(kind: str, name: str, written: str, value: Finding) -> None:
    reading = field(kind, name, written)
    assert (reading.state, reading.event_kind, reading.event_field, reading.issues) == (
        RowState.ACCEPTED,
        kind,
        name,
        (),
    )
    assert reading.event_value == value
    assert type(reading.event_value) is type(value)
    assert (reading.code, reading.value, reading.unit) == ("", None, "")


@pytest.mark.parametrize(
    ("kind", "name", "written", "code"),
    [
        ("seance", "depth", "3", "unknown_kind"),
        ("sputum", "color", "rust", "unknown_field"),
        ("sputum", "siderophages", "lots", "invalid_value"),
        ("sputum", "adequate", "maybe", "invalid_value"),
        ("chest_xray", "stage", "5", "invalid_value"),
        ("chest_xray", "focus_size_mm", "-2", "invalid_value"),
        ("chest_xray", "focus_size_mm", "two", "invalid_value"),
        ("chest_xray", "zones", '{"right_upper": "new"}', "invalid_value"),
        ("exacerbation", "until", "1 March", "invalid_value"),
    ],
)
def test_what_an_event_cannot_hold_is_rejected_with_the_reason(kind: str, name: str, written: str, code: str) -> None:
    reading = field(kind, name, written)
    assert (reading.state, codes(reading)) == (RowState.REJECTED, [code])
    assert reading.issues[0].row == "2"


def test_what_is_allowed_is_said() -> None:
    assert message(field("sputum", "siderophages", "lots"), "invalid_value") == "Allowed: absent, few, moderate, many."


@pytest.mark.parametrize("written", ["~30", "30*", "<30", "30 mL"])
def test_a_doubtful_number_is_held(written: str) -> None:
    reading = field("hemoptysis", "volume_ml", written)
    assert (reading.state, codes(reading), reading.event_value) == (RowState.HELD, ["doubtful_number"], 30.0)


@pytest.mark.parametrize("blank", ["", " ", "-"])
def test_an_empty_field_is_skipped(blank: str) -> None:
    assert field("hemoptysis", "volume_ml", blank).state is RowState.SKIPPED


def test_a_field_needs_a_date_and_a_final_status_like_every_result() -> None:
    assert codes(field("hemoptysis", "volume_ml", "30", effective_at="")) == ["date_missing"]
    assert codes(field("hemoptysis", "volume_ml", "30", status="preliminary")) == ["uncertain_event"]


@settings(deadline=None)
@given(st.sampled_from(FIELDS), st.text(max_size=20) | st.sampled_from(["1", "true", "absent", "2024-01-01", "0.5"]))
def test_what_is_accepted_is_what_the_kind_allows(named: tuple[str, str], written: str) -> None:
    reading = field(*named, written)
    if reading.state is RowState.ACCEPTED:
        found = problems(reading.event_kind, {reading.event_field: reading.event_value})
        assert all(issue.code == "missing_field" for issue in found)
    else:
        assert reading.state is RowState.SKIPPED or reading.issues
