"""The database answers nothing of others, whatever the application asks: row-level security alone, with no filter in front."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import Error, connection, transaction

from patients.context import ALL, acting_as, working_on
from patients.models import (
    CaregiverLink,
    CareTeam,
    Membership,
    Observation,
    Patient,
    PatientIdentity,
    TeamAccess,
    Upload,
    User,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
AsWeb = Callable[[User], AbstractContextManager[None]]
AsWorker = Callable[[object], AbstractContextManager[None]]
AsRole = Callable[[str], AbstractContextManager[None]]

pytestmark = pytest.mark.django_db


class House:
    """Two teams, each with a nurse and a patient who has a name and a result."""

    def __init__(self) -> None:
        self.teams = [CareTeam.objects.create(name=name) for name in ("north", "south")]
        self.nurses = [User.objects.create_user(f"nurse{n}@example.org", "x" * 12) for n in (0, 1)]
        self.patients = [Patient.objects.create(team=team, changed_at=NOW) for team in self.teams]
        for team, nurse, patient in zip(self.teams, self.nurses, self.patients, strict=True):
            Membership.objects.create(user=nurse, team=team, role="nurse", starts_at=NOW - timedelta(days=900))
            PatientIdentity.objects.create(patient=patient, name=f"canary {team.name}")
            Observation.objects.create(
                patient=patient, code="HGB", effective_at=NOW, value=120, unit="g/L", recorded_revision=1
            )


@pytest.fixture
def house(db: None) -> House:
    return House()


def seen() -> set[UUID]:
    """Return the patients whose row, name or result is visible."""
    return {
        *Patient.objects.values_list("pk", flat=True),
        *PatientIdentity.objects.values_list("patient_id", flat=True),
        *Observation.objects.values_list("patient_id", flat=True),
    }


def test_a_member_sees_the_patients_of_the_team_alone(house: House, as_web: AsWeb) -> None:
    with as_web(house.nurses[0]):
        assert seen() == {house.patients[0].pk}


def test_without_a_context_nobody_sees_anything(house: House, as_role: AsRole) -> None:
    for role in ("iph_web", "iph_worker"):
        with as_role(role):
            assert seen() == set()


def test_a_worker_sees_the_patients_it_names(house: House, as_worker: AsWorker) -> None:
    with as_worker([house.patients[1].pk]):
        assert seen() == {house.patients[1].pk}


def test_a_worker_on_all_sees_all(house: House, as_worker: AsWorker) -> None:
    with as_worker(ALL):
        assert len(seen()) == 2


def test_a_worker_on_none_sees_none(house: House, as_worker: AsWorker) -> None:
    with as_worker([]):
        assert seen() == set()


def test_the_owner_is_bound_unless_maintaining(house: House) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.maintaining', '', true)")
    assert seen() == set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.maintaining', 'on', true)")
    assert len(seen()) == 2


def test_a_past_membership_opens_nothing(house: House, as_web: AsWeb) -> None:
    Membership.objects.filter(user=house.nurses[0]).update(ends_at=NOW - timedelta(days=1))
    with as_web(house.nurses[0]):
        assert seen() == set()


def test_a_guest_team_sees_while_its_dates_hold(house: House, as_web: AsWeb) -> None:
    TeamAccess.objects.create(patient=house.patients[1], team=house.teams[0], starts_at=NOW - timedelta(days=900))
    with as_web(house.nurses[0]):
        assert len(seen()) == 2
    TeamAccess.objects.update(ends_at=NOW - timedelta(days=1))
    with as_web(house.nurses[0]):
        assert seen() == {house.patients[0].pk}


def test_a_caregiver_sees_the_linked_patient_until_revoked(house: House, as_web: AsWeb) -> None:
    parent = User.objects.create_user("parent@example.org", "x" * 12)
    CaregiverLink.objects.create(patient=house.patients[0], user=parent, starts_at=NOW - timedelta(days=900))
    with as_web(parent):
        assert seen() == {house.patients[0].pk}
    CaregiverLink.objects.update(ends_at=NOW - timedelta(days=1))
    with as_web(parent):
        assert seen() == set()


def test_a_patient_sees_themselves(house: House, as_web: AsWeb) -> None:
    person = User.objects.create_user("self@example.org", "x" * 12)
    Patient.objects.filter(pk=house.patients[1].pk).update(user=person)
    with as_web(person):
        assert seen() == {house.patients[1].pk}


def test_links_are_shown_to_the_team_and_the_caregiver_only(house: House, as_web: AsWeb) -> None:
    parent = User.objects.create_user("parent@example.org", "x" * 12)
    CaregiverLink.objects.create(patient=house.patients[0], user=parent, starts_at=NOW)
    with as_web(house.nurses[0]):
        assert CaregiverLink.objects.count() == 1
    with as_web(house.nurses[1]):
        assert CaregiverLink.objects.count() == 0


def test_a_foreign_insert_is_refused(house: House, as_web: AsWeb) -> None:
    with pytest.raises(Error, match="row-level security"), as_web(house.nurses[0]):
        Observation.objects.create(
            patient=house.patients[1], code="FE", effective_at=NOW, value=9, unit="umol/L", recorded_revision=1
        )


def test_a_foreign_update_changes_no_row(house: House, as_web: AsWeb) -> None:
    with as_web(house.nurses[0]):
        assert Observation.objects.filter(patient=house.patients[1]).update(retracted_revision=2) == 0


def test_a_foreign_upload_and_its_rows_are_hidden(house: House, as_web: AsWeb) -> None:
    upload = Upload.objects.create(patient=house.patients[1], received_at=NOW, file_name="f", sha256="0" * 64, size=1)
    upload.row_results.create(position=1, row="1", state="skipped")
    with as_web(house.nurses[0]):
        assert not Upload.objects.exists()
        assert not upload.row_results.exists()
    with as_web(house.nurses[1]):
        assert upload.row_results.count() == 1


def test_contexts_nest_and_give_back_the_former_one(house: House, as_role: AsRole) -> None:
    with as_role("iph_worker"), working_on([house.patients[0].pk]):
        with working_on([house.patients[1].pk]):
            assert seen() == {house.patients[1].pk}
        assert seen() == {house.patients[0].pk}


def test_a_failing_context_gives_back_the_former_one(house: House, as_role: AsRole) -> None:
    with as_role("iph_web"), acting_as(house.nurses[0].pk):
        with pytest.raises(RuntimeError), acting_as(house.nurses[1].pk):
            raise RuntimeError
        assert seen() == {house.patients[0].pk}


def test_no_role_turns_security_off(house: House, as_role: AsRole) -> None:
    with pytest.raises(Error, match="row-level security"), as_role("iph_web"):  # noqa: PT012 - two statements of one attempt
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL row_security = off")
        seen()


@pytest.mark.parametrize("role", ["iph_web", "iph_worker"])
@pytest.mark.parametrize(
    "table", ["patients_observation", "patients_patient", "alerts_transition", "patients_patientrevision"]
)
def test_the_record_is_not_deletable(role: str, table: str, as_role: AsRole) -> None:
    with pytest.raises(Error, match="permission denied"), as_role(role), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - one of the tables above


def test_a_fact_changes_once_only(house: House) -> None:
    assert Observation.objects.filter(patient=house.patients[0]).update(retracted_revision=2) == 1
    with pytest.raises(Error, match="changes once"), transaction.atomic():
        Observation.objects.filter(patient=house.patients[0]).update(retracted_revision=3)


def test_a_fact_is_never_overwritten(house: House) -> None:
    with pytest.raises(Error, match="changes once"), transaction.atomic():
        Observation.objects.filter(patient=house.patients[0]).update(value=90)


def test_a_patient_is_never_deleted(house: House) -> None:
    with pytest.raises(Error, match="never deleted"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM patients_patient")


def test_a_fact_of_nobody_is_refused(house: House) -> None:
    with pytest.raises(Error, match="names no patient"), transaction.atomic():
        Observation.objects.create(
            patient_id=UUID(int=1), code="FE", effective_at=NOW, value=9, unit="umol/L", recorded_revision=1
        )


def test_every_patient_table_is_walled() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               WHERE c.relkind = 'r' AND a.attname IN ('patient_id', 'upload_id', 'alert_id') AND NOT a.attisdropped
                 AND c.relnamespace = 'public'::regnamespace AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"""
        )
        assert cursor.fetchall() == []


def test_the_application_roles_have_no_privilege_past_the_walls() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname IN ('iph_web', 'iph_worker') AND (rolsuper OR rolbypassrls)"
        )
        assert cursor.fetchall() == []
