"""Forms that correct one fact: what they refuse, and that a reason is always asked for."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.fact_forms import EventCorrectionForm, ResultForm, RetractForm, TreatmentForm
from patients.event_kinds import kinds
from patients.models import Observation
from patients.validation import Frame

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
FRAME = Frame(now=AT, time_zone="UTC", birth_date=date(2015, 5, 17), sex="female")
OCCASION: dict[str, Any] = {"zone": ZoneInfo("UTC"), "at": AT, "born": date(2015, 5, 17)}
TODAY = AT.date()


def result(code: str = "HGB", **sent: str) -> ResultForm:
    """Return the form of a result, sent."""
    data = {"on": "2026-03-03", "value": "104", "unit": "g/L", "reason": "mistyped", **sent}
    return ResultForm(data, row=Observation(code=code, value=1040.0, unit="g/L"), frame=FRAME, **OCCASION)


def treatment(*, planned: bool = False, **sent: str) -> TreatmentForm:
    """Return the form of a treatment, sent."""
    data = {
        "drug": "prednisolone", "dose": "30", "unit": "mg", "every_days": "1", "started_on": "2026-03-01", "reason": "mistyped",
    }  # fmt: skip
    return TreatmentForm({**data, **sent}, planned=planned, today=TODAY, born=date(2015, 5, 17))


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_reason_is_needed_and_is_not_endless(reason: str) -> None:
    assert list(RetractForm({"reason": reason}).errors) == ["reason"]
    assert list(result(reason=reason).errors) == ["reason"]
    assert list(treatment(reason=reason).errors) == ["reason"]


def test_a_result_is_read_again() -> None:
    form = result(value="10,4", unit="g/dL", performer="Lab A", clock="08:10")
    assert form.is_valid(), form.errors
    assert form.answer is not None
    assert form.answer.reading is not None
    assert (form.answer.reading.value, form.answer.reading.performer) == (104.0, "Lab A")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"value": "980"}, "value"),
        ({"value": ""}, "value"),
        ({"value": "x"}, "value"),
        ({"unit": "kg"}, "unit"),
        ({"on": "2031-01-01"}, "on"),
        ({"clock": "8"}, "clock"),
        ({"performer": "x" * 121}, "performer"),
        ({"specimen": "x" * 81}, "specimen"),
    ],
)
def test_a_result_that_cannot_be_is_refused_at_its_field(sent: dict[str, str], field: str) -> None:
    form = result(**sent)
    assert field in form.errors


def test_an_unusual_result_is_asked_and_confirmed_for_this_value_only() -> None:
    asked = result(value="38")
    assert "Is it right?" in asked.errors["value"][0]
    assert result(value="38", right=asked.said).is_valid()
    assert not result(value="37", right=asked.said).is_valid()


def test_a_word_is_chosen_among_those_of_the_scale() -> None:
    form = result("ANISO", value="+", unit="")
    choices = [one for one, _ in form.fields["value"].choices]  # type: ignore[attr-defined]
    assert choices
    assert "unit" not in form.fields
    assert result("ANISO", value=choices[0]).is_valid()
    assert list(result("ANISO", value="gigantic").errors) == ["value"]


def test_the_fields_stand_in_the_order_of_reading() -> None:
    assert [field.name for field in result().visible_fields()] == [
        "value", "unit", "on", "clock", "performer", "specimen", "reason",
    ]  # fmt: skip


def test_an_event_is_stated_again_with_a_reason() -> None:
    sent = {"on": "2026-03-03", "amount": "massive"}
    assert list(EventCorrectionForm(sent, kind=kinds()["hemoptysis"], **OCCASION).errors) == ["reason"]
    form = EventCorrectionForm({**sent, "reason": "more"}, kind=kinds()["hemoptysis"], **OCCASION)
    assert form.is_valid()
    assert form.findings == {"amount": "massive"}


def test_a_treatment_is_taken() -> None:
    form = treatment(dose="2,5", every_days="2", ended_on="2026-03-03")
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["dose"], form.cleaned_data["every_days"]) == (2.5, 2.0)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"ended_on": "2026-02-28"}, "ended_on"),
        ({"started_on": "2026-03-04"}, "started_on"),
        ({"started_on": "2014-01-01"}, "started_on"),
        ({"started_on": "1850-01-01"}, "started_on"),
        ({"every_days": "0"}, "every_days"),
        ({"every_days": "400"}, "every_days"),
        ({"dose": "a lot"}, "dose"),
        ({"dose": "-1"}, "dose"),
        ({"unit": ""}, "unit"),
        ({"drug": " "}, "drug"),
        ({"drug": "x" * 61}, "drug"),
    ],
)
def test_a_treatment_that_cannot_be_is_refused_at_its_field(sent: dict[str, Any], field: str) -> None:
    assert list(treatment(**sent).errors) == [field]


def test_what_is_planned_may_lie_ahead() -> None:
    assert treatment(planned=True, started_on="2026-04-01").is_valid()


@pytest.mark.parametrize(("dose", "unit"), [("", ""), ("0", ""), ("0", "mg")])
def test_a_dose_may_be_unknown_or_zero(dose: str, unit: str) -> None:
    assert treatment(dose=dose, unit=unit).is_valid()
