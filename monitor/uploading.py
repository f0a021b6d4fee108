"""Takes a file's bytes into memory, never more than allowed: a larger one is refused while it arrives, stored nowhere."""

from io import BytesIO

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

TAKE_TO_ITS_END = 10
"""A browser that is cut off shows no answer, so up to this many times the limit are read and thrown away."""


class RefuseTooLarge(FileUploadHandler):
    """Takes what Django's memory handler leaves: requests just over the limit, and those far over it.

    Where the file itself is too large, none of it is kept and the request is marked (`was_refused`).
    """

    request: HttpRequest
    _kept: BytesIO

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Start over."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type] # the base class names six arguments, all passed on
        self._kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece, or give the whole file up."""
        if start + len(raw_data) > settings.UPLOAD_BYTES:
            self.request.META["iph.file_too_large"] = True
            self._kept = BytesIO()
            announced = int(self.request.META.get("CONTENT_LENGTH") or 0)
            raise StopUpload(connection_reset=announced > TAKE_TO_ITS_END * settings.UPLOAD_BYTES)
        self._kept.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """Return the whole file."""
        return SimpleUploadedFile(self.file_name or "file", self._kept.getvalue(), self.content_type or "")


def was_refused(request: HttpRequest) -> bool:
    """Tell whether a file of this request was too large; its form or body must have been read."""
    return bool(request.META.get("iph.file_too_large"))


class UploadForm(forms.Form):
    """One file for one patient."""

    file = forms.FileField(
        label="Laboratory file",
        help_text="CSV or text, at most 10 MB. Delimiter, decimal comma and headings are found from the content.",
        error_messages={
            "required": "Choose a file first.",
            "empty": "This file is empty: there is nothing in it to read.",
        },
    )
