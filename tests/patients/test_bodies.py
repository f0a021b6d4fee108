"""Bodies of requests: JSON is read strictly, and nothing that is sent is a failure of ours."""

import io
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.exceptions import ParseError

from patients.bodies import JsonBody
from patients.refusals import TooLarge

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(body: bytes) -> Any:
    """Return what a body says."""
    return JsonBody().parse(io.BytesIO(body))


@given(PLAIN.filter(lambda one: "\\ud" not in json.dumps(one)))
def test_what_is_json_is_read_as_such(said: Any) -> None:
    assert read(json.dumps(said).encode()) == said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1,}',
        b'{"a": 1} {"b": 2}',
        b'"\\ud800"',
        '{"a": "ä"}'.encode("latin-1"),
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=range(12),
)
def test_what_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError, match="no valid JSON"):
        read(body)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    with suppress(ParseError):
        assert read(body) == json.loads(body)


def test_a_body_above_the_limit_is_refused_unread(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20
    assert read(b'"' + b"x" * 18 + b'"') == "x" * 18
    stream = io.BytesIO(b'"' + b"x" * 5000 + b'"')
    with pytest.raises(TooLarge) as caught:
        JsonBody().parse(stream)
    assert caught.value.status_code == 413
    assert stream.tell() == 21
