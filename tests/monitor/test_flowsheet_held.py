"""Held values in the flowsheet: cells that hide nothing, and that nothing is compared with."""

from uuid import UUID

import pytest

from monitor.flowsheet import HeldAt, Range, Result
from tests.monitor.test_flowsheet import result, row, sheet


def test_a_held_value_stands_beside_what_is_recorded_and_leaves_its_range() -> None:
    own = result(98, range=Range(118, 150))
    waiting = result(None, days=1, id=0, text="61", held=HeldAt(UUID(int=1), 4))
    found = row(sheet(own, waiting, result(90, days=2, range=Range(110, 140)), days=3))
    assert [cell.result.text for cell in found.cells if cell] == ["", "61", ""]
    assert [cell.arrow for cell in found.cells if cell] == ["↓", "", ""]  # below 98, by more than chance
    assert found.range == Range(110, 140)
    assert row(sheet(own, waiting)).range == Range(118, 150)
    assert row(sheet(waiting)).range == Range(120, 155)


def test_a_held_value_of_the_same_moment_hides_no_result() -> None:
    found = sheet(result(98), result(None, id=0, text="61", held=HeldAt(UUID(int=1), 4)))
    assert len(found.columns) == 2
    assert {cell.result.text or cell.result.value for cell in row(found).cells if cell} == {98, "61"}


@pytest.mark.parametrize(
    ("one", "recorded"),
    [(result(), True), (result(computed=True), False), (result(None, held=HeldAt(UUID(int=1), 0)), False)],
)
def test_what_is_recorded_has_a_page_of_its_own(one: Result, recorded: bool) -> None:
    assert one.recorded is recorded
