"""The grid of results: one time, several analytes, each with its unit; what is unclear is asked beside its field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.forms.utils import ErrorDict
from django.http import QueryDict

from monitor.record_forms import REASON, OccasionForm
from monitor.templatetags.showing import unit as shown_unit
from patients.analyte_names import NameState, find_analyte
from patients.analytes import Analyte, analyte, catalogue
from patients.entering import Answer, Mark, Typed, read
from patients.event_kinds import event_of_analyte
from patients.validation import Frame

USUAL: Final = ("HGB", "FE", "TIBC", "FERRITIN", "RETIC", "CRP", "SPO2", "FVC", "FEV1")
"""What is looked at at each visit (clinical specification, B1, B2, B8, B10)."""
MOST_ROWS: Final = 40
NO_VALUE: Final = "Type one value at least."


@dataclass(frozen=True, slots=True)
class Row:
    """One analyte on the page, with what is to be answered about it."""

    analyte: Analyte
    value: BoundField
    unit: BoundField | None
    extra: bool
    answer: Answer | None
    said: str

    @property
    def asked(self) -> bool:
        """Whether "it is right" answers the question."""
        return self.answer is not None and self.answer.mark in {Mark.ASKED, Mark.NEAR}

    @property
    def contradicts(self) -> bool:
        """Whether the value can replace the one that is known."""
        return self.answer is not None and self.answer.mark is Mark.CONTRADICTS


class ResultsForm(OccasionForm):
    """Several results of one time. `answers` once it is clean; what does not stand has an error at its value."""

    performer = forms.CharField(label="Laboratory", required=False, max_length=120, help_text="As its reports name it.")
    another = forms.CharField(
        label="Another test", required=False, max_length=120, widget=forms.TextInput(attrs={"list": "analytes"})
    )
    reason = forms.CharField(
        label="Reason for the correction", required=False, max_length=REASON, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, frame: Frame, confirming: bool, adding: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frame, self.confirming, self.adding = frame, confirming, adding
        self.answers: list[Answer] = []
        asked_for = self.data.getlist("extra") if hasattr(self.data, "getlist") else []
        self.extra = list(dict.fromkeys(code for code in asked_for if _can_be_typed(code) and code not in USUAL))
        del self.extra[MOST_ROWS - len(USUAL) :]
        for code in self.codes:
            self._add_row(code)

    @property
    def codes(self) -> list[str]:
        """Return the analytes of the grid, in order."""
        return [*USUAL, *self.extra]

    def names(self) -> list[str]:
        """Return what can be added."""
        return [one.name for code, one in catalogue().items() if _can_be_typed(code) and code not in self.codes]

    def rows(self) -> list[Row]:
        """Return the grid."""
        by_code = {one.code: one for one in self.answers}
        return [
            Row(
                analyte=analyte(code),
                value=self[f"value-{code}"],
                unit=self[f"unit-{code}"] if f"unit-{code}" in self.fields else None,
                extra=code in self.extra,
                answer=by_code.get(code),
                said=self._said(code),
            )
            for code in self.codes
        ]

    def typed(self) -> list[Typed]:
        """Return what was typed, with what the person has answered about exactly this."""
        return [
            Typed(
                code,
                self.data.get(f"value-{code}", "").strip(),
                self.data.get(f"unit-{code}", ""),
                right=self.confirming and self.data.get(f"right-{code}") == self._said(code),
                corrects=self._corrected(code),
            )
            for code in self.codes
        ]

    def full_clean(self) -> None:
        """Judge what was sent; where only a row is asked for, keep everything as it is and judge nothing."""
        if not self.adding:
            super().full_clean()
            return
        self._errors, self.cleaned_data = ErrorDict(), {}
        self._find_another()

    def clean(self) -> dict[str, Any]:
        """Understand every value; a question or a mistake becomes the error of its field."""
        data = super().clean()
        day = data.get("on")
        if not isinstance(day, date) or self.errors:
            return data
        when = self.when(day, data.get("clock"))
        self.show(read(self.typed(), self.frame, when=when, performer=data["performer"]))
        if all(one.mark is Mark.EMPTY for one in self.answers):
            self.add_error(f"value-{USUAL[0]}", NO_VALUE)
        elif any(one.corrects is not None for one in self.typed()) and not data["reason"].strip():
            self.add_error("reason", "Say why what is known is wrong. The reason stays in the history.")
        return data

    def show(self, answers: Sequence[Answer]) -> None:
        """Keep what became of each value, and let those that do not stand be mended."""
        self.answers = list(answers)
        for one in answers:
            if not one.stands:
                self.add_error(f"value-{one.code}", one.words or "Is this right?")

    def _said(self, code: str) -> str:
        """Return what a person says is right: this value at this time, nothing else."""
        return " ".join(self.data.get(name, "").strip() for name in ("on", "clock", f"value-{code}", f"unit-{code}"))

    def _corrected(self, code: str) -> int | None:
        """Return the known result that the person wants this very value to replace."""
        number, _, said = self.data.get(f"corrects-{code}", "").partition(" ")
        return int(number) if number.isascii() and number.isdigit() and said == self._said(code) else None

    def _find_another(self) -> None:
        """Add a row for the test that was named, or ask again."""
        name = self.data.get("another", "").strip()
        code = code_of(name)
        if code is None:
            self.add_error("another", f"No single test is known as “{name[:60]}”." if name else "Name a test.")
        elif kind := event_of_analyte().get(code):
            self.add_error("another", f"This is recorded as an event: {kind[0].replace('_', ' ')}.")
        elif code not in self.codes:
            self.extra.append(code)
            self._add_row(code)
            if isinstance(self.data, QueryDict):
                self.data = self.data.copy()
                self.data["another"] = ""

    def _add_row(self, code: str) -> None:
        """Add the fields of one analyte."""
        known = analyte(code)
        if known.value_type == "number":
            typing = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
            value: forms.Field = forms.CharField(required=False, max_length=60, widget=typing)
            if units := units_of(known):
                self.fields[f"unit-{code}"] = forms.ChoiceField(
                    label=f"Unit of {known.name}", required=False, choices=[(one, shown_unit(one)) for one in units]
                )
        else:
            value = forms.ChoiceField(required=False, choices=[("", "–"), *((one, one) for one in known.allowed)])
        value.label = known.name
        self.fields[f"value-{code}"] = value


def units_of(known: Analyte) -> list[str]:
    """Return the units in which an analyte may be typed, the canonical one first; none where a number needs none."""
    return [] if known.unitless else [known.unit, *(one.unit for one in known.other_units)]


def code_of(name: str) -> str | None:
    """Return the analyte of a name as people write it, None where it is none or several."""
    if name.upper() in catalogue():
        return name.upper()
    named = next((code for code, one in catalogue().items() if one.name.casefold() == name.casefold()), None)
    if named or not name:
        return named
    match = find_analyte("", name)
    return match.analytes[0].code if match.state is NameState.FOUND else None


def _can_be_typed(code: str) -> bool:
    return code in catalogue() and code not in event_of_analyte()
