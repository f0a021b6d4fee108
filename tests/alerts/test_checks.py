"""What is found at the start: mail that cannot be written, and log-ins that may do too much."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection
from pytest_django import Settings

from alerts import checks
from alerts.checks import every_mail_can_be_written, roles_are_as_expected

AsRole = Callable[[str], AbstractContextManager[None]]


def test_every_mail_can_be_written_as_it_is() -> None:
    assert every_mail_can_be_written() == []


def test_the_checks_are_part_of_djangos_own(db: None) -> None:
    named = {"alerts.E001", "alerts.E002", "alerts.E003"}
    assert not {one.id for one in run_checks(tags=[Tags.templates])} & named
    assert not {one.id for one in run_checks(tags=[Tags.database], databases=["default"])} & named


def test_a_mail_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "TEMPLATES", ("alert", "lost"))
    (found,) = every_mail_can_be_written()
    assert (found.id, found.is_serious()) == ("alerts.E001", True)
    assert "The mail lost cannot be written" in found.msg


def overlay(settings: Settings, folder: Path, **parts: str) -> None:
    """Put parts of the alert's mail before those of the application."""
    place = folder / "alerts" / "email"
    place.mkdir(parents=True)
    for ending, text in parts.items():
        (place / f"alert.{ending}").write_text(text)
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [folder]}]


@pytest.mark.parametrize("broken", ["{% if %}", "{% nothing %}", "{{ letter|unheard_of }}", "{% include 'lost.txt' %}"])
def test_a_template_that_does_not_work_is_named(settings: Settings, tmp_path: Path, broken: str) -> None:
    overlay(settings, tmp_path, txt=broken)
    assert [(one.id, "The mail alert cannot" in one.msg) for one in every_mail_can_be_written()] == [
        ("alerts.E001", True)
    ]


@pytest.mark.parametrize("part", ["subject", "txt"])
def test_an_empty_mail_is_named(settings: Settings, tmp_path: Path, part: str) -> None:
    overlay(settings, tmp_path, **{part: ""})
    assert [(one.id, one.msg) for one in every_mail_can_be_written()] == [("alerts.E002", "The mail alert is empty.")]


def test_one_broken_mail_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "TEMPLATES", ("lost", "alert", "gone"))
    assert [one.msg.split(" cannot")[0] for one in every_mail_can_be_written()] == ["The mail lost", "The mail gone"]


@pytest.mark.parametrize("said", ["letter.repeat", "letter.late"])
def test_also_what_is_said_seldom_is_written(settings: Settings, tmp_path: Path, said: str) -> None:
    overlay(
        settings, tmp_path, txt=f"{{% if {said} %}}{{{{ letter.counts|add:letter|divisibleby:letter }}}}{{% endif %}}"
    )
    assert [one.id for one in every_mail_can_be_written()] == ["alerts.E001"]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["iph_owner", "iph_web", "iph_worker", "iph_operator"])
def test_the_four_log_ins_are_as_they_should_be(as_role: AsRole, role: str) -> None:
    with as_role(role):
        assert roles_are_as_expected(databases=["default"]) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "more"),
    [
        ("iph_web", "SET rolsuper = true"),
        ("iph_worker", "SET rolbypassrls = true"),
        ("iph_operator", "SET rolsuper = true"),
    ],
)
def test_a_log_in_that_sees_past_the_walls_is_named(as_role: AsRole, role: str, more: str) -> None:
    with connection.cursor() as cursor:  # the owner may not change log-ins, so a table stands before the real one
        cursor.execute("CREATE TEMP TABLE pg_roles AS SELECT * FROM pg_catalog.pg_roles")
        cursor.execute(f"UPDATE pg_roles {more}")
        cursor.execute("GRANT SELECT ON pg_temp.pg_roles TO PUBLIC")
    with as_role(role):
        (found,) = roles_are_as_expected(databases=["default"])
    assert (found.id, found.msg) == ("alerts.E003", f"The log-in {role} sees past row-level security.")
    assert found.hint == "Run manage.py roles, and let DATABASE_URL name iph_web."


def test_no_database_is_asked_unless_it_is_wanted() -> None:
    assert roles_are_as_expected() == roles_are_as_expected(databases=[]) == []
