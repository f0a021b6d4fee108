"""Pictures made small: what Chromium writes is read as Chromium itself reads it, and what is written looks the same there."""

import base64
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.chromium import chromium
from tests.pictures import COLORS, SIGNATURE, PictureError, Pixels, _chunk, pixels, small

READ = """(content) => new Promise((done) => { const image = new Image();
  image.onload = () => { const pen = new OffscreenCanvas(image.width, image.height).getContext("2d"); pen.drawImage(image, 0, 0);
    done([image.width, image.height, [...pen.getImageData(0, 0, image.width, image.height).data]]); };
  image.src = "data:image/png;base64," + content; })"""
HTML = (
    "<body style='margin:0;background:linear-gradient(#123456,#fed)'><h1 style='color:#a3200f'>Hemoglobin 104 g/L</h1>"
)
RED, BLUE, WHITE = (200, 10, 20), (5, 5, 250), (255, 255, 255)


def written(rows: bytes, width: int, height: int, depth: int = 8, color: int = 2) -> bytes:
    """Return a PNG of rows as they stand in the file."""
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def test_rows_plain_by_difference_and_by_the_row_above_are_read() -> None:
    rows = bytes([0, *RED, *BLUE, 1, 10, 20, 30, 250, 0, 1, 2, 0, 0, 0, 6, 1, 255])
    found = pixels(written(rows, 2, 3))
    assert found.tolist() == [[list(RED), list(BLUE)], [[10, 20, 30], [4, 20, 31]], [[10, 20, 30], [10, 21, 30]]]


def test_data_in_several_chunks_are_joined() -> None:
    whole = written(bytes([0, *RED, 0, *BLUE]), 1, 2)
    start = whole.index(b"IDAT") + 4
    length = struct.unpack(">I", whole[start - 8 : start - 4])[0]
    data = whole[start : start + length]
    split = whole[: start - 8] + _chunk(b"IDAT", data[:5]) + _chunk(b"IDAT", data[5:]) + _chunk(b"IEND", b"")
    assert pixels(split).tolist() == [[list(RED)], [list(BLUE)]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a", "not a PNG"),
        (written(bytes(5), 1, 1, color=6), "not plain RGB: depth 8, color type 6, interlace 0"),
        (written(bytes(7), 1, 1, depth=16), "not plain RGB: depth 16, color type 2, interlace 0"),
        (written(bytes([0, *RED, 4, *BLUE]), 1, 2), "row 1 has filter 4"),
    ],
)
def test_what_is_written_otherwise_is_said(content: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        pixels(content)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 400, "height": 120})
        opened.set_content(HTML)
        yield opened


def as_read_by(page: Page, content: bytes) -> Pixels:
    """Return the pixels that Chromium reads from a PNG."""
    width, height, data = page.evaluate(READ, base64.b64encode(content).decode())
    return np.array(data, np.uint8).reshape(height, width, 4)[:, :, :3]


@pytest.fixture(scope="module")
def shot(page: Page) -> bytes:
    """A picture as Chromium takes it fast."""
    session = page.context.new_cdp_session(page)
    return base64.b64decode(session.send("Page.captureScreenshot", {"optimizeForSpeed": True})["data"])


@pytest.mark.browser
@pytest.mark.enable_socket
def test_a_page_is_read_as_chromium_reads_it(page: Page, shot: bytes) -> None:
    assert (pixels(shot) == as_read_by(page, shot)).all()


@pytest.mark.browser
@pytest.mark.enable_socket
def test_few_colors_stay_as_they_are(page: Page) -> None:
    picture = np.array([[RED, BLUE, WHITE], [WHITE, RED, RED]], np.uint8)
    assert as_read_by(page, small(picture)).tolist() == picture.tolist()


@pytest.mark.browser
@pytest.mark.enable_socket
def test_many_colors_become_near_ones_and_the_file_small(page: Page, shot: bytes) -> None:
    picture = pixels(shot)
    made = small(picture)
    found = as_read_by(page, made)
    off = np.abs(found.astype(int) - picture.astype(int))
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= COLORS
    assert off.mean() < 2.0
    assert np.percentile(off, 99) <= 16
    assert len(made) < len(shot)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 256), st.randoms(use_true_random=False))
def test_a_palette_is_never_longer_than_wanted(width: int, height: int, colors: int, chance: object) -> None:
    values = [chance.randrange(256) for _ in range(width * height * 3)]  # type: ignore[attr-defined] # random.Random
    made = small(np.array(values, np.uint8).reshape(height, width, 3), max(colors, 2))
    length = struct.unpack(">I", made[made.index(b"PLTE") - 4 : made.index(b"PLTE")])[0]
    assert 1 <= length // 3 <= max(colors, 2)
