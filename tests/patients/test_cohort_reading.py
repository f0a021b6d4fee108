"""A cohort folder as a whole: lines beside their patient, findings put together, corrections in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from patients.cohort_reading import Case, Cohort, Registered, in_order, read_folder
from patients.cohort_tables import UnreadableTableError
from patients.facts import NewEvent, NewObservation
from patients.readings import RowState
from tests.patients.cohort_folders import NOW, SMALL, changed

KNOWN = Registered(UUID(int=1), "female", date(1990, 5, 17), 168.0, "Europe/Berlin")
HEADING = "patient,code,value,unit,effective_at,recorded_at,status,retracted_at\n"


def read(files: Mapping[str, str] = SMALL, known: Mapping[str, Sequence[Registered]] | None = None) -> Cohort:
    """Read a folder."""
    contents = {name: text.encode() for name, text in files.items()}
    return read_folder(contents, find=lambda _: known or {}, time_zone="Asia/Tokyo", at=NOW)


def with_results(*lines: str) -> Case:
    """Return the case of C-1 with these lines of results.csv."""
    cohort = read(
        {"patients.csv": SMALL["patients.csv"], "results.csv": HEADING + "".join(f"C-1,{one}\n" for one in lines)}
    )
    assert cohort.states == {}
    return cohort.cases["C-1"]


def facts(case: Case) -> list[object]:
    """Return the facts of a case in their order."""
    return [fact for fact, _ in in_order(case)]


def issues(cohort: Cohort) -> list[tuple[str, str, str, str]]:
    """Return file, row, column and code of each issue."""
    return [(one.file, one.issue.row, one.issue.column, one.issue.code) for one in cohort.issues]


def observation(fact: object) -> NewObservation:
    """Return a fact that must be an observation."""
    assert isinstance(fact, NewObservation)
    return fact


def test_every_line_is_beside_its_patient() -> None:
    cohort = read()
    assert issues(cohort) == []
    one, two = cohort.cases.values()
    assert [told.file for told in one.told] == ["results.csv"] * 4 + ["events.csv"] * 2 + ["treatments.csv"] * 2
    assert [told.line.row for told in two.told] == ["6"]
    assert {fact.patient_id for fact, _ in in_order(one)} == {one.patient_id}


def test_new_patients_get_ids_of_their_own() -> None:
    one, two = read().cases.values()
    assert one.patient_id != two.patient_id
    assert not one.registered


def test_the_zone_is_the_persons_else_the_given_one() -> None:
    cohort = read(changed(",,,,America/Chicago".removeprefix(","), ",,,", "patients.csv"))
    assert [str(case.zone) for case in cohort.cases.values()] == ["Europe/Berlin", "Asia/Tokyo"]


def test_a_registered_patient_keeps_id_and_zone() -> None:
    cohort = read(known={"C-1": [replace(KNOWN, time_zone="Asia/Kathmandu")]})
    case = cohort.cases["C-1"]
    assert (case.patient_id, case.registered, str(case.zone)) == (KNOWN.patient_id, True, "Asia/Kathmandu")
    assert issues(cohort) == [("patients.csv", "2", "time_zone", "not_changed")]
    assert not case.refused


@pytest.mark.parametrize(
    ("known", "columns"),
    [
        (KNOWN, []),
        (replace(KNOWN, sex="male"), ["sex"]),
        (replace(KNOWN, birth_date=date(1991, 5, 17)), ["birth_date"]),
        (replace(KNOWN, sex="male", birth_date=date(1991, 5, 17)), ["sex", "birth_date"]),
    ],
)
def test_somebody_else_is_refused(known: Registered, columns: list[str]) -> None:
    cohort = read(known={"C-1": [known]})
    assert issues(cohort) == [("patients.csv", "2", column, "differs") for column in columns]
    assert cohort.cases["C-1"].refused == cohort.cases["C-1"].rejected == bool(columns)


def test_what_is_not_known_here_is_not_taken_over() -> None:
    cohort = read(known={"C-1": [replace(KNOWN, sex="", birth_date=None, height_cm=None)]})
    assert [one[2:] for one in issues(cohort)] == [
        ("sex", "not_changed"),
        ("birth_date", "not_changed"),
        ("height_cm", "not_changed"),
    ]
    assert not cohort.cases["C-1"].refused


def test_two_registered_patients_of_one_name_are_ambiguous() -> None:
    cohort = read(known={"C-2": [KNOWN, replace(KNOWN, patient_id=UUID(int=2))]})
    assert issues(cohort) == [("patients.csv", "3", "patient", "ambiguous_patient")]
    assert cohort.cases["C-2"].refused


def test_a_patient_who_stands_twice_is_refused() -> None:
    cohort = read({**SMALL, "patients.csv": SMALL["patients.csv"] + "C-1,male,,,\r\n"})
    assert issues(cohort) == [("patients.csv", "4", "patient", "repeated_patient")]
    case = cohort.cases["C-1"]
    assert (case.refused, case.rejected, case.person.sex) == (True, False, "female")
    assert cohort.states == {("patients.csv", RowState.REJECTED): 1}


def test_a_line_of_nobody_is_an_issue() -> None:
    cohort = read(changed("C-2,FVC", "C-9,FVC"))
    assert issues(cohort) == [("results.csv", "6", "patient", "unknown_patient")]
    assert cohort.states == {("results.csv", RowState.REJECTED): 1}


def test_lines_of_a_person_who_cannot_be_read_are_issues_too() -> None:
    cohort = read(changed("C-2,,,,America", "C-2,x,,,America", "patients.csv"))
    assert issues(cohort) == [
        ("patients.csv", "3", "sex", "invalid_value"),
        ("results.csv", "6", "patient", "unknown_patient"),
    ]
    assert list(cohort.cases) == ["C-1"]


def test_one_wrong_line_refuses_its_patient_only() -> None:
    cohort = read(changed("FERRITIN,8,ug/L", "FERRITIN,8,furlong"))
    assert issues(cohort) == [("results.csv", "4", "unit", "unknown_unit")]
    assert [case.refused for case in cohort.cases.values()] == [True, False]
    assert len(cohort.cases["C-1"].told) == 7


def test_a_line_of_the_wrong_length_is_counted() -> None:
    cohort = read({**SMALL, "events.csv": SMALL["events.csv"] + "C-1,sputum\r\n"})
    assert issues(cohort) == [("events.csv", "4", "", "wrong_length")]
    assert cohort.states == {("events.csv", RowState.REJECTED): 1}


def test_an_unknown_column_counts_no_line() -> None:
    cohort = read({**SMALL, "patients.csv": "patient,sex,birth_date,height_cm,time_zone,name\nC-1,,,,,Ann\n"})
    assert ("patients.csv", "1", "name", "unknown_column") in issues(cohort)
    assert ("patients.csv", RowState.REJECTED) not in cohort.states


def test_files_may_be_missing_but_not_unreadable() -> None:
    assert read({"patients.csv": SMALL["patients.csv"]}).cases["C-1"].told == []
    with pytest.raises(UnreadableTableError) as caught:
        read({**SMALL, "treatments.csv": "patient,drug\n"})
    assert caught.value.file == "treatments.csv"


def test_facts_stand_by_when_they_became_known() -> None:
    case = with_results(
        "HGB,120,g/L,2026-03-01,2026-03-02T08:00Z,final,",
        "HGB,110,g/L,2026-01-01,2026-05-02T08:00Z,final,",
        "HGB,115,g/L,2026-02-01,2026-02-02T08:00Z,final,",
    )
    assert [observation(fact).value for fact in facts(case)] == [115, 120, 110]


def test_findings_of_one_sputum_are_one_event() -> None:
    case = with_results(
        "SP_SIDERO,many,,2026-03-01,2026-03-02T08:00Z,final,",
        "SP_RBC,none,,2026-03-01,2026-03-02T08:00Z,final,",
        "SP_SIDERO,single,,2026-04-01,2026-04-02T08:00Z,final,",
    )
    found = in_order(case)
    assert [fact.findings for fact, _ in found if isinstance(fact, NewEvent)] == [
        {"siderophages": "many", "erythrocytes": "absent"},
        {"siderophages": "few"},
    ]
    assert [[told.line.row for told in lines] for _, lines in found] == [["2", "3"], ["4"]]


def test_the_same_finding_twice_is_two_events_so_that_none_is_lost() -> None:
    case = with_results(
        "SP_SIDERO,many,,2026-03-01,2026-03-02T08:00Z,final,",
        "SP_SIDERO,single,,2026-03-01,2026-03-02T08:00Z,final,",
        "SP_RBC,none,,2026-03-01,2026-03-03T08:00Z,final,",
    )
    assert [fact.findings for fact in facts(case) if isinstance(fact, NewEvent)] == [
        {"siderophages": "many"},
        {"siderophages": "few"},
        {"erythrocytes": "absent"},
    ]


@pytest.mark.parametrize("status", ["corrected", "amended", "entered-in-error", "cancelled"])
def test_a_correcting_line_ends_the_earlier_one(status: str) -> None:
    case = with_results(
        "HGB,52,g/L,2026-03-01,2026-03-02T08:00Z,final,", f"HGB,125,g/L,2026-03-01,2026-03-04T08:00Z,{status},"
    )
    wrong, right = map(observation, facts(case))
    assert wrong.retracted_at == right.recorded_at
    assert right.retracted_at is None


def test_a_final_line_ends_a_preliminary_one() -> None:
    case = with_results(
        "HGB,121,g/L,2026-03-01,2026-03-02T08:00Z,preliminary,", "HGB,121,g/L,2026-03-01,2026-03-04T08:00Z,final,"
    )
    assert [observation(fact).retracted_at is None for fact in facts(case)] == [False, True]


@pytest.mark.parametrize(
    "second",
    [
        "HGB,125,g/L,2026-03-01,2026-03-04T08:00Z,final,",  # no correction: held when it is recorded
        "HGB,52,g/L,2026-03-01,2026-03-04T08:00Z,final,",  # the same again
        "HGB,125,g/L,2026-03-02,2026-03-04T08:00Z,corrected,",  # of another day
        "HGB,125,g/L,2026-03-01,2026-03-02T08:00Z,corrected,",  # known at the same moment
    ],
)
def test_other_lines_end_nothing(second: str) -> None:
    case = with_results("HGB,52,g/L,2026-03-01,2026-03-02T08:00Z,final,", second)
    assert [observation(fact).retracted_at for fact in facts(case)] == [None, None]


def test_a_chain_of_corrections_ends_one_by_one() -> None:
    case = with_results(
        "HGB,52,g/L,2026-03-01,2026-03-02T08:00Z,final,",
        "HGB,125,g/L,2026-03-01,2026-03-04T08:00Z,corrected,",
        "HGB,126,g/L,2026-03-01,2026-03-05T08:00Z,corrected,",
    )
    first, second, third = map(observation, facts(case))
    assert [first.retracted_at, second.retracted_at] == [second.recorded_at, third.recorded_at]


def test_a_line_that_was_taken_back_is_left_as_it_is() -> None:
    case = with_results(
        "HGB,52,g/L,2026-03-01,2026-03-02T08:00Z,final,2026-03-03T08:00Z",
        "HGB,125,g/L,2026-03-01,2026-03-04T08:00Z,corrected,",
    )
    wrong, _ = map(observation, facts(case))
    assert wrong.retracted_at is not None
    assert wrong.retracted_at.day == 3
