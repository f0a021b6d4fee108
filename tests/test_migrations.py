"""Migrations: drift-free, hand-named, reversible."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from patients import timeline
from patients.expecting import expect
from tests.alerts.scenes import MORNING, learn, person
from tests.factories import team

LATER = MORNING + timedelta(days=1)
OURS = ("patients", "alerts")


@pytest.mark.django_db
def test_models_have_not_drifted() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_are_named_by_hand() -> None:
    names = [name for app, name in MigrationLoader(None).disk_migrations if app in OURS]
    assert names
    assert not [name for name in names if re.search(r"_auto_|\d{8}|_initial$", name)]


@pytest.mark.django_db(transaction=True)
def test_what_is_recorded_goes_on_when_files_can_be_expected() -> None:
    """The step that names files in revisions, forward over a record that is there and has been judged."""
    some = person(team("north"))
    learn(some, at=MORNING)
    before = timeline.read(some.pk, at=LATER)
    try:
        call_command("migrate", "patients", "0016", verbosity=0)
    finally:
        call_command("migrate", verbosity=0)
    after = timeline.read(some.pk, at=LATER)
    assert (after.revision, after.revision_times, after.patient) == (
        before.revision,
        before.revision_times,
        before.patient,
    )
    assert (after.files, after.patient.upload_every_days) == ((), None)
    assert expect(some.pk, 14, MORNING.date(), by=None, at=LATER)
    assert timeline.read(some.pk, at=LATER).patient.upload_every_days == 14


@pytest.mark.django_db(transaction=True)
def test_migrations_go_back_and_forth() -> None:
    try:
        call_command("migrate", "alerts", "zero", verbosity=0)
        call_command("migrate", "patients", "0001", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_policies WHERE tablename LIKE 'patients_%'")
            assert cursor.fetchone() == (0,)
    finally:
        call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_policies WHERE tablename = 'patients_observation'")
        assert cursor.fetchone() == (5,)
