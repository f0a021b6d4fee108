"""Diagnosis and work-up on the patient page: for whom, as of when, at no query, and how a diagnosis is confirmed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.summaries import criteria, screening
from monitor.summaries import Summaries, proposed_findings, summaries
from monitor.templatetags.showing import STATES, state_look
from patients import timeline
from patients.access import asker
from patients.models import Event, Patient, User
from tests.factories import browser, event, result
from tests.monitor.recording_desk import Desk, desk, today

pytestmark = pytest.mark.django_db
TEXT = "Idiopathic pulmonary hemosiderosis, acute phase."


@pytest.fixture
def at() -> Desk:
    """A patient with a film, a sputum and a blood gas."""
    found = desk()
    event(found.ill, "chest_xray", days_ago=3, stage=2, new_foci=True)
    event(found.ill, "sputum", days_ago=2, siderophages="many", acid_fast_bacilli="absent")
    result(found.ill, 55, code="PAO2", unit="mm[Hg]")
    return found


def words(page: Any) -> str:
    """Return a page as words."""
    body = re.sub(r"<script.*?</script>", "", page.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body).replace("\u00a0", " "))


def found(of: Patient, user: User, *, past: bool = False) -> Summaries:
    """Return the summaries of a patient as somebody sees them now."""
    now = timezone.now()
    who = asker(user, at=now)
    assert who is not None
    return summaries(of, who, timeline.read(of.pk, at=now), past=past)


def test_the_page_has_all_four_with_their_sources(at: Desk) -> None:
    shown = words(at.get("", "physician"))
    assert "Diagnosis and work-up" in shown
    assert "stage II radiographic, stage II respiratory failure" in shown
    assert "Eight criteria: 1 of 8 met, 7 unknown" in shown
    assert "Screening program: 1 of 9 done" in shown
    assert "Differential diagnosis: hemosiderosis 2" in shown
    assert shown.count("Seed article, iLive, hemosiderosis, reviewed 2025-07-04") == 3


def test_an_item_has_its_state_and_rows(at: Desk) -> None:
    shown = words(at.get("", "nurse"))
    assert "5. Siderophages in sputum met" in shown
    assert "Sputum many" in shown
    assert "Arterial oxygen pressure 55 mmHg" in shown
    assert "A biopsy bleeds: only where the diagnosis is impossible otherwise. It is never overdue." in shown


@pytest.mark.parametrize(
    ("role", "sees"),
    [("nurse", True), ("physician", True), ("patient", False), ("caregiver", False), ("coordinator", False)],
)
def test_only_who_reads_alerts_sees_them(at: Desk, role: str, *, sees: bool) -> None:
    shown = at.get("", role)
    assert ("work-up" in words(shown)) is sees
    assert ("respiratory failure" in words(shown)) is sees


def test_only_a_physician_confirms_and_nobody_in_the_past(at: Desk) -> None:
    href = at.path("record/diagnosis/")
    assert found(at.ill, at.people["physician"]).confirm_href == href
    assert found(at.ill, at.people["nurse"]).confirm_href == ""
    assert found(at.ill, at.people["physician"], past=True).confirm_href == ""
    assert "Confirm or change" in words(at.get("", "physician"))
    assert "Confirm or change" not in words(at.get("", "nurse"))


def test_the_form_begins_with_what_is_proposed(at: Desk) -> None:
    form = at.get("record/diagnosis/", "physician").context["form"]
    proposed = found(at.ill, at.people["physician"]).diagnosis
    assert form["text"].value() == proposed.text
    assert {name: form[name].value() for name in ("xray_stage", "respiratory_failure")} == {
        "xray_stage": "2", "respiratory_failure": "2",
    }  # fmt: skip
    assert form["anemia"].value() is None
    assert set(proposed_findings(timeline.read(at.ill.pk, at=timezone.now()))) <= set(form.fields)


def test_what_is_proposed_can_be_sent_as_it_is(at: Desk) -> None:
    form = at.get("record/diagnosis/", "physician").context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    answer = at.post("record/diagnosis/", {**sent, "on": today().isoformat()}, "physician")
    assert answer.status_code == 302
    written = Event.objects.get(kind="diagnosis")
    assert written.findings["xray_stage"] == 2
    assert written.findings["text"] == found(at.ill, at.people["physician"]).diagnosis.text


def test_what_is_confirmed_stands_in_the_head_of_the_page(at: Desk) -> None:
    before = found(at.ill, at.people["nurse"])
    assert (before.line, before.is_confirmed) == (before.diagnosis.text, False)
    event(at.ill, "diagnosis", text=TEXT, phase="acute", xray_stage=3)
    after = found(at.ill, at.people["nurse"])
    assert (after.line, after.is_confirmed) == (TEXT, True)
    shown = words(at.get("", "physician"))
    assert f"{TEXT} confirmed" in shown
    assert "The record says otherwise now: X-ray stage." in shown
    assert "Write it anew" in shown


def test_the_past_is_that_of_then(at: Desk) -> None:
    event(at.ill, "diagnosis", text=TEXT, phase="acute")
    earlier = timezone.localtime(timezone.now() - timedelta(days=1))
    shown = words(at.get(f"?known={earlier:%Y-%m-%dT%H:%M}", "physician"))
    assert "Diagnosis and work-up" in shown
    assert TEXT not in shown
    assert "Confirm or change" not in shown


def test_they_ask_nothing_of_the_database(at: Desk) -> None:
    seen, who = timeline.read(at.ill.pk, at=timezone.now()), asker(at.people["physician"], at=timezone.now())
    assert who is not None
    who.may("diagnosis", "confirm", at.ill)
    with CaptureQueriesContext(connection) as asked:
        summaries(at.ill, who, seen, past=False)
    assert len(asked) == 0


def test_their_cost_does_not_grow_with_what_is_known(at: Desk) -> None:
    visitor = browser(at.people["physician"])

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            visitor.get(at.path())
        return len(asked)

    before = cost()
    for days in range(12):
        event(at.ill, "sputum", days_ago=10 + days, siderophages="absent")
        result(at.ill, 120, days_ago=10 + days)
    assert cost() == before


def test_every_state_has_a_look() -> None:
    states = {*(one.value for one in criteria.State), *(one.value for one in screening.State)}
    assert states == set(STATES)
    assert {state_look(one) for one in states} == {"calm", "line", "watch", ""}
