"""Results by the API: read like a file's rows, one refused where it is in doubt, a list answered row by row."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.models import Event, Observation, Patient, PatientRevision
from patients.observation_api import MOST
from tests import factories
from tests.patients.programs import Program, problem

pytestmark = pytest.mark.django_db
PATH = "observations/"
WHEN = "2026-03-02T08:00+01:00"


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1", time_zone="Europe/Berlin")


@pytest.fixture
def nurse(anna: Patient) -> Program:
    return Program(factories.member(anna.team, "nurse"))


def result(**fields: Any) -> dict[str, Any]:
    """Return a hemoglobin of 9.8 g/dL, unless told otherwise."""
    usual = {"patient": "MRN-1", "code": "HGB", "value": 9.8, "unit": "g/dL", "effective_at": WHEN}
    return {name: value for name, value in {**usual, **fields}.items() if value is not None}


def test_a_result_is_kept_in_the_catalogues_unit_beside_what_was_written(anna: Patient, nurse: Program) -> None:
    answer = nurse.post(PATH, result())
    told = answer.json()
    assert (answer.status_code, told["state"], told["kind"], told["issues"]) == (201, "accepted", "observation", [])
    assert (told["value"], told["unit"], told["canonical_value"], told["canonical_unit"]) == (9.8, "g/dL", 98.0, "g/L")
    assert (told["effective_at"], told["patient"]) == (WHEN.replace("+01:00", ":00+01:00"), str(anna.pk))
    assert (answer["Location"], answer["ETag"]) == (f"/api/v1/observations/{told['id']}/", 'W/"1"')
    row = Observation.objects.get()
    assert (row.value, row.unit, row.original_value, row.original_unit) == (98.0, "g/L", "9.8", "g/dL")
    assert PatientRevision.objects.get().why == "api"


@pytest.mark.parametrize(
    ("fields", "code", "value"),
    [
        ({"code": "718-7"}, "HGB", 98.0),
        ({"code": None, "name": "Hämoglobin"}, "HGB", 98.0),
        ({"code": None, "name": "Hemoglobin", "value": "9,8"}, "HGB", None),
        ({"value": "9.8 g/dL", "unit": ""}, "HGB", 98.0),
        ({"value": 98, "unit": "g/L"}, "HGB", 98.0),
        ({"code": "FERRITIN", "value": 1.2e1, "unit": "ng/mL"}, "FERRITIN", 12.0),
        ({"code": "FERRITIN", "value": "<5", "unit": "ng/mL"}, "FERRITIN", 5.0),
    ],
)
def test_code_name_and_value_are_understood_as_written(
    nurse: Program, fields: dict[str, Any], code: str, value: float | None
) -> None:
    answer = nurse.post(PATH, result(**fields))
    if value is None:
        assert problem(answer, 422)["issues"]
    else:
        assert (answer.json()["code"], answer.json()["canonical_value"]) == (code, value)


def test_the_same_result_again_is_known(nurse: Program) -> None:
    first, again = nurse.post(PATH, result()), nurse.post(PATH, result(value=98, unit="g/L"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json()["state"], again.json()["id"]) == ("duplicate", first.json()["id"])
    assert Observation.objects.count() == 1


def test_another_value_for_the_same_time_is_refused_and_names_what_stands_there(nurse: Program) -> None:
    nurse.post(PATH, result())
    said = problem(nurse.post(PATH, result(value=8.9)), 409)
    assert said["issues"][0]["code"] == "contradicts"
    assert Observation.objects.get().value == 98.0


def test_a_correcting_status_replaces_what_stands_there(nurse: Program) -> None:
    old = nurse.post(PATH, result()).json()
    new = nurse.post(PATH, result(value=8.9, status="corrected"))
    assert (new.status_code, new.json()["canonical_value"]) == (201, 89.0)
    assert Observation.objects.get(pk=old["id"]).retracted_revision == 2


def test_the_same_value_half_an_hour_later_is_asked_about(nurse: Program) -> None:
    nurse.post(PATH, result())
    said = problem(nurse.post(PATH, result(effective_at="2026-03-02T08:20+01:00")), 409)
    assert [one["code"] for one in said["issues"]] == ["near_duplicate"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"unit": "parsec"}, None),
        ({"value": 980}, None),
        ({"value": "high"}, None),
        ({"code": "XYZZY"}, "unknown_name"),
        ({"effective_at": "2030-03-02"}, "future_date"),
        ({"effective_at": "2014-03-02"}, "before_birth"),
        ({"status": "perhaps"}, "unknown_status"),
        ({"value": ""}, None),
        ({"value": None}, None),
    ],
)
def test_what_is_in_doubt_is_not_recorded_and_says_why(
    nurse: Program, fields: dict[str, Any], code: str | None
) -> None:
    said = problem(nurse.post(PATH, result(**fields)), 422)
    assert code is None or code in {one["code"] for one in said["issues"]}
    assert not Observation.objects.exists()
    assert not PatientRevision.objects.exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"patient": None}, "patient"),
        ({"effective_at": None}, "effective_at"),
        ({"effective_at": "yesterday"}, "effective_at"),
        ({"code": None}, "code"),
        ({"value": True}, "value"),
        ({"value": [9.8]}, "value"),
        ({"value": "9" * 201}, "value"),
        ({"comparator": "~"}, "comparator"),
        ({"satus": "corrected"}, "satus"),
        ({"specimen": "x" * 81}, "specimen"),
    ],
)
def test_a_field_that_is_wrong_is_named(nurse: Program, fields: dict[str, Any], named: str) -> None:
    assert set(problem(nurse.post(PATH, result(**fields)), 400)["errors"]) == {named}


def test_a_result_that_is_a_finding_becomes_the_event(nurse: Program) -> None:
    answer = nurse.post(PATH, result(code="SP_SIDERO", value="many", unit=None))
    assert answer.json()["kind"] == "event"
    event = Event.objects.get()
    assert (event.kind, event.findings) == ("sputum", {"siderophages": "many"})
    assert nurse.client.get(answer["Location"]).json()["findings"] == {"siderophages": "many"}


def test_a_list_has_an_outcome_a_row(anna: Patient, nurse: Program) -> None:
    factories.patient(anna.team, identifier="MRN-3")
    body = nurse.post(
        PATH,
        [
            result(),
            result(),
            result(patient="MRN-3", value=10.1),
            result(unit="parsec", effective_at="2026-03-03"),
            result(patient="nobody"),
            {"patient": "MRN-1", "value": {}},
            "no result",
            result(value="", effective_at="2026-03-04"),
        ],
    ).json()
    states = ["accepted", "duplicate", "accepted", "held", "held", "rejected", "rejected", "skipped"]
    assert [row["state"] for row in body["results"]] == states
    assert [row["row"] for row in body["results"]] == [str(n) for n in range(8)]
    assert (body["rows"], body["accepted"], body["duplicates"], body["held"]) == (8, 2, 1, 2)
    assert (body["rejected"], body["skipped"]) == (2, 1)
    assert {issue["code"] for issue in body["results"][5]["issues"]} == {"invalid_field"}
    assert body["results"][4]["issues"][-1]["code"] == "unknown_patient"
    assert (Observation.objects.count(), PatientRevision.objects.count()) == (2, 2)


def test_a_list_is_one_revision(nurse: Program) -> None:
    nurse.post(PATH, [result(effective_at=f"2026-03-{day:02}") for day in range(1, 21)])
    assert (Observation.objects.count(), PatientRevision.objects.count()) == (20, 1)


def test_a_list_of_only_what_is_wrong_changes_nothing(nurse: Program) -> None:
    body = nurse.post(PATH, [1, None, {}]).json()
    assert (body["rows"], body["rejected"]) == (3, 3)
    assert not PatientRevision.objects.exists()


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_a_list_has_a_length(nurse: Program, count: int) -> None:
    problem(nurse.post(PATH, [1] * count), 400)


def test_a_full_list_is_recorded_by_as_many_questions_as_a_short_one(
    nurse: Program, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for month, days in ((1, 2), (2, 28)):
        rows = [result(effective_at=f"2026-{month:02}-{day:02}", value=9 + day / 50) for day in range(1, days + 1)]
        with django_assert_max_num_queries(40) as counted:
            assert nurse.post(PATH, rows).json()["accepted"] == days
        counts.append(len(counted.captured_queries))
    assert counts[1] <= counts[0] + 1


def test_nobody_without_patients_sends_a_list(anna: Patient) -> None:
    for user in (factories.account(), factories.caregiver(anna), factories.member(anna.team, "coordinator")):
        problem(Program(user).post(PATH, [result()]), 403)


def test_a_correction_is_read_like_a_result(anna: Patient, nurse: Program) -> None:
    old = nurse.post(PATH, result()).json()["id"]
    new = nurse.post(f"{PATH}{old}/correct/", {"value": 8.9, "unit": "g/dL", "why": "digits turned"}).json()
    assert (new["value"], new["unit"], new["status"], new["original_value"]) == (89, "g/L", "corrected", "8.9")
    assert new["effective_at"] == "2026-03-02T07:00:00+00:00"


def test_a_time_is_corrected_and_the_value_stays(nurse: Program) -> None:
    old = nurse.post(PATH, result(reference_low="12", reference_high="15.5", interpretation="L")).json()["id"]
    new = nurse.post(f"{PATH}{old}/correct/", {"effective_at": "2026-03-01", "why": "the day before"}).json()
    assert (new["value"], new["original_value"], new["original_unit"]) == (98, "9.8", "g/dL")
    assert (new["reference_low"], new["reference_high"], new["interpretation"]) == (120, 155, "L")
    assert (new["effective_at"], new["precision"]) == ("2026-03-01", "day")


def test_a_unit_is_corrected_and_limits_of_before_do_not_stay(anna: Patient, nurse: Program) -> None:
    row = factories.result(anna, 10.4, days_ago=3, reference_low=120.0, interpretation="L")
    new = nurse.post(f"{PATH}{row.pk}/correct/", {"unit": "g/dL", "why": "it was g/dL"}).json()
    assert (new["value"], new["reference_low"], new["interpretation"]) == (104, None, "")


@pytest.mark.parametrize(
    "change", [{"value": 980, "unit": "g/dL"}, {"value": "high", "unit": "g/dL"}, {"effective_at": "2030-01-01"}]
)
def test_a_correction_in_doubt_changes_nothing(nurse: Program, change: dict[str, Any]) -> None:
    old = nurse.post(PATH, result()).json()["id"]
    assert problem(nurse.post(f"{PATH}{old}/correct/", {**change, "why": "x"}), 422)["issues"]
    assert Observation.objects.get().retracted_revision is None


def test_a_correction_onto_another_result_is_refused(nurse: Program) -> None:
    nurse.post(PATH, result())
    other = nurse.post(PATH, result(value=9.1, effective_at="2026-03-05")).json()["id"]
    said = problem(nurse.post(f"{PATH}{other}/correct/", {"effective_at": WHEN, "why": "x"}), 409)
    assert said["issues"][0]["code"] == "contradicts"
    assert not Observation.objects.exclude(retracted_revision=None).exists()


def test_a_correction_that_says_the_same_is_no_news(nurse: Program) -> None:
    old = nurse.post(PATH, result()).json()["id"]
    new = nurse.post(f"{PATH}{old}/correct/", {"value": 98, "unit": "g/L", "why": "x"})
    assert (new.status_code, new.json()["id"]) == (200, old)
    assert PatientRevision.objects.count() == 1


def test_a_list_is_narrowed_by_analyte(anna: Patient, nurse: Program) -> None:
    factories.result(anna, 98.0)
    factories.result(anna, 12.0, code="FERRITIN", unit="ug/L")
    (row,) = nurse.rows(PATH, {"patient": "MRN-1", "code": "FERRITIN"})
    assert (row["code"], row["value"]) == ("FERRITIN", 12)
    assert "code" in problem(nurse.get(PATH, {"patient": "MRN-1", "code": "hgb"}), 400)["errors"]


TEXTS = st.text(max_size=20)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {"patient": st.just("MRN-1")},
            optional={
                name: TEXTS | st.floats(allow_nan=False, allow_infinity=False) for name in ("value", "reference_low")
            }
            | dict.fromkeys(("code", "name", "unit", "status", "specimen", "effective_at"), TEXTS),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_sent_every_row_ends_somewhere(nurse: Program, rows: list[dict[str, Any]]) -> None:
    answer = nurse.post(PATH, rows)
    assert answer.status_code in (200, 400)  # 400: half a letter is no JSON
    if answer.status_code == 200:
        assert (
            answer.json()["rows"]
            == len(rows)
            == sum(answer.json()[name] for name in ("accepted", "duplicates", "held", "rejected", "skipped"))
        )
