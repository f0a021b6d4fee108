"""Forms of what a patient sends: a file, or values typed from a paper, which travel as a file like any other."""

import csv
import io
from base64 import b64decode, b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from monitor.record_forms import NumberField, OccasionForm
from patients.analytes import analyte

CARRIED: Final = 12_000
"""Bytes of a file that a page without script carries from the preview to the sending; a larger one is chosen once more."""
TYPED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "HGB": ("Hemoglobin", ("g/L", "g/dL")),
    "FERRITIN": ("Ferritin", ("ug/L", "ng/mL")),
    "FE": ("Iron", ("umol/L", "ug/dL")),
    "SPO2": ("Oxygen, by the clip on the finger", ("%",)),
    "WEIGHT": ("Weight", ("kg",)),
}
"""What can be typed, what patients call it, and in which units."""
UNIT_WORDS: Final = {"ug/L": "µg/L", "umol/L": "µmol/L", "ug/dL": "µg/dL"}
HIGHEST: Final = 100_000.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came: its bytes and its name."""

    content: bytes
    name: str

    @property
    def carried(self) -> str:
        """The bytes as a page carries them, empty where they are too many."""
        return b64encode(self.content).decode() if len(self.content) <= CARRIED else ""


class FileForm(forms.Form):
    """A file or a photo, chosen now or carried along from the preview."""

    file = forms.FileField(label="File or photo", required=False, allow_empty_file=True)
    carried = forms.CharField(required=False, max_length=2 * CARRIED, widget=forms.HiddenInput)
    name = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)
    sent: Sent | None = None

    def __init__(self, data: QueryDict | None = None, files: MultiValueDict[str, Any] | None = None) -> None:
        super().__init__(data, files)
        self.fields["file"].widget.attrs.update({"class": "input", "accept": ".csv,.txt,.tsv,.xlsx,.pdf,image/*"})

    def clean(self) -> dict[str, Any]:
        """Find the bytes; a file that was chosen counts before one that was carried."""
        data = super().clean() or self.cleaned_data
        file = data.get("file")
        if file is not None:
            self.sent = Sent(file.read(), file.name)
        elif data.get("carried"):
            self.sent = self._carried(data)
        if self.sent is None and "file" not in self.errors:
            self.add_error("file", "Choose a file first.")
        elif self.sent is not None and not self.sent.content:
            self.add_error("file", "There is nothing in this file.")
        return data

    @staticmethod
    def _carried(data: dict[str, Any]) -> Sent | None:
        """Return the file that the page carried."""
        try:
            return Sent(b64decode(data["carried"], validate=True), data.get("name") or "file")
        except (Error, ValueError):
            return None


class TypedForm(OccasionForm):
    """A few values of one time. `sent` is the file that they make."""

    field_order = ("on", "clock")
    sent: Sent | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label, self.fields["on"].help_text = "Taken on", ""
        self.fields["clock"].help_text = "Leave it empty if your paper has no time."
        for code, (label, units) in TYPED.items():
            self.fields[code] = NumberField(most=HIGHEST, label=label, required=False)
            self.fields[f"{code}-unit"] = forms.ChoiceField(
                choices=[(unit, UNIT_WORDS.get(unit, unit)) for unit in units],
                label=f"{label}, unit",
                required=False,
                initial=units[0],
            )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the fields of each value: number and unit."""
        return [(self[code], self[f"{code}-unit"]) for code in TYPED]

    def clean(self) -> dict[str, Any]:
        """Make the file; without a value there is none."""
        data = super().clean()
        typed = [(code, data[code]) for code in TYPED if data.get(code) is not None]
        if not typed and not any(code in self.errors for code in TYPED):
            self.add_error(next(iter(TYPED)), "Type at least one value.")
        if not self.errors:
            day: date = data["on"]
            self.sent = Sent(self._table(typed, data), f"typed {day.isoformat()}.csv")
        return data

    def _table(self, typed: list[tuple[str, float]], data: dict[str, Any]) -> bytes:
        """Return the values as a laboratory would send them."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["Date", "Test", "Value", "Unit"])
        when = self.when(data["on"], data.get("clock"))
        for code, value in typed:
            unit = data.get(f"{code}-unit") or TYPED[code][1][0]
            writer.writerow([when, analyte(code).name, f"{value:.9g}", unit])
        return text.getvalue().encode()
