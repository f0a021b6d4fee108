"""Whose lives are judged: the demo's, a folder's, invented ones; each from its first fact to its end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import backtesting
from monitor.demo_cohort import COHORT
from patients.interchange import NoCohortError

AT = datetime(2026, 11, 24, 18, tzinfo=UTC)
PATIENTS = "patient,sex,birth_date,height_cm,time_zone\nA,female,1990-01-01,,\nB,,,,\nC,male,,,\n"
RESULTS = (
    "patient,code,value,unit,effective_at,recorded_at,status\n"
    "A,HGB,120,g/L,2026-01-01T08:00:00Z,2026-01-02T08:00:00Z,final\n"
    "A,HGB,12.1,g/dL,2026-03-01T08:00:00Z,2026-03-02T08:00:00Z,final\n"
    "B,HGB,lots,g/L,2026-01-01T08:00:00Z,2026-01-02T08:00:00Z,final\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cohort of three, one of whom has a line that is wrong, and one no line at all."""
    (tmp_path / "patients.csv").write_text(PATIENTS)
    (tmp_path / "results.csv").write_text(RESULTS)
    return tmp_path


def test_the_demo_is_judged_up_to_now_or_to_death() -> None:
    lives = backtesting.of_demo(AT)
    assert len(lives.spans) == len(COHORT)
    assert lives.onsets == sum(len(one.course.bleeds) for one in COHORT)
    assert "flatters" in lives.note
    for one, span in zip(COHORT, lives.spans, strict=True):
        assert span.start < span.end <= AT
        assert (AT - span.start).days == pytest.approx(one.followed_days, abs=8)
        assert (span.end == AT) == (one.died is None)
        assert span.history.patient.birth_date == one.birth_date(AT)


def test_what_rules_must_know_of_a_person_of_the_demo_is_there() -> None:
    spans = {span.history.patient.id: span.history.patient for span in backtesting.of_demo(AT).spans}
    pregnant = next(one for one in COHORT if one.pregnant is not None)
    assert spans[pregnant.id].pregnancies[0][0] == (AT - timedelta(days=pregnant.pregnant[0])).date()  # type: ignore[index] # chosen so
    smoking = [one for one in COHORT if "altitude_m" in dict(one.fields)]
    assert all(spans[one.id].altitude_m == dict(one.fields)["altitude_m"] for one in smoking)


def test_a_folder_is_read_without_a_database_and_who_is_refused_is_left_out(folder: Path) -> None:
    lives = backtesting.of_folder(folder, time_zone="Europe/Vienna", at=AT)
    assert lives.onsets is None
    assert lives.note == "1 of 3 patients left out: their lines are refused."
    span, empty = lives.spans
    assert span.history.get("HGB").values.tolist() == [120, 121]
    assert span.history.patient.time_zone == "Europe/Vienna"
    assert (span.start.date().isoformat(), span.end.date().isoformat()) == ("2026-01-01", "2026-03-01")
    assert empty.years == 0


def test_two_processes_count_what_one_counts() -> None:
    lives = backtesting.simulated(2, 0.5, 3)
    one = backtesting.spent(lives)
    assert one.patients == 2
    assert one.by_rule
    assert backtesting.spent(lives, jobs=2) == one


def test_the_bleeds_of_invented_lives_lie_in_them() -> None:
    lives = backtesting.simulated(6, 2, 3)
    assert len(lives.bleeds) == len(lives.spans)
    assert sum(map(len, lives.bleeds)) == lives.onsets
    for span, bleeds in zip(lives.spans, lives.bleeds, strict=True):
        assert [one.onset for one in bleeds] == sorted(one.onset for one in bleeds)
        for one in bleeds:
            assert span.start <= one.onset < one.seen
            assert timedelta(days=2) <= one.end - one.onset <= timedelta(days=28)


def test_where_bleeds_are_not_known_there_are_none(folder: Path) -> None:
    lives = backtesting.of_folder(folder, time_zone="UTC", at=AT)
    assert lives.bleeds == ()
    assert backtesting.detectors_of(lives) == []


def test_what_is_no_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoCohortError, match=r"no patients\.csv"):
        backtesting.of_folder(tmp_path, time_zone="UTC", at=AT)


def test_invented_lives_have_their_length_and_their_bleeds() -> None:
    lives = backtesting.simulated(6, 2, 3)
    assert [span.years for span in lives.spans] == pytest.approx([2] * 6, abs=0.01)
    assert lives.onsets is not None
    assert lives.onsets > 0
    with pytest.raises(ValueError, match="patients and years"):
        backtesting.simulated(0, 2, 3)
