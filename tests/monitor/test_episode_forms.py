"""The decision on a proposed exacerbation: what is filled in, what is refused and beside which field."""

from datetime import date
from typing import Any

import pytest

from alerts.episodes import Terms, proposals
from monitor.episode_forms import EpisodeForm, mark_of
from tests.alerts.test_episodes import found as proposed
from tests.alerts.test_episodes import sign

(PROPOSAL,) = proposed(sign(60, 3), sign(63, 2, "hemoglobin"))
"""1 to 18 March 2024, its last sign on the 4th."""
GOOD = {"act": "confirm", "start": "2024-03-01", "until": "2024-03-18"}


def form(sent: dict[str, str] | None = None, *, today: date = date(2024, 4, 1), **fields: Any) -> EpisodeForm:
    """Return the form, empty or sent."""
    usual: dict[str, Any] = {"born": date(2015, 5, 17), "joins": True}
    return EpisodeForm(sent, proposal=PROPOSAL, today=today, **{**usual, **fields})


def errors(changed: dict[str, str], **fields: Any) -> dict[str, list[str]]:
    """Return what is wrong with a good decision that was changed."""
    return {name: [str(one) for one in said] for name, said in form({**GOOD, **changed}, **fields).errors.items()}


def test_one_that_is_over_is_filled_with_both_ends() -> None:
    shown = form()
    assert (shown["start"].value(), shown["until"].value()) == (date(2024, 3, 1), date(2024, 3, 18))
    assert shown["seen"].value() == mark_of(PROPOSAL) == "2024-03-01 2024-03-04 2 5"


def test_one_that_goes_on_has_no_last_day_yet() -> None:
    shown = form(today=date(2024, 3, 17))
    assert shown["until"].value() is None
    assert 'max="2024-03-17"' in str(shown["until"])
    assert form(today=date(2024, 3, 18))["until"].value() == date(2024, 3, 18)


@pytest.mark.parametrize("changed", [{}, {"until": ""}, {"start": "2024-03-03"}, {"act": "merge"}])
def test_a_decision_with_possible_days_is_taken(changed: dict[str, str]) -> None:
    assert errors(changed) == {}


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"act": ""}, "act", "Choose what to do."),
        ({"act": "forget"}, "act", "Select a valid choice"),
        ({"start": ""}, "start", "This field is required."),
        ({"start": "2024-02-29"}, "start", "Choose a day of the proposed exacerbation."),
        ({"start": "2024-03-19"}, "start", "Choose a day of the proposed exacerbation."),
        ({"until": "2024-02-29"}, "until", "The end is before the beginning."),
        ({"until": "2024-04-02"}, "until", "This lies in the future."),
        ({"act": "merge", "until": ""}, "until", "To join two, give the last day"),
        ({"act": "reject"}, "reason", "Say why."),
        ({"act": "reject", "reason": "   "}, "reason", "Say why."),
        ({"reason": "x" * 201}, "reason", "at most 200 characters"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(changed: dict[str, str], field: str, words: str) -> None:
    found = errors(changed)
    assert set(found) >= {field}
    assert words in found[field][0]


def test_days_ahead_and_before_birth_are_refused() -> None:
    assert errors({"start": "2024-03-10", "until": ""}, today=date(2024, 3, 5)) == {
        "start": ["This lies in the future."]
    }
    assert errors({}, born=date(2024, 3, 2)) == {"start": ["This is before the patient’s birth."]}


def test_nothing_can_be_joined_where_nothing_is_before() -> None:
    assert errors({"act": "merge"}, joins=False) == {"act": ["There is no exacerbation before this one."]}


def test_a_rejection_needs_no_days_that_are_possible() -> None:
    assert errors({"act": "reject", "until": "2024-02-01", "reason": "A cold."}) == {}


def test_the_mark_changes_with_the_signs() -> None:
    more = [*PROPOSAL.signs, sign(70, 1, "sputum")]
    (grown,) = proposals(more, Terms())
    assert mark_of(grown) != mark_of(PROPOSAL)
