"""One row of the worklist: every cell says what the history and the alerts say, and the same queries make one row or fifty."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import WatchState
from alerts.rules.rule import Evidence, Severity
from monitor.filters import Tab
from monitor.rows import Row
from monitor.templatetags.showing import NO_BREAK
from patients.models import CareTeam, Patient, Treatment, User
from tests.factories import alert, browser, event, judged, member, patient, result, results, revision, team, upload
from tests.monitor.lists import heard, resting_on, rows, seen

pytestmark = pytest.mark.django_db
HIGH, MODERATE, LOW = Severity.HIGH, Severity.MODERATE, Severity.LOW
STEADY = [124, 125, 123, 124, 125]


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return patient(north, "Mara Veit", identifier="C07")


@pytest.fixture
def physician(north: CareTeam) -> User:
    return member(north, first_name="Lena", last_name="Mayer")


def row_of(user: User) -> Row:
    """Return the only row of everybody."""
    (row,) = rows(seen(user, tab=Tab.ALL))
    return row


def dose(of: Patient, mg: float, *, started: int, ended: int | None = None, **fields: Any) -> None:
    """Record a dose of prednisolone from so many days ago to so many days ago (negative: to come)."""
    today = timezone.now().date()
    usual = {
        "drug": "prednisolone",
        "unit": "mg",
        "route": "oral",
        "intent": "planned",
        "plan": "taper",
        "every_days": 1.0,
    }
    Treatment.objects.create(
        patient=of, dose=mg, recorded_revision=revision(of),
        started_on=today - timedelta(days=started),
        ended_on=None if ended is None else today - timedelta(days=ended),
        **{**usual, **fields},
    )  # fmt: skip


def test_one_patient_is_one_row_with_the_worst_alert(ill: Patient, physician: User) -> None:
    alert(ill, LOW, hours_open=200, state="acknowledged")
    alert(ill, HIGH, hours_open=3, found={"sentence": "Hb 98 g/L, 21 % below own baseline of 124."})
    alert(ill, MODERATE, hours_open=50)
    row = row_of(physician)
    assert (row.severity, row.sentence) == (HIGH, "Hb 98 g/L, 21 % below own baseline of 124.")
    assert (row.more, row.new) == (2, 1)
    assert row.first_at is not None
    assert timezone.now() - row.first_at > timedelta(hours=199)
    assert (row.name, row.identifier) == ("Mara Veit", "C07")


def test_of_equally_urgent_alerts_the_longest_open_is_shown(ill: Patient, physician: User) -> None:
    alert(ill, HIGH, hours_open=2)
    first = alert(ill, HIGH, hours_open=30)
    assert row_of(physician).alert == first


def test_a_sleeping_alert_counts_for_nothing_but_its_time(ill: Patient, physician: User) -> None:
    until = timezone.now() + timedelta(hours=5)
    alert(ill, HIGH, state="snoozed", snoozed_until=until)
    alert(ill, LOW)
    row = row_of(physician)
    assert (row.severity, row.more, row.snoozed_until, row.asleep) == (LOW, 0, until, False)


def test_on_the_list_of_the_snoozed_it_is_the_one_that_wakes_first(ill: Patient, physician: User) -> None:
    soon, later = (timezone.now() + timedelta(hours=hours) for hours in (5, 50))
    alert(ill, HIGH, state="snoozed", snoozed_until=later)
    first = alert(ill, LOW, state="snoozed", snoozed_until=soon, owner=physician, hours_open=9)
    alert(ill, MODERATE, hours_open=30)
    (row,) = rows(seen(physician, tab=Tab.SNOOZED))
    assert (row.alert, row.owner, row.asleep, row.snoozed_until) == (first, physician, True, soon)
    assert (row.more, row.new) == (1, 1)  # the one that is awake
    assert row.first_at is not None
    assert timezone.now() - row.first_at > timedelta(hours=29)


def test_hemoglobin_is_shown_with_its_own_band_also_of_who_is_calm(ill: Patient, physician: User) -> None:
    results(ill, STEADY)
    judged(ill)
    row = row_of(physician)
    assert row.last is not None
    assert (row.last.value, row.change, row.marked) == (125, 1, None)  # against 124, the mean of those before
    assert row.spark is not None
    assert row.spark.band
    assert row.band is not None
    assert row.band.lower < 124 < row.band.upper


def test_the_last_result_carries_the_shape_of_the_alert_that_rests_on_it(ill: Patient, physician: User) -> None:
    *earlier, last = results(ill, [*STEADY, 98])
    alert(ill, MODERATE, found=resting_on(last))
    assert (row_of(physician).change, row_of(physician).marked) == (-21, MODERATE)
    alert(ill, HIGH, found=resting_on(earlier[-1]))
    assert row_of(physician).marked is MODERATE


def test_an_alert_about_something_else_marks_no_result(ill: Patient, physician: User) -> None:
    last = results(ill, STEADY)[-1]
    bled = Evidence("result", "event", 1, "hemoptysis", last.effective_at, "streaks", "")
    alert(ill, HIGH, found={"evidence": (bled,), "numbers": {}})
    assert row_of(physician).marked is None


def test_other_analytes_and_preliminary_results_are_no_hemoglobin(ill: Patient, physician: User) -> None:
    result(ill, 12, code="FE", unit="umol/L")
    result(ill, 60, status="preliminary")
    row = row_of(physician)
    assert (row.last, row.spark, row.band, row.change) == (None, None, None, None)


def test_who_is_silent_shows_for_how_long_and_how_often_a_count_is_due(ill: Patient, physician: User) -> None:
    for days in (130, 102, 74):
        result(ill, 139, days_ago=days)
    heard(ill, days_ago=74)
    row = row_of(physician)
    assert (row.silent_days, row.every_days) == (74, 28)
    assert row.spark is not None
    assert row.spark.silent_from == row.spark.end[0]
    assert row.late_words == "Blood count 46\u00a0days late"


def test_who_was_never_heard_of_has_no_days(ill: Patient, physician: User) -> None:
    heard(ill, days_ago=None)
    row = row_of(physician)
    assert (row.silent_days, row.every_days, row.last, row.late_words) == (None, None, None, "")


def test_the_dose_now_its_step_and_the_next(ill: Patient, physician: User) -> None:
    for mg, started, ended in ((20, 20, 11), (15, 10, 1), (12.5, 0, -9), (10, -10, None)):
        dose(ill, mg, started=started, ended=ended)
    now, step, following = row_of(physician).dose
    assert (now, step) == ("12.5\u00a0mg", "step 3 of 4")
    assert following.startswith("to 10\u00a0mg on ")


def test_a_dose_that_nobody_recorded_is_unknown_and_not_zero(ill: Patient, physician: User) -> None:
    judged(ill)
    assert row_of(physician).dose == ("dose unknown",)


def exacerbation(of: Patient, *, days_ago: int, long: int = 10) -> None:
    """Record an exacerbation that a physician confirmed."""
    until = (timezone.now() - timedelta(days=days_ago - long)).date()
    event(of, "exacerbation", days_ago=days_ago, status="confirmed", until=until.isoformat())


def test_remissions_are_a_chain_with_the_open_one_last(ill: Patient, physician: User) -> None:
    for days in (500, 290, 140):
        exacerbation(ill, days_ago=days)
    row = row_of(physician)
    assert (row.closed, row.open_days, row.earlier) == ((200, 140), 130, 0)
    assert (row.phase_words, row.badge) == ("Remission, day 130", "calm")


def test_a_long_chain_shows_its_end(ill: Patient, physician: User) -> None:
    for days in range(700, 0, -100):
        exacerbation(ill, days_ago=days)
    row = row_of(physician)
    assert (row.closed, row.open_days, row.earlier) == ((90, 90, 90, 90), 90, 2)


def test_an_exacerbation_is_the_phase_while_it_lasts(ill: Patient, physician: User) -> None:
    exacerbation(ill, days_ago=3)
    row = row_of(physician)
    assert (row.phase_words, row.badge) == ("Exacerbation, day 4", "act")
    assert row.open_days is None


def test_nothing_recorded_is_an_unknown_phase(ill: Patient, physician: User) -> None:
    row = row_of(physician)
    assert (row.phase_words, row.badge, row.remissions) == ("Unknown", "line", ())


def test_what_is_overdue_is_named_and_the_rest_counted(ill: Patient, physician: User) -> None:
    result(ill, 124, days_ago=60)
    result(ill, 30, code="FERRITIN", unit="ug/L", days_ago=200)
    upload(ill, state="held", rows=[{"state": "held"}, {"state": "held"}, {"state": "accepted"}])
    row = row_of(physician)
    assert len(row.overdue) == 2
    assert row.late_words == "Iron studies 110\u00a0days late, 1 more overdue"
    assert "Decide: 2 rows of files are held" in [one.words for one in row.todos]


def test_who_has_it_is_who_took_it_on_else_the_clinician_of_who_is_calm(ill: Patient, physician: User) -> None:
    ill.clinician = member(ill.team)
    ill.save()
    assert row_of(physician).owner == ill.clinician
    raised = alert(ill, HIGH)
    assert row_of(physician).owner is None
    raised.state, raised.owner = "acknowledged", physician
    raised.save()
    assert row_of(physician).owner == physician


@pytest.mark.parametrize("number", ["", "C09"])
def test_a_patient_whose_name_was_removed_is_still_listed(north: CareTeam, physician: User, number: str) -> None:
    erased = patient(north, "somebody", identifier=number)
    erased.identity.delete()
    row = row_of(physician)
    assert (row.name, row.identifier) == ("", number)


def furnish(of: Patient, physician: User) -> None:
    """Give a patient one of everything that a row shows."""
    results(of, STEADY)
    exacerbation(of, days_ago=200)
    dose(of, 10, started=20)
    upload(of, state="held", rows=[{"state": "held"}])
    alert(of, HIGH, owner=physician, state="acknowledged")
    alert(of, LOW)
    heard(of, days_ago=1)


def test_sixty_patients_cost_as_many_queries_as_one(ill: Patient, north: CareTeam, physician: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            for row in rows(seen(physician)):
                assert all((str(row.owner), row.name, row.dose, row.phase_words, row.identifier or row.silent_days))
        return len(asked)

    ill.birth_date = date(2000, 2, 29)
    ill.save()
    furnish(ill, physician)
    one = cost()
    for place in range(59):
        other = patient(north, identifier=f"C{100 + place}")
        if place % 2:
            furnish(other, physician)
        else:
            heard(other, days_ago=90)
    assert cost() == one
    assert one <= 22


def test_a_row_says_when_it_was_judged(ill: Patient, physician: User) -> None:
    assert (row_of(physician).judged_at, row_of(physician).given_up) == (None, False)
    at = timezone.now() - timedelta(minutes=2)
    judged(ill, at=at)
    assert row_of(physician).judged_at == at
    assert f"Judged 2{NO_BREAK}min ago" in worklist_page(physician)


def test_a_row_says_that_the_watch_gave_up(ill: Patient, physician: User) -> None:
    judged(ill)
    WatchState.objects.update(failed_at=timezone.now())
    assert row_of(physician).given_up
    page = worklist_page(physician)
    assert "not judged: given up</span>" in page
    assert "No rule asks for anything" not in page


def worklist_page(user: User) -> str:
    """Return the worklist of everybody."""
    return browser(user).get("/?tab=all").content.decode()
