"""What the watch counts beside signs of life: late judgments and mail, and who or what was given up."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Incident
from monitor.health import watch_state
from patients.models import Patient
from tests.factories import alive, judged, patient, revision
from tests.monitor.lateness import NOW, due, failing, kinds, mail

pytestmark = pytest.mark.django_db


def test_an_overdue_judgment_is_stale_though_every_part_lives() -> None:
    alive(at=NOW)
    due(0.5)
    due(2)
    found = watch_state(NOW)
    assert (found.stale, found.silent) == (True, ())
    assert kinds() == {"recheck": (2, NOW - timedelta(days=2))}


def test_what_is_due_this_minute_or_of_whom_nobody_follows_is_not_overdue() -> None:
    alive(at=NOW)
    due(0.001)
    due(-3)
    Patient.objects.filter(pk=due(5).pk).update(active=False)
    assert watch_state(NOW).stale is False


def test_who_was_given_up_is_counted_for_as_long_as_it_lasts() -> None:
    alive(at=NOW)
    due(5, failed_at=NOW - timedelta(days=4))
    Patient.objects.filter(pk=due(5, failed_at=NOW).pk).update(active=False)
    assert kinds() == {"given_up": (1, NOW - timedelta(days=4))}
    assert watch_state(NOW).stale


def test_a_rule_counts_once_it_is_given_up() -> None:
    alive(at=NOW)
    failing("one", first_at=NOW - timedelta(hours=5))
    failing("two")
    failing("three", retry_at=NOW + timedelta(minutes=1))
    assert kinds() == {"rules": (2, NOW - timedelta(hours=5))}


@pytest.mark.parametrize(
    ("minutes", "fields", "found"),
    [
        (10, {}, 0),
        (10.1, {}, 1),
        (500, {"attempts": 3, "lease_until": NOW + timedelta(minutes=9)}, 1),
        (500, {"sent_at": NOW}, 0),
        (500, {"dropped_at": NOW}, 0),
        (500, {"channel": "screen"}, 0),
    ],
)
def test_a_mail_that_waits_longer_than_ten_minutes(minutes: float, fields: dict[str, Any], found: int) -> None:
    alive(at=NOW)
    row = mail(minutes, **fields)
    assert kinds() == ({"unsent": (1, row.due_at)} if found else {})


def test_one_mail_of_several_findings_is_one() -> None:
    alive(at=NOW)
    mail(60, carried_by=mail(60))
    assert kinds()["unsent"][0] == 1


def test_a_mail_that_failed_is_for_administrators_and_makes_nobody_blind() -> None:
    alive(at=NOW)
    mail(60, failed_at=NOW - timedelta(days=6.9))
    mail(60, failed_at=NOW - timedelta(days=7.1))
    found = watch_state(NOW)
    assert kinds() == {"failed_mail": (1, NOW - timedelta(days=6.9))}
    assert (found.stale, [one.kind for one in found.lacking]) == (False, ["failed_mail"])


@pytest.mark.parametrize(("minutes", "found"), [(3, 0), (3.1, 1)])
def test_facts_that_were_not_judged_for_three_minutes(minutes: float, found: int) -> None:
    alive(at=NOW)
    ill = patient()
    judged(ill, at=NOW)
    assert kinds(every=True) == {}
    revision(ill, at=NOW - timedelta(minutes=minutes))
    assert kinds(every=True) == ({"unjudged": (1, ill.changed_at)} if found else {})


def test_who_was_never_judged_is_unjudged_and_who_was_given_up_counts_once() -> None:
    alive(at=NOW)
    patient(changed_at=NOW - timedelta(hours=2))
    patient(active=False)
    due(-1, failed_at=NOW)
    assert kinds(every=True) == {"unjudged": (1, NOW - timedelta(hours=2)), "given_up": (1, NOW)}


def test_a_page_has_the_unjudged_from_the_incident_and_looks_at_no_patient() -> None:
    alive(at=NOW)
    patient()
    assert kinds() == {}
    row = Incident.objects.create(kind="unjudged", began_at=NOW - timedelta(minutes=9))
    assert kinds() == {"unjudged": (1, row.began_at)}
    Incident.objects.update(ended_at=NOW)
    assert kinds() == {}
