"""What a patient presses: a dose is written down once and can be taken back today; blood is written down at once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from alerts import watching
from alerts.models import Alert
from alerts.rules.rule import Severity
from patients import timeline
from patients.dosing import dose_on
from patients.models import Event, PatientRevision, Treatment
from tests.factories import treatment
from tests.monitor.me_desk import OWN, TEXT, Home, home, plan, pressed, today, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Home:
    made = home()
    plan(made.ill)
    return made


def taken() -> list[Treatment]:
    """Return the doses that are written down as taken and hold."""
    return list(Treatment.objects.filter(intent="taken", retracted_revision=None))


@pytest.mark.parametrize("role", OWN)
def test_a_dose_is_written_down_for_the_local_day_with_who_said_so(here: Home, role: str) -> None:
    response = here.take(role)
    assert response["Location"] == here.path()
    (row,) = taken()
    assert (row.drug, row.dose, row.unit, row.route, row.every_days) == ("prednisolone", 12.5, "mg", "oral", 1.0)
    assert (row.started_on, row.ended_on) == (today(), today())
    made = PatientRevision.objects.get(patient=here.ill, n=row.recorded_revision)
    assert made.by == here.people[role]
    assert made.why == f"said by {'the patient' if role == 'patient' else 'a caregiver'}: dose taken"
    history = timeline.read(here.ill.pk, at=timezone.now())
    assert dose_on(history, today()).source == "taken"


def test_pressing_twice_is_one_dose(here: Home) -> None:
    sent = pressed(here.get())
    for role in ("patient", "patient", "caregiver"):
        assert here.post("dose/", sent, role).status_code == 302
    assert len(taken()) == 1
    said = words(here.get())
    assert "Taken today" in said
    assert "I took it" not in said


def test_a_dose_that_the_team_wrote_down_for_today_is_taken(here: Home) -> None:
    treatment(here.ill, dose=20.0, started_on=today(), ended_on=today())
    assert "20 mg of prednisolone" in words(here.get())
    here.post("dose/", {"day": today().isoformat(), "said": "prednisolone 12.5\u00a0mg"})
    assert len(taken()) == 1


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"day": "2020-01-01", "said": "prednisolone 12.5\u00a0mg"},
        {"day": "today", "said": "prednisolone 15\u00a0mg"},
        {"day": "today", "said": ""},
    ],
)
def test_a_button_of_another_day_or_dose_writes_nothing(here: Home, sent: dict[str, str]) -> None:
    sent = {name: today().isoformat() if value == "today" else value for name, value in sent.items()}
    response = here.visitor().post(here.path("dose/"), sent, follow=True)
    assert taken() == []
    assert "Look at it, and press again." in words(response)


def test_where_no_dose_is_due_none_is_written() -> None:
    made = home()
    plan(made.ill, 0.0)
    response = made.visitor().post(made.path("dose/"), {"day": today().isoformat(), "said": ""}, follow=True)
    assert taken() == []
    assert "There is no dose to write down for today." in words(response)


@pytest.mark.parametrize("role", OWN)
def test_who_said_it_takes_it_back_and_may_say_it_again(here: Home, role: str) -> None:
    here.take(role)
    assert "Undo" in words(here.get(role=role))
    here.post("dose/undo/", role=role)
    assert taken() == []
    assert Treatment.objects.filter(intent="taken").count() == 1
    back = PatientRevision.objects.filter(patient=here.ill).latest("n")
    assert (back.by, back.why.split(":")[1]) == (here.people[role], " not taken after all")
    here.take(role)
    assert len(taken()) == 1


def test_taking_back_twice_is_once(here: Home) -> None:
    here.take()
    for _ in range(2):
        assert here.post("dose/undo/").status_code == 302
    assert PatientRevision.objects.filter(why__endswith="not taken after all").count() == 1


def test_nobody_takes_back_what_somebody_else_said(here: Home) -> None:
    here.take("caregiver")
    assert "Undo" not in words(here.get())
    here.post("dose/undo/")
    assert len(taken()) == 1
    here.ill.refresh_from_db()
    treatment(here.ill, drug="prednisone", started_on=today(), ended_on=today())
    here.post("dose/undo/", role="caregiver")
    assert [row.drug for row in taken()] == ["prednisone"]


def test_tomorrow_it_is_too_late_to_take_it_back() -> None:
    with time_machine.travel("2026-11-24T22:58:00Z", tick=False):  # 23:58 in Vienna
        made = home()
        plan(made.ill)
        made.take()
    with time_machine.travel("2026-11-24T23:02:00Z", tick=False):
        made.post("dose/undo/")
        assert len(taken()) == 1
        assert "I took it" in words(made.get())


def test_a_page_that_was_open_over_midnight_is_looked_at_again() -> None:
    with time_machine.travel("2026-11-24T22:58:00Z", tick=False):
        made = home()
        plan(made.ill)
        sent = pressed(made.get())
    with time_machine.travel("2026-11-24T23:02:00Z", tick=False):
        made.post("dose/", sent)
        assert taken() == []
        made.take()
    assert [row.started_on.isoformat() for row in taken()] == ["2026-11-25"]


@pytest.mark.parametrize(
    ("at", "zone", "day"),
    [
        ("2026-03-29T00:59:00Z", "Europe/Vienna", "2026-03-29"),
        ("2026-03-29T21:59:00Z", "Europe/Vienna", "2026-03-29"),
        ("2026-03-29T22:00:00Z", "Europe/Vienna", "2026-03-30"),
        ("2026-10-25T00:30:00Z", "Europe/Vienna", "2026-10-25"),
        ("2026-10-25T22:59:00Z", "Europe/Vienna", "2026-10-25"),
        ("2026-11-24T11:30:00Z", "Pacific/Apia", "2026-11-25"),
        ("2026-11-25T04:30:00Z", "America/New_York", "2026-11-24"),
    ],
)
def test_the_day_is_the_patients_also_when_clocks_change(at: str, zone: str, day: str) -> None:
    with time_machine.travel(at, tick=False):
        made = home(time_zone=zone)
        plan(made.ill, started_on=today(zone) - timedelta(days=3))
        made.take()
    assert [row.started_on.isoformat() for row in taken()] == [day]


def test_two_medicines_of_a_day_are_written_down_together(here: Home) -> None:
    plan(here.ill, 5.0, drug="hydrocortisone")
    here.take()
    assert sorted((row.drug, row.dose) for row in taken()) == [("hydrocortisone", 5.0), ("prednisolone", 12.5)]
    assert len({row.recorded_revision for row in taken()}) == 1


def blood(here: Home, role: str = "patient", **sent: str) -> Any:
    """Say that blood was coughed up today, and follow."""
    fields = {"amount": "streaks", "on": today().isoformat(), "clock": "00:01", "mark": "m1", **sent}
    return here.visitor(role).post(here.path("blood/"), fields, follow=True)


@pytest.mark.parametrize("role", OWN)
@pytest.mark.parametrize("amount", ["streaks", "teaspoon", "moderate"])
def test_coughed_blood_is_written_down_at_once_and_the_teams_text_shown(here: Home, role: str, amount: str) -> None:
    page = blood(here, role, amount=amount)
    (row,) = Event.objects.all()
    assert (row.kind, row.findings, row.precision) == ("hemoptysis", {"amount": amount}, "minute")
    made = PatientRevision.objects.get(patient=here.ill, n=row.recorded_revision)
    assert (made.by, made.why) == (
        here.people[role],
        f"told by {'the patient' if role == 'patient' else 'a caregiver'}",
    )
    assert page.request["PATH_INFO"] == here.path("call/")
    assert "It is written down." in words(page)
    assert TEXT in words(page)
    assert 'href="tel:+4312345678"' in page.content.decode()


@pytest.mark.parametrize(("amount", "severity"), [("teaspoon", Severity.HIGH), ("moderate", Severity.HIGH)])
def test_the_watch_judges_it(here: Home, amount: str, severity: Severity) -> None:
    blood(here, amount=amount)
    watching.sweep(patients=[here.ill.pk], at=timezone.now())
    assert [(one.rule, one.severity) for one in Alert.objects.filter(rule="hemoptysis")] == [("hemoptysis", severity)]
    assert "alert" not in words(here.get()).casefold()


def test_without_a_time_it_is_of_the_day(here: Home) -> None:
    blood(here, clock="")
    assert Event.objects.get().precision == "day"


def test_pressing_twice_is_one_event(here: Home) -> None:
    visitor = here.visitor()
    for _ in range(2):
        fields = {"amount": "streaks", "on": today().isoformat(), "clock": "00:01", "mark": "m1"}
        assert visitor.post(here.path("blood/"), fields)["Location"] == here.path("call/")
    blood(here, mark="m2")
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"amount": ""}, "Choose how much."),
        ({"amount": "a bucket"}, "Choose how much."),
        ({"amount": "massive"}, "Choose how much."),
        ({"on": "2999-01-01"}, "This lies in the future."),
        ({"on": "1999-01-01"}, "This is before the patient’s birth."),
    ],
)
def test_what_is_missing_is_asked_below_the_teams_text_and_nothing_typed_is_lost(
    here: Home, sent: dict[str, str], sentence: str
) -> None:
    page = blood(here, **sent)
    assert page.status_code == 400
    assert sentence in words(page)
    assert words(page).index(TEXT) < words(page).index(sentence)
    assert 'value="00:01"' in page.content.decode()
    assert Event.objects.count() == 0


def test_the_form_begins_with_the_patients_now() -> None:
    with time_machine.travel("2026-11-24T22:30:00Z", tick=False):
        body = home().get("blood/").content.decode()
    assert 'value="2026-11-24"' in body
    assert 'value="23:30"' in body
