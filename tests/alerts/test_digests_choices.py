"""What digests say first, and to whom: to-dos, who wants none, who wants each, and that nothing that waited is ever lost."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from alerts import assigning, handling
from alerts import digests as module
from alerts.digests import write_due
from alerts.models import Alert, MailChoice, Notification
from alerts.routing import Channel
from alerts.rules.rule import Severity
from alerts.sending import OPEN, send_due
from alerts.todo_counts import Todos, counted
from alerts.unsubscribing import choose
from patients.models import Absence, Patient, User
from tests.alerts.scenes import LONG_AGO, MORNING, Scene, join, scene
from tests.alerts.test_digests import DAY, DUE, HOUR, alert, digests, waiting

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]
MONDAY = DUE + 6 * DAY


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def todos(monkeypatch: pytest.MonkeyPatch) -> dict[int, Todos]:
    """Let teams have as many to-dos as the test puts here."""
    found: dict[int, Todos] = {}
    monkeypatch.setattr(module, "counted", lambda team_id, _moment: found.get(team_id, Todos()))
    return found


def no(user: User, edition: str = "digest") -> None:
    """Let somebody want no digest."""
    choose(user.pk, edition, wanted=False, at=LONG_AGO)


def readers(kind: str = "digest") -> set[User]:
    """Return who got a digest."""
    return {row.recipient for row in digests(kind)}


def test_what_nobody_has_stands_before_what_somebody_has_the_oldest_named(stage: Scene) -> None:
    alert(stage, Severity.HIGH, at=DUE - 3 * HOUR, state="acknowledged")
    alert(stage, Severity.MODERATE, at=DUE - 5 * HOUR)
    alert(stage, Severity.MODERATE, at=DUE - 30 * HOUR)
    alert(stage, Severity.HIGH, at=DUE - timedelta(minutes=59))
    write_due(at=DUE + HOUR)
    said = digests()[0].detail
    assert said["open"] == [["high", 1, 0], ["moderate", 2, 30]]
    assert said["taken"] == [["high", 1, 3]]


def test_what_woke_by_the_hour_counts_as_nobodys(stage: Scene) -> None:
    alert(stage, until=DUE)
    write_due(at=DUE)
    assert [row[:2] for row in digests()[0].detail["open"]] == [["moderate", 1]]


def test_to_dos_are_counted(stage: Scene, todos: dict[int, Todos]) -> None:
    alert(stage)
    todos[stage.team.pk] = Todos(due=4, overdue=2)
    write_due(at=DUE)
    assert (digests()[0].detail["due"], digests()[0].detail["overdue"]) == (4, 2)


def test_a_team_with_to_dos_alone_gets_its_digest(stage: Scene, todos: dict[int, Todos]) -> None:
    other = scene("south")
    Patient.objects.update(revision=1)
    todos[stage.team.pk] = Todos(overdue=1)
    assert write_due(at=DUE) == 2
    assert {row.team for row in digests()} == {stage.team}
    assert other.team not in {row.team for row in digests()}
    assert write_due(at=DUE + HOUR) == 0


def test_the_weekly_mail_counts_no_to_dos(stage: Scene, todos: dict[int, Todos]) -> None:
    alert(stage, Severity.LOW)
    todos[stage.team.pk] = Todos(overdue=1)
    write_due(at=MONDAY)
    assert digests("weekly")[0].detail["overdue"] == 0


def test_nothing_new_is_told_to_who_asked_for_it_alone(stage: Scene) -> None:
    choose(stage.nurse.pk, "digest", wanted=True, empty=True, at=LONG_AGO)
    assert write_due(at=DUE) == 1
    (one,) = digests()
    assert one.recipient == stage.nurse
    assert [one.detail[name] for name in ("open", "taken", "due", "overdue")] == [[], [], 0, 0]
    assert write_due(at=DUE + HOUR) == 0
    assert write_due(at=DUE + DAY) == 1


def test_who_asked_for_the_one_edition_gets_no_empty_other(stage: Scene) -> None:
    choose(stage.nurse.pk, "weekly", wanted=True, empty=True, at=LONG_AGO)
    write_due(at=DUE)
    assert (len(digests()), len(digests("weekly"))) == (0, 1)


def test_who_wants_no_digest_gets_none_and_alerts_all_the_same(stage: Scene) -> None:
    no(stage.nurse)
    alert(stage)
    low = alert(stage, Severity.LOW)
    waiting(stage.nurse, low, at=MORNING, due=MORNING)
    assert write_due(at=DUE) == 3
    assert readers() == {stage.physician}
    assert readers("weekly") == {stage.nurse, stage.physician}


def test_what_waited_for_who_wants_no_digest_is_read_by_colleagues(stage: Scene) -> None:
    no(stage.physician)
    row = waiting(stage.physician, alert(stage, at=MORNING), at=MORNING, due=DUE + DAY)
    write_due(at=DUE + DAY)
    row.refresh_from_db()
    assert (row.dropped_at, row.dropped_reason) == (DUE + DAY, "not_wanted")
    assert digests()[0].recipient == stage.nurse
    assert digests()[0].detail["open"] == [["moderate", 1, 21]]


@pytest.mark.parametrize(
    ("edition", "severity", "due"), [("digest", Severity.MODERATE, DUE + DAY), ("weekly", Severity.LOW, MONDAY)]
)
def test_what_somebody_was_given_who_wants_no_digest_is_a_mail_of_its_own(
    stage: Scene, edition: str, severity: Severity, due: datetime
) -> None:
    """Taken on, it calls nobody further; that a colleague reads its count tells nobody that it is theirs."""
    no(stage.physician, edition)
    about = alert(stage, severity, at=MORNING)
    handling.assign(about.pk, by=stage.nurse, at=MORNING, to=stage.physician)
    assigning.tell(at=MORNING)
    row = Notification.objects.get(reason="assigned", channel=edition)
    other = waiting(stage.physician, about, at=MORNING, due=due, channel=Channel(edition))
    assert write_due(at=due) == 1
    for one in (row, other):
        one.refresh_from_db()
    assert (row.channel, row.dropped_at, row.carried_by) == ("email", None, None)
    assert other.dropped_reason == "not_wanted"
    send_due(at=due)
    row.refresh_from_db()
    assert row.attempts == 1


LONELY: dict[str, Callable[[Scene], object]] = {
    "wants none either": lambda one: no(one.nurse),
    "has left": lambda one: one.team.memberships.filter(user=one.nurse).update(ends_at=LONG_AGO + DAY),
    "may not act on alerts": lambda one: one.team.memberships.filter(user=one.nurse).update(role="coordinator"),
    "is away": lambda one: Absence.objects.create(user=one.nurse, starts_at=MORNING, ends_at=DUE + 2 * DAY),
    "gets no mail": lambda one: User.objects.filter(pk=one.nurse.pk).update(mail_refused_at=LONG_AGO),
    "may not log in": lambda one: User.objects.filter(pk=one.nurse.pk).update(is_active=False),
}


def test_who_is_back_by_the_morning_reads_it(stage: Scene) -> None:
    no(stage.physician)
    Absence.objects.create(user=stage.nurse, starts_at=MORNING, ends_at=DUE + DAY)
    row = waiting(stage.physician, alert(stage, at=MORNING), at=MORNING, due=DUE + DAY)
    write_due(at=DUE + DAY)
    row.refresh_from_db()
    assert row.dropped_reason == "not_wanted"


@pytest.mark.parametrize("colleague", LONELY)
def test_where_no_colleague_would_read_it_the_alert_comes_as_a_mail_of_its_own(stage: Scene, colleague: str) -> None:
    no(stage.physician)
    LONELY[colleague](stage)
    row = waiting(stage.physician, alert(stage, at=MORNING), at=MORNING, due=DUE + DAY)
    write_due(at=DUE + DAY)
    row.refresh_from_db()
    assert (row.channel, row.dropped_at, row.carried_by) == ("email", None, None)
    assert stage.physician not in readers()
    send_due(at=DUE + DAY)
    row.refresh_from_db()
    assert row.attempts == 1


def test_a_low_alert_waits_for_its_monday_also_where_the_weekly_mail_is_not_wanted(stage: Scene) -> None:
    for one in (stage.nurse, stage.physician):
        no(one, "weekly")
    row = waiting(
        stage.physician, alert(stage, Severity.LOW, at=MORNING), at=MORNING, due=MONDAY, channel=Channel.WEEKLY
    )
    write_due(at=MONDAY - HOUR)
    row.refresh_from_db()
    assert row.channel == "weekly"
    write_due(at=MONDAY)
    row.refresh_from_db()
    assert (row.channel, row.dropped_at) == ("email", None)


def test_what_rose_meanwhile_waits_for_no_weekly_mail(stage: Scene) -> None:
    row = waiting(stage.physician, alert(stage, Severity.HIGH), at=MORNING, due=MONDAY, channel=Channel.WEEKLY)
    write_due(at=MONDAY)
    row.refresh_from_db()
    assert (row.dropped_reason, len(digests("weekly"))) == ("worse", 0)


def test_who_chooses_again_gets_it_again(stage: Scene) -> None:
    alert(stage)
    no(stage.nurse)
    write_due(at=DUE)
    choose(stage.nurse.pk, "digest", wanted=True, at=DUE)
    assert write_due(at=DUE + HOUR) == 1
    assert readers() == {stage.nurse, stage.physician}


def test_a_team_that_cannot_be_written_to_stops_no_other(
    stage: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    south = scene("south")
    alert(stage), alert(south)
    real = module._issue

    def fails(edition: Any, team: Any, *rest: Any) -> Any:
        if team == stage.team:
            raise RuntimeError
        return real(edition, team, *rest)

    monkeypatch.setattr(module, "_issue", fails)
    assert write_due(at=DUE) == 2
    assert {row.team for row in digests()} == {south.team}
    assert "digest_failed" in caplog.text


def test_a_task_whose_time_is_up_ends(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def times_out(*_: object) -> None:
        raise SoftTimeLimitExceeded

    alert(stage)
    monkeypatch.setattr(module, "_issue", times_out)
    with pytest.raises(SoftTimeLimitExceeded):
        write_due(at=DUE)
    assert digests() == []


def test_the_worker_may_do_all_of_it(stage: Scene, as_role: AsRole) -> None:
    no(stage.physician)
    choose(stage.nurse.pk, "digest", wanted=True, empty=True, at=LONG_AGO)
    row = waiting(stage.physician, alert(stage, at=MORNING), at=MORNING, due=DUE + DAY)
    with as_role("iph_worker"):
        assert write_due(at=DUE + DAY) == 1
    row.refresh_from_db()
    assert row.dropped_reason == "not_wanted"


class Nothing(TestCase):
    """Whoever wants what: no alert that waited is lost."""

    def setUp(self) -> None:
        """Set the stage with a third member."""
        self.stage = scene()
        join(self.stage.team, self.stage.administrator, "coordinator")
        self.people = [self.stage.nurse, self.stage.physician, self.stage.administrator]
        counted.cache_clear()

    @given(
        wanted=st.lists(st.booleans(), min_size=3, max_size=3),
        refused=st.lists(st.booleans(), min_size=3, max_size=3),
        to=st.integers(0, 2),
    )
    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    def test_is_lost(self, wanted: list[bool], refused: list[bool], to: int) -> None:
        """After the digest each telling is carried, a mail of its own, or counted in what a colleague reads who may act."""
        Notification.objects.all().delete(), Alert.objects.all().delete(), MailChoice.objects.all().delete()
        for person, wants, bad in zip(self.people, wanted, refused, strict=True):
            User.objects.filter(pk=person.pk).update(mail_refused_at=LONG_AGO if bad else None)
            choose(person.pk, "digest", wanted=wants, at=LONG_AGO)
        row = waiting(self.people[to], alert(self.stage, at=MORNING), at=MORNING, due=DUE + DAY)
        write_due(at=DUE + DAY)
        row.refresh_from_db()
        assert not Notification.objects.filter(OPEN, channel="digest", carried_by=None).exists()
        if row.dropped_at is not None:
            acting = {one.pk for one, bad in zip(self.people[:2], refused[:2], strict=True) if not bad}
            assert {one.recipient_id for one in digests()} & acting
            assert all(one.detail["open"][0][:2] == ["moderate", 1] for one in digests())
        else:
            assert row.channel == "email" or (row.carried_by is not None and wanted[to])
