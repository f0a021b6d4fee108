"""Exacerbations as shading, remissions as bars."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.recurrence import Episode, Remission
from alerts.remission_trends import NextOne
from monitor.course_episodes import MILLISECONDS, days_of, remission_strip, shading
from monitor.course_strip import COLORS
from tests.monitor.figures_read import colors

TODAY = "2026-11-24T10:00"


def closed(start: date, days: int, *, proposed: bool = False) -> Remission:
    return Remission(start, start + timedelta(days=days), days, open=False, proposed=proposed)


def still(start: date, days: int) -> Remission:
    return Remission(start, None, days, open=True, proposed=False)


def test_a_confirmed_exacerbation_is_shaded_to_the_end_of_its_last_day() -> None:
    (area,) = shading([Episode(date(2026, 1, 5), date(2026, 1, 20))], TODAY)
    assert (area["x0"], area["x1"]) == ("2026-01-05T00:00", "2026-01-21T00:00")
    assert (area["yref"], area["y0"], area["y1"]) == ("paper", 0, 1)
    assert (area["name"], area["line"], area["layer"]) == ("episode", {"width": 0}, "below")


def test_a_proposed_one_has_a_dotted_edge() -> None:
    (area,) = shading([Episode(date(2026, 1, 5), date(2026, 1, 20), proposed=True)], TODAY)
    assert (area["name"], area["line"]["dash"], area["line"]["width"]) == ("proposed", "dot", 1)


@pytest.mark.parametrize(
    ("start", "end", "edges"),
    [
        (date(2026, 11, 20), date(2026, 12, 4), ("2026-11-20T00:00", TODAY)),
        (date(2026, 11, 24), date(2026, 11, 24), ("2026-11-24T00:00", TODAY)),
        (date(2026, 11, 20), date(2026, 11, 23), ("2026-11-20T00:00", "2026-11-24T00:00")),
    ],
)
def test_none_reaches_beyond_today(start: date, end: date, edges: tuple[str, str]) -> None:
    (area,) = shading([Episode(start, end)], TODAY)
    assert (area["x0"], area["x1"]) == edges


@given(st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 90)), max_size=9))
def test_no_area_runs_backwards(episodes: list[tuple[date, int]]) -> None:
    areas = shading([Episode(start, start + timedelta(days=days)) for start, days in episodes], TODAY)
    assert len(areas) == len(episodes)
    assert all(area["x0"] <= area["x1"] for area in areas)


@pytest.mark.parametrize(("last", "words"), [(5, "1 day"), (6, "2 days"), (20, "16 days")])
def test_an_exacerbation_says_how_long_it_was(last: int, words: str) -> None:
    assert days_of(Episode(date(2026, 1, 5), date(2026, 1, last))) == words


def test_remissions_are_bars_with_their_days() -> None:
    found = remission_strip([closed(date(2025, 5, 30), 212), closed(date(2026, 1, 19), 140)])
    assert found is not None
    assert (found.id, found.name, found.unit, found.height) == ("rem", "Remissions", "days", 30)
    (bars,) = found.traces
    assert (bars["type"], bars["orientation"]) == ("bar", "h")
    assert bars["base"] == ["2025-05-30T00:00", "2026-01-19T00:00"]
    assert bars["x"] == [212 * MILLISECONDS, 140 * MILLISECONDS]
    assert (bars["text"], bars["insidetextanchor"]) == (["212 d", "140 d"], "end")


def test_the_open_one_is_outlined_and_says_that_it_goes_on() -> None:
    found = remission_strip([closed(date(2026, 6, 29), 88), still(date(2026, 10, 13), 41)])
    assert found is not None
    over, open_ = found.traces
    assert (over["name"], open_["name"]) == ("Remission", "Open remission")
    assert open_["text"] == ["41+"]
    assert open_["marker"]["color"] == "#ffffff"
    assert open_["marker"]["line"]["width"] > over["marker"]["line"]["width"]
    assert open_["customdata"] == ["Remission, at least 41 days, still open"]


def test_what_rests_on_a_proposed_exacerbation_says_so() -> None:
    found = remission_strip([closed(date(2026, 6, 29), 88, proposed=True)])
    assert found is not None
    assert found.traces[0]["customdata"] == ["Remission, 88 days, beside a proposed exacerbation"]


def test_without_remissions_there_is_no_strip() -> None:
    assert remission_strip([]) is None


def test_an_open_one_alone_is_one_trace() -> None:
    found = remission_strip([still(date(2026, 10, 13), 41)])
    assert found is not None
    assert [trace["name"] for trace in found.traces] == ["Open remission"]


WINDOW = NextOne(date(2026, 12, 4), date(2027, 1, 9), date(2027, 2, 20), pooled=False)


def test_the_window_of_the_next_exacerbation_is_a_line_with_its_median() -> None:
    found = remission_strip([still(date(2026, 10, 13), 41)], WINDOW)
    assert found is not None
    line = found.traces[-1]
    assert (line["name"], line["x"], line["y"]) == (
        "Next exacerbation",
        ["2026-12-04T00:00", "2027-01-09T00:00", "2027-02-20T00:00"],
        [0, 0, 0],
    )
    assert set(line["customdata"]) == {
        "Next exacerbation, 4 of 5: 4\u00a0Dec\u00a02026 to 20\u00a0Feb\u00a02027, median 9\u00a0Jan\u00a02027"
    }


def test_a_window_from_other_patients_says_so() -> None:
    found = remission_strip([still(date(2026, 10, 13), 41)], replace(WINDOW, pooled=True))
    assert found is not None
    assert found.traces[-1]["customdata"][0].endswith(", mostly from other patients")


def test_a_window_alone_draws_nothing() -> None:
    assert remission_strip([], WINDOW) is None


def test_every_color_has_a_token() -> None:
    found = remission_strip([closed(date(2026, 6, 29), 88), still(date(2026, 10, 13), 41)], WINDOW)
    areas = shading(
        [Episode(date(2026, 1, 5), date(2026, 1, 20), proposed=proposed) for proposed in (True, False)], TODAY
    )
    assert found is not None
    assert colors([*found.traces, *areas]) <= set(COLORS)
