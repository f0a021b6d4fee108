"""What goes wrong with one reaches no other; that the time is up concerns all."""

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from alerts.alone import alone

IDS = ["4711", "4712", "4713"]


def done(broken: str, error: BaseException) -> list[str]:
    """Do something with each id, of which one is broken; return with which it was done."""
    found = []
    for one in IDS:
        with alone("work_failed", patient_id=one):
            if one == broken:
                raise error
            found.append(one)
    return found


def test_one_that_fails_stops_nobody_and_is_logged_by_its_id_and_the_type_of_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert done("4712", ValueError("Mara Veit")) == ["4711", "4713"]
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "work_failed" in caplog.text
    assert "4712" in caplog.text


def test_without_a_fault_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert done("none", ValueError()) == IDS
    assert caplog.records == []


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded(), KeyboardInterrupt(), SystemExit()])
def test_that_the_time_is_up_or_the_process_ends_is_passed_on(error: BaseException) -> None:
    with pytest.raises(type(error)):
        done("4711", error)
