"""Arrays from PostgreSQL's binary form straight into numpy: without a Python object a value, which costs ten times the server.

The form: number of dimensions, null flag, element type, then length and lower bound, then each element behind its own length
(PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_send). Whole numbers, instants and floats are big-endian.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import postgres
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

HEADER: Final = 20
LENGTH: Final = 4
EPOCH_2000: Final = 946_684_800.0
"""Seconds from 1970 to PostgreSQL's zero, 2000-01-01, both UTC."""


def decode(data: Buffer, dtype: str) -> npt.NDArray[Any]:
    """Return a one-dimensional array of `dtype` (as PostgreSQL sends it); ValueError for nulls, other shapes or other sizes."""
    raw = bytes(data)
    dimensions, has_null = int.from_bytes(raw[:4]), int.from_bytes(raw[4:8])
    if dimensions == 0:
        return np.empty(0, dtype=dtype)
    if dimensions != 1 or has_null:
        raise ValueError("an array of one dimension without nulls is needed")
    count, size = int.from_bytes(raw[12:16]), np.dtype(dtype).itemsize
    if len(raw) != HEADER + count * (LENGTH + size):
        raise ValueError("the array's elements have another size")
    element = np.dtype({"names": ["value"], "formats": [dtype], "offsets": [LENGTH], "itemsize": LENGTH + size})
    values: npt.NDArray[Any] = np.frombuffer(raw, dtype=element, offset=HEADER)["value"]
    return values


class FloatArrayLoader(Loader):
    """float8[]."""

    format = Format.BINARY

    def load(self, data: Buffer) -> npt.NDArray[np.float64]:
        """Return doubles."""
        return decode(data, ">f8").astype(np.float64)


class BigArrayLoader(Loader):
    """int8[]."""

    format = Format.BINARY

    def load(self, data: Buffer) -> npt.NDArray[np.int64]:
        """Return whole numbers."""
        return decode(data, ">i8").astype(np.int64)


class IntegerArrayLoader(Loader):
    """int4[]."""

    format = Format.BINARY

    def load(self, data: Buffer) -> npt.NDArray[np.int64]:
        """Return whole numbers."""
        return decode(data, ">i4").astype(np.int64)


class TruthArrayLoader(Loader):
    """bool[]."""

    format = Format.BINARY

    def load(self, data: Buffer) -> npt.NDArray[np.bool_]:
        """Return truth values."""
        return decode(data, ">u1").astype(np.bool_)


class InstantArrayLoader(Loader):
    """timestamptz[]."""

    format = Format.BINARY

    def load(self, data: Buffer) -> npt.NDArray[np.float64]:
        """Return seconds since 1970, UTC; to the microsecond."""
        microseconds = decode(data, ">i8").astype(np.int64)
        seconds: npt.NDArray[np.float64] = microseconds / 1e6 + EPOCH_2000
        return seconds


LOADERS: Final[dict[str, type[Loader]]] = {
    "float8": FloatArrayLoader,
    "int8": BigArrayLoader,
    "int4": IntegerArrayLoader,
    "bool": TruthArrayLoader,
    "timestamptz": InstantArrayLoader,
}


@contextmanager
def array_cursor() -> Iterator[CursorWrapper]:
    """Open a cursor that answers in binary, arrays of numbers as numpy arrays. Counted like every other query of Django's.

    Django's own cursors bind values on this side and then know only text; this one lets the server bind them.
    """
    connection.ensure_connection()
    raw = psycopg.Cursor(connection.connection)
    raw.format = Format.BINARY
    for name, loader in LOADERS.items():
        raw.adapters.register_loader(postgres.types[name].array_oid, loader)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cast("Any", raw)) as cursor:  # the stubs know only Django's own wrapper
        yield cursor
