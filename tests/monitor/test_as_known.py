"""A past moment, and alerts as they stood then: the same words that people read on that day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from alerts.models import Alert, Transition
from alerts.rules.findings import to_json
from alerts.rules.rule import Severity
from monitor.as_known import Past, asked_for, stood, written
from patients.models import User
from tests.alerts import scenes

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def named(text: str, zone: str = "UTC") -> Past | None:
    with timezone.override(zone):
        return asked_for(text, now=NOW)


@pytest.mark.parametrize(
    ("text", "zone", "hour"),
    [
        ("2026-03-03T12:00", "UTC", 12),
        ("2026-03-03T12:00", "Europe/Berlin", 11),
        ("2026-03-03T12:00", "America/New_York", 17),
        ("2026-03-03T12:00:00+03:00", "Europe/Berlin", 9),
        ("2026-03-03T12:00Z", "America/New_York", 12),
        ("2026-03-03", "UTC", 0),
    ],
)
def test_a_moment_is_read_in_the_readers_zone_unless_it_names_another(text: str, zone: str, hour: int) -> None:
    found = named(text, zone)
    assert found is not None
    assert found.at == datetime(2026, 3, 3, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", [
        "", "now", "2026-03-10T12:00", "2026-03-10T12:01", "2999-01-01T00:00", "1900-01-01T00:00", "0001-01-01",
        "9999-12-31T23:59", "2026-13-01T00:00", "12:00", "2026-02-30", "<b>", "2026-03-03T12:00" * 50,
    ],
)  # fmt: skip
def test_the_present_the_future_and_what_is_no_moment_are_now(text: str) -> None:
    assert named(text) is None


def test_neighbors_are_the_same_time_of_the_next_days() -> None:
    found = named("2026-03-03T12:00", "Europe/Berlin")
    assert found is not None
    assert (found.text, found.day_before, found.day_after) == (
        "2026-03-03T12:00",
        "2026-03-02T12:00",
        "2026-03-04T12:00",
    )


def test_there_is_no_day_after_where_that_is_to_come() -> None:
    found = named("2026-03-09T13:00")
    assert found is not None
    assert found.day_after == ""


def test_a_day_on_which_clocks_change_is_one_step() -> None:
    with timezone.override("Europe/Berlin"):
        found = asked_for("2026-03-28T12:00", now=NOW + timedelta(days=60))
    assert found is not None
    assert found.day_after == "2026-03-29T12:00"
    assert found.at == datetime(2026, 3, 28, 11, tzinfo=UTC)


@given(
    minutes=st.integers(1, 60 * 24 * 800),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia", "America/New_York"]),
)
def test_what_a_page_links_to_is_read_as_the_same_moment(minutes: int, zone: str) -> None:
    """But for the hour that an autumn night has twice."""
    at = NOW - timedelta(minutes=minutes)
    with timezone.override(zone):
        found = asked_for(written(at), now=NOW)
        assert found is None or abs(found.at - at) in {timedelta(0), timedelta(hours=1)}
        assert found is not None or NOW - at <= timedelta(hours=1)


def finding(severity: Severity, value: float, level: int = 0) -> dict[str, Any]:
    return to_json(scenes.finding(severity=severity, level=level, sentence=f"Hb {value:g} g/L."))


def step(number: int, verb: str, after: str, **fields: Any) -> Transition:
    """Return the step of an hour."""
    detail = {"finding": fields.pop("found")} if "found" in fields else fields.pop("detail", {})
    return Transition(verb=verb, after=after, at=NOW + timedelta(hours=number), detail=detail, **fields)


NURSE = User(pk=7, first_name="Nora")
LIFE = (
    step(0, "raised", "raised", found=finding(Severity.MODERATE, 112)),
    step(1, "acknowledged", "acknowledged", by=NURSE),
    step(2, "worsened", "raised", found=finding(Severity.HIGH, 98, 1)),
    step(3, "updated", "raised", found=finding(Severity.MODERATE, 108)),
    step(4, "resolved", "resolved", by=NURSE),
    step(5, "returned", "raised", found=finding(Severity.MODERATE, 110)),
)


def today() -> Alert:
    """Return the alert as it is stored after all of that."""
    return Alert(
        state="raised", severity=int(Severity.HIGH), level=1, finding=finding(Severity.MODERATE, 110), owner=NURSE,
        raised_at=NOW, changed_at=NOW + timedelta(hours=5),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "state", "severity", "value", "owner"),
    [
        (1, "raised", Severity.MODERATE, 112, None),
        (2, "acknowledged", Severity.MODERATE, 112, NURSE),
        (3, "raised", Severity.HIGH, 98, NURSE),
        (4, "raised", Severity.HIGH, 108, NURSE),
        (5, "resolved", Severity.HIGH, 108, NURSE),
        (6, "raised", Severity.HIGH, 110, NURSE),
    ],
)
def test_an_alert_stood_as_its_first_steps_left_it(
    steps: int, state: str, severity: Severity, value: float, owner: User | None
) -> None:
    then = stood(today(), LIFE[:steps], {})
    assert (then.state, then.severity, then.owner) == (state, severity, owner)
    assert then.finding["sentence"] == f"Hb {value:g} g/L."
    assert then.changed_at == LIFE[steps - 1].at
    assert then.closed_at == (LIFE[4].at if state == "resolved" else None)


def test_after_all_its_steps_it_stood_as_it_is_stored() -> None:
    then, now = stood(today(), LIFE, {}), today()
    for name in ("state", "severity", "level", "finding", "owner", "closed_at", "changed_at", "snoozed_until"):
        assert getattr(then, name) == getattr(now, name)


def test_the_stored_row_is_left_alone() -> None:
    row = today()
    stood(row, LIFE[:5], {})
    assert (row.state, row.finding) == ("raised", today().finding)


def test_steps_that_kept_no_finding_leave_the_stored_one() -> None:
    then = stood(today(), [step(0, "raised", "raised")], {})
    assert (then.finding, then.severity) == (today().finding, Severity.HIGH)


def test_an_alert_whose_steps_are_lost_is_as_stored() -> None:
    then = stood(today(), [], {})
    assert (then.state, then.owner, then.changed_at) == ("raised", None, NOW)


ENDS = NOW + timedelta(days=2)
HANDLED = (
    step(0, "raised", "raised", found=finding(Severity.MODERATE, 112)),
    step(1, "snoozed", "snoozed", by=NURSE, detail={"until": ENDS.isoformat()}),
    step(2, "commented", "snoozed", by=User(pk=8), reason="a word"),
    step(3, "assigned", "snoozed", by=NURSE, detail={"to": 9}),
    step(4, "woken", "raised", detail={"until": ENDS.isoformat()}),
)
COLLEAGUE = User(pk=9, first_name="Peter")


@pytest.mark.parametrize(
    ("steps", "state", "until", "owner", "changed"),
    [
        (2, "snoozed", ENDS, NURSE, 1),
        (3, "snoozed", ENDS, NURSE, 1),  # a word changes nothing
        (4, "snoozed", ENDS, COLLEAGUE, 3),
        (5, "raised", None, COLLEAGUE, 4),
    ],
)
def test_what_was_put_off_and_handed_over_stood_so(
    steps: int, state: str, until: datetime | None, owner: User, changed: int
) -> None:
    then = stood(today(), HANDLED[:steps], {9: COLLEAGUE})
    assert (then.state, then.snoozed_until, then.owner, then.closed_at) == (state, until, owner, None)
    assert then.changed_at == HANDLED[changed].at


def test_a_word_about_what_is_over_leaves_it_closed_when_it_was() -> None:
    closed = (*LIFE[:5], step(6, "rated", "resolved", by=NURSE, detail={"useful": True}))
    then = stood(today(), closed, {})
    assert (then.state, then.closed_at, then.changed_at) == ("resolved", LIFE[4].at, LIFE[4].at)


def test_whose_account_is_gone_has_nothing() -> None:
    assert stood(today(), HANDLED[:4], {}).owner is None
