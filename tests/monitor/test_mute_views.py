"""The panel of what is muted: who sees it, who mutes and ends, what the card then says, and that nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import Alert, Mute
from alerts.rules.rule import Severity
from monitor.as_known import written
from monitor.patient_cards import cards_of
from monitor.templatetags.showing import moment
from patients.models import Patient, User
from tests.alerts.scenes import FALL
from tests.factories import alert, browser, guest, member, mute, patient, team
from tests.monitor.test_views import text as words

pytestmark = pytest.mark.django_db
TITLE = "Hemoglobin below own baseline"


@pytest.fixture
def ill() -> Patient:
    return patient(team("north"), "Mara Veit")


@pytest.fixture
def physician(ill: Patient) -> User:
    return member(ill.team, first_name="Lena", last_name="Mayer")


def in_days(days: int) -> str:
    """Return a day of the team's calendar as the browser sends it."""
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def settings_of(who: User, ill: Patient) -> str:
    """Return what the page of a patient's settings says."""
    return words(browser(who).get(f"/patients/{ill.pk}/settings/"))


def send(who: User, ill: Patient, **changes: Any) -> Any:
    """Send the form: the fall for a week."""
    usual = {"rule": FALL, "severity": "2", "until": in_days(7), "reason": "in a trial that lowers it"}
    return browser(who).post(f"/patients/{ill.pk}/mutes/", {**usual, **changes}, follow=True)


def test_a_physician_mutes_and_the_panel_and_the_card_say_who_and_why(ill: Patient, physician: User) -> None:
    alert(ill, rule=FALL)
    said = words(send(physician, ill))
    row = Mute.objects.get()
    until = moment(row.until).replace("\u00a0", " ")
    assert "Muted. What is worse ends it" in said
    assert f"until {until}" in said
    assert f"{TITLE} (low and moderate): muted by Lena Mayer" in said
    page = words(browser(physician).get(f"/patients/{ill.pk}/"))
    assert f"muted until {until} by Lena Mayer: in a trial that lowers it" in page
    assert f"put off, as its rule is muted until {until} by Lena Mayer" in page


def test_it_ends_on_the_teams_morning(ill: Patient, physician: User) -> None:
    send(physician, ill)
    until = Mute.objects.get().until
    assert (until.hour, until.date().isoformat()) == (ill.team.working_from, in_days(7))


def test_a_physician_ends_it_and_the_trail_says_so(ill: Patient, physician: User) -> None:
    alert(ill, rule=FALL)
    send(physician, ill)
    row = Mute.objects.get()
    page = browser(physician).post(f"/patients/{ill.pk}/mutes/{row.pk}/end/", follow=True)
    assert "Ended. What was put off returns within a minute" in words(page)
    assert "Nothing is muted" in words(page)
    (card,) = cards_of(ill, None)
    assert card.trail[-1].words == "returns, as its rule is no longer muted"
    again = browser(physician).post(f"/patients/{ill.pk}/mutes/{row.pk}/end/", follow=True)
    assert "This mute is over already." in words(again)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rule": ""}, "Choose the rule."), ({"reason": ""}, "Say why"), ({"until": ""}, "a mute always ends"),
        ({"until": in_days(-1)}, "Choose a morning to come, 90 days ahead at most."),
        ({"until": in_days(95)}, "Choose a morning to come, 90 days ahead at most."),
        ({"severity": "3"}, "Select a valid choice"), ({"rule": "no_such_rule"}, "Select a valid choice"),
    ],
)  # fmt: skip
def test_what_needs_mending_is_said_beside_its_field_and_kept(
    ill: Patient, physician: User, changes: dict[str, str], said: str
) -> None:
    page = send(physician, ill, **changes)
    assert page.status_code == 400
    assert said in words(page)
    kept = {"until": in_days(7), "reason": "in a trial that lowers it", **changes}
    assert f'value="{kept["until"]}"' in page.content.decode() or not kept["until"]
    assert not Mute.objects.exists()


def test_a_second_mute_and_a_more_severe_alert_are_said_above_the_form(ill: Patient, physician: User) -> None:
    mute(ill)
    page = send(physician, ill)
    assert page.status_code == 400
    assert "Not muted. This rule is muted for this patient already." in words(page)
    alert(ill, Severity.HIGH, rule="hemoglobin_severe")
    assert "more severe" in words(send(physician, ill, rule="hemoglobin_severe"))


def test_a_form_sent_twice_mutes_once(ill: Patient, physician: User) -> None:
    visitor = browser(physician)
    sent = {"rule": FALL, "severity": "2", "until": in_days(7), "reason": "x", "mark": "m1"}
    for _ in range(2):
        page = visitor.post(f"/patients/{ill.pk}/mutes/", sent, follow=True)
        assert page.status_code == 200
    assert Mute.objects.count() == 1


