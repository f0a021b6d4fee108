"""The forms of an alert: what they offer, when a snooze ends, and what they refuse beside which field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.changes import ResolveReason, Verb
from alerts.models import Alert, Transition
from monitor.alert_forms import FORMS, AcknowledgeForm, ActForm, Desk, desk
from monitor.mornings import Offer, offer
from monitor.patient_cards import RESOLVE_WORDS
from patients.access import MATRIX, asker
from patients.models import CareTeam, Patient, User
from tests.factories import alert, caregiver, guest, member, patient, team

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday, ten o'clock in Berlin."""


def offered(at: datetime = NOW, zone: str = "Europe/Berlin", hour: int = 8) -> Offer:
    """Return what the forms of a team's alerts choose from."""
    return Offer(at, CareTeam(name="north", time_zone=zone, working_from=hour), (User(pk=7, first_name="Nora"),))


def form(name: str, **sent: Any) -> ActForm:
    """Return a form as it was sent at a Tuesday's ten o'clock."""
    return FORMS[name](sent, offered=offered(), alert=Alert(changed_at=NOW))


@pytest.mark.parametrize(
    ("name", "sent", "field"),
    [
        ("assign", {"to": ""}, "to"),
        ("assign", {"to": "8"}, "to"),
        ("assign", {"to": "7; DROP"}, "to"),
        ("resolve", {}, "reason"),
        ("resolve", {"reason": "because"}, "reason"),
        ("resolve", {"reason": "treated", "note": "x" * 301}, "note"),
        ("comment", {"text": " "}, "text"),
        ("feedback", {}, "useful"),
        ("feedback", {"useful": "maybe"}, "useful"),
        ("feedback", {"useful": "no", "because": " "}, "because"),
    ],
)
def test_the_other_forms_ask_beside_the_field(name: str, sent: dict[str, str], field: str) -> None:
    assert list(form(name, **sent).errors) == [field]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("assign", {"to": "7"}),
        *(("resolve", {"reason": one.value}) for one in ResolveReason),
        ("comment", {"text": "x" * 300}),
        ("feedback", {"useful": "yes"}),
        ("feedback", {"useful": "no", "because": "old sample"}),
    ],
)
def test_what_is_complete_is_taken(name: str, sent: dict[str, str]) -> None:
    assert form(name, **sent).is_valid()


@pytest.mark.parametrize(
    ("name", "sent", "verb", "reason", "detail", "done"),
    [
        ("resolve", {"reason": "treated"}, Verb.RESOLVED, "treated", {}, True),
        ("resolve", {"reason": "treated", "note": "x"}, Verb.RESOLVED, "treated", {"note": "x"}, True),
        ("resolve", {"reason": "treated"}, Verb.RESOLVED, "treated", {"note": "x"}, False),
        ("resolve", {"reason": "treated"}, Verb.RESOLVED, "other", {}, False),
        ("resolve", {"reason": "treated"}, Verb.ASSIGNED, "treated", {}, False),
        ("assign", {"to": "7"}, Verb.ASSIGNED, "", {"to": 7}, True),
        ("assign", {"to": "7"}, Verb.ASSIGNED, "", {"to": 8}, False),
        (
            "snooze",
            {"until": "2026-11-25", "reason": "x"},
            Verb.SNOOZED,
            "x",
            {"until": "2026-11-25T07:00:00+00:00"},
            True,
        ),
        (
            "snooze",
            {"until": "2026-11-27", "reason": "x"},
            Verb.SNOOZED,
            "x",
            {"until": "2026-11-25T07:00:00+00:00"},
            False,
        ),
    ],
)
def test_only_the_very_same_by_the_same_person_is_done_already(
    name: str, sent: dict[str, str], verb: Verb, reason: str, detail: dict[str, Any], done: bool
) -> None:
    found, me, other = form(name, **sent), User(pk=1), User(pk=2)
    assert found.is_valid(), found.errors
    last = Transition(verb=verb, by=me, reason=reason, detail=detail)
    assert (found.is_done(last, by=me), found.is_done(last, by=other), found.is_done(None, by=me)) == (
        done,
        False,
        False,
    )


