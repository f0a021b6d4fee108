"""What the documents say of endpoints, checks, roles, states and times is what the code does."""

from datetime import timedelta

import pytest
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator

from alerts import handling, invariants, lifecycle, routing, routing_calls, sending, worsening
from alerts.api import STATUSES
from alerts.claiming import ATTEMPTS, LEASE
from alerts.models import Alert
from alerts.rules.rule import Severity
from monitor.celery import SWEEP_SECONDS
from monitor.health import STALE_AFTER
from patients import claiming_uploads
from patients.access import MATRIX, Actor
from patients.models import UploadState
from patients.readings import RowState
from patients.serializers import ReportSerializer
from tests.documents import decision, table, text


def test_every_endpoint_is_documented_and_no_other() -> None:
    schema = SchemaGenerator().get_schema(public=True)
    known = {
        f"{method.upper()} {path}"
        for path, methods in schema["paths"].items()
        if path.startswith("/api/v1/")
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }
    assert {cells[0].strip("`") for cells in table(text("docs/api.md"), "method and address")} == known


def test_the_apis_words_are_those_of_the_code() -> None:
    words = text("docs/api.md")
    for value in (*STATUSES, *lifecycle.ResolveReason, *UploadState, *ReportSerializer().fields):
        assert f"`{value}`" in words, value


def test_every_invariant_is_documented_and_no_other() -> None:
    checks = {one.id for one in (*invariants.WATCH, *invariants.RECORD, *invariants.SETUP)} | {"migrations"}
    assert {cells[0] for cells in table(text("docs/operator.md"), "check")} == checks


def test_every_health_address_is_documented() -> None:
    known = {
        f"/{pattern.pattern}" for pattern in get_resolver().url_patterns if str(pattern.pattern).startswith("health/")
    }
    assert {cells[0].strip("`") for cells in table(text("docs/operator.md"), "address")} == known


def test_the_matrix_is_the_decisions_table() -> None:
    words = decision("0004")
    written = {
        (cells[0], cells[1]): frozenset(actor for actor, cell in zip(Actor, cells[2:], strict=True) if cell == "yes")
        for cells in table(words, "resource")
    }
    assert f"| resource | action | {' | '.join(Actor)} |" in words
    assert written == MATRIX


def test_the_row_states_are_those_of_the_code() -> None:
    assert [cells[0] for cells in table(text("docs/clinician.md"), "state")] == list(RowState)


def test_an_alerts_states_are_those_of_the_code() -> None:
    life = decision("0006")
    assert {cells[0] for cells in table(life, "state")} == set(Alert.STATES)
    hours = handling.LONGEST_SNOOZE_HIGH // timedelta(hours=1)
    assert f"for {handling.LONGEST_SNOOZE.days} days at most, a high one for {hours} hours" in life
    assert f"a high alert for {hours} hours at most" in text("docs/clinician.md")
    for page in (decision("0012"), text("docs/clinician.md")):
        assert f"one by a further {worsening.FURTHER_PERCENT} % of others" in page
    assert lifecycle.RETURNS_WITHIN.days == routing.FRESH_FOR.days == 7
    assert "seven days" in life


@pytest.mark.parametrize("page", ["docs/clinician.md", "docs/decisions/0006-life-of-an-alert.md"])
def test_who_is_told_when_is_what_routing_does(page: str) -> None:
    told = {cells[0].split(":")[0]: " ".join(cells[1:]) for cells in table(text(page), "severity")}
    assert list(told) == [severity.word for severity in sorted(Severity, reverse=True)]
    reminder, step = routing_calls.REMINDER_AFTER.seconds // 60, routing_calls.CHAIN_EVERY.seconds // 60
    assert f"after {reminder} minutes, " in told["high"]
    assert f"after {step}, then each {step}" in told["high"]
    assert f"after {routing_calls.NEXT_LEVEL_AFTER.total_seconds() / 3600:.0f} hours" in told["moderate"]
    assert "weekly" in told["low"]


def test_after_how_long_a_taken_alert_is_asked_of_its_owner_again() -> None:
    assert [routing_calls.FORGOTTEN_AFTER[one].days for one in sorted(Severity, reverse=True)] == [1, 7, 28]
    for page in (decision("0013"), text("docs/clinician.md")):
        assert "after a day (high), 7 days (moderate), 28 days (low)" in " ".join(page.split())


def test_the_periods_of_the_watch_are_those_of_the_code() -> None:
    hints, operator = decision("0002"), text("docs/operator.md")
    assert f"Every {SWEEP_SECONDS:.0f} seconds a sweep" in hints
    assert (ATTEMPTS, STALE_AFTER.seconds, LEASE.seconds) == (5, 180, 60)
    assert "After five attempts" in hints
    assert "judged again after the lease, 60 s" in operator
    assert f"read again after the lease, {claiming_uploads.LEASE.seconds} s" in operator
    assert f"sent again after the lease, {sending.LEASE.seconds} s" in operator
    assert "within three minutes" in operator
