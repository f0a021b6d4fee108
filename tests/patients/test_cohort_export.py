"""What is exported is what was imported: byte for byte in its own form, fact for fact in any other."""

import csv
import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients import cohort_rows, cohort_texts
from patients.cohort_export import export_folder
from patients.cohort_tables import RESULTS, Line
from patients.context import ALL, working_on
from patients.facts import NewObservation
from patients.interchange import import_folder
from patients.models import CareTeam, Event, Observation, Patient, PatientIdentifier
from patients.recording import record, retract
from tests.patients.cohort_folders import NOW, SMALL, changed, texts
from tests.patients.cohort_imports import person, take
from tests.patients.test_cohort_rows import WHOSE

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]
HEADING = "patient,code,value,unit,effective_at,recorded_at,status,comparator,specimen,performer,retracted_at"


@pytest.fixture
def team(db: None) -> CareTeam:
    return CareTeam.objects.create(name="north", time_zone="Europe/Paris")


def rows(path: Path, file: str) -> list[dict[str, str]]:
    """Return the rows of a written file."""
    return list(csv.DictReader(io.StringIO((path / file).read_bytes().decode(), newline="")))


def test_a_folder_comes_out_as_it_went_in(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path / "in", team)
    counts = export_folder(tmp_path / "out")
    written = texts(tmp_path / "out")
    assert counts == {"patients.csv": 2, "results.csv": 5, "events.csv": 2, "treatments.csv": 2}
    for name in ("patients.csv", "events.csv"):
        assert written[name] == SMALL[name]
    for name in ("results.csv", "treatments.csv"):
        assert sorted(written[name].splitlines()) == sorted(SMALL[name].splitlines())


def test_optional_columns_stand_only_where_they_are_needed(team: CareTeam, tmp_path: Path) -> None:
    plain = "patient,code,value,unit,effective_at,recorded_at,status\r\n"
    plain += "C-1,HGB,128,g/L,2026-01-12,2026-01-13T07:30:00+00:00,final\r\n"
    take(tmp_path / "in", team, {"patients.csv": SMALL["patients.csv"], "results.csv": plain})
    export_folder(tmp_path / "out")
    written = texts(tmp_path / "out")
    assert written["results.csv"] == plain
    assert written["events.csv"] == "patient,kind,effective_at,recorded_at,findings\r\n"
    assert written["treatments.csv"] == "patient,drug,dose,unit,route,started_on,ended_on,intent\r\n"


def test_what_was_taken_back_is_written_with_its_times(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path / "in", team)
    event = Event.objects.get(kind="hemoptysis")
    retract("event", event.pk, by=None, at=NOW, why="wrong patient")
    export_folder(tmp_path / "out")
    (row,) = [one for one in rows(tmp_path / "out", "events.csv") if one["kind"] == "hemoptysis"]
    assert row["retracted_at"] == NOW.isoformat()


def test_an_export_goes_in_elsewhere_and_comes_out_the_same(team: CareTeam, tmp_path: Path) -> None:
    line = "C-1,HGB,125,g/L,2026-01-12,2026-01-15T08:00:00+00:00,corrected,,,City laboratory\r\n"
    take(tmp_path / "in", team, {**SMALL, "results.csv": SMALL["results.csv"] + line})
    export_folder(tmp_path / "out")
    assert (
        "2026-01-13T07:30:00+00:00,final,,,City laboratory,2026-01-15T08:00:00+00:00"
        in texts(tmp_path / "out")["results.csv"]
    )
    PatientIdentifier.objects.all().delete()  # another service, which knows nobody
    south = CareTeam.objects.create(name="south")
    assert import_folder(tmp_path / "out", team=south, by=None, at=NOW).ok
    export_folder(tmp_path / "again", team=south)
    assert texts(tmp_path / "again") == texts(tmp_path / "out")


