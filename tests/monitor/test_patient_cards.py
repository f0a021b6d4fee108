"""A patient's alerts as cards: every step in words, who has it, and what stood on a past day."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import handling, waking
from alerts.changes import ResolveReason, Verb
from alerts.models import Alert
from monitor.as_known import asked_for, written
from monitor.patient_cards import RESOLVE_WORDS, VERB_WORDS, Card, cards_of, closed_cards
from monitor.templatetags.showing import moment
from patients.models import Patient, User
from tests.factories import alert, browser, caregiver, member, patient, team
from tests.monitor.test_views import text

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = timezone.now().replace(second=0, microsecond=0) - 9 * DAY
SLEPT = START + 5 * DAY


@pytest.fixture
def ill() -> Patient:
    return patient(team("north"), "Mara Veit")


@pytest.fixture
def nurse(ill: Patient) -> User:
    return member(ill.team, "nurse", first_name="Nora", last_name="Reyes")


@pytest.fixture
def physician(ill: Patient) -> User:
    return member(ill.team, first_name="Lena", last_name="Mayer")


@pytest.fixture
def handled(ill: Patient, nurse: User, physician: User) -> Alert:
    """Return an alert with which everything was done that can be, a day each."""
    raised = alert(ill, hours_open=10 * 24)
    handling.snooze(raised.pk, by=nurse, at=START, until=SLEPT, reason="wait for ferritin")
    handling.comment(raised.pk, by=nurse, at=START + DAY, text="father called")
    handling.assign(raised.pk, by=nurse, at=START + 2 * DAY, to=physician, reason="yours")
    waking.wake(at=SLEPT)
    handling.acknowledge(raised.pk, by=physician, at=START + 6 * DAY)
    handling.resolve(raised.pk, by=physician, at=START + 7 * DAY, reason=ResolveReason.TREATED, note="two units")
    handling.feedback(raised.pk, by=nurse, at=START + 8 * DAY, useful=False, because="old sample")
    return raised


def then(ill: Patient, at: datetime) -> Card:
    """Return the only card as it stood at a past moment."""
    (card,) = cards_of(ill, asked_for(f"{at.isoformat()}", now=timezone.now()))
    return card


def test_every_step_says_what_was_done_by_whom_and_why(ill: Patient, handled: Alert) -> None:
    (card,) = cards_of(ill, None)
    assert [(step.words, step.by, step.reason) for step in card.trail] == [
        ("raised", "", ""),
        (f"snoozed until {moment(SLEPT)}", "Nora Reyes", "wait for ferritin"),
        ("commented", "Nora Reyes", "father called"),
        ("assigned to Lena Mayer", "Nora Reyes", "yours"),
        ("returned from its snooze", "", ""),
        ("acknowledged", "Lena Mayer", ""),
        ("resolved", "Lena Mayer", "Treated: two units"),
        ("found not useful", "Nora Reyes", "old sample"),
    ]


def test_a_word_that_is_a_reason_elsewhere_stays_a_word(ill: Patient, nurse: User) -> None:
    handling.comment(alert(ill).pk, by=nurse, at=START, text="treated")
    assert cards_of(ill, None)[0].trail[-1].reason == "treated"


def test_whose_account_is_gone_is_not_named(ill: Patient, nurse: User) -> None:
    raised, gone = alert(ill), member(ill.team)
    handling.assign(raised.pk, by=nurse, at=START, to=gone)
    gone.delete()
    (card,) = cards_of(ill, None)
    assert (card.alert.owner, card.trail[-1].words) == (None, "assigned to somebody whose account is gone")


def test_every_verb_and_reason_has_words() -> None:
    assert set(VERB_WORDS) == set(Verb)
    assert set(RESOLVE_WORDS) == set(ResolveReason)


@pytest.mark.parametrize(
    ("days", "state", "owner", "steps"),
    [(0.5, "snoozed", "Nora", 2), (1.5, "snoozed", "Nora", 3), (2.5, "snoozed", "Lena", 4), (5.5, "raised", "Lena", 5),
     (6.5, "acknowledged", "Lena", 6), (7.5, "resolved", "Lena", 7), (8.5, "resolved", "Lena", 8)],
)  # fmt: skip
def test_a_card_of_a_past_day_stands_as_it_did(
    ill: Patient, handled: Alert, days: float, state: str, owner: str, steps: int
) -> None:
    card = then(ill, START + days * DAY)
    assert (card.alert.state, len(card.trail)) == (state, steps)
    assert card.alert.owner is not None
    assert card.alert.owner.first_name == owner
    assert card.alert.snoozed_until == (SLEPT if state == "snoozed" else None)
    assert card.alert.closed_at == (START + 7 * DAY if state == "resolved" else None)


def test_feedback_does_not_move_a_closed_card(ill: Patient, handled: Alert) -> None:
    alert(ill, state="recovered", hours_open=24)
    assert [card.alert.state for card in closed_cards(cards_of(ill, None))] == ["recovered", "resolved"]


def test_it_costs_three_queries_however_many_alerts(ill: Patient, nurse: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert all(step.words for card in cards_of(ill, None) for step in card.trail)
        return len(asked)

    alert(ill)
    assert cost() == 2
    for _ in range(6):
        handling.assign(alert(ill).pk, by=nurse, at=START, to=member(ill.team))
    assert cost() == 3


def test_the_card_offers_what_can_be_done(ill: Patient, physician: User, nurse: User) -> None:
    raised = alert(ill)
    for user, verbs in ((physician, ["Snooze until", "Assign to", "Resolve", "Comment", "Feedback"]),
                        (nurse, ["Snooze until", "Assign to", "Comment", "Feedback"])):  # fmt: skip
        body = browser(user).get(f"/patients/{ill.pk}/").content.decode()
        assert re.findall(r'<summary class="btn[^>]*>([^<]+)…</summary>', body) == verbs
        for verb in ("acknowledge", "snooze", "assign", "comment", "feedback"):
            assert f'action="/alerts/{raised.pk}/{verb}/"' in body


def test_a_snoozed_card_says_until_when_and_can_be_taken_on(ill: Patient, nurse: User) -> None:
    raised, until = alert(ill), timezone.now() + DAY
    handling.snooze(raised.pk, by=nurse, at=timezone.now(), until=until, reason="x")
    page = browser(nurse).get(f"/patients/{ill.pk}/")
    assert f"snoozed until {moment(until)}".replace("\u00a0", " ") in text(page)
    assert f'action="/alerts/{raised.pk}/acknowledge/"' in page.content.decode()
    assert "Snooze until…" not in text(page)


def test_the_page_of_a_past_day_has_nothing_to_press(ill: Patient, nurse: User, handled: Alert) -> None:
    body = browser(nurse).get(f"/patients/{ill.pk}/", {"known": written(START + DAY)}).content.decode()
    assert "snoozed until" in body
    assert f"/alerts/{handled.pk}/" not in body


def test_the_page_shows_a_caregiver_no_form(ill: Patient) -> None:
    alert(ill)
    assert "/alerts/" not in browser(caregiver(ill)).get(f"/patients/{ill.pk}/").content.decode()


def test_the_page_costs_no_more_for_more_alerts(ill: Patient, nurse: User) -> None:
    def cost() -> int:
        visitor = browser(nurse)
        with CaptureQueriesContext(connection) as asked:
            visitor.get(f"/patients/{ill.pk}/")
        return len(asked)

    handling.assign(alert(ill).pk, by=nurse, at=START, to=nurse)
    one = cost()
    for number in range(8):
        handling.assign(alert(ill).pk, by=nurse, at=START, to=member(ill.team))
        alert(ill, state="resolved", hours_open=number)
    assert cost() == one
