"""Who saw what is kept once an hour, by whichever door they came, at one query, and never in the way of who needs the record."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from structlog.testing import capture_logs

from patients import seen
from patients.models import Patient, Seen, User, What
from tests import factories
from tests.patients.programs import Program, problem

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AsWeb = Callable[[User], AbstractContextManager[None]]


@pytest.fixture
def anna() -> Patient:
    return factories.patient(name="Anna Sommer", identifier="MRN-1")


@pytest.fixture
def nurse(anna: Patient) -> User:
    return factories.member(anna.team, "nurse")


def looks() -> list[tuple[Any, ...]]:
    """Return what is kept, as it came."""
    return list(Seen.objects.order_by("id").values_list("patient_id", "user_id", "what", "at"))


def test_a_look_is_kept_with_whose_by_whom_what_and_when(anna: Patient, nurse: User) -> None:
    assert seen.note(nurse.pk, [anna.pk], What.PAGE, at=NOON)
    assert looks() == [(anna.pk, nurse.pk, "page", NOON)]


@pytest.mark.parametrize(
    ("minutes", "kept"),
    [(0, [0]), (59, [0]), (59.9, [0]), (60, [0, 60]), (-1, [0, -1]), (125, [0, 125])],
)
def test_it_is_kept_once_in_an_hour_of_the_clock(anna: Patient, nurse: User, minutes: float, kept: list[float]) -> None:
    for after in (0, minutes):
        assert seen.note(nurse.pk, [anna.pk], What.PAGE, at=NOON + timedelta(minutes=after))
    assert [at for *_, at in looks()] == [NOON + timedelta(minutes=after) for after in kept]


def test_another_person_thing_or_patient_is_another_look(anna: Patient, nurse: User) -> None:
    other = factories.patient(anna.team)
    for who, whose, what in (
        (nurse, anna, What.PAGE),
        (factories.member(anna.team), anna, What.PAGE),
        (nurse, anna, What.FACT),
        (nurse, other, What.PAGE),
    ):
        seen.note(who.pk, [whose.pk], what, at=NOON)
    assert len(looks()) == 4


@pytest.mark.parametrize("what", What)
def test_everything_that_can_be_seen_can_be_kept(anna: Patient, nurse: User, what: What) -> None:
    assert seen.note(nurse.pk, [anna.pk], what, at=NOON)
    assert str(Seen.objects.get()) == f"{what} of {anna.pk} by {nurse.pk}"


@pytest.mark.parametrize("count", [0, 1, 7])
def test_it_costs_one_query_for_any_number_of_patients(
    anna: Patient, nurse: User, count: int, django_assert_num_queries: Any
) -> None:
    several = [factories.patient(anna.team).pk for _ in range(count)]
    with django_assert_num_queries(1):
        assert seen.note(nurse.pk, several, What.FILE, at=NOON)
    assert {whose for whose, *_ in looks()} == set(several)


def test_a_refusal_of_the_database_is_logged_and_stops_nothing(anna: Patient, nurse: User, as_web: AsWeb) -> None:
    with connection.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON patients_seen FROM iph_web")
    with as_web(nurse), capture_logs() as logs:
        assert not seen.note(nurse.pk, [anna.pk], What.PAGE, at=NOON)
        assert Patient.objects.get().pk == anna.pk
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("not_noted_as_seen", "error")
    assert (line["user_id"], line["reason_code"]) == (nurse.pk, "42501")  # SQLSTATE insufficient_privilege
    assert looks() == []


def test_what_it_does_not_know_is_refused_by_the_database(anna: Patient, nurse: User) -> None:
    with pytest.raises(IntegrityError, match="seen_what"), transaction.atomic():
        Seen.objects.create(patient=anna, user=nurse, what="gossip", at=NOON)
    Seen.objects.create(patient=anna, user=nurse, what="page", at=NOON)
    with pytest.raises(IntegrityError, match="seen_once_an_hour"), transaction.atomic():
        Seen.objects.create(patient=anna, user=nurse, what="page", at=NOON + timedelta(minutes=1))


def test_a_patient_out_of_sight_is_not_kept_as_seen(anna: Patient, nurse: User, as_web: AsWeb) -> None:
    foreign = factories.patient()
    with as_web(nurse):
        assert seen.note(nurse.pk, [foreign.pk, anna.pk], What.FILE, at=NOON)
    assert [whose for whose, *_ in looks()] == [anna.pk]


def test_a_file_is_about_its_patient(anna: Patient) -> None:
    assert seen.patients_of(factories.upload(anna, rows=[{"state": "accepted"}])) == [anna.pk]


def test_a_file_of_a_team_is_about_whom_its_rows_name(anna: Patient) -> None:
    other = factories.patient(anna.team)
    file = factories.upload(team=anna.team)
    for position, whose in enumerate((anna, other, anna, None)):
        file.row_results.create(position=position, row=str(position), state="rejected", patient=whose)
    assert seen.patients_of(file) == sorted([anna.pk, other.pk])


def test_the_newest_looks_are_those_of_others(anna: Patient, nurse: User) -> None:
    others = [factories.member(anna.team) for _ in range(3)]
    for hours, who in enumerate([*others, nurse]):
        seen.note(who.pk, [anna.pk], What.PAGE, at=NOON + timedelta(hours=hours))
    seen.note(others[0].pk, [factories.patient().pk], What.PAGE, at=NOON + timedelta(hours=9))
    found = seen.latest(anna.pk, but=nurse.pk, most=2)
    assert [one.user for one in found] == [others[2], others[1]]


READ = {
    "one patient": lambda made: f"patients/{made['patient']}/",
    "a timeline": lambda made: f"patients/{made['patient']}/timeline/",
    "results": lambda made: f"observations/?patient={made['patient']}",
    "events": lambda made: f"events/?patient={made['patient']}",
    "treatments": lambda made: f"treatments/?patient={made['patient']}",
    "a result": lambda made: f"observations/{made['observation']}/",
    "an event": lambda made: f"events/{made['event']}/",
    "a treatment": lambda made: f"treatments/{made['treatment']}/",
    "a file": lambda made: f"uploads/{made['upload']}/",
    "its rows": lambda made: f"uploads/{made['upload']}/rows/",
}


@pytest.fixture
def made(anna: Patient) -> dict[str, Any]:
    """Record one of everything; return the ids."""
    return {
        "patient": anna.pk,
        "observation": factories.result(anna, 98).pk,
        "event": factories.event(anna, "hemoptysis").pk,
        "treatment": factories.treatment(anna).pk,
        "upload": factories.upload(anna, rows=[{"state": "held"}]).pk,
    }


@pytest.mark.parametrize("what", READ)
def test_a_program_that_reads_is_kept_in_its_owners_name(
    anna: Patient, nurse: User, made: dict[str, Any], what: str
) -> None:
    program = Program(nurse)
    for _ in range(2):
        answer = program.get(READ[what](made))
        assert answer.status_code == 200
    assert [row[:3] for row in looks()] == [(anna.pk, nurse.pk, "api")]


def test_who_has_it_already_is_kept_too(anna: Patient, nurse: User, made: dict[str, Any]) -> None:
    tag = Program(nurse).get(READ["a timeline"](made))["ETag"]
    second = factories.member(anna.team)
    assert Program(second).get(READ["a timeline"](made), if_none_match=tag).status_code == 304
    assert [who for _, who, *_ in looks()] == [nurse.pk, second.pk]


@pytest.mark.parametrize("what", READ)
def test_who_may_not_read_has_not_seen(anna: Patient, made: dict[str, Any], what: str) -> None:
    stranger = Program(factories.member(factories.team()))
    problem(stranger.get(READ[what](made)), 404)
    assert looks() == []


def test_a_service_token_reads_nothing_and_so_sees_nothing(anna: Patient, nurse: User, made: dict[str, Any]) -> None:
    machine = Program(nurse, patient=anna)
    assert {machine.get(path(made)).status_code for path in READ.values()} <= {403, 404}
    assert looks() == []


def test_lists_of_patients_and_what_is_sent_are_no_looks(anna: Patient, nurse: User) -> None:
    program = Program(nurse)
    assert program.get("patients/").status_code == 200
    sent = {"patient": "MRN-1", "code": "HGB", "value": 98, "unit": "g/L", "effective_at": "2026-03-02T08:00Z"}
    assert program.post("observations/", sent).status_code == 201
    assert looks() == []
