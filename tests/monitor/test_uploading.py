"""Files arrive whole or not at all: a larger one than allowed is refused while it comes, and kept nowhere."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import StopUpload
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from monitor.uploading import TAKE_TO_ITS_END, RefuseTooLarge, UploadForm, was_refused

LIMIT = 3000
BOUNDARY = "b0undary"


@pytest.fixture(autouse=True)
def small(settings: Any) -> None:
    """Allow only small files."""
    settings.UPLOAD_BYTES = settings.FILE_UPLOAD_MAX_MEMORY_SIZE = LIMIT


def body(content: bytes, *, word: str = "kept") -> bytes:
    """Return a form with a word and a file as a browser sends it."""
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="word"\r\n\r\n{word}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    ).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()  # fmt: skip


def sent(content: bytes, **headers: Any) -> HttpRequest:
    """Return a request with a file, its form read."""
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    request = RequestFactory().generic("POST", "/", body(content), content_type=kind, **headers)
    assert request.POST is not None
    return request


@pytest.mark.parametrize("size", [1, LIMIT // 2, LIMIT - 400, LIMIT - 1, LIMIT])
def test_a_file_up_to_the_limit_arrives_whole(size: int) -> None:
    """Around the limit the request is larger than its file: first Django's handler takes it, then ours."""
    content = bytes(range(256)) * (LIMIT // 256 + 1)
    request = sent(content[:size])
    file: Any = request.FILES["file"]
    assert (file.read(), file.name, file.size) == (content[:size], "a.csv", size)
    assert not was_refused(request)
    assert request.POST["word"] == "kept"


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT * 2, LIMIT * TAKE_TO_ITS_END * 2])
def test_a_larger_file_is_refused_and_kept_nowhere(size: int) -> None:
    request = sent(b"x" * size)
    assert was_refused(request)
    assert not request.FILES
    assert request.POST["word"] == "kept"  # what came before it, the form's token too, is known


@pytest.mark.parametrize(("times", "whole"), [(2, True), (TAKE_TO_ITS_END * 20, False)])
def test_a_little_too_large_is_read_to_its_end_and_far_too_large_is_not(times: int, whole: bool) -> None:
    """Else a browser sees a broken connection in place of an answer."""
    content = body(b"x" * LIMIT * times)
    stream = BytesIO(content)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    request = RequestFactory().generic("POST", "/", content, content_type=kind)
    request._stream = stream  # what the server hands over
    assert request.POST is not None
    assert was_refused(request)
    assert (stream.tell() == len(content)) is whole


def handler() -> RefuseTooLarge:
    """Return a handler that has begun a file."""
    made = RefuseTooLarge(RequestFactory().post("/"))
    made.new_file("file", "a.csv", "text/csv", None)
    return made


def test_pieces_are_joined_in_order() -> None:
    one = handler()
    for start in range(0, 300, 100):
        one.receive_data_chunk(bytes([start // 100]) * 100, start)
    file = one.file_complete(300)
    assert file.read() == b"\0" * 100 + b"\1" * 100 + b"\2" * 100


@given(st.lists(st.integers(1, 900), min_size=1, max_size=8))
def test_the_limit_is_that_of_the_whole_file_however_it_is_cut(pieces: list[int]) -> None:
    one, start = handler(), 0
    try:
        for size in pieces:
            one.receive_data_chunk(b"x" * size, start)
            start += size
    except StopUpload:
        assert start + size > LIMIT
        assert was_refused(one.request)
        assert one.file_complete(0).size == 0
    else:
        assert sum(pieces) <= LIMIT
        assert one.file_complete(start).size == sum(pieces)


def test_a_second_file_starts_over() -> None:
    one = handler()
    one.receive_data_chunk(b"first", 0)
    one.new_file("other", "b.csv", "text/csv", None)
    one.receive_data_chunk(b"second", 0)
    assert one.file_complete(6).read() == b"second"


def test_a_request_without_a_file_was_not_refused() -> None:
    assert not was_refused(RequestFactory().post("/"))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (None, "Choose a file first."),
        (SimpleUploadedFile("a.csv", b""), "This file is empty: there is nothing in it to read."),
    ],
)
def test_what_is_no_file_is_said_plainly(file: SimpleUploadedFile | None, words: str) -> None:
    form = UploadForm({}, MultiValueDict({"file": [file]} if file else {}))
    assert form.errors == {"file": [words]}


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    form = UploadForm({}, MultiValueDict({"file": [SimpleUploadedFile("x" * 400 + ".csv", b"x")]}))
    assert form.is_valid()
    assert (len(form.cleaned_data["file"].name), form.cleaned_data["file"].name[-4:]) == (255, ".csv")


def test_any_name_and_content_makes_a_file() -> None:
    file = SimpleUploadedFile("laboratory.exe", b"\0\1")
    assert UploadForm({}, MultiValueDict({"file": [file]})).is_valid()  # judged by who reads it
