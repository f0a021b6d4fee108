"""Migrations: drift-free, hand-named, reversible."""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

OURS = ("patients", "alerts")


@pytest.mark.django_db
def test_models_have_not_drifted() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_are_named_by_hand() -> None:
    names = [name for app, name in MigrationLoader(None).disk_migrations if app in OURS]
    assert names
    assert not [name for name in names if re.search(r"_auto_|\d{8}|_initial$", name)]


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
