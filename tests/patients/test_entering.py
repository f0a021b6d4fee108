"""Typed results: read as rows of a file are, asked about where a row would be held, recorded all together or not at all."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.analytes import analyte, catalogue
from patients.entering import Answer, Mark, Typed, enter, fact_of, read
from patients.event_kinds import event_of_analyte
from patients.models import Observation, Patient, PatientRevision
from patients.recording import record
from patients.validation import Frame
from tests.patients.records import DAY, NOON, result, someone

FRAME = Frame(now=NOON + DAY, time_zone="Europe/Vienna", birth_date=date(2015, 5, 17), sex="female")
WHEN = "2026-03-03T13:00"
"""Noon UTC on a clock in Vienna."""


def one(code: str, value: str, unit: str = "", *, frame: Frame = FRAME, when: str = WHEN, **fields: Any) -> Answer:
    """Read a single typed result."""
    (found,) = read([Typed(code, value, unit, **fields)], frame, when=when)
    return found


def test_a_value_is_read_in_its_unit() -> None:
    found = one("HGB", "10.4", "g/dL")
    assert found.reading is not None
    assert (found.mark, found.reading.value, found.reading.unit) == (Mark.READ, 104.0, "g/L")
    assert (found.reading.original_value, found.reading.original_unit) == ("10.4", "g/dL")
    assert (found.reading.effective_at, found.reading.precision) == (NOON, "minute")


@pytest.mark.parametrize(
    ("value", "read_as"), [("10,4", 10.4), ("10.4", 10.4), ("2.345", 2.345), ("< 2", 2), ("12", 12)]
)
def test_a_comma_is_a_decimal_mark_too(value: str, read_as: float) -> None:
    found = one("CRP", value, "mg/L")
    assert found.reading is not None
    assert (found.mark, found.reading.value) == (Mark.READ, read_as)


def test_a_comma_that_could_divide_thousands_is_not_read() -> None:
    found = one("FERRITIN", "1,234", "ug/L")
    assert (found.mark, found.words) == (Mark.WRONG, "The value could not be read as one certain number.")


def test_a_day_alone_begins_when_it_begins_there() -> None:
    found = one("HGB", "120", "g/L", when="2026-03-03")
    assert found.reading is not None
    assert found.reading.effective_at == datetime.fromisoformat("2026-03-02T23:00+00:00")
    assert found.reading.precision == "day"


@pytest.mark.parametrize("value", ["", "  ", "\t"])
def test_an_empty_field_is_nothing(value: str) -> None:
    found = one("HGB", value, "g/L")
    assert found.mark is Mark.EMPTY
    assert found.stands


@pytest.mark.parametrize(
    ("code", "value", "unit", "part"),
    [
        ("HGB", "980", "g/L", "980 g/L is not possible for Hemoglobin (10 to 260 g/L)."),
        ("HGB", "abc", "g/L", "could not be read as one certain number"),
        ("HGB", "10", "kg", "is not measured in this unit"),
        ("HGB", "10 g/dL", "g/L", "The unit behind the number is not that of the unit's own cell."),
        ("ANISO", "rather", "", "The word is not known"),
        ("SP_SIDERO", "many", "", "This is recorded as a finding of an event: sputum."),
        ("TUBERCULIN", "4", "mm", "This is recorded as a finding of an event: tuberculin."),
    ],
)
def test_what_cannot_be_is_told_and_nobody_can_say_it_is_right(code: str, value: str, unit: str, part: str) -> None:
    for right in (False, True):
        found = one(code, value, unit, right=right)
        assert (found.mark, found.stands) == (Mark.WRONG, False)
        assert part in found.words


@pytest.mark.parametrize(
    ("code", "value", "unit", "part"),
    [
        ("HGB", "38", "g/L", "38 g/L is unusually low for Hemoglobin. Is it right?"),
        ("HGB", "220", "g/L", "220 g/L is unusually high for Hemoglobin. Is it right?"),
        ("HGB", "~98", "g/L", "The number is approximate. It was read as 98. Is it right?"),
        ("HGB", "98 L", "g/L", "A flag or footnote stands at the number. It was read as 98. Is it right?"),
    ],
)
def test_what_a_file_would_be_held_for_is_asked(code: str, value: str, unit: str, part: str) -> None:
    found = one(code, value, unit)
    assert (found.mark, found.words) == (Mark.ASKED, part)
    assert one(code, value, unit, right=True).mark is Mark.READ


def test_a_unit_that_was_mixed_up_is_asked() -> None:
    frame = replace(FRAME, recent={"HGB": (124.0, 122.0, 125.0)})
    found = one("HGB", "12.1", "g/L", frame=frame)
    assert found.mark is Mark.ASKED
    assert "12.1 would fit in g/dL" in found.words


def test_an_answer_is_about_one_value_and_others_are_read_as_they_are() -> None:
    found = read([Typed("HGB", "38", "g/L", right=True), Typed("CRP", "x", "mg/L"), Typed("FE", "")], FRAME, when=WHEN)
    assert [answer.mark for answer in found] == [Mark.READ, Mark.WRONG, Mark.EMPTY]


@pytest.mark.parametrize("when", ["2031-01-01", "2014-01-01", "1850-01-01"])
def test_a_time_that_cannot_be_is_wrong(when: str) -> None:
    assert one("HGB", "120", "g/L", when=when).mark is Mark.WRONG


@pytest.mark.parametrize("code", sorted(set(catalogue()) - set(event_of_analyte())))
def test_every_analyte_can_be_typed_in_each_of_its_units(code: str) -> None:
    known = analyte(code)
    if known.value_type != "number":
        assert {one(code, word).mark for word in known.allowed} == {Mark.READ}
        return
    middle = 7.4 if code == "PH_A" else ((known.warn_low or 0) + (known.warn_high or known.reject_high or 1)) / 2
    found = one(code, f"{middle:.6g}", known.unit)
    assert (found.mark, found.reading.code if found.reading else "") == (Mark.READ, code), found.words


def test_what_was_not_read_is_no_fact() -> None:
    with pytest.raises(ValueError, match="nothing was read"):
        fact_of(None, NOON)  # type: ignore[arg-type]


@given(st.text(max_size=80), st.sampled_from(["g/L", "g/dL", "", "x", "\x00"]), st.booleans())
def test_whatever_is_typed_is_answered(value: str, unit: str, right: bool) -> None:
    found = one("HGB", value, unit, right=right)
    assert found.mark in set(Mark)
    assert found.stands or found.words
    if found.mark is Mark.READ:
        assert found.reading is not None
        assert found.reading.value is not None or found.reading.data_absent_reason


@pytest.mark.django_db
class TestEntering:
    """With a patient's record."""

    @pytest.fixture
    def patient(self) -> Patient:
        return someone(time_zone="Europe/Vienna")

    @staticmethod
    def enter(patient: Patient, *typed: Typed, why: str = "") -> list[Answer]:
        """Read and record."""
        answers = read(typed, FRAME, when=WHEN)
        return enter(typed, answers, patient_id=patient.pk, by=None, at=NOON + DAY, why=why)

    def test_all_of_it_is_recorded_in_one_revision(self, patient: Patient) -> None:
        found = self.enter(patient, Typed("HGB", "10,4", "g/dL"), Typed("FE", ""), Typed("CRP", "12", "mg/L"))
        assert [answer.mark for answer in found] == [Mark.RECORDED, Mark.EMPTY, Mark.RECORDED]
        rows = Observation.objects.order_by("code")
        assert [(row.code, row.value, row.unit, row.recorded_revision) for row in rows] == [
            ("CRP", 12.0, "mg/L", 1),
            ("HGB", 104.0, "g/L", 1),
        ]
        assert [answer.fact_id for answer in found if answer.fact_id] == [rows[1].pk, rows[0].pk]
        assert PatientRevision.objects.get().why == "typed"

    def test_one_that_is_asked_keeps_all_from_being_recorded(self, patient: Patient) -> None:
        found = self.enter(patient, Typed("HGB", "38", "g/L"), Typed("CRP", "12", "mg/L"))
        assert [answer.mark for answer in found] == [Mark.ASKED, Mark.READ]
        assert not Observation.objects.exists()

    def test_what_a_person_says_is_right_is_recorded_as_confirmed(self, patient: Patient) -> None:
        (found,) = self.enter(patient, Typed("HGB", "38", "g/L", right=True))
        assert found.mark is Mark.RECORDED
        assert not Observation.objects.get().unconfirmed

    def test_nothing_typed_makes_no_revision(self, patient: Patient) -> None:
        self.enter(patient, Typed("HGB", ""), Typed("FE", " "))
        assert not PatientRevision.objects.exists()

    def test_the_same_again_is_known(self, patient: Patient) -> None:
        (first,) = self.enter(patient, Typed("HGB", "104", "g/L"))
        (again,) = self.enter(patient, Typed("HGB", "10.4", "g/dL"))
        assert (again.mark, again.fact_id, again.stands) == (Mark.KNOWN, first.fact_id, True)
        assert PatientRevision.objects.count() == 1

    def test_another_value_contradicts_and_keeps_all_from_being_recorded(self, patient: Patient) -> None:
        (known,) = self.enter(patient, Typed("HGB", "104", "g/L"))
        crp, hgb = self.enter(patient, Typed("CRP", "12", "mg/L"), Typed("HGB", "98", "g/L"))
        assert (crp.mark, hgb.mark) == (Mark.READ, Mark.CONTRADICTS)
        assert hgb.known is not None
        assert (hgb.known.pk, hgb.known.value) == (known.fact_id, 104.0)
        assert Observation.objects.count() == PatientRevision.objects.count() == 1

    def test_a_contradiction_is_corrected_with_its_reason(self, patient: Patient) -> None:
        (known,) = self.enter(patient, Typed("HGB", "104", "g/L"))
        typed = (Typed("HGB", "98", "g/L", corrects=known.fact_id), Typed("CRP", "12", "mg/L"))
        found = self.enter(patient, *typed, why="another tube")
        assert [answer.mark for answer in found] == [Mark.RECORDED] * 2
        now = Observation.objects.get(code="HGB", retracted_revision=None)
        assert (now.value, now.status, now.recorded_revision) == (98.0, "corrected", 2)
        assert PatientRevision.objects.get(n=2).why == "another tube"

    def test_only_what_the_person_saw_is_replaced(self, patient: Patient) -> None:
        (known,) = self.enter(patient, Typed("HGB", "104", "g/L"))
        assert known.fact_id is not None
        (found,) = self.enter(patient, Typed("HGB", "98", "g/L", corrects=known.fact_id + 1))
        assert found.mark is Mark.CONTRADICTS
        assert Observation.objects.count() == 1

    def test_a_neighbor_with_the_same_value_is_asked_about(self, patient: Patient) -> None:
        record([result(patient, 104.0, performer="Lab A", effective_at=NOON)], by=None, at=NOON, why="")
        (found,) = self.enter(patient, Typed("HGB", "104", "g/L"))
        assert found.mark is Mark.NEAR
        assert "within half an hour" in found.words
        (again,) = self.enter(patient, Typed("HGB", "104", "g/L", right=True))
        assert again.mark is Mark.RECORDED
        assert Observation.objects.filter(retracted_revision=None).count() == 2

    def test_one_question_open_is_enough_to_record_nothing(self, patient: Patient) -> None:
        record([result(patient, 104.0, performer="Lab A")], by=None, at=NOON, why="")
        (known,) = self.enter(patient, Typed("CRP", "12", "mg/L"))
        typed = (Typed("HGB", "104", "g/L", right=True), Typed("CRP", "13", "mg/L"))
        hgb, crp = self.enter(patient, *typed)
        assert (hgb.mark, crp.mark) == (Mark.NEAR, Mark.CONTRADICTS)
        assert Observation.objects.count() == 2
        assert known.fact_id == Observation.objects.get(code="CRP").pk

    def test_laboratory_and_specimen_belong_to_the_key(self, patient: Patient) -> None:
        self.enter(patient, Typed("HGB", "104", "g/L"))
        typed = [Typed("HGB", "98", "g/L")]
        answers = read(typed, FRAME, when=WHEN, performer="Lab A", specimen="capillary")
        (found,) = enter(typed, answers, patient_id=patient.pk, by=None, at=NOON + DAY)
        row = Observation.objects.get(pk=found.fact_id or 0)
        assert (row.performer, row.specimen, row.value) == ("Lab A", "capillary", 98.0)

    def test_forty_values_cost_as_many_queries_as_two(
        self, patient: Patient, django_assert_max_num_queries: Any
    ) -> None:
        numbers = [known for known in catalogue().values() if known.value_type == "number" and known.warn_high]
        every = [Typed(known.code, f"{known.warn_high:.6g}", known.unit) for known in numbers]
        typed = [value for value in every if one(value.code, value.value, value.unit).mark is Mark.READ][:40]
        with django_assert_max_num_queries(12):
            found = self.enter(patient, *typed)
        assert [answer.mark for answer in found] == [Mark.RECORDED] * 40
