"""Contexts are written to the transaction, not to the connection."""

from uuid import UUID

import pytest
from django.db import connection

from patients.context import ALL, acting_as, maintaining, working_on


def setting(name: str) -> str:
    """Return a setting as policies read it, "" where unset."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


@pytest.mark.django_db
def test_the_acting_user_is_named_within_the_block_only() -> None:
    with acting_as(7):
        assert setting("app.user_id") == "7"
    assert setting("app.user_id") == ""


@pytest.mark.django_db(transaction=True)
def test_nothing_stays_on_the_connection_after_commit() -> None:
    with working_on(ALL):
        assert setting("app.patient_ids") == "*"
    assert setting("app.patient_ids") == ""


@pytest.mark.django_db(transaction=True)
def test_nothing_stays_on_the_connection_after_a_rollback() -> None:
    with pytest.raises(RuntimeError), acting_as(7):
        raise RuntimeError
    assert setting("app.user_id") == ""


@pytest.mark.django_db
def test_patients_are_named_as_an_array() -> None:
    with working_on([UUID(int=1), UUID(int=2)]), connection.cursor() as cursor:
        cursor.execute("SELECT app_patients(), app_everyone()")
        assert cursor.fetchone() == ([UUID(int=1), UUID(int=2)], False)


@pytest.mark.django_db
def test_what_is_no_id_never_reaches_the_database() -> None:
    with pytest.raises(ValueError, match="badly formed"), working_on(["*,1"]):  # type: ignore[list-item] # the point
        pass
    with pytest.raises(ValueError, match="invalid literal"), acting_as("1; drop"):  # type: ignore[arg-type] # the point
        pass


@pytest.mark.django_db(transaction=True)
def test_maintenance_ends_with_its_block() -> None:
    with maintaining():
        assert setting("app.maintaining") == "on"
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.maintaining', '', true)")
    with maintaining():
        pass
