"""Acting on an alert that has changed since it was seen, on one that is over, and the same form sent twice."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts import handling
from alerts.changes import ResolveReason
from alerts.models import Alert
from alerts.rules.rule import Severity
from monitor.templatetags.showing import moment
from patients.models import Patient, User
from tests.factories import alert, browser
from tests.monitor.test_alert_views import FORMS, HX, act, ill, last, north, nurse, physician, raised, state
from tests.monitor.test_views import text

__all__ = ("ill", "north", "nurse", "physician", "raised")
pytestmark = pytest.mark.django_db


def filled(what: str, colleague: User) -> dict[str, str]:
    """Return what a form is sent with."""
    return {"assign": {"to": str(colleague.pk)}, "acknowledge": {}, **FORMS}[what]


def when(raised: Alert) -> str:
    """Return when an alert changed last, as a reader in UTC is told."""
    raised.refresh_from_db()
    return moment(raised.changed_at).replace("\u00a0", " ")


def test_what_is_closed_is_not_closed_again(ill: Patient, physician: User) -> None:
    over = alert(ill, state="resolved")
    assert "Not saved" in text(act(browser(physician), over, "resolve", reason="other"))
    assert over.transitions.count() == 1


def test_who_comes_second_is_told_who_was_first(raised: Alert, physician: User, nurse: User) -> None:
    act(browser(physician), raised, "acknowledge")
    page = act(browser(nurse), raised, "acknowledge")
    assert f"Not saved: Lena Mayer acknowledged it on {when(raised)}. Here it is as it stands now." in text(page)
    assert state(raised) == ("acknowledged", physician)
    assert raised.transitions.count() == 2


def test_what_recovered_meanwhile_was_changed_by_the_watch(ill: Patient, physician: User) -> None:
    over = alert(ill, state="recovered")
    assert f"Not saved: it is recovered since {when(over)} (the watch)." in text(
        act(browser(physician), over, "acknowledge")
    )


def test_who_decided_on_what_has_changed_is_asked_again_with_all_that_was_typed(
    raised: Alert, physician: User, nurse: User
) -> None:
    seen = raised.changed_at.isoformat()
    act(browser(nurse), raised, "acknowledge")
    sent = {**FORMS["snooze"], "seen": seen}
    visitor = browser(physician)
    response = visitor.post(f"/alerts/{raised.pk}/snooze/", sent)
    assert response.status_code == 400
    assert "Not saved: Nora Reyes acknowledged it on " in text(response)
    assert ". What you wrote is kept below." in text(response)
    assert 'value="wait for ferritin"' in response.content.decode()
    assert state(raised) == ("acknowledged", nurse)
    again = {**sent, "seen": raised.changed_at.isoformat()}
    assert f'name="seen" value="{again["seen"]}"' in response.content.decode()
    visitor.post(f"/alerts/{raised.pk}/snooze/", again)
    assert state(raised) == ("snoozed", physician)


def test_a_form_sent_twice_is_taken_once(raised: Alert, nurse: User) -> None:
    visitor = browser(nurse)
    for _ in range(2):
        assert "Comment kept." in text(act(visitor, raised, "comment", text="father called", mark="a" * 32))
    assert raised.transitions.count() == 2
    act(visitor, raised, "comment", text="father called", mark="b" * 32)
    assert raised.transitions.count() == 3


@pytest.mark.parametrize("what", ["acknowledge", "snooze", "resolve", "assign"])
def test_what_was_decided_on_older_evidence_is_not_done(raised: Alert, physician: User, nurse: User, what: str) -> None:
    seen = raised.changed_at.isoformat()
    Alert.objects.filter(pk=raised.pk).update(changed_at=timezone.now())
    raised.transitions.create(
        patient_id=raised.patient_id, at=timezone.now(), verb="updated", before="raised", after="raised"
    )
    sent = filled(what, nurse)
    page = act(browser(physician), raised, what, **sent, seen=seen)
    assert f"Not saved: the watch found newer evidence on {when(raised)}." in text(page)
    assert (state(raised), raised.transitions.count()) == (("raised", None), 2)


def test_buttons_send_how_the_alert_was_seen(ill: Patient, raised: Alert, physician: User) -> None:
    visitor, seen = browser(physician), raised.changed_at.isoformat()
    assert f'formaction="/alerts/{raised.pk}/acknowledge/"' in (row := visitor.get("/").content.decode())
    assert f'name="seen" value="{seen}" data-acts>Acknowledge' in row
    assert (
        f'<input type="hidden" name="seen" value="{seen}"><button'
        in visitor.get(f"/patients/{ill.pk}/").content.decode()
    )
    assert "Acknowledged." in text(act(visitor, raised, "acknowledge", seen=seen))


@pytest.mark.parametrize("what", ["snooze", "resolve", "assign"])
@pytest.mark.parametrize("mark", ["a" * 32, ""])
def test_whatever_is_sent_twice_is_done_once_and_is_nobody_elses(
    raised: Alert, physician: User, nurse: User, what: str, mark: str
) -> None:
    sent = filled(what, nurse) | {"seen": raised.changed_at.isoformat(), "mark": mark}
    visitor = browser(physician)
    pages = [text(act(visitor, raised, what, **sent)) for _ in range(2)]
    assert raised.transitions.count() == 2
    assert all("Not saved" not in page for page in pages)
    assert all(
        ("Snoozed. It" in page, "Resolved. It" in page, "Assigned. It" in page).count(True) == 1 for page in pages
    )


def test_acknowledging_twice_is_no_conflict(raised: Alert, nurse: User) -> None:
    visitor, seen = browser(nurse), raised.changed_at.isoformat()
    for _ in range(2):
        assert "Acknowledged. The alert stays open" in text(act(visitor, raised, "acknowledge", seen=seen))
    assert raised.transitions.count() == 2


def test_another_word_of_the_same_person_is_not_taken_for_the_first(raised: Alert, physician: User) -> None:
    visitor = browser(physician)
    act(visitor, raised, "resolve", reason="treated")
    page = act(visitor, raised, "resolve", reason="other", note="a slip")
    assert f"Not saved: it is resolved since {when(raised)} (you). What you wrote is kept below." in text(page)
    assert last(raised)[1] == "treated"


def test_who_goes_back_and_writes_another_comment_loses_nothing(raised: Alert, nurse: User) -> None:
    visitor = browser(nurse)
    for words in ("father called", "mother called, too"):
        assert "Comment kept." in text(act(visitor, raised, "comment", text=words, mark="a" * 32))
        assert last(raised)[1] == words


def test_what_was_resolved_long_ago_was_not_changed_a_moment_ago(ill: Patient, physician: User, nurse: User) -> None:
    over, at = alert(ill, hours_open=24 * 40), timezone.now() - timedelta(days=30)
    handling.resolve(over.pk, by=physician, at=at, reason=ResolveReason.TREATED)
    said = moment(at).replace("\u00a0", " ")
    page = text(act(browser(nurse), over, "snooze", **FORMS["snooze"]))
    assert f"Not saved: it is resolved since {said} (Lena Mayer)." in page
    assert "a moment ago" not in page


@pytest.mark.parametrize("what", ["snooze", "assign", "resolve"])
def test_a_form_for_what_is_over_leads_to_its_card(ill: Patient, physician: User, what: str) -> None:
    over = alert(ill, state="resolved")
    visitor = browser(physician)
    page = visitor.get(f"/alerts/{over.pk}/{what}/", follow=True)
    assert page.redirect_chain == [(f"/patients/{ill.pk}/#alert-{over.pk}", 302)]
    assert f"It is resolved since {when(over)}; only words can be added." in text(page)
    told = visitor.get(f"/alerts/{over.pk}/{what}/", headers=HX)
    assert (told.status_code, json.loads(told["HX-Trigger"])["toast"]["failed"]) == (204, True)


@pytest.mark.parametrize("what", ["comment", "feedback"])
def test_words_are_asked_of_what_is_over(ill: Patient, physician: User, what: str) -> None:
    over = alert(ill, state="resolved")
    assert browser(physician).get(f"/alerts/{over.pk}/{what}/").status_code == 200


@pytest.mark.parametrize(
    ("reason", "words"),
    [("x" * 301, "at most 300 characters (it has 301)"), ("a\0b", "Null characters are not allowed")],
)
def test_a_word_that_cannot_be_kept_is_not_cut_in_silence(raised: Alert, nurse: User, reason: str, words: str) -> None:
    page = act(browser(nurse), raised, "acknowledge", reason=reason)
    assert "Not acknowledged: mend the reason." in text(page)
    assert words in text(page)
    assert (state(raised), raised.transitions.count()) == (("raised", None), 1)


def test_a_high_alert_is_put_off_for_a_day_at_most(ill: Patient, nurse: User) -> None:
    high = alert(ill, Severity.HIGH)
    response: Any = browser(nurse).post(f"/alerts/{high.pk}/snooze/", FORMS["snooze"])
    assert response.status_code == 400
    assert "Choose a morning to come, 24 hours ahead at most." in text(response)
    assert state(high) == ("raised", None)
