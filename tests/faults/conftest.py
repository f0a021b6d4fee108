"""One stage for all faults of a run: each leaves it whole, which the next finds out."""

from collections.abc import Iterator

import pytest

from tests.alerts.sink import serving
from tests.faults.mailserver import Watching
from tests.faults.stage import Stage
from tests.monitor.conftest import passable_folder


@pytest.fixture(scope="session")
def theatre() -> Iterator[Stage]:
    """Set the stage once."""
    with passable_folder() as folder, serving(Watching()) as sink:
        made = Stage(folder / ".local", sink)
        try:
            yield made.set_up()
        finally:
            made.stop()


@pytest.fixture
def stage(theatre: Stage) -> Iterator[Stage]:
    """Give a stage on which every part runs and the mail server takes everything; nothing of it is known to the ledger yet."""
    theatre.opens()
    yield theatre
    theatre.sink.contents.clear()
    theatre.sink.recipients.clear()
    theatre.whole()
