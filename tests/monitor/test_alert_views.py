"""What is done about an alert on pages: by whom, what the alert is then, what is said, and where one is led."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, Transition
from alerts.rules.rule import Severity
from patients.models import CareTeam, Patient, User
from tests.factories import account, alert, browser, caregiver, guest, member, patient, team
from tests.monitor.test_views import text

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
BERLIN = ZoneInfo("Europe/Berlin")
SOON = (timezone.now().astimezone(BERLIN).date() + timedelta(days=3)).isoformat()
FORMS = {
    "snooze": {"until": SOON, "reason": "wait for ferritin"},
    "resolve": {"reason": "treated"},
    "comment": {"text": "father called"},
    "feedback": {"useful": "yes"},
}
"""What each form is sent with; assigning needs to know whom."""
ACTS = ("acknowledge", "assign", *FORMS)


@pytest.fixture
def north() -> CareTeam:
    return team("north", time_zone="Europe/Berlin", working_from=8)


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return patient(north, "Mara Veit")


@pytest.fixture
def physician(north: CareTeam) -> User:
    return member(north, first_name="Lena", last_name="Mayer")


@pytest.fixture
def nurse(north: CareTeam) -> User:
    return member(north, "nurse", first_name="Nora", last_name="Reyes")


@pytest.fixture
def raised(ill: Patient) -> Alert:
    return alert(ill, Severity.MODERATE)


def act(client: Client, raised: Alert, what: str, **sent: Any) -> Any:
    """Press a button of an alert, or send a form, and follow where it leads."""
    return client.post(f"/alerts/{raised.pk}/{what}/", sent, follow=True)


def state(raised: Alert) -> tuple[str, User | None]:
    """Return how an alert stands, and who has it."""
    raised.refresh_from_db()
    return raised.state, raised.owner


def last(raised: Alert) -> tuple[str, str, dict[str, Any]]:
    """Return verb, reason and detail of the newest step."""
    step = raised.transitions.latest("id")
    return step.verb, step.reason, step.detail


def test_the_link_of_a_mail_leads_to_the_card(ill: Patient, raised: Alert, physician: User) -> None:
    response = browser(physician).get(f"/alerts/{raised.pk}/")
    assert response["Location"] == f"/patients/{ill.pk}/#alert-{raised.pk}"


def test_the_link_of_a_mail_waits_for_the_log_in(client: Client, raised: Alert) -> None:
    assert client.get(f"/alerts/{raised.pk}/")["Location"] == f"/accounts/login/?next=/alerts/{raised.pk}/"


@pytest.mark.parametrize("what", ["", *(f"{one}/" for one in ACTS)])
def test_an_alert_is_hidden_from_who_may_not_read_it(ill: Patient, raised: Alert, what: str) -> None:
    for stranger in (member(team("south")), member(ill.team, "coordinator"), caregiver(ill), account(is_staff=True)):
        visitor = browser(stranger)
        found, missing = (f"/alerts/{one}/{what}" for one in (raised.pk, uuid4()))
        answers = [visitor.post(one) if what else visitor.get(one) for one in (found, missing)]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert Transition.objects.count() == 1


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_acknowledging_takes_the_alert_on(raised: Alert, north: CareTeam, role: str) -> None:
    someone = member(north, role)
    page = act(browser(someone), raised, "acknowledge", reason="  I call at noon  ")
    assert state(raised) == ("acknowledged", someone)
    assert last(raised)[1] == "I call at noon"
    assert "Acknowledged. The alert stays open" in text(page)


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_snoozing_puts_it_off_until_the_team_begins_to_work(raised: Alert, north: CareTeam, role: str) -> None:
    someone = member(north, role)
    page = act(browser(someone), raised, "snooze", until=SOON, reason="  wait for ferritin ")
    assert state(raised) == ("snoozed", someone)
    assert raised.snoozed_until is not None
    local = timezone.localtime(raised.snoozed_until, BERLIN)
    assert f"{local:%Y-%m-%d %H:%M}" == f"{SOON} 08:00"
    assert last(raised) == ("snoozed", "wait for ferritin", {"until": raised.snoozed_until.isoformat()})
    assert "Snoozed. It returns at its time, or as soon as it is worse." in text(page)


def test_assigning_hands_it_to_a_colleague(raised: Alert, physician: User, nurse: User) -> None:
    page = act(browser(nurse), raised, "assign", to=physician.pk, reason="your patient")
    assert state(raised) == ("acknowledged", physician)
    assert last(raised) == ("assigned", "your patient", {"to": physician.pk})
    said = text(page)
    assert "Assigned. It is theirs now" in said
    assert "assigned to Lena Mayer by Nora Reyes: your patient" in said


def test_a_comment_and_feedback_leave_it_as_it_is(raised: Alert, nurse: User) -> None:
    visitor = browser(nurse)
    assert "Comment kept." in text(act(visitor, raised, "comment", text="father called"))
    page = act(visitor, raised, "feedback", useful="no", because="a known sampling error")
    assert "It counts when rules are reviewed." in text(page)
    assert "commented by Nora Reyes: father called" in text(page)
    assert "found not useful by Nora Reyes: a known sampling error" in text(page)
    assert state(raised) == ("raised", None)


def test_words_are_taken_about_what_is_over(ill: Patient, nurse: User) -> None:
    over = alert(ill, state="resolved")
    act(browser(nurse), over, "feedback", useful="yes")
    assert last(over) == ("rated", "", {"useful": True})


def test_resolving_keeps_reason_and_note(raised: Alert, physician: User) -> None:
    page = act(browser(physician), raised, "resolve", reason="treated", note=" two units ")
    assert state(raised)[0] == "resolved"
    assert last(raised) == ("resolved", "treated", {"note": "two units"})
    assert "Resolved." in text(page)


def test_a_nurse_may_not_close(raised: Alert, nurse: User) -> None:
    visitor = browser(nurse)
    assert visitor.get(f"/alerts/{raised.pk}/resolve/").status_code == 403
    assert act(visitor, raised, "resolve", reason="treated").status_code == 403
    assert state(raised)[0] == "raised"


@pytest.mark.parametrize(
    ("what", "sent", "words"),
    [
        ("snooze", {"until": SOON}, "Why it can wait"),
        (
            "snooze",
            {"until": "day", "on": "2020-01-01", "reason": "x"},
            "Choose a morning to come, 14 days ahead at most.",
        ),
        ("assign", {"to": "0"}, "Select a valid choice"),
        ("resolve", {"reason": "because"}, "Not resolved: choose a reason. The team sees it."),
        ("resolve", {"reason": "other", "note": "x" * 301}, "at most 300 characters"),
        ("comment", {"text": "  "}, "This field is required."),
        ("feedback", {"useful": "no"}, "Say why it was not useful"),
    ],
)
def test_what_needs_mending_is_said_beside_what_was_typed(
    raised: Alert, physician: User, what: str, sent: dict[str, str], words: str
) -> None:
    response = browser(physician).post(f"/alerts/{raised.pk}/{what}/", sent)
    assert response.status_code == 400
    assert "Not saved yet. Something needs mending:" in text(response)
    assert words in text(response)
    assert 'aria-invalid="true"' in response.content.decode()
    assert Transition.objects.count() == 1


@pytest.mark.parametrize("what", ["assign", *FORMS])
def test_each_form_has_a_page_of_its_own(raised: Alert, physician: User, what: str) -> None:
    page = browser(physician).get(f"/alerts/{raised.pk}/{what}/", {"from": "worklist", "list": '?q="><b>'})
    body = page.content.decode()
    assert page.status_code == 200
    assert f'action="/alerts/{raised.pk}/{what}/"' in body
    assert "Mara Veit" in text(page)
    assert '<input type="hidden" name="list" value="?q=&quot;&gt;&lt;b&gt;">' in body
    assert raised.finding["sentence"].split(".")[0] in text(page)


def test_a_script_is_given_the_form_alone(raised: Alert, nurse: User) -> None:
    response = browser(nurse).get(f"/alerts/{raised.pk}/snooze/", headers=HX)
    body = response.content.decode()
    assert (response.status_code, response["X-Asks"]) == (200, "snooze")
    assert "<html" not in body
    assert f'hx-post="/alerts/{raised.pk}/snooze/"' in body
    assert '<h2 id="ask-title">Snooze until</h2>' in body
    assert "Mara Veit: " in text(response)


def test_a_script_is_told_and_fetches_the_list_anew(raised: Alert, nurse: User) -> None:
    response = browser(nurse).post(f"/alerts/{raised.pk}/snooze/", FORMS["snooze"], headers=HX)
    assert (response.status_code, response.content) == (204, b"")
    events = json.loads(response["HX-Trigger"])
    assert events["toast"]["words"].startswith("Snoozed.")
    assert (events["toast"]["failed"], events["toast"]["href"]) == (False, f"/alerts/{raised.pk}/")
    assert "worklist-changed" in events


def test_a_script_is_given_the_form_back_with_what_needs_mending(raised: Alert, nurse: User) -> None:
    response = browser(nurse).post(f"/alerts/{raised.pk}/snooze/", {"until": SOON, "reason": ""}, headers=HX)
    assert (response.status_code, response["X-Asks"]) == (422, "snooze")
    body = response.content.decode()
    assert "<html" not in body
    assert 'aria-invalid="true"' in body
    assert f'<option value="{SOON}" selected>' in body
    assert state(raised)[0] == "raised"


def test_without_a_script_one_returns_to_the_same_list(raised: Alert, nurse: User) -> None:
    sent = {**FORMS["snooze"], "from": "worklist", "list": "?tab=all&severity=high&evil=1"}
    response = browser(nurse).post(f"/alerts/{raised.pk}/snooze/", sent)
    assert response["Location"] == "/?tab=all&severity=high"


def test_a_guest_teams_physician_acts(ill: Patient, raised: Alert, nurse: User) -> None:
    visiting = team()
    guest(ill, visiting)
    visitor = browser(member(visiting))
    act(visitor, raised, "acknowledge")
    assert state(raised)[0] == "acknowledged"
    act(visitor, raised, "assign", to=nurse.pk)
    assert state(raised) == ("acknowledged", nurse)


@pytest.mark.parametrize("what", ACTS)
def test_no_other_site_presses_a_button(raised: Alert, physician: User, what: str) -> None:
    sent = {"to": str(physician.pk)} if what == "assign" else FORMS.get(what, {})
    response = browser(physician, enforce_csrf_checks=True).post(f"/alerts/{raised.pk}/{what}/", sent)
    assert response.status_code == 403
    assert (state(raised)[0], Transition.objects.count()) == ("raised", 1)


@pytest.mark.parametrize("what", ["assign", *FORMS])
def test_looking_at_a_form_changes_nothing(raised: Alert, physician: User, what: str) -> None:
    visitor = browser(physician)
    before = Alert.objects.values().get()
    for headers in ({}, HX):
        assert visitor.get(f"/alerts/{raised.pk}/{what}/", headers=headers).status_code == 200
    assert visitor.put(f"/alerts/{raised.pk}/{what}/").status_code == 405
    assert (before, Transition.objects.count()) == (Alert.objects.values().get(), 1)


def test_what_slept_long_enough_is_snoozed_anew(ill: Patient, nurse: User) -> None:
    slept = alert(ill, state="snoozed", snoozed_until=timezone.now() - timedelta(minutes=1))
    act(browser(nurse), slept, "snooze", **FORMS["snooze"])
    assert state(slept) == ("snoozed", nurse)
    assert slept.snoozed_until is not None
    assert slept.snoozed_until > timezone.now()
