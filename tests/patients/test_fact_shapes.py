"""Rows as PostgreSQL writes them are rows as the serializers describe them."""

import json
from typing import Any

import pytest
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from rest_framework import serializers

from patients import fact_shapes as shapes
from patients.columnar import timeline
from patients.models import Event, Observation, Patient, Treatment, UploadRow
from tests import factories

pytestmark = pytest.mark.django_db
PAIRS: list[tuple[Any, Combinable, type[serializers.BaseSerializer[Any]]]] = [
    (Observation, shapes.OBSERVATION, shapes.ObservationSerializer),
    (Event, shapes.EVENT, shapes.EventSerializer),
    (Treatment, shapes.TREATMENT, shapes.TreatmentSerializer),
    (UploadRow, shapes.ROW, shapes.RowSerializer),
]


@pytest.fixture
def anna() -> Patient:
    ill = factories.patient(time_zone="America/St_Johns")
    factories.result(ill, 98.0, original_value="9,8", original_unit="g/dl", specimen='a "quoted" ö')
    factories.event(ill, "diagnosis", text="line\nbreak")
    factories.treatment(ill)
    factories.upload(
        ill, rows=[{"state": "held", "reading": {"code": "HGB"}, "issues": [{"code": "x"}], "original": "a;b"}]
    )
    return ill


@pytest.mark.parametrize(("model", "shape", "serializer"), PAIRS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_row_has_the_fields_that_are_described(anna: Patient, model: Any, shape: Combinable, serializer: Any) -> None:
    told = json.loads(model.objects.values_list(shape, flat=True).get())
    assert set(told) == set(serializer().fields)


@pytest.mark.parametrize(("model", "shape", "serializer"), PAIRS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_row_says_what_the_model_holds(anna: Patient, model: Any, shape: Combinable, serializer: Any) -> None:
    rows: QuerySet[Any] = model.objects.all()
    told, row = json.loads(rows.values_list(shape, flat=True).get()), rows.get()
    for name, value in told.items():
        held = getattr(row, f"{name}_id" if name in ("patient", "upload") else name)
        if name == "effective_at":
            continue
        assert value == held or str(value) == str(held), name


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Berlin", "2026-03-01T23:00Z", "2026-03-02"),
        ("Pacific/Kiritimati", "2026-03-01T10:00Z", "2026-03-02"),
        ("America/St_Johns", "2026-03-02T03:30Z", "2026-03-02"),
        ("UTC", "2026-03-02T00:00Z", "2026-03-02"),
    ],
)
def test_a_day_is_told_as_the_day_where_the_patient_lives(zone: str, instant: str, day: str) -> None:
    ill = factories.patient(time_zone=zone)
    factories.result(ill, 98.0, effective_at=instant, precision="day")
    told = json.loads(Observation.objects.values_list(shapes.OBSERVATION, flat=True).get())
    assert (told["effective_at"], told["precision"]) == (day, "day")


def test_an_instant_is_told_to_the_microsecond() -> None:
    factories.result(factories.patient(), 98.0, effective_at="2026-03-02T08:00:00.123456Z")
    told = json.loads(Observation.objects.values_list(shapes.OBSERVATION, flat=True).get())
    assert told["effective_at"] == "2026-03-02T08:00:00.123456+00:00"


def test_the_timeline_has_the_fields_that_are_described(anna: Patient) -> None:
    factories.result(anna, None, code="U_BLOOD", unit="", value_text="2+")  # type: ignore[arg-type] # words, no number
    told = json.loads(timeline(anna.pk, revision=anna.revision))
    assert set(told) == set(shapes.TimelineSerializer().fields)
    for name, serializer in (
        ("observations", shapes.ColumnsSerializer()),
        ("texts", shapes.TextsSerializer()),
        ("events", shapes.TimelineEventSerializer()),
        ("treatments", shapes.TimelineTreatmentSerializer()),
    ):
        assert set(told[name][0]) == set(serializer.fields), name
