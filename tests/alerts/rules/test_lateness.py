"""What is awaited of a patient: the schedule's tests with the day from which each is overdue, and when that may change."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from alerts import monitoring
from alerts.rules.doses import midnight
from alerts.rules.lateness import Look, around, look
from alerts.rules.tests_overdue import RULE
from patients.history import History
from tests.alerts.rules.histories import CHILD, event, history, measured, on, person, series, treatment

BLOOD = series([(0, 120)])


def seen(known: History, day: float | None = None, **settings: float) -> Look:
    """Look at a history on a day."""
    return look(known, RULE.resolved(settings), known.at if day is None else on(day))


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def taper(*steps: tuple[int, float], until: int) -> list:
    """Return a plan: each step's first day and dose in mg."""
    ends = [start for start, _ in steps[1:]] + [until + 1]
    return [
        treatment(start, "prednisone", until=end - 1, dose=mg, unit="mg", intent="planned", plan="one")
        for (start, mg), end in zip(steps, ends, strict=True)
    ]


def test_awaited_is_what_the_schedule_says() -> None:
    known = history(BLOOD, measured("FERRITIN", (10, 40)), events=[event(3, "ecg")], at=20)
    found = {one.subject: (one.due_on, one.overdue_on, one.interval) for one in seen(known).awaited}
    assert found == {
        "blood_count": (day(28), day(34), 28),
        "iron": (day(100), day(118), 90),
        "ecg": (day(368), day(441), 365),
    }
    assert [one.due_on for one in seen(known).awaited] == [one.due_on for one in monitoring.schedule(known)]


def test_another_share_moves_the_day_and_a_chosen_interval_too() -> None:
    known = history(BLOOD, at=5)
    assert seen(known, overdue_percent=50).awaited[0].overdue_on == day(42)
    chosen = History(known.patient, 1, known.at, known.series, settings={"blood_count_days": 10.0})
    assert seen(chosen).awaited[0].overdue_on == day(12)


def test_nothing_is_awaited_of_who_never_had_a_test_or_has_died() -> None:
    assert seen(history(at=900)).awaited == ()
    gone = history(BLOOD, patient=person(death_date=day(50)), at=60)
    assert (seen(gone).died, seen(gone).awaited, seen(gone).turns) == (True, (), ())
    assert not seen(gone, 49).died


def test_evidence_is_the_newest_result_and_of_one_moment_the_lower_value() -> None:
    known = history(series([(0, 120), (5, 118), (5, 111)], preliminary=[]), at=6)
    (row,) = seen(known).awaited[0].evidence
    assert (row.role, row.code, row.effective_at, row.value, row.unit) == ("support", "HGB", on(5), 111.0, "g/L")


def test_preliminary_and_later_results_are_no_test_done() -> None:
    known = history(series([(0, 120), (5, 118), (9, 111)], preliminary=[1]), at=6)
    (row,) = seen(known).awaited[0].evidence
    assert row.effective_at == on(0)


def test_what_steroids_ask_for_rests_on_the_steroid_until_it_is_done() -> None:
    pills = [treatment(0, "prednisone", dose=20, unit="mg")]
    before = {one.subject: one for one in seen(history(treatments=pills, at=10)).awaited}
    assert {row.kind for row in before["glucose"].evidence} == {"treatment"}
    assert before["glucose"].due_on == day(28)
    after = {one.subject: one for one in seen(history(measured("GLU", (9, 5.0)), treatments=pills, at=10)).awaited}
    assert {row.kind for row in after["glucose"].evidence} == {"observation"}
    assert after["glucose"].due_on == day(99)


def test_a_line_holds_dates_and_no_elapsed_days() -> None:
    known = history(BLOOD, at=30)
    line = seen(known).awaited[0].line().replace("\u00a0", " ")
    assert line == "Blood count: last on 1 Jan 2024, due every 28 days; due on 29 Jan 2024, overdue from 4 Feb 2024"
    assert seen(known, 300).awaited[0].line().replace("\u00a0", " ") == line


@pytest.mark.parametrize(
    ("at", "closely"), [(0, "active disease"), (14, "active disease"), (15, ""), (40, "a steroid taper"), (99, "")]
)
def test_blood_counts_matter_more_in_active_disease_and_in_a_taper(at: int, closely: str) -> None:
    events = [event(0, "exacerbation", status="confirmed", until=day(14).isoformat())]
    known = history(BLOOD, events=events, treatments=taper((30, 30), (50, 20), until=60), at=at + 0.5)
    assert seen(known).closely == closely


def test_the_day_to_ask_again_is_the_first_on_which_anything_may_differ() -> None:
    known = history(BLOOD, at=1)
    assert seen(known).recheck(RULE.resolved({})) == midnight(known, day(34))
    assert seen(known, 34).recheck(RULE.resolved({})) is None
    two = history(BLOOD, measured("FERRITIN", (0, 40)), at=40)
    assert seen(two).recheck(RULE.resolved({})) == midnight(two, day(108))


def test_what_is_around_the_tests_is_the_same_without_them() -> None:
    events = [event(0, "exacerbation", status="confirmed", until=day(14).isoformat())]
    known = history(BLOOD, events=events, treatments=taper((30, 30), (50, 20), until=60), at=1)
    for at in (1, 14, 15, 40, 99):
        with_tests, without = seen(known, at), around(known, on(at))
        assert without == replace(with_tests, awaited=())
        assert with_tests.awaited
        assert without.ahead() == min((midnight(known, turn) for turn in without.turns), default=None)
    assert around(known, on(1)).ahead(day(3)) == midnight(known, day(3))
    gone = history(BLOOD, patient=person(death_date=day(50)), at=60)
    assert around(gone, on(60)) == seen(gone)


def test_turns_are_ends_of_episodes_steps_with_what_follows_them_and_birthdays() -> None:
    events = [event(0, "exacerbation", status="confirmed", until=day(14).isoformat())]
    plan = taper((5, 30), (20, 20), until=40)
    known = history(BLOOD, patient=CHILD, events=events, treatments=plan, at=1)
    turns = seen(known).turns
    assert {day(15), day(20), day(41), day(20 + 29), date(2025, 5, 1), date(2027, 5, 1), date(2037, 5, 1)} <= set(turns)
    assert min(turns) > day(1)
    assert list(turns) == sorted(turns)


def test_the_urgent_day_is_the_one_after_a_whole_interval_more() -> None:
    known = history(BLOOD, events=[event(0, "exacerbation", status="confirmed", until=day(90).isoformat())], at=2)
    settings = RULE.resolved({})
    urgent = seen(known).urgent_on(settings)
    assert urgent is not None
    assert (urgent[0].subject, urgent[1]) == ("blood_count", day(15))
    assert seen(known).urgent_on(RULE.resolved({"blood_count_overdue_percent": 200}))[1] == day(22)  # type: ignore[index] # as above
    assert seen(history(BLOOD, at=2)).urgent_on(settings) is None
    assert seen(known).recheck(settings) == midnight(known, day(9))
    assert seen(known, 9).recheck(settings) == midnight(known, day(15))
    assert on(9) - on(2) == timedelta(days=7)
