"""The form of one number: what it asks, what it refuses beside its field, and that giving up asks no number."""

from typing import Any

import pytest

from alerts.choices import catalogue
from monitor.choice_forms import ChoiceForm

GIVEN = {"name": "z99", "seen": "0", "value": "2,5", "reason": "too many alerts"}


def form(**changes: Any) -> ChoiceForm:
    """Return the form of the 99 % limit, sent; a None is left out."""
    sent = {name: value for name, value in {**GIVEN, **changes}.items() if value is not None}
    return ChoiceForm(sent, choice=catalogue()["z99"], numbers={"z95": 2.0}, version=7)


def test_a_number_is_read_with_comma_or_dot() -> None:
    assert form().is_valid()
    assert form().data["value"] == "2,5"
    one = form(value="2.50")
    assert one.is_valid()
    assert one.cleaned_data["value"] == 2.5


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("value", "", "Enter the new number."),
        ("value", "much", "Enter a number, as 12 or 12.5."),
        ("value", "9", "Choose a number from 1.6 to 3.5."),
        ("value", "1.9", "It must not be below “Limit that 1 of 20 stable results passes, in SD (z)”, which is 2."),
        ("reason", " ", "Say why: the team sees it beside the number."),
        ("reason", "x" * 201, "Ensure this value has at most 200 characters (it has 201)."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(field: str, given: str, words: str) -> None:
    one = form(**{field: given})
    assert not one.is_valid()
    assert dict(one.errors) == {field: [words]}


def test_giving_up_asks_why_and_no_number() -> None:
    assert form(give_up="1", value=None).is_valid()
    assert dict(form(give_up="1", value=None, reason="").errors) == {
        "reason": ["Say why: the team sees it beside the number."]
    }


def test_the_form_says_the_bounds_the_default_and_the_version_seen() -> None:
    one = ChoiceForm(choice=catalogue()["support_days"], numbers={}, version=7)
    assert one.fields["value"].help_text == "1 to 42 d; the default is 14 d."
    assert (one["seen"].value(), one["name"].value(), one["value"].id_for_label) == (
        7,
        "support_days",
        "support_days-value",
    )
