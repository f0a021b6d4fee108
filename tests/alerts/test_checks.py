"""What is found at the start: mail that cannot be written, and log-ins that may do too much."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from alerts import checks
from alerts.checks import every_mail_can_be_written, every_team_can_be_reached, roles_are_as_expected
from alerts.patient_news import News
from alerts.routing import Reason
from patients.languages import LANGUAGES
from patients.models import Absence, Patient, User
from tests.alerts.scenes import LONG_AGO, Scene, scene

DAY = timedelta(days=1)
AsRole = Callable[[str], AbstractContextManager[None]]


def test_every_mail_can_be_written_as_it_is() -> None:
    assert every_mail_can_be_written() == []


def test_the_checks_are_part_of_djangos_own(db: None) -> None:
    named = {"alerts.E001", "alerts.E002", "alerts.E003"}
    assert not {one.id for one in run_checks(tags=[Tags.templates])} & named
    assert not {one.id for one in run_checks(tags=[Tags.database], databases=["default"])} & named


def test_a_mail_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "TEMPLATES", ("alert", "lost"))
    found = every_mail_can_be_written()
    assert [(one.id, one.is_serious()) for one in found] == [("alerts.E001", True)] * len(LANGUAGES)
    assert [one.msg.split(" cannot")[0] for one in found] == [f"The mail lost ({language})" for language in LANGUAGES]


def overlay(settings: Settings, folder: Path, language: str = "", name: str = "alert", **parts: str) -> None:
    """Put parts of a mail, the alert's unless told otherwise, before those of the application."""
    place = folder / "alerts" / "email" / language
    place.mkdir(parents=True)
    for ending, text in parts.items():
        (place / f"{name}.{ending}").write_text(text)
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [folder]}]


@pytest.mark.parametrize("broken", ["{% if %}", "{% nothing %}", "{{ letter|unheard_of }}", "{% include 'lost.txt' %}"])
def test_a_template_that_does_not_work_is_named(settings: Settings, tmp_path: Path, broken: str) -> None:
    overlay(settings, tmp_path, txt=broken)
    assert [(one.id, "The mail alert (en) cannot" in one.msg) for one in every_mail_can_be_written()] == [
        ("alerts.E001", True)
    ]


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_broken_translation_is_named(settings: Settings, tmp_path: Path, language: str) -> None:
    overlay(settings, tmp_path, language, html="{% nothing %}")
    (found,) = every_mail_can_be_written()
    assert (found.id, found.msg.split(" cannot")[0]) == ("alerts.E001", f"The mail alert ({language})")


@pytest.mark.parametrize(("name", "reason"), [("alert", one) for one in Reason] + [("patient", one) for one in News])
def test_each_reason_is_tried(settings: Settings, tmp_path: Path, name: str, reason: str) -> None:
    overlay(
        settings,
        tmp_path,
        name=name,
        txt=f'x{{% if letter.reason == "{reason}" %}}{{% include "lost.txt" %}}{{% endif %}}',
    )
    assert [one.id for one in every_mail_can_be_written()] == ["alerts.E001"]


@pytest.mark.parametrize("part", ["subject", "txt"])
def test_an_empty_mail_is_named(settings: Settings, tmp_path: Path, part: str) -> None:
    overlay(settings, tmp_path, **{part: ""})
    assert [(one.id, one.msg) for one in every_mail_can_be_written()] == [
        ("alerts.E002", "The mail alert (en) is empty.")
    ]


def test_one_broken_mail_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "TEMPLATES", ("lost", "alert", "gone"))
    named = [one.msg.split(" (")[0] for one in every_mail_can_be_written()]
    assert named == ["The mail lost"] * len(LANGUAGES) + ["The mail gone"] * len(LANGUAGES)


@pytest.mark.parametrize("said", ["letter.repeat", "letter.late", "letter.open", "letter.taken", "letter.empty"])
def test_also_what_is_said_seldom_is_written(settings: Settings, tmp_path: Path, said: str) -> None:
    overlay(settings, tmp_path, txt=f"x{{% if {said} %}}{{{{ letter.due|divisibleby:letter }}}}{{% endif %}}")
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


WAYS: dict[str, Callable[[Scene], object]] = {
    "left": lambda one: one.team.memberships.update(ends_at=timezone.now() - DAY),
    "are to come": lambda one: one.team.memberships.update(starts_at=timezone.now() + DAY),
    "only coordinate": lambda one: one.team.memberships.update(role="coordinator"),
    "may not log in": lambda one: User.objects.update(is_active=False),
    "get no mail": lambda one: User.objects.update(mail_refused_at=LONG_AGO),
    "are none": lambda one: one.team.memberships.all().delete(),
    "are away": lambda one: Absence.objects.bulk_create(
        [
            Absence(user=user, starts_at=timezone.now() - DAY, ends_at=timezone.now() + DAY)
            for user in (one.nurse, one.physician)
        ]
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_a_team_in_which_nobody_can_be_told_is_named(way: str, as_role: AsRole) -> None:
    good, bad = scene("good"), scene("bad")
    WAYS[way](bad)
    User.objects.filter(pk__in=[good.nurse.pk, good.physician.pk]).update(is_active=True, mail_refused_at=None)
    assert every_team_can_be_reached() == []
    with as_role("iph_worker"):
        (found,) = every_team_can_be_reached(databases=["default"])
    assert (found.id, found.is_serious()) == ("alerts.W004", False)
    assert found.msg == f"Nobody can be told of alerts in teams {bad.team.pk}."


@pytest.mark.django_db
def test_one_who_can_be_told_is_enough() -> None:
    one = scene()
    User.objects.filter(pk=one.nurse.pk).update(mail_refused_at=LONG_AGO)
    assert every_team_can_be_reached(databases=["default"]) == []
    User.objects.filter(pk=one.physician.pk).update(mail_refused_at=LONG_AGO)
    assert [found.id for found in every_team_can_be_reached(databases=["default"])] == ["alerts.W004"]


@pytest.mark.django_db
def test_a_team_that_follows_nobody_needs_nobody() -> None:
    scene().team.memberships.all().delete()
    Patient.objects.update(active=False)
    assert every_team_can_be_reached(databases=["default"]) == []


@pytest.mark.django_db
def test_before_there_are_tables_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "UNREACHED", "SELECT 1 FROM not_there_yet")
    assert every_team_can_be_reached(databases=["default"]) == []
    assert Patient.objects.count() == 0  # the transaction goes on
