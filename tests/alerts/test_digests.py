"""The digests: once a local date, at the team's hour, on every kind of day, and silent when nothing is open."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from alerts.digests import write_due
from alerts.models import Alert, Notification
from alerts.routing import Channel
from alerts.rules.rule import Severity
from patients.context import ALL, working_on
from patients.models import User
from tests.alerts.scenes import FALL, LONG_AGO, MORNING, Scene, join, scene

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = datetime(2026, 11, 24, 6, tzinfo=UTC)
"""Seven o'clock in Berlin on the Tuesday of the scenes."""


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def worker(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the stage is set."""
    with as_role("iph_worker"):
        yield


def alert(
    stage: Scene,
    severity: Severity = Severity.MODERATE,
    *,
    at: datetime = LONG_AGO,
    state: str = "raised",
    until: datetime | None = None,
) -> Alert:
    """Raise an alert, or one that is snoozed until a time."""
    return Alert.objects.create(
        patient=stage.patient,
        rule=FALL,
        rule_version=1,
        ruleset="test-1",
        subject=str(uuid4()),
        severity=severity,
        state="snoozed" if until else state,
        snoozed_until=until,
        closed_at=at if state in {"resolved", "recovered"} else None,
        finding={},
        revision=1,
        evaluated_at=at,
        raised_at=at,
        changed_at=at,
    )


def waiting(to: User, about: Alert, *, at: datetime, due: datetime, channel: Channel = Channel.DIGEST) -> Notification:
    """Put one row into the outbox that waits for a digest."""
    return Notification.objects.create(
        recipient=to,
        team=about.patient.team,
        alert=about,
        channel=channel,
        kind="alert",
        reason="digest",
        dedup_key=str(uuid4()),
        created_at=at,
        due_at=due,
    )


def digests(kind: str = "digest") -> list[Notification]:
    """Return digests, by person."""
    return list(Notification.objects.filter(kind=kind).order_by("recipient_id", "id"))


def test_every_member_gets_the_counts_of_what_is_open(stage: Scene) -> None:
    for severity in (Severity.HIGH, Severity.MODERATE, Severity.MODERATE, Severity.LOW):
        alert(stage, severity, at=DUE - HOUR)  # on Tuesday, so the low one waits for the next Monday
    assert write_due(at=DUE) == 2
    assert [row.recipient for row in digests()] == [stage.nurse, stage.physician]
    assert digests()[0].detail["open"] == [["high", 1, 1], ["moderate", 2, 1]]
    assert (digests()[0].due_at, digests()[0].channel) == (DUE, "email")


def test_a_digest_comes_once_a_local_date(worker: None, stage: Scene) -> None:
    with working_on(ALL):
        alert(stage)
    assert [write_due(at=DUE + hours * HOUR) for hours in (0, 1, 23, 24)] == [2, 0, 0, 2]


def test_nothing_open_is_no_mail(stage: Scene) -> None:
    alert(stage, state="resolved")
    alert(stage, state="recovered")
    assert write_due(at=DUE) == 0


def test_what_was_raised_after_the_hour_waits_for_the_next_morning(stage: Scene) -> None:
    alert(stage, at=MORNING)
    assert write_due(at=MORNING + HOUR) == 0
    assert write_due(at=DUE + DAY) == 2


def test_before_the_hour_it_is_still_yesterdays(stage: Scene) -> None:
    alert(stage)
    write_due(at=DUE - timedelta(minutes=1))
    assert {row.detail["day"] for row in digests()} == {"2026-11-23"}
    assert write_due(at=DUE) == 2


def test_a_day_of_silence_is_caught_up_by_one_digest(stage: Scene) -> None:
    alert(stage)
    write_due(at=DUE)
    assert write_due(at=DUE + 3 * DAY + 5 * HOUR) == 2
    assert len(digests()) == 4


def test_each_team_has_its_own_hour(stage: Scene) -> None:
    far = scene("south", time_zone="America/New_York")
    alert(stage, at=DUE - HOUR)
    alert(far, at=DUE - HOUR)
    assert write_due(at=DUE) == 2
    assert {row.team for row in digests()} == {stage.team}
    assert write_due(at=DUE + 6 * HOUR) == 2  # 07:00 EST


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 6, tzinfo=UTC), [23, 24]),  # forward on 29 March: 07:00 is 05:00 UTC
        ("Europe/Berlin", datetime(2026, 10, 24, 5, tzinfo=UTC), [25, 24]),  # back on 25 October
        ("America/New_York", datetime(2026, 3, 7, 12, tzinfo=UTC), [23, 24]),  # forward on 8 March
        ("America/New_York", datetime(2026, 10, 31, 11, tzinfo=UTC), [25, 24]),  # back on 1 November
        ("Pacific/Apia", datetime(2011, 12, 29, 17, tzinfo=UTC), [24, 24]),  # 30 December 2011 was left out
        ("Europe/Berlin", datetime(2028, 2, 28, 6, tzinfo=UTC), [24, 24]),  # 29 February
    ],
)
def test_clock_changes_make_neither_a_missing_nor_a_double_digest(
    stage: Scene, zone: str, first: datetime, hours: list[int]
) -> None:
    stage.team.time_zone = zone
    stage.team.save()
    long_before = datetime(2010, 1, 1, tzinfo=UTC)
    stage.team.memberships.update(starts_at=long_before)
    alert(stage, at=long_before)
    sent, at = [], first
    while at <= first + timedelta(hours=sum(hours)):
        if write_due(at=at):
            sent.append(at)
        at += HOUR
    assert [later - earlier for earlier, later in pairwise(sent)] == [hour * HOUR for hour in hours]


def test_a_digest_carries_what_waited_for_it(stage: Scene) -> None:
    about = alert(stage, at=MORNING)
    row = waiting(stage.physician, about, at=MORNING, due=DUE + DAY)
    write_due(at=DUE + DAY)
    row.refresh_from_db()
    assert row.carried_by is not None
    assert (row.carried_by.kind, row.carried_by.recipient) == ("digest", stage.physician)


@pytest.mark.parametrize("state", ["resolved", "recovered"])
def test_what_is_over_by_the_morning_is_dropped(stage: Scene, state: str) -> None:
    row = waiting(stage.physician, alert(stage, state=state), at=MORNING, due=DUE + DAY)
    assert write_due(at=DUE + DAY) == 0
    row.refresh_from_db()
    assert (row.dropped_at, row.dropped_reason) == (DUE + DAY, state)


def test_what_sleeps_is_neither_counted_nor_waited_for(stage: Scene) -> None:
    asleep = alert(stage, until=DUE + DAY + HOUR)
    row = waiting(stage.physician, asleep, at=MORNING, due=DUE + DAY)
    assert write_due(at=DUE + DAY) == 0
    row.refresh_from_db()
    assert (row.dropped_at, row.dropped_reason) == (DUE + DAY, "snoozed")
    alert(stage)
    write_due(at=DUE + DAY)
    assert {str([row[:2] for row in one.detail["open"]]) for one in digests()} == {"[['moderate', 1]]"}


@pytest.mark.parametrize(("late", "counted"), [(timedelta(0), 1), (timedelta(seconds=1), 0)])
def test_what_slept_until_the_digests_hour_is_counted_in_it(stage: Scene, late: timedelta, counted: int) -> None:
    alert(stage, until=DUE + late)
    assert write_due(at=DUE + HOUR) == 2 * counted


def test_who_left_before_the_morning_gets_nothing(stage: Scene) -> None:
    row = waiting(stage.physician, alert(stage), at=MORNING, due=DUE + DAY)
    stage.team.memberships.filter(user=stage.physician).update(ends_at=MORNING + HOUR)
    assert write_due(at=DUE + DAY) == 1
    row.refresh_from_db()
    assert row.dropped_reason == "recipient_left"


def test_low_alerts_come_on_monday(stage: Scene) -> None:
    about = alert(stage, Severity.LOW, at=MORNING)
    row = waiting(stage.physician, about, at=MORNING, due=DUE + 6 * DAY, channel=Channel.WEEKLY)
    counts = [write_due(at=DUE + days * DAY) for days in range(1, 8)]
    assert counts == [0, 0, 0, 0, 0, 2, 0]
    assert digests("weekly")[0].detail["open"] == [["low", 1, 141]]
    row.refresh_from_db()
    assert row.carried_by is not None


def test_a_new_member_reads_today_what_the_others_read(stage: Scene) -> None:
    alert(stage)
    write_due(at=DUE)
    join(stage.team, stage.administrator, "physician")
    assert write_due(at=DUE + HOUR) == 1


def test_a_team_at_rest_costs_no_question(
    stage: Scene, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for number in range(5):
        scene(f"team{number}")
    with django_assert_max_num_queries(12):
        assert write_due(at=DUE) == 0
