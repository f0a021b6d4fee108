"""Prednisolone as steps in the figure: taken, planned, and the dose at a relapse."""

from datetime import date
from typing import Any

from monitor.course_doses import dose_strip
from monitor.course_strip import COLORS, Strip
from patients.history import History, TreatmentRecord
from tests.alerts.rules.histories import history, on, treatment
from tests.monitor.figures_read import colors


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def dose(start: int, mg: float | None, until: int | None = None, **fields: Any) -> TreatmentRecord:
    """Return prednisolone taken from a day on."""
    return treatment(start, fields.pop("drug", "prednisolone"), until=until, dose=mg, unit="mg", **fields)


def plan(start: int, mg: float, until: int | None = None, name: str = "taper") -> TreatmentRecord:
    """Return a planned step."""
    return dose(start, mg, until, intent="planned", plan=name)


def known(*treatments: TreatmentRecord, now: float = 100) -> History:
    """Return what is known of these treatments on day 100."""
    return history(treatments=treatments, at=now)


def strip(*treatments: TreatmentRecord, relapses: tuple[int, ...] = (), now: float = 100) -> Strip:
    """Return the strip of these treatments."""
    found = dose_strip(known(*treatments, now=now), [day(number) for number in relapses])
    assert found is not None
    return found


def drawn(of: Strip, name: str) -> list[list[tuple[str, float]]]:
    """Return the points of every trace of this name."""
    return [list(zip(one["x"], one["y"], strict=True)) for one in of.traces if one["name"] == name]


def test_what_was_taken_is_filled_up_to_today() -> None:
    found = strip(dose(0, 40, 13), dose(14, 30))
    (taken,) = [one for one in found.traces if one["name"] == "Taken"]
    assert (taken["fill"], taken["line"]["shape"]) == ("tozeroy", "hv")
    assert drawn(found, "Taken") == [[("2024-01-01T00:00", 40), ("2024-01-15T00:00", 30), ("2024-04-10T00:00", 30)]]


def test_each_time_without_a_gap_is_a_line_of_its_own() -> None:
    """One line with a gap would be filled across it."""
    found = drawn(strip(dose(0, 40, 13), dose(20, 30, 27)), "Taken")
    assert found == [
        [("2024-01-01T00:00", 40), ("2024-01-15T00:00", 40)],
        [("2024-01-21T00:00", 30), ("2024-01-29T00:00", 30)],
    ]


def test_the_plan_is_dashed_and_goes_on_beyond_today() -> None:
    found = strip(plan(90, 15), plan(104, 12.5))
    (planned,) = found.traces
    assert planned["line"]["dash"] == "dash"
    assert "fill" not in planned
    assert planned["y"] == [15, 12.5, 12.5]
    assert planned["x"][-1] > "2024-06"


def test_what_was_taken_lies_over_what_was_planned() -> None:
    names = [one["name"] for one in strip(dose(0, 40), plan(0, 40), relapses=(50,)).traces]
    assert names == ["Planned", "Taken", "Dose at relapse"]


def test_without_any_there_is_no_strip() -> None:
    assert dose_strip(known(), [day(5)]) is None
    assert dose_strip(known(treatment(0, "ferrous sulfate", unit="mg")), []) is None


def test_a_relapse_shows_the_dose_at_which_it_began() -> None:
    found = strip(dose(0, 40, 13), dose(14, 5, 49), dose(50, 40), relapses=(0, 50))
    (relapse,) = [one for one in found.traces if one["name"] == "Dose at relapse"]
    assert (relapse["x"], relapse["y"], relapse["text"]) == (["2024-02-20T00:00"], [5], ["5"])
    assert relapse["marker"]["symbol"] == "diamond"


def test_a_pulse_does_not_hide_the_taper_beside_it() -> None:
    found = strip(dose(0, 1000, 2, drug="methylprednisolone"), dose(3, 40))
    assert found.axis["range"] == [0, 46]
    assert found.fit == {"zero": True, "keep": [], "below": 200}
    (note,) = found.notes
    assert (note["text"], note["x"], note["y"], note["name"]) == ("↑ 1250", "2024-01-01T00:00", 46, "edge")


def test_pulses_alone_are_shown_whole() -> None:
    found = strip(dose(0, 1000, 2))
    assert found.axis["range"][1] > 1000
    assert (found.notes, found.fit) == ((), {"zero": True, "keep": []})


def test_the_unit_says_when_milligrams_are_equivalents() -> None:
    assert strip(dose(0, 40)).unit == "mg a day"
    assert strip(dose(0, 4, drug="dexamethasone")).unit == "mg a day, equivalent"
    assert strip(dose(0, 40), dose(0, 1, drug="betamethasone", route="topical")).unit == "mg a day"


def test_every_color_has_a_token() -> None:
    found = strip(dose(0, 40), plan(0, 30), relapses=(50,))
    assert colors([*found.traces, *found.notes]) <= set(COLORS)
