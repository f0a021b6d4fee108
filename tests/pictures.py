"""Pictures made small: PNG as Chromium writes it fast, turned into PNG with a palette. Pure; numpy and zlib do the work.

PNG: W3C Portable Network Graphics (third edition), parts 5 (chunks), 9 (filters) and 11 (IHDR, PLTE, IDAT).
"""

import struct
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Height x width x red, green, blue."""
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
COLORS: Final = 64
"""Of a page: text on a few surfaces needs no more."""
RGB: Final = 2
PALETTE: Final = 3
NONE: Final = 0
UP: Final = 2
"""How a row is written: plain, or as what differs from the row above; 1 is what differs from the pixel before."""


class PictureError(ValueError):
    """A picture is not as Chromium writes it fast; the message says how it differs."""


def pixels(content: bytes) -> Pixels:
    """Return the pixels of a PNG of 8 bits a channel, without transparency, whose rows are plain, or differences in a row or to
    the row above. PictureError for any other."""
    chunks = _chunks(content)
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if (depth, color, interlaced) != (8, RGB, 0):
        raise PictureError(f"not plain RGB: depth {depth}, color type {color}, interlace {interlaced}")
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    found = np.empty((height, width, 3), np.uint8)
    above = np.zeros((width, 3), np.uint8)
    for number, row in enumerate(rows):
        raw = row[1:].reshape(width, 3)
        if row[0] > UP:
            raise PictureError(f"row {number} has filter {row[0]}")
        above = found[number] = raw if row[0] == NONE else raw + above if row[0] == UP else raw.cumsum(0, np.uint8)
    return found


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a PNG by type, those of one type joined."""
    if not content.startswith(SIGNATURE):
        raise PictureError("not a PNG")
    found: dict[bytes, bytes] = {}
    place = len(SIGNATURE)
    while place < len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        found[kind] = found.get(kind, b"") + content[place + 8 : place + 8 + length]
        place += 12 + length
    return found


def small(picture: Pixels, colors: int = COLORS) -> bytes:
    """Return a picture as PNG with a palette of at most so many colors, 256 at most: its own where they suffice."""
    height, width, _ = picture.shape
    flat = picture.reshape(-1, 3).astype(np.uint32)
    each, inverse, counts = np.unique(flat @ (65536, 256, 1), return_inverse=True, return_counts=True)
    own = np.stack([each >> 16, each >> 8 & 255, each & 255], axis=1).astype(np.float64)
    palette = own if len(own) <= colors else _chosen(own, counts, colors)
    index = _nearest(own, palette)[inverse].astype(np.uint8).reshape(height, width)
    rows = np.concatenate([np.zeros((height, 1), np.uint8), index], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, PALETTE, 0, 0, 0)
    parts = [
        (b"IHDR", head),
        (b"PLTE", palette.round().astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
    ]
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in [*parts, (b"IEND", b"")])


def _chosen(own: NDArray[np.float64], counts: NDArray[np.intp], colors: int) -> NDArray[np.float64]:
    """Return so many colors: half the most frequent as they are, then means of what is left, by cubes of like colors.

    Surfaces and text keep their very color; the edges of letters, of which there are many, share.
    """
    order = counts.argsort()[::-1]
    kept, left = order[: colors // 2], order[colors // 2 :]
    for shift in range(3, 8):
        cube = (own[left].astype(np.uint32) >> shift) @ (65536, 256, 1)
        _, inverse = np.unique(cube, return_inverse=True)
        weight = np.bincount(inverse, counts[left])
        if len(weight) <= colors - len(kept):
            break
    means = [np.bincount(inverse, counts[left] * own[left, channel]) / weight for channel in range(3)]
    return np.concatenate([own[kept], np.stack(means, axis=1)])[:colors]


def _nearest(own: NDArray[np.float64], palette: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the place in the palette that is nearest to each color."""
    distances = (own**2).sum(1)[:, None] - 2 * own @ palette.T + (palette**2).sum(1)
    found: NDArray[np.intp] = distances.argmin(axis=1)
    return found


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Return one chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
