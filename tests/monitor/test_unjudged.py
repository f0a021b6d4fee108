"""What the watch failed to judge is said on the patient's page, by name of the rule, instead of a badge that stays for ever."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.claiming import ATTEMPTS
from alerts.models import RuleFailure, WatchState
from alerts.rules import RULES
from monitor.unjudged import Unjudged, unjudged
from patients.models import Patient
from tests.factories import browser, judged, member, patient, revision, team

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BADGE = "new facts not judged yet"


@pytest.fixture
def ill(db: None) -> Patient:
    return patient(team("north"))


def failed(of: Patient, rule: str, **fields: Any) -> None:
    """Let a rule have raised for a patient, for good unless told otherwise."""
    RuleFailure.objects.create(
        **{"patient": of, "rule": rule, "error_type": "KeyError", "first_at": NOW, "last_at": NOW, **fields}
    )


def page(of: Patient, role: str = "physician") -> str:
    """Return the patient's page as a member of the team reads it."""
    return browser(member(of.team, role)).get(f"/patients/{of.pk}/").content.decode()


def test_nothing_failed(ill: Patient) -> None:
    failed(patient(), RULES[0].name)
    assert unjudged(None, ill) == unjudged(judged(ill), ill) == Unjudged()
    for words in ("Rules that failed", "gave up"):
        assert words not in page(ill)


def test_who_was_given_up_is_told_so_and_the_badge_ends(ill: Patient) -> None:
    state = judged(ill)
    revision(ill)
    assert BADGE in page(ill)
    WatchState.objects.update(failed_at=NOW)
    state.refresh_from_db()
    assert unjudged(state, ill).given_up_at == NOW
    said = page(ill)
    assert f"Not judged: the watch gave up after {ATTEMPTS} attempts" in said
    assert "not judged: given up" in said
    assert BADGE not in said


def test_rules_that_failed_are_named_the_first_to_fail_first(ill: Patient) -> None:
    first, second = RULES[1], RULES[0]
    failed(ill, second.name, retry_at=NOW)
    failed(ill, first.name, first_at=NOW - timedelta(hours=1))
    failed(ill, "a_rule_of_before")
    found = unjudged(judged(ill), ill)
    assert [one.title for one in found.rules] == [first.title, "a_rule_of_before", second.title]
    assert [one.given_up for one in found.rules] == [True, True, False]
    said = page(ill)
    assert said.count("judge this yourself") == 3
    assert said.count(f"Given up after {ATTEMPTS} attempts") == 2
    assert "Failed, and is tried again" in said


def test_who_reads_no_alerts_reads_no_failures(ill: Patient) -> None:
    failed(ill, RULES[0].name)
    assert "Rules that failed" not in page(ill, "coordinator")
    assert "Rules that failed" in page(ill, "nurse")