VALUES = st.one_of(
    st.tuples(st.just("HGB"), st.decimals("4", "20", places=2).map(str), st.just("g/dL")),
    st.tuples(st.just("HGB"), st.integers(40, 200).map(str), st.just("g/L")),
    st.tuples(st.just("FERRITIN"), st.floats(5, 400).map(repr), st.just("ug/L")),
    st.tuples(st.just("ANISO"), st.sampled_from(["none", "1+", "2+", "3+"]), st.just("")),
)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
DAYS = st.integers(1, 600)
INSTANTS = st.datetimes(datetime(1950, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside


@st.composite
def results(draw: st.DrawFn) -> list[list[str]]:
    """Return lines of results.csv of C-1 and C-2, each with a key of its own."""
    found = []
    for place in range(draw(st.integers(1, 6))):
        code, value, unit = draw(VALUES)
        taken = NOW - timedelta(days=700 - place, minutes=draw(st.integers(0, 1439)))
        local = taken.astimezone(ZoneInfo("Europe/Berlin"))
        effective = local.date().isoformat() if draw(st.booleans()) else taken.isoformat()
        recorded = taken + timedelta(days=draw(DAYS), microseconds=draw(st.integers(0, 999_999)))
        back = recorded + timedelta(days=1) if draw(st.booleans()) and recorded < NOW - timedelta(days=2) else None
        status = draw(st.sampled_from(["preliminary", "final", "amended", "entered-in-error"]))
        found.append(
            ["C-1", code, value, unit, effective, min(recorded, NOW).isoformat(), status, draw(st.sampled_from(["", "<", ">="])),
             draw(WORDS), draw(WORDS), back.isoformat() if back else ""]
        )  # fmt: skip
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results())
def test_any_results_come_out_as_they_went_in(team: CareTeam, tmp_path: Path, lines: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([HEADING.split(","), *lines])
    with transaction.atomic():
        report = take(tmp_path / "in", team, {"patients.csv": SMALL["patients.csv"], "results.csv": text.getvalue()})
        assert [one for one in report.issues if one.issue.severity != "information"] == []
        export_folder(tmp_path / "out")
        known = Observation.objects.count()
        again = import_folder(tmp_path / "out", team=team, by=None, at=NOW)
        assert (again.ok, Observation.objects.count()) == (True, known)
        transaction.set_rollback(True)
    written = rows(tmp_path / "out", "results.csv")
    assert sorted([one.get(name, "") for name in HEADING.split(",")] for one in written) == sorted(lines)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_digit_of_a_number_survives(value: float) -> None:
    assert float(cohort_texts.number_text(value)) == value


@given(INSTANTS, st.sampled_from(["Europe/Berlin", "Pacific/Apia", "UTC"]))
def test_every_instant_survives(stored: datetime, zone: str) -> None:
    there = ZoneInfo(zone)
    text = cohort_texts.moment_text(stored, "minute", there)
    assert datetime.fromisoformat(text) == stored
    day = datetime.combine(stored.astimezone(there).date(), datetime.min.time(), there).astimezone(UTC)
    assert cohort_texts.moment_text(day, "day", there) == stored.astimezone(there).date().isoformat()


@pytest.mark.parametrize(
    ("original", "unit", "written"),
    [
        ("12.8", "g/dL", ("12.8", "g/dL")),
        ("12,8", "g/dL", ("128", "g/L")),  # no number of this form
        ("12.9", "g/dL", ("128", "g/L")),  # not this value
        ("", "", ("128", "g/L")),
        ("128", "Gramm/Liter?", ("128", "g/L")),
    ],
)
def test_a_value_is_written_as_it_was_where_that_reads_as_the_same(
    original: str, unit: str, written: tuple[str, str]
) -> None:
    fact = NewObservation(
        WHOSE.patient_id,
        "HGB",
        NOW,
        value=128.0,
        unit="g/L",
        original_value=original,
        original_unit=unit,
        recorded_at=NOW,
    )
    row = cohort_texts.result_row(fact, WHOSE.zone)
    assert row is not None
    assert (row["value"], row["unit"]) == written
    line = Line(
        "2", {name: place for place, name in enumerate(RESULTS.columns)}, tuple(row.get(n, "") for n in RESULTS.columns)
    )
    again, _ = cohort_rows.result(line, WHOSE)
    assert isinstance(again, NewObservation)
    assert again.value == 128.0


def test_a_result_without_a_value_is_not_held_by_the_form(team: CareTeam, tmp_path: Path) -> None:
    patient = Patient.objects.create(team=team, changed_at=NOW)
    facts = [NewObservation(patient.pk, "HGB", NOW, data_absent_reason="specimen-clotted")]
    record(facts, by=None, at=NOW, why="file")
    assert export_folder(tmp_path)["results.csv"] == 0


def test_findings_are_json_with_sorted_names(team: CareTeam, tmp_path: Path) -> None:
    take(
        tmp_path / "in", team, changed('""amount"": ""teaspoon"", ""volume_ml"": 20', '""volume_ml"":20', "events.csv")
    )
    export_folder(tmp_path / "out")
    text = rows(tmp_path / "out", "events.csv")[0]["findings"]
    assert text == '{"amount": "teaspoon", "volume_ml": 20}'
    assert json.loads(text)["volume_ml"] == 20


def test_a_patient_without_an_identifier_is_named_by_our_id(team: CareTeam, tmp_path: Path) -> None:
    patient = Patient.objects.create(team=team, changed_at=NOW)
    export_folder(tmp_path)
    assert [one["patient"] for one in rows(tmp_path, "patients.csv")] == [str(patient.pk)]


def test_an_identifier_that_two_patients_have_names_neither(team: CareTeam, tmp_path: Path) -> None:
    ids = []
    for issuer in ("a", "b"):
        patient = Patient.objects.create(team=team, changed_at=NOW)
        PatientIdentifier.objects.create(patient=patient, issuer=issuer, value="7")
        ids.append(str(patient.pk))
    export_folder(tmp_path)
    assert [one["patient"] for one in rows(tmp_path, "patients.csv")] == sorted(ids)


def test_the_identifier_without_an_issuer_goes_first(team: CareTeam, tmp_path: Path) -> None:
    patient = Patient.objects.create(team=team, changed_at=NOW)
    for issuer, value in (("hospital", "1"), ("", "9"), ("register", "3")):
        PatientIdentifier.objects.create(patient=patient, issuer=issuer, value=value)
    export_folder(tmp_path)
    assert [one["patient"] for one in rows(tmp_path, "patients.csv")] == ["9"]


def test_a_day_stays_that_day_when_the_patients_zone_was_changed(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path / "in", team)
    Patient.objects.filter(pk=person("C-1").pk).update(time_zone="Europe/London")
    export_folder(tmp_path / "out")
    assert rows(tmp_path / "out", "results.csv")[0]["effective_at"] == "2026-01-12"


def test_one_team_is_exported_alone(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path / "in", team)
    south = CareTeam.objects.create(name="south")
    assert set(export_folder(tmp_path / "out", team=south).values()) == {0}
    assert export_folder(tmp_path / "out", team=team)["results.csv"] == 5


def test_files_are_for_their_owner_and_replaced_when_whole(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path / "in", team)
    out = tmp_path / "new" / "out"
    export_folder(out)
    (out / "results.csv.new").write_text("left by a kill")
    export_folder(out)
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    assert sorted(path.name for path in out.iterdir()) == [
        "events.csv",
        "patients.csv",
        "results.csv",
        "treatments.csv",
    ]
    assert out.stat().st_mode & 0o777 == 0o700


def test_the_operators_log_in_reads_all_and_is_needed(team: CareTeam, tmp_path: Path, as_role: AsRole) -> None:
    take(tmp_path / "in", team)
    with as_role("iph_worker"):
        assert export_folder(tmp_path / "nobody")["patients.csv"] == 0
        with working_on(ALL):
            assert export_folder(tmp_path / "all")["patients.csv"] == 2
    with as_role("iph_operator"):
        assert export_folder(tmp_path / "out")["results.csv"] == 5


def test_what_is_recorded_meanwhile_is_not_half_there(
    team: CareTeam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from patients import cohort_export

    take(tmp_path / "in", team)
    known = cohort_export._Known

    def late(chunk: Any) -> Any:
        """Record one more result after the patients were read."""
        fact = NewObservation(person("C-2").pk, "HGB", NOW, value=99.0, unit="g/L")
        record([fact], by=None, at=NOW, why="meanwhile")
        return known(chunk)

    monkeypatch.setattr(cohort_export, "_Known", late)
    assert export_folder(tmp_path / "out")["results.csv"] == 5


def test_queries_do_not_grow_with_patients(team: CareTeam, tmp_path: Path) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            export_folder(tmp_path / "out")
        return len(queries)

    take(tmp_path / "in", team)
    few = asked()
    for number in range(10):
        files = {name: text.replace("C-1", f"D-{number}").replace("C-2", f"E-{number}") for name, text in SMALL.items()}
        take(tmp_path / "in", team, files)
    assert asked() == few
