"""The page of the service itself: for administrators alone, in counts, codes and ids, with what to do about each."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Delivery, Incident, Notification, RuleFailure, WatchState
from alerts.rules import RULES
from monitor.operations_views import MOST, failures
from patients.models import Patient, User
from tests.factories import account, alive, browser, member, patient, team

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]
CANARY = "Canary Quill"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def admin(db: None) -> User:
    return account(is_staff=True)


def given_up(at: datetime, **fields: Any) -> Patient:
    """Let the watch have given a patient up."""
    ill = patient(name=CANARY, **fields)
    WatchState.objects.create(patient=ill, failed_at=at, attempts=5)
    return ill


def rule_failed(at: datetime, rule: str = "hemoglobin_fall", **fields: Any) -> RuleFailure:
    """Let a rule have raised for somebody."""
    usual = {"rule": rule, "error_type": "KeyError", "first_at": at, "last_at": at}
    return RuleFailure.objects.create(patient=patient(name=CANARY), **{**usual, **fields})


def mail_failed(at: datetime, *codes: int | None, **fields: Any) -> Notification:
    """Let a mail have failed after attempts that were answered so."""
    row = Notification.objects.create(
        recipient=account(f"canary{Notification.objects.count()}@example.org"), kind="alert", reason="first",
        dedup_key=str(Notification.objects.count()), created_at=at, due_at=at, failed_at=at, **fields,
    )  # fmt: skip
    for number, code in enumerate(codes, 1):
        outcome = "refused" if code else "unclear"
        Delivery.objects.create(notification=row, attempt=number, started_at=at, outcome=outcome, smtp_code=code)
    return row


def page(user: User) -> str:
    """Return the page as a person reads it."""
    response = browser(user).get("/operations/")
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize("role", ["physician", "nurse", "coordinator"])
def test_members_of_teams_do_not_read_it(role: str) -> None:
    assert browser(member(team(), role)).get("/operations/").status_code == 403


def test_an_administrator_without_a_team_is_led_there(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.get("/").headers["Location"] == "/operations/"


def test_a_service_that_works_says_so(admin: User) -> None:
    alive()
    said = page(admin)
    assert "nothing is overdue, given up or undelivered" in said
    assert said.count("alive</span>") == 2
    assert "Since this service was set up nothing was found wrong." in said


def test_what_is_wrong_is_named_with_what_to_do(admin: User, now: datetime) -> None:
    alive(at=now - timedelta(minutes=30))
    said = page(admin)
    assert "Judging stands still" in said
    assert "until they do, manage.py sweep --forever does their work" in said
    assert said.count("silent</span>") == 2


def test_patients_who_were_given_up_are_ids_and_no_names(admin: User, now: datetime) -> None:
    first, gone = given_up(now), given_up(now, active=False)
    said = page(admin)
    assert str(first.pk) in said
    assert str(gone.pk) not in said
    assert CANARY not in said


def test_rules_that_fail_are_counted_by_error_and_state(now: datetime, admin: User, as_web: AsWeb) -> None:
    for fields in ({}, {}, {"error_type": "ValueError"}, {"retry_at": now + timedelta(minutes=1)}):
        rule_failed(now, **fields)
    with as_web(admin):
        found = {(one.kind, one.name, one.detail): one.count for one in failures(now)}
    fall = "hemoglobin_fall"
    assert found == {("rules", fall, "KeyError"): 2, ("rules", fall, "ValueError"): 1, ("retried", fall, "KeyError"): 1}
    said = page(admin)
    title = next(rule.title for rule in RULES if rule.name == fall)
    assert title in said
    assert said.count("given up</span>") == 2
    assert "tried again" in said
    assert CANARY not in said


def test_mail_that_failed_is_counted_by_its_last_answer(now: datetime, admin: User, as_web: AsWeb) -> None:
    for codes in ((450, 550), (550,), (None,), ()):
        mail_failed(now - timedelta(days=1), *codes)
    mail_failed(now - timedelta(days=8), 550)
    mail_failed(now, carried_by=mail_failed(now - timedelta(days=8)))
    with as_web(admin):
        found = {one.detail: one.count for one in failures(now) if one.kind == "failed_mail"}
    assert found == {"550": 2, "unclear": 1, "": 1}
    said = page(admin)
    assert "never tried" in said
    assert "canary0@example.org" not in said


def test_on_a_phone_every_cell_says_what_it_is(admin: User, now: datetime) -> None:
    """There the heads of the columns are not seen: each cell has the words of its own."""
    given_up(now)
    rule_failed(now)
    mail_failed(now, 550)
    Incident.objects.create(kind="given_up", began_at=now)
    body = browser(admin).get("/operations/").content.decode().split("<main", 1)[1]
    tables = [(re.findall(r'<th scope="col">([^<]+)</th>', one), re.findall(r'<td[^>]* data-label="([^"]+)"', one))
              for one in re.findall(r"<table.*?</table>", body, re.DOTALL)]  # fmt: skip
    assert len(tables) == 6
    for heads, labels in tables:
        assert labels
        assert labels == heads[1:] * (len(labels) // (len(heads) - 1))
    assert body.count("<td") == sum(len(labels) for _, labels in tables)


def test_incidents_say_when_they_began_were_told_and_ended(admin: User, now: datetime) -> None:
    Incident.objects.create(kind="queue", began_at=now, told_at=now, ended_at=now)
    Incident.objects.create(kind="unsent", began_at=now)
    said = page(admin)
    assert "The queue stands still" in said
    assert "nobody yet</span>" in said
    assert said.count("open</span>") == 1


def test_the_database_tells_failures_to_administrators_alone(now: datetime, as_web: AsWeb) -> None:
    given_up(now)
    mail_failed(now, 550)
    asked = (account(), member(Patient.objects.get().team), account(is_staff=True, is_active=False))
    for user in asked:
        with as_web(user):
            assert failures(now) == []
    with as_web(account(is_staff=True)):
        assert {one.kind for one in failures(now)} == {"given_up", "failed_mail"}
        assert not WatchState.objects.exists()
        assert not Notification.objects.exists()


def test_a_long_list_ends(now: datetime, admin: User, as_web: AsWeb) -> None:
    for _ in range(MOST + 2):
        given_up(now)
    with as_web(admin):
        assert len(failures(now)) == MOST
    said = page(admin)
    assert f"The first {MOST};" in said
    assert f"{MOST + 2} patients are not judged" in said


def test_the_page_costs_as_many_queries_with_much_wrong(
    admin: User, now: datetime, django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    for _ in range(4):
        given_up(now)
        rule_failed(now)
        mail_failed(now, 550)
    visitor = browser(admin)
    with django_assert_max_num_queries(16):
        assert visitor.get("/operations/").status_code == 200
