"""Journeys run on the real demo: one for all of them, and one of their own for those that kill it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from monitor.supervising import EMPTY
from tests.chromium import chromium
from tests.demos import RunningDemo, shared_demo
from tests.monitor.conftest import passable_folder
from tests.visits import Sessions


@pytest.fixture(scope="session")
def demo(pytestconfig: pytest.Config) -> RunningDemo:
    """The demo that journeys and pages share."""
    return shared_demo(pytestconfig)


@pytest.fixture(scope="module")
def victim() -> Iterator[RunningDemo]:
    """A demo to be killed, without invented patients; its data stay from one kill to the next."""
    with passable_folder() as folder:
        running = RunningDemo(folder / ".local", EMPTY)
        yield running
        running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; it ends with the module, since its event loop would be in the way of tests with a database."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def sessions(demo: RunningDemo, browser: Browser) -> Sessions:
    """Windows of people who have signed in."""
    return Sessions(demo.described, browser)