@pytest.mark.parametrize(("reason", "taken"), [("", True), ("x" * 300, True), ("x" * 301, False), ("a\0b", False)])
def test_a_word_to_acknowledging_is_short(reason: str, taken: bool) -> None:
    found = AcknowledgeForm({"reason": reason}, offered=offered(), alert=Alert(changed_at=NOW))
    assert (found.is_valid(), list(found.errors)) == (taken, [] if taken else ["reason"])


@pytest.mark.parametrize(("seen", "as_seen"), [(NOW.isoformat(), NOW), ("", None), ("yesterday", None)])
def test_a_form_knows_the_alert_that_the_person_saw(seen: str, as_seen: datetime | None) -> None:
    sent = form("comment", text="x", seen=seen)
    assert sent.is_valid()
    assert sent.as_seen == as_seen


def test_every_reason_for_resolving_has_words() -> None:
    assert set(RESOLVE_WORDS) == set(ResolveReason)


def test_every_form_asks_for_a_row_of_the_matrix() -> None:
    assert {("alert", kind.action) for kind in FORMS.values()} <= set(MATRIX)


def desk_of(user: User, ill: Patient) -> Desk:
    """Return the desk of a person."""
    who = asker(user, at=timezone.now())
    assert who is not None
    return desk(ill, who)


def names(found: list[ActForm]) -> list[str]:
    """Return the names of forms."""
    return [one.address.rstrip("/").split("/")[-1] for one in found]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "role", "takes"),
    [
        ("raised", "physician", ["snooze", "assign", "resolve", "comment", "feedback"]),
        ("raised", "nurse", ["snooze", "assign", "comment", "feedback"]),
        ("acknowledged", "nurse", ["snooze", "assign", "comment", "feedback"]),
        ("snoozed", "physician", ["assign", "resolve", "comment", "feedback"]),
        ("resolved", "physician", ["comment", "feedback"]),
        ("recovered", "nurse", ["comment", "feedback"]),
        ("raised", "coordinator", []),
    ],
)
def test_an_alert_takes_the_forms_that_fit_its_state_and_the_role(state: str, role: str, takes: list[str]) -> None:
    ill = patient(team())
    until = timezone.now() + timedelta(days=1) if state == "snoozed" else None
    member(ill.team, "nurse")
    raised = alert(ill, state=state, snoozed_until=until)
    assert names(desk_of(member(ill.team, role), ill).forms_of(raised)) == takes


@pytest.mark.django_db
def test_what_slept_long_enough_can_be_snoozed_anew() -> None:
    ill = patient(team())
    slept = alert(ill, state="snoozed", snoozed_until=timezone.now() - timedelta(seconds=1))
    assert "snooze" in names(desk_of(member(ill.team), ill).forms_of(slept))


@pytest.mark.django_db
def test_where_nobody_is_nobody_is_assigned() -> None:
    ill, visiting = patient(team()), team()
    guest(ill, visiting)
    shown = desk_of(member(visiting), ill).forms_of(alert(ill))
    assert names(shown) == ["snooze", "resolve", "comment", "feedback"]
    assert desk_of(caregiver(ill), ill).forms_of(alert(ill)) == []


@pytest.mark.django_db
def test_colleagues_are_those_of_the_responsible_team() -> None:
    ill = patient(team())
    nurse = member(ill.team, "nurse", first_name="Nora", last_name="Reyes")
    member(ill.team, "coordinator")
    member(team("south"))
    found = offer(ill, at=timezone.now())
    assert (found.team, found.colleagues) == (ill.team, (nurse,))
    (assign,) = Desk(found, frozenset({"assign"})).forms_of(alert(ill))
    assert [words for _, words in assign.fields["to"].choices] == ["Choose", "Nora Reyes"]  # type: ignore[attr-defined] # a ChoiceField


@pytest.mark.django_db
def test_ids_of_fields_are_those_of_one_alert_and_one_form() -> None:
    ill = patient(team())
    found = desk_of(member(ill.team), ill)
    shown = [one for raised in (alert(ill), alert(ill)) for one in found.forms_of(raised)]
    ids = [field.id_for_label for one in shown for field in one]
    assert len(ids) == len(set(ids)) > 20
