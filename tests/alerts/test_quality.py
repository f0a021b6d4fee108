"""How rules did: counts, quartiles of times, ratings and reasons, by rule and together; only of one team, only of the span."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from alerts import handling
from alerts.changes import ResolveReason
from alerts.models import Alert, Transition
from alerts.quality import MONTH, Quality, Review, Spread, review
from alerts.rules.rule import Severity
from patients.models import CareTeam, Patient, PatientRevision, User
from tests.factories import account, alert, guest, member, patient, team

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
FALL, IRON = "hemoglobin_fall", "iron_deficiency"
H = timedelta(hours=1)


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return followed(north, days=400)


def followed(of: CareTeam, *, days: float, **fields: Any) -> Patient:
    """Register a patient of whom something is known for so many days."""
    made = patient(of, **fields)
    PatientRevision.objects.create(patient=made, n=1, at=AT - timedelta(days=days))
    return made


def raised(
    of: Patient, rule: str = FALL, severity: Severity = Severity.MODERATE, *, days: float = 10, **fields: Any
) -> Alert:
    """Raise an alert so many days before."""
    begun = AT - timedelta(days=days)
    made = alert(of, severity, rule=rule, subject=fields.pop("subject", f"{days}"), **fields)
    Transition.objects.filter(alert=made).update(at=begun)
    Alert.objects.filter(pk=made.pk).update(raised_at=begun, changed_at=begun)
    made.refresh_from_db()
    return made


def now(of: CareTeam, months: int = 3) -> Review:
    """Review the rules of a team."""
    return review(of.pk, months=months, at=AT)


def only(found: Review) -> Quality:
    """Return the only rule of a review, which must say the same as all together."""
    (one,) = found.rules
    assert [getattr(one, name) for name in Quality.__slots__ if name != "rule"] == [
        getattr(found.total, name) for name in Quality.__slots__ if name != "rule"
    ]
    return one


def taken(one: Alert, by: User, after: timedelta) -> None:
    """Acknowledge an alert so long after it was raised."""
    handling.acknowledge(one.pk, by=by, at=one.raised_at + after)


def test_of_a_team_without_anything_nothing_is_said(north: CareTeam) -> None:
    found = now(north)
    assert (found.rules, found.total, found.patient_months) == ((), Quality(), 0.0)
    assert found.rate(found.total) is None
    assert found.total.useful_percent is None
    assert not found.total.to_review


def test_alerts_are_counted_by_rule_and_severity_the_most_frequent_first(north: CareTeam, ill: Patient) -> None:
    raised(ill, IRON, Severity.LOW)
    for days, severity in ((3, Severity.HIGH), (4, Severity.MODERATE), (5, Severity.MODERATE)):
        raised(ill, FALL, severity, days=days)
    found = now(north)
    assert [(one.rule, one.raised, one.high, one.moderate, one.low) for one in found.rules] == [
        (FALL, 3, 1, 2, 0), (IRON, 1, 0, 0, 1)]  # fmt: skip
    assert (found.total.raised, found.total.high, found.total.open_now) == (4, 1, 4)
    assert [found.rules[1].title, found.total.title] == ["Iron deficiency", "All rules"]
    assert Quality("gone_rule").title == "gone_rule"


def test_older_ones_are_only_open_now_and_of_who_is_followed(north: CareTeam, ill: Patient) -> None:
    raised(ill, days=100)
    raised(ill, days=101, state="recovered")
    raised(followed(north, days=10, active=False), days=5)
    assert (only(now(north)).raised, only(now(north)).open_now) == (1, 1)
    assert (only(now(north, 12)).raised, only(now(north, 12)).open_now) == (3, 1)


def test_another_teams_are_not_counted_nor_a_guests(north: CareTeam, ill: Patient) -> None:
    visited = followed(team("south"), days=400)
    guest(visited, north)
    handling.feedback(raised(visited).pk, by=account(), at=AT, useful=True)
    assert now(north).rules == ()
    assert now(north).patient_months == pytest.approx(3)


def test_times_are_quartiles_of_what_was_acknowledged(north: CareTeam, ill: Patient) -> None:
    doctor = member(north)
    for days, hours in ((2, 1), (3, 2), (4, 4), (5, 8), (6, 16)):
        taken(raised(ill, days=days), doctor, hours * H)
    raised(ill, days=7)
    found = only(now(north))
    assert found.acknowledged == Spread(5, 2 * H, 4 * H, 8 * H)
    assert (found.raised, found.resolved, found.recovered) == (6, None, None)


def test_who_is_handed_an_alert_has_it_and_the_first_time_counts(north: CareTeam, ill: Patient) -> None:
    doctor, nurse = member(north), member(north, "nurse")
    one = raised(ill)
    handling.assign(one.pk, by=doctor, to=nurse, at=one.raised_at + 3 * H)
    handling.assign(one.pk, by=nurse, to=doctor, at=one.raised_at + 9 * H)
    handling.comment(one.pk, by=nurse, at=one.raised_at + 10 * H, text="seen")
    assert only(now(north)).acknowledged == Spread(1, 3 * H, 3 * H, 3 * H)


def test_closed_by_a_person_and_recovered_are_two_times_with_reasons(north: CareTeam, ill: Patient) -> None:
    doctor = member(north)
    for days, reason in ((2, ResolveReason.TREATED), (3, ResolveReason.TREATED), (4, ResolveReason.NOT_USEFUL)):
        one = raised(ill, days=days)
        handling.resolve(one.pk, by=doctor, at=one.raised_at + days * H, reason=reason)
    well = raised(ill, days=9)
    Alert.objects.filter(pk=well.pk).update(state="recovered", closed_at=well.raised_at + timedelta(days=5))
    found = only(now(north))
    assert found.resolved == Spread(3, 2.5 * H, 3 * H, 3.5 * H)
    assert found.recovered == Spread(1, *[timedelta(days=5)] * 3)
    assert found.reasons == {"treated": 2, "not_useful": 1}
    assert found.rated == found.open_now == 0


def test_the_newest_word_of_each_person_is_a_rating(north: CareTeam, ill: Patient) -> None:
    doctor, nurse = member(north), member(north, "nurse")
    one = raised(ill, days=50)
    for by, useful, days in ((doctor, False, 49), (doctor, True, 48), (nurse, False, 2)):
        handling.feedback(one.pk, by=by, at=AT - timedelta(days=days), useful=useful, because="known")
    found = only(now(north))
    assert (found.useful, found.rated, found.useful_percent) == (1, 2, 50.0)
    assert (found.lately_not, found.lately_rated) == (1, 1)


def test_ratings_and_closings_count_by_when_they_were_made(north: CareTeam, ill: Patient) -> None:
    doctor, old = member(north), raised(ill, days=200)
    handling.feedback(old.pk, by=doctor, at=AT - timedelta(days=100), useful=True)
    assert only(now(north)).rated == 0  # it is open now
    handling.feedback(old.pk, by=doctor, at=AT - timedelta(days=1), useful=True)
    handling.resolve(old.pk, by=doctor, at=AT - timedelta(days=1), reason=ResolveReason.OTHER)
    found = only(now(north))
    assert (found.raised, found.rated, found.reasons, found.resolved) == (0, 1, {"other": 1}, None)


@pytest.mark.parametrize(
    ("useful", "useless", "days", "asked"),
    [(2, 3, 1, True), (1, 3, 1, False), (3, 3, 1, False), (0, 5, 29, True), (0, 5, 31, False), (9, 10, 1, True)],
)
def test_over_half_not_useful_of_five_in_thirty_days_asks_for_a_review(
    north: CareTeam, ill: Patient, useful: int, useless: int, days: int, asked: bool
) -> None:
    one = raised(ill, days=60)
    for place in range(useful + useless):
        handling.feedback(
            one.pk, by=account(), at=AT - timedelta(days=days), useful=place < useful, because="a known thing"
        )  # fmt: skip
    assert only(now(north)).to_review is asked
    assert not now(north).total.to_review


def test_patient_months_are_from_the_first_known_until_the_last(north: CareTeam) -> None:
    followed(north, days=400)
    followed(north, days=30.4375)
    followed(north, days=400, active=False, death_date=(AT - timedelta(days=61)).date())
    followed(north, days=400, active=False, changed_at=AT - timedelta(days=200))
    half = MONTH * 3 - (AT - datetime(2026, 9, 30, tzinfo=UTC))
    assert date(2026, 9, 30) == (AT - timedelta(days=61)).date()
    found = now(north)
    assert found.patient_months == pytest.approx(3 + 1 + half / MONTH)
    assert found.since == AT - timedelta(days=91.3125)
    one = followed(north, days=1)
    raised(one, days=0.5)
    assert now(north).rate(now(north).total) == pytest.approx(1 / now(north).patient_months)


def test_it_is_three_queries_however_much_there_is(
    north: CareTeam, django_assert_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    for days in range(1, 5):
        raised(followed(north, days=100), FALL if days % 2 else IRON, days=days)
    with django_assert_num_queries(3):
        assert len(now(north).rules) == 2


def test_the_database_counts_only_what_a_person_may_see(
    north: CareTeam, ill: Patient, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    handling.feedback(raised(ill).pk, by=member(north), at=AT, useful=True)
    clerk, stranger = member(north, "coordinator"), member(team("south"))
    with as_web(clerk):
        assert (now(north).total.raised, now(north).total.rated) == (1, 1)
    with as_web(stranger):
        assert (now(north).rules, now(north).patient_months) == ((), 0.0)