def test_a_nurse_reads_and_has_nothing_to_press(ill: Patient) -> None:
    row, nurse = mute(ill), member(ill.team, "nurse")
    page = browser(nurse).get(f"/patients/{ill.pk}/settings/")
    assert TITLE in words(page)
    assert "/mutes/" not in page.content.decode()
    assert send(nurse, ill).status_code == 403
    assert browser(nurse).post(f"/patients/{ill.pk}/mutes/{row.pk}/end/").status_code == 403


def test_a_coordinator_sees_no_mute(ill: Patient) -> None:
    mute(ill)
    coordinator = member(ill.team, "coordinator")
    assert TITLE + " (low" not in settings_of(coordinator, ill)
    assert browser(coordinator).get(f"/patients/{ill.pk}/mutes/").status_code == 403


def test_a_guests_physician_reads_and_does_not_mute(ill: Patient) -> None:
    visiting = team("visiting")
    guest(ill, visiting)
    who = member(visiting)
    assert "Nothing is muted" in settings_of(who, ill)
    assert send(who, ill).status_code == 403


def test_another_patients_mute_is_not_there(ill: Patient, physician: User) -> None:
    other = mute(patient(ill.team))
    assert browser(physician).post(f"/patients/{ill.pk}/mutes/{other.pk}/end/").status_code == 404
    assert Mute.objects.get().ended_at is None


def test_the_own_page_shows_what_the_settings_do(ill: Patient, physician: User) -> None:
    mute(ill, severity=Severity.LOW)
    said = words(browser(physician).get(f"/patients/{ill.pk}/mutes/"))
    assert f"{TITLE} (low only)" in said
    assert "Mute a rule…" in said
    assert not Alert.objects.exists()


def links(who: User, ill: Patient) -> list[str]:
    """Return where the links of the cards lead that mute a rule."""
    page = browser(who).get(f"/patients/{ill.pk}/").content.decode()
    return re.findall(r'href="([^"]+)">Mute this rule…</a>', page)


def test_a_card_leads_to_the_form_with_its_rule_chosen(ill: Patient, physician: User) -> None:
    found = alert(ill, rule=FALL)
    (link,) = links(physician, ill)
    assert link == f"/patients/{ill.pk}/mutes/?alert={found.pk}"
    page = browser(physician).get(link).content.decode()
    assert f'<option value="{FALL}" selected>{TITLE}</option>' in page
    assert '<details class="reveal inset" open>' in page
    assert "Choose the rule." not in page
    assert send(physician, ill).status_code == 200
    assert links(physician, ill) == [], "what a mute put off sleeps already"


def test_only_who_may_mute_has_the_link_and_only_where_it_can_be_muted(ill: Patient, physician: User) -> None:
    alert(ill, rule=FALL)
    alert(ill, Severity.HIGH, rule="hemoglobin_severe")
    alert(ill, rule="iron_deficiency", state="resolved")
    assert len(links(physician, ill)) == 1
    visiting = team("visiting")
    guest(ill, visiting)
    for other in (member(ill.team, "nurse"), member(visiting)):
        assert links(other, ill) == []


@pytest.mark.parametrize("named", ["", "x", FALL, "00000000-0000-0000-0000-000000000000", "other"])
def test_an_alert_that_is_not_the_patients_fills_nothing_in(ill: Patient, physician: User, named: str) -> None:
    other = alert(patient(ill.team), rule=FALL)
    page = browser(physician).get(f"/patients/{ill.pk}/mutes/", {"alert": str(other.pk) if named == "other" else named})
    assert page.status_code == 200
    assert " selected>" not in page.content.decode().split('id="mute-rule"')[1].split("</select>")[0].replace(
        '<option value="" selected>', ""
    )


def test_a_nurse_who_follows_the_link_has_no_form(ill: Patient) -> None:
    found = alert(ill, rule=FALL)
    page = browser(member(ill.team, "nurse")).get(f"/patients/{ill.pk}/mutes/?alert={found.pk}")
    assert (page.status_code, b"<form" in page.content.split(b'id="muted"')[1]) == (200, False)


def test_a_past_day_has_no_link(ill: Patient, physician: User) -> None:
    alert(ill, rule=FALL, hours_open=48)
    known = written(timezone.now() - timedelta(days=1))
    assert "Mute this rule" not in words(browser(physician).get(f"/patients/{ill.pk}/", {"known": known}))


def test_a_teams_page_has_no_panel(ill: Patient, physician: User) -> None:
    assert 'id="muted"' not in browser(physician).get(f"/settings/{ill.team_id}/").content.decode()
