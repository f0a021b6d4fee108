"""How tests are handed out to several processes: whole modules, and all that looks at the one demo to the same one."""

from types import SimpleNamespace
from typing import Any

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped] # it ships no types

from tests import conftest as house

TESTS = (
    "tests/alerts/test_a.py::test_one", "tests/browser/test_pages.py::test_a[x]", "tests/alerts/test_a.py::test_two[a::b]",
    "tests/journeys/test_kills.py::test_a", "tests/journeys/test_chain.py::test_a", "tests/monitor/test_demo.py::test_a",
)  # fmt: skip
UNITS = ("tests/alerts/test_a.py", "demo", "tests/alerts/test_a.py", "tests/journeys/test_kills.py", "demo",
         "tests/monitor/test_demo.py")  # fmt: skip


def test_a_test_stays_with_its_module_or_with_the_demo() -> None:
    assert tuple(map(house.unit, TESTS)) == UNITS


def test_what_takes_longest_is_first_and_the_others_stay_in_order() -> None:
    items: Any = [SimpleNamespace(nodeid=one) for one in TESTS]
    house.pytest_collection_modifyitems(items)
    assert [TESTS.index(one.nodeid) for one in items] == [1, 4, 3, 0, 2, 5]


class Process:
    """A process that tests are handed out to."""

    shutting_down = False

    def __init__(self, name: str) -> None:
        self.gateway, self.given = SimpleNamespace(id=name), list[str]()

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.given.extend(UNITS[number] for number in numbers)

    def shutdown(self) -> None:
        self.shutting_down = True


def test_a_process_gets_whole_units(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytestconfig.option, "tx", ["2*popen"])
    monkeypatch.setattr(pytestconfig.option, "loadscopereorder", True)
    scheduler = house.pytest_xdist_make_scheduler(pytestconfig, Producer("log"))
    first, second = Process("first"), Process("second")
    for process in (first, second):
        scheduler.add_node(process)
        scheduler.add_node_collection(process, list(TESTS))
    scheduler.schedule()
    assert first.given
    assert second.given
    assert not set(first.given) & set(second.given)
