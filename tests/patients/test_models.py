"""The database refuses what must not be there, whoever writes it; and no row's name shows a person."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from patients.models import (
    AccessToken,
    CaregiverLink,
    CareTeam,
    DataKey,
    Membership,
    Observation,
    Patient,
    PatientIdentity,
    Upload,
    UploadOriginal,
    User,
)
from tests import factories
from tests.patients.files import NOW
from tests.patients.stages import BEFORE, DAY, Stage

pytestmark = pytest.mark.django_db
Break = Callable[[Stage], object]
LATE = datetime(2199, 12, 31, tzinfo=UTC)
REFUSED: dict[str, list[Break]] = {
    "careteam_hours": [
        lambda _: factories.team(digest_hour=24),
        lambda _: factories.team(working_from=24),
        lambda _: factories.team(working_until=25),
    ],
    "membership_one_open": [lambda s: s.twice(s.member)],
    "membership_ends_after_start": [lambda s: s.member(ends_at=NOW), lambda s: s.member(ends_at=BEFORE)],
    "membership_role": [lambda s: s.member(role="admin"), lambda s: s.member(role="")],
    "duty_ends_after_start": [lambda s: s.duty(ends_at=NOW)],
    "duty_no_longer": [lambda s: s.duty(ends_at=NOW + timedelta(days=730, seconds=1))],
    "duty_ends_in_time": [lambda s: s.duty(starts_at=LATE, ends_at=LATE + timedelta(days=1))],
    "duty_level": [lambda s: s.duty(level=0), lambda s: s.duty(level=10)],
    "absence_ends_after_start": [lambda s: s.absence(ends_at=NOW)],
    "absence_no_longer": [lambda s: s.absence(ends_at=NOW + timedelta(days=730, seconds=1))],
    "absence_ends_in_time": [lambda s: s.absence(starts_at=LATE, ends_at=LATE + timedelta(days=1))],
    "absence_of_somebody_else": [lambda s: s.absence(stand_in=s.user)],
    "patient_sex": [lambda s: factories.patient(s.team, sex="x")],
    "patient_course": [lambda s: factories.patient(s.team, course="mild")],
    "patient_smoking": [lambda s: factories.patient(s.team, smoking="seldom")],
    "patient_death_after_birth": [
        lambda s: factories.patient(s.team, birth_date=DAY, death_date=DAY - timedelta(days=1))
    ],
    "patient_oxygen_floor": [
        lambda s: factories.patient(s.team, oxygen_floor_percent=49.9),
        lambda s: factories.patient(s.team, oxygen_floor_percent=100.1),
    ],
    "patient_upload_expected": [
        lambda s: factories.patient(s.team, upload_every_days=0, upload_expected_from=DAY),
        lambda s: factories.patient(s.team, upload_every_days=366, upload_expected_from=DAY),
        lambda s: factories.patient(s.team, upload_every_days=14),
    ],
    "revision_upload_expected": [
        lambda s: s.revision(5, upload_every_days=0, upload_expected_from=DAY),
        lambda s: s.revision(5, upload_every_days=366, upload_expected_from=DAY),
        lambda s: s.revision(5, upload_every_days=14),
    ],
    "identifier_once": [
        lambda s: s.twice(s.identifier),
        lambda s: s.identifier(value="X") and s.identifier(value="X", patient=factories.patient()),
    ],
    "identifier_not_empty": [lambda s: s.identifier(value="")],
    "pregnancy_order": [lambda s: s.pregnancy(ended_on=DAY - timedelta(days=1))],
    "teamaccess_ends_after_start": [lambda s: s.access(ends_at=NOW)],
    "caregiver_one_open": [lambda s: s.twice(s.link)],
    "caregiver_ends_after_start": [lambda s: s.link(ends_at=BEFORE)],
    "revision_once": [lambda s: s.twice(s.revision, n=1)],
    "revision_counts_from_one": [lambda s: s.revision(0)],
    "accesstoken_scopes": [lambda s: s.token(scopes=[]), lambda s: s.token(scopes=["read", "everything"])],
    "idempotencykey_once": [lambda s: s.twice(s.key)],
    "idempotencykey_key": [lambda s: s.key(key="")],
    "seen_once_an_hour": [
        lambda s: s.twice(s.seen),
        lambda s: (s.seen(at=NOW), s.seen(at=NOW + timedelta(minutes=59))),
    ],
    "calendarlink_one_open": [lambda s: s.twice(s.calendar)],
    "calendarlink_revoked_after": [lambda s: s.calendar(revoked_at=NOW - timedelta(seconds=1))],
    "settingchange_one_scope": [lambda s: s.setting(patient=None), lambda s: s.setting(team=s.team)],
    "settingchange_reason": [lambda s: s.setting(reason="")],
    "seen_what": [lambda s: s.seen(what="gossip"), lambda s: s.seen(what="")],
    "accesstoken_ends_after_start": [lambda s: s.token(expires_at=NOW)],
    "observation_key": [lambda s: s.twice(s.observation)],
    "observation_says_something": [lambda s: s.observation(value=None)],
    "observation_precision": [lambda s: s.observation(precision="second")],
    "observation_status": [lambda s: s.observation(status="valid"), lambda s: s.observation(status="")],
    "observation_comparator": [lambda s: s.observation(comparator="~")],
    "observation_code": [lambda s: s.observation(code="")],
    "observation_retracted_later": [
        lambda s: s.observation(retracted_revision=1),
        lambda s: s.observation(recorded_revision=2, retracted_revision=1),
    ],
    "event_kind": [lambda s: s.event(kind="")],
    "event_precision": [lambda s: s.event(precision="week")],
    "event_origin": [lambda s: s.event(origin=2**40)],
    "event_retracted_later": [lambda s: s.event(retracted_revision=1)],
    "treatment_intent": [lambda s: s.treatment(intent="wished")],
    "treatment_drug": [lambda s: s.treatment(drug="")],
    "treatment_order": [lambda s: s.treatment(ended_on=DAY - timedelta(days=1))],
    "treatment_every": [lambda s: s.treatment(every_days=0.0), lambda s: s.treatment(every_days=-1.0)],
    "treatment_dose": [lambda s: s.treatment(dose=-0.1)],
    "treatment_retracted_later": [lambda s: s.treatment(retracted_revision=1)],
    "upload_file_once": [lambda s: s.twice(s.upload)],
    "upload_state": [lambda s: s.upload(state="lost")],
    "upload_belongs": [lambda s: s.upload(patient=None)],
    "upload_counts_sum": [lambda s: s.upload(rows=3, accepted=1, held=1), lambda s: s.upload(skipped=1)],
    "uploadrow_once": [lambda s: s.twice(s.row, upload=s.upload())],
    "uploadrow_state": [lambda s: s.row(state="lost")],
}
"""By constraint, what it must refuse."""
CASES = [(name, attempt) for name, attempts in REFUSED.items() for attempt in attempts]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize(("name", "attempt"), CASES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CASES)])
def test_the_database_refuses(stage: Stage, name: str, attempt: Break) -> None:
    with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
        attempt(stage)


def test_every_constraint_is_tried() -> None:
    ours = {constraint.name for model in ours_all() for constraint in model._meta.constraints}
    assert set(REFUSED) == ours


def ours_all() -> list[type[models.Model]]:
    """Return every model of the record."""
    return list(apps.get_app_config("patients").get_models())


def test_what_is_at_the_edge_is_allowed(stage: Stage) -> None:
    factories.team(digest_hour=23, working_from=0, working_until=24)
    factories.patient(stage.team, birth_date=DAY, death_date=DAY, oxygen_floor_percent=50.0)
    stage.pregnancy(ended_on=DAY)
    stage.treatment(dose=0.0, ended_on=DAY, every_days=0.25)
    stage.treatment(dose=None)
    stage.upload(rows=15, accepted=1, duplicates=2, held=3, rejected=4, skipped=5)
    stage.observation(value=0.0)
    stage.observation(code="SP", value=None, value_text="many")
    stage.observation(code="FE", value=None, data_absent_reason="error")


def test_what_was_retracted_makes_room(stage: Stage) -> None:
    stage.observation(retracted_revision=2)
    stage.observation(value=121.0, recorded_revision=2)
    assert Observation.objects.filter(retracted_revision=None).get().value == 121.0


@pytest.mark.parametrize("other", [{"specimen": "capillary"}, {"performer": "Lab B"}, {"code": "FE"}])
def test_each_part_of_the_key_tells_results_apart(stage: Stage, other: dict[str, str]) -> None:
    stage.observation()
    stage.observation(**other)
    assert Observation.objects.count() == 2


def test_an_ended_membership_or_link_makes_room(stage: Stage) -> None:
    for make in (stage.member, stage.link):
        make(ends_at=NOW + timedelta(days=1))
        make()
    assert (Membership.objects.count(), CaregiverLink.objects.count()) == (2, 2)


def test_one_file_of_two_patients_or_of_a_team_is_no_repetition(stage: Stage) -> None:
    stage.upload()
    stage.upload(patient=factories.patient())
    for _ in range(2):
        stage.upload(patient=None, team=stage.team)
    assert Upload.objects.count() == 4


def test_an_identifier_of_another_issuer_is_another(stage: Stage) -> None:
    stage.identifier()
    stage.identifier(issuer="another hospital")
    assert stage.patient.identifiers.count() == 2


def test_a_patient_has_one_key_and_one_identity(stage: Stage) -> None:
    DataKey.objects.create(patient=stage.patient, sealed=b"x", created_at=NOW)
    for attempt in (
        lambda: DataKey.objects.create(patient=stage.patient, sealed=b"y", created_at=NOW),
        lambda: PatientIdentity.objects.create(patient=stage.patient, name="another"),
    ):
        with pytest.raises(IntegrityError, match="unique"), transaction.atomic():
            attempt()


def test_destroying_a_key_leaves_the_file_without_one(stage: Stage) -> None:
    key = DataKey.objects.create(patient=stage.patient, sealed=b"x", created_at=NOW)
    kept = UploadOriginal.objects.create(upload=stage.upload(), key=key, nonce=b"n", ciphertext=b"c")
    key.delete()
    kept.refresh_from_db()
    assert kept.key is None


def test_an_address_logs_one_person_in(stage: Stage) -> None:
    User.objects.create_user("Anna@Example.org")
    with pytest.raises(IntegrityError, match="unique"), transaction.atomic():
        User.objects.create_user("anna@EXAMPLE.org")


def test_a_token_is_kept_as_its_digest() -> None:
    """SHA-256 of "abc": FIPS 180-2, appendix B.1."""
    assert AccessToken.digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


CANARY = "Canary"


def rows_with_canaries(stage: Stage) -> list[models.Model]:
    """Return a row of every model of the record, with a canary wherever something personal may stand."""
    identity = PatientIdentity.objects.get(patient=stage.patient)
    identity.name, identity.address, identity.telephone, identity.email = CANARY, CANARY, CANARY, f"{CANARY}@e.org"
    upload = stage.upload(file_name=CANARY, reason=CANARY)
    key = DataKey.objects.create(patient=stage.patient, sealed=CANARY.encode(), created_at=NOW)
    revision = stage.revision(1)
    revision.why = CANARY
    return [
        stage.patient, identity, revision, upload, key, stage.team, stage.member(), stage.access(), stage.link(),
        stage.pregnancy(), stage.identifier(value=CANARY, issuer=CANARY), factories.account(f"{CANARY}@e.org"),
        stage.token(digest=CANARY), stage.observation(value_text=CANARY, specimen=CANARY, value=777.25),
        stage.event(findings={CANARY: CANARY}), stage.treatment(drug=CANARY, plan=CANARY),
        UploadOriginal(upload=upload, key=key, nonce=CANARY.encode(), ciphertext=CANARY.encode()),
        stage.row(upload=upload, original=CANARY, reading={"value": CANARY}),
        stage.seen(), stage.calendar(digest=CANARY), stage.setting(value=777.25, reason=CANARY),
        stage.key(key=CANARY, body=CANARY, headers={"Location": CANARY}), stage.duty(), stage.absence(),
        stage.change(reason=CANARY, detail={"after": CANARY}),
    ]  # fmt: skip


def test_no_row_is_named_by_what_is_personal(stage: Stage) -> None:
    rows = rows_with_canaries(stage)
    assert {type(row) for row in rows} == set(ours_all())
    for row in rows:
        assert str(row)
        assert CANARY.lower() not in (str(row) + repr(row)).lower()
        assert "777" not in str(row)


def test_an_account_is_named_as_the_person_wants() -> None:
    assert str(factories.account(first_name="Ada", last_name="Byron")) == "Ada Byron"
    nameless = factories.account()
    assert str(nameless) == f"user {nameless.pk}"


def test_ids_of_patients_and_uploads_tell_nothing(stage: Stage) -> None:
    ids = [stage.patient.pk, factories.patient().pk, stage.upload().pk]
    assert all(isinstance(one, UUID) and one.version == 4 for one in ids)


def test_a_team_with_patients_and_a_patient_with_files_are_kept(stage: Stage) -> None:
    stage.upload()
    with pytest.raises(models.ProtectedError):
        CareTeam.objects.get(pk=stage.team.pk).delete()
    with pytest.raises(models.ProtectedError):
        Patient.objects.get(pk=stage.patient.pk).delete()
