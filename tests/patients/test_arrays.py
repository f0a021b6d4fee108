"""PostgreSQL's arrays as numpy arrays: every value as the server has it, and loud where the form is another."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from patients.arrays import array_cursor, decode


def sent(values: list[Any], form: str, oid: int = 701) -> bytes:
    """Return an array as PostgreSQL's array_send writes it."""
    size = struct.calcsize(f">{form}")
    head = struct.pack(">iiI", 1, 0, oid) + struct.pack(">ii", len(values), 1)
    return head + b"".join(struct.pack(f">i{form}", size, value) for value in values)


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_doubles_arrive_bit_by_bit(values: list[float]) -> None:
    assert decode(sent(values, "d"), ">f8").tolist() == values


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_whole_numbers_arrive(values: list[int]) -> None:
    assert decode(sent(values, "q"), ">i8").tolist() == values


def test_no_elements_are_an_empty_array() -> None:
    assert len(decode(struct.pack(">iiI", 0, 0, 701), ">f8")) == 0


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">iiIii", 1, 1, 701, 1, 1) + struct.pack(">i", -1),
        struct.pack(">iiIiiii", 2, 0, 701, 1, 1, 1, 1) + struct.pack(">id", 8, 1.0),
        sent([1], "i"),
        sent([1.0], "d")[:-1],
    ],
    ids=["null", "two dimensions", "another size", "cut off"],
)
def test_another_form_is_an_error_never_a_wrong_number(data: bytes) -> None:
    with pytest.raises(ValueError, match="array"):
        decode(data, ">f8")


def ask(question: str) -> tuple[Any, ...]:
    """Return one row with arrays read into numpy."""
    with array_cursor() as cursor:
        cursor.execute(question)
        return tuple(cursor.fetchone() or ())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "expected", "dtype"),
    [
        ("SELECT ARRAY[1.5, -2.25, 'Infinity']::float8[]", [1.5, -2.25, float("inf")], np.float64),
        ("SELECT ARRAY[1, -9007199254740993]::int8[]", [1, -9007199254740993], np.int64),
        ("SELECT ARRAY[1, -2]::int4[]", [1, -2], np.int64),
        ("SELECT ARRAY[true, false]", [True, False], np.bool_),
        (
            "SELECT ARRAY['1969-12-31 23:59:59.5+00', '2026-03-03 13:00:00+01']::timestamptz[]",
            [-0.5, datetime(2026, 3, 3, 12, tzinfo=UTC).timestamp()],
            np.float64,
        ),
        ("SELECT ARRAY[]::float8[]", [], np.float64),
    ],
)
def test_the_server_s_arrays(question: str, expected: list[Any], dtype: type) -> None:
    (found,) = ask(question)
    assert found.tolist() == expected
    assert found.dtype == dtype


@pytest.mark.django_db
def test_a_null_in_an_array_is_loud() -> None:
    with pytest.raises(ValueError, match="without nulls"):
        ask("SELECT ARRAY[1.0, NULL]::float8[]")


@pytest.mark.django_db
def test_queries_are_counted_and_other_cursors_read_as_before(django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(1):
        ask("SELECT ARRAY[1.5]::float8[]")
    with connection.cursor() as cursor:
        cursor.execute("SELECT ARRAY[1.5]::float8[]")
        assert cursor.fetchone() == ([1.5],)
