"""Alerts on films, samples and complications as people meet them: card, worklist, interface, mail that names nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts import rules, sending
from alerts.models import Alert, Notification
from alerts.watching import evaluate
from patients.models import Patient, User
from tests.factories import browser, event, member, patient, result, team

pytestmark = pytest.mark.django_db
FACTS: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("chest_xray", 60, {"stage": 1, "foci_present": False}),
    (
        "chest_xray",
        9,
        {"stage": 3, "new_foci": True, "foci_present": True, "zones": {"left_upper": "new"}, "cavity": True},
    ),
    ("chest_xray", 5, {"unilateral": True, "zones": {"left_upper": "resolved", "left_lower": "new"}}),
    ("sputum", 8, {"acid_fast_bacilli": "2+", "atypical_cells": "suspicious"}),
    ("hemoptysis", 3, {"amount": "massive"}),
    ("complication", 2, {"name": "pneumothorax"}),
)
RAISED = {
    "film_new_foci", "film_stage_worse", "film_migrating", "film_cavity", "film_unilateral", "sputum_acid_fast",
    "sputum_atypical_cells", "severe_bleeding", "pneumothorax",
}  # fmt: skip
SECRET = re.compile(
    r"foci|film|cavity|bacilli|tubercul|cancer|cells|bleed|blood|pneumo|hemoptysis|stage|zone|sputum|Veit",
    re.IGNORECASE,
)


@pytest.fixture
def physician() -> User:
    return member(team("north"))


@pytest.fixture
def ill(physician: User) -> Patient:
    """A patient to whom all of it happened, judged now."""
    made = patient(physician.memberships.get().team, "Mara Veit")
    for kind, days, findings in FACTS:
        event(made, kind, days_ago=days, **findings)
    evaluate(made.pk, at=timezone.now())
    return made


def words(body: str) -> str:
    """Return a page as words."""
    bare = re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare).replace("\u00a0", " "))


def test_each_is_raised_once(ill: Patient) -> None:
    raised = list(Alert.objects.filter(patient=ill).values_list("rule", flat=True))
    assert set(raised) >= RAISED
    assert len(raised) == len(set(raised))


@pytest.mark.parametrize("name", sorted(RAISED))
def test_a_card_shows_all_that_the_finding_says(ill: Patient, physician: User, name: str) -> None:
    found = Alert.objects.get(patient=ill, rule=name).finding
    shown = words(browser(physician).get(f"/patients/{ill.pk}/").content.decode().replace("&#x27;", "'"))
    (rule,) = [one for one in rules.RULES if one.name == name]
    for line in (rule.title, found["threshold"], found["citation"], found["clears_when"], *found["arithmetic"]):
        assert re.sub(r"\s+", " ", line.replace("\u00a0", " ").replace("<", "&lt;")) in shown, line
    first = found["sentence"].replace("\u00a0", " ").split(".")[0]
    assert first.split(":")[0] in shown


def test_a_card_lists_its_films_with_what_they_showed(ill: Patient, physician: User) -> None:
    shown = words(browser(physician).get(f"/patients/{ill.pk}/").content.decode())
    for row in ("Chest xray stage III", "Chest xray cavity", "Chest xray new foci", "Sputum 2+", "Hemoptysis massive"):
        assert row in shown, row


def test_the_worklist_has_the_patient_with_a_sentence(ill: Patient, physician: User) -> None:
    shown = words(browser(physician).get("/").content.decode())
    assert "Mara Veit" in shown
    assert any(
        one.finding["sentence"].replace("\u00a0", " ").split(".")[0].split(":")[0] in shown
        for one in Alert.objects.filter(patient=ill, severity=3)
    )


def test_the_interface_lists_them(ill: Patient, physician: User) -> None:
    answer = browser(physician).get("/api/v1/alerts/", {"patient": str(ill.pk), "status": "open"}).json()
    assert {one["rule"] for one in answer["results"]} >= RAISED
    severities = {one["rule"]: one["severity"] for one in answer["results"]}
    assert (severities["film_cavity"], severities["film_stage_worse"], severities["film_unilateral"]) == (
        "high",
        "moderate",
        "low",
    )


def test_no_mail_says_what_was_found(ill: Patient, mailoutbox: list[Any]) -> None:
    assert Notification.objects.filter(alert__patient=ill).exists()
    sending.send_due(at=timezone.now() + timedelta(minutes=1))
    assert mailoutbox
    for mail in mailoutbox:
        text = "\n".join([mail.subject, mail.body, *(part[0] for part in getattr(mail, "alternatives", []))])
        assert not SECRET.search(re.sub(r"https?://\S+", "", text)), SECRET.search(text)


def test_a_nurse_acknowledges_and_a_patient_sees_nothing(ill: Patient, physician: User) -> None:
    cavity = Alert.objects.get(patient=ill, rule="film_cavity")
    nurse = member(physician.memberships.get().team, "nurse")
    assert browser(nurse).post(f"/alerts/{cavity.pk}/acknowledge/").status_code in {302, 204}
    cavity.refresh_from_db()
    assert cavity.state == "acknowledged"
    assert browser(member(team("south"))).get(f"/patients/{ill.pk}/").status_code == 404


def test_a_result_that_comes_later_is_judged_with_the_event(ill: Patient) -> None:
    before = Alert.objects.get(patient=ill, rule="severe_bleeding").level
    result(ill, 82, code="SPO2", unit="%", days_ago=3)
    evaluate(ill.pk, at=timezone.now())
    assert Alert.objects.get(patient=ill, rule="severe_bleeding").level == before + 1
