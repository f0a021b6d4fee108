"""What one patient's page holds, for whom, and at how many queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import lifecycle
from alerts.models import Alert
from alerts.rules.rule import Evidence, Severity
from monitor import patient_cards
from monitor.patient_cards import SHOWN_CLOSED
from monitor.patient_page import PatientPage, normal_from, patient_page
from patients.access import asker
from patients.models import Observation, Patient, User
from tests.alerts.scenes import Script, rule
from tests.factories import (
    alert,
    caregiver,
    guest,
    history,
    judged,
    member,
    patient,
    result,
    results,
    team,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def ill() -> Patient:
    return patient(name="Mara Veit", identifier="C03")


@pytest.fixture
def physician(ill: Patient) -> User:
    return member(ill.team)


def page(of: Patient, user: User, **fields: Any) -> PatientPage:
    """Return the page of a patient as the person sees it now."""
    who = asker(user, at=timezone.now())
    assert who is not None
    return patient_page(of, who, **fields)


def resting_on(row: Observation, role: Literal["result", "baseline"] = "result") -> dict[str, Any]:
    """Return fields of a finding that rests on a result."""
    return {"evidence": (Evidence(role, "observation", row.pk, row.code, row.effective_at, row.value, row.unit),)}


def test_the_page_says_who_it_is(ill: Patient, physician: User) -> None:
    found = page(ill, physician)
    assert (found.name, found.identifiers) == ("Mara Veit", ("C03",))
    ill.identity.delete()
    assert page(Patient.objects.get(), physician).name == "Name removed"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (
            "physician",
            {
                "results",
                "alerts",
                "acknowledge",
                "close",
                "mute",
                "upload",
                "record",
                "files",
                "history",
                "plan",
                "settings",
            },
        ),
        ("nurse", {"results", "alerts", "acknowledge", "upload", "record", "files", "history", "settings"}),
        ("coordinator", {"upload", "files", "history", "edit", "settings"}),
    ],
)
def test_each_role_may_what_the_matrix_says(ill: Patient, role: str, allowed: set[str]) -> None:
    found = page(ill, member(ill.team, role))
    assert {name for name, yes in found.may.items() if yes} == allowed


def test_who_reads_no_results_is_given_none(ill: Patient) -> None:
    results(ill, [124, 98])
    alert(ill, Severity.HIGH)
    found = page(ill, member(ill.team, "coordinator"))
    assert (found.history, found.rows, found.cards, found.figure, found.last) == (None, (), (), {}, None)


def test_a_caregiver_sees_results_and_no_alert(ill: Patient) -> None:
    row = result(ill, 98)
    alert(ill, Severity.HIGH, found=resting_on(row))
    judged(ill, cannot_judge=[{"rule": "x", "reason": "no iron"}])
    found = page(ill, caregiver(ill))
    assert [one.value for one in found.rows] == [98]
    assert (found.cards, found.cannot_judge, found.evaluated_at) == ((), (), None)
    assert found.rows[0].severity is None


def test_open_alerts_come_most_urgent_first(ill: Patient, physician: User) -> None:
    for severity, hours in ((Severity.LOW, 90), (Severity.HIGH, 1), (Severity.MODERATE, 5), (Severity.HIGH, 8)):
        alert(ill, severity, hours_open=hours)
    alert(ill, Severity.HIGH, state="resolved")
    found = page(ill, physician)
    assert [int(card.severity) for card in found.cards] == [3, 3, 2, 1]
    assert found.cards[0].alert.raised_at < found.cards[1].alert.raised_at
    assert found.high == 2
    assert found.tally == ((Severity.HIGH, 2), (Severity.MODERATE, 1), (Severity.LOW, 1))


def test_closed_alerts_are_the_newest_ones(ill: Patient, physician: User) -> None:
    for hours in range(SHOWN_CLOSED + 3):
        alert(ill, Severity.LOW if hours % 2 else Severity.HIGH, state="recovered", hours_open=hours)
    closed = page(ill, physician).closed
    assert len(closed) == SHOWN_CLOSED
    times = [card.alert.closed_at for card in closed]
    assert times == sorted(times, reverse=True)  # type: ignore[type-var] # a closed alert has its time
    assert NOW - times[0] < timedelta(minutes=10)  # type: ignore[operator] # the same


def test_a_card_says_who_did_what_and_why(ill: Patient, physician: User) -> None:
    raised = alert(ill, Severity.HIGH)
    physician.first_name, physician.last_name = "Lena", "Mayer"
    physician.save()
    lifecycle.acknowledge(raised.pk, by=physician, at=NOW, reason="call at noon")
    lifecycle.resolve(raised.pk, by=physician, at=NOW, reason=lifecycle.ResolveReason.TREATED, note="two units")
    (card,) = page(ill, physician).closed
    assert [(step.words, step.by, step.reason) for step in card.trail] == [
        ("raised", "", ""),
        ("acknowledged", "Lena Mayer", "call at noon"),
        ("resolved", "Lena Mayer", "Treated: two units"),
    ]


def test_every_verb_and_reason_has_words() -> None:
    assert set(patient_cards.VERB_WORDS) == set(lifecycle.Verb)
    assert set(patient_cards.RESOLVE_WORDS) == set(lifecycle.ResolveReason)


def test_a_card_is_titled_by_its_rule(ill: Patient, physician: User, monkeypatch: pytest.MonkeyPatch) -> None:
    known = rule("hemoglobin_fall", Script())
    monkeypatch.setattr("alerts.rules.RULES", (known,))
    alert(ill, rule="hemoglobin_fall")
    alert(ill, rule="a_rule_of_old")
    assert {card.title for card in page(ill, physician).cards} == {known.title, "a rule of old"}


def test_a_card_keeps_what_its_baseline_was_taken_from_apart(ill: Patient, physician: User) -> None:
    rows = results(ill, [124, 125, 98])
    roles: tuple[Literal["result", "baseline"], ...] = ("baseline", "baseline", "result")
    alert(
        ill,
        found={"evidence": tuple(resting_on(row, role)["evidence"][0] for row, role in zip(rows, roles, strict=True))},
    )
    (card,) = page(ill, physician).cards
    assert [row.value for row in card.evidence] == [98]
    assert [row.value for row in card.baseline] == [124, 125]


def test_what_cannot_be_judged_says_why(ill: Patient, physician: User) -> None:
    judged(ill, cannot_judge=[{"rule": "a_rule_of_old", "subject": "", "reason": "no iron in 90 days"}])
    assert page(ill, physician).cannot_judge == (("a_rule_of_old", "no iron in 90 days"),)


def test_the_page_knows_whether_its_facts_were_judged(ill: Patient, physician: User) -> None:
    assert (page(ill, physician).current, page(ill, physician).evaluated_at) == (False, None)
    judged(ill, at=NOW)
    assert (page(ill, physician).current, page(ill, physician).evaluated_at) == (True, NOW)
    result(ill, 98)
    assert page(ill, physician).current is False


@pytest.mark.parametrize(
    ("person", "limit"),
    [
        ({"sex": "female", "birth_date": NOW.date() - timedelta(days=366 * 30)}, 120),
        ({"sex": "male", "birth_date": NOW.date() - timedelta(days=366 * 30)}, 130),
        ({"sex": "female", "birth_date": NOW.date() - timedelta(days=366 * 8)}, 115),
        ({"sex": "", "birth_date": NOW.date() - timedelta(days=366 * 8)}, 115),
        ({"sex": "", "birth_date": NOW.date() - timedelta(days=366 * 30)}, None),
        ({"sex": "", "birth_date": None}, None),
    ],
)
def test_the_reference_range_is_that_of_age_and_sex(person: dict[str, Any], limit: float | None) -> None:
    """Lower limits are the cutoffs of anemia of WHO 2024: women 120, men 130, children of 5 to 11 years 115 g/L."""
    assert normal_from(history(at=NOW, person=person)) == limit


def cost(of: Patient, user: User) -> int:
    """Return how many queries the page costs."""
    with CaptureQueriesContext(connection) as asked:
        found = page(of, user, all_results=True)
        assert all(step.words + step.by + str(card.alert.owner) for card in found.cards for step in card.trail)
    return len(asked)


def test_the_cost_does_not_grow_with_results_and_alerts(ill: Patient, physician: User) -> None:
    results(ill, [124, 98])
    lifecycle.acknowledge(alert(ill, Severity.HIGH).pk, by=physician, at=NOW)
    before = cost(Patient.objects.get(), physician)
    results(ill, [120.0] * 80, every_days=1.5)
    result(ill, 5.1, code="FE", unit="umol/L")
    for number in range(25):
        lifecycle.acknowledge(alert(ill, Severity.LOW).pk, by=member(ill.team), at=NOW)
        alert(ill, Severity.HIGH, state="resolved", hours_open=number)
    assert Alert.objects.count() == 51
    assert cost(Patient.objects.get(), physician) == before
    assert before <= 16


def test_row_level_security_lets_the_page_be_read(
    ill: Patient, physician: User, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    results(ill, [124, 98])
    alert(ill, Severity.HIGH)
    with as_web(physician):
        found = page(ill, physician)
    assert (len(found.rows), len(found.cards)) == (2, 1)


def test_a_guest_teams_physician_sees_the_same(ill: Patient) -> None:
    result(ill, 98)
    alert(ill, Severity.HIGH)
    visiting = team()
    guest(ill, visiting)
    found = page(ill, member(visiting))
    assert (len(found.rows), len(found.cards), found.may["close"]) == (1, 1, True)
