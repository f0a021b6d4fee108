"""Log lines name ids and code, never a person, a value or a message that may hold one."""

import io
import json
import logging
import logging.config
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from monitor import logs

CANARY = "Canary Hemoglobin 98"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return a function that gives the JSON lines written so far, in place of stderr."""
    logging.config.dictConfig(logs.configure())
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(sys.__stderr__)


def test_allowed_keys_are_kept(lines: Any) -> None:
    structlog.get_logger("patients.recording").info("recorded", patient_id="p", revision=3, count=2)
    (line,) = lines()
    assert line["event"] == "recorded"
    assert (line["patient_id"], line["revision"], line["count"]) == ("p", 3, 2)


def test_other_keys_are_dropped(lines: Any) -> None:
    structlog.get_logger("patients.recording").warning("held", name=CANARY, value=98, file_name=CANARY)
    assert CANARY not in json.dumps(lines())


def fail(error: Exception) -> None:
    """Raise an error whose message holds what no log may."""
    raise error


def test_an_exception_is_its_type_and_place(lines: Any) -> None:
    try:
        fail(ValueError(CANARY))
    except ValueError:
        structlog.get_logger("alerts.watching").exception("rule failed", rule="hemoptysis")
    (line,) = lines()
    assert line["error_type"] == "ValueError"
    assert line["error_place"].startswith(__name__)
    assert CANARY not in json.dumps(line)


def test_a_library_is_named_and_its_text_dropped(lines: Any) -> None:
    logging.getLogger("django.request").error("failed for %s", CANARY)
    (line,) = lines()
    assert (line["event"], line["logger"]) == ("library", "django.request")
    assert CANARY not in json.dumps(line)


def test_a_library_exception_keeps_no_message(lines: Any) -> None:
    try:
        fail(KeyError(CANARY))
    except KeyError:
        logging.getLogger("some.library").exception(CANARY)
    (line,) = lines()
    assert line["error_type"] == "KeyError"
    assert CANARY not in json.dumps(line)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_no_key_outside_the_list_survives(event: dict[str, Any]) -> None:
    event.pop("exc_info", None)
    assert set(logs.keep_allowed(None, "info", dict(event))) <= logs.ALLOWED_KEYS
