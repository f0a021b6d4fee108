"""The page of one fact: who may see it, who may correct or retract it, and that what stood there stays."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from monitor.fact_views import CHANGED
from patients.access import MATRIX, Actor, changing
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment
from patients.models import Event, Observation, Patient, PatientRevision, Treatment, User
from patients.recording import record, retract
from tests.factories import patient
from tests.monitor.recording_desk import ROLES, Desk, counts, desk, said, today, words, yesterday

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def here(db: None) -> Desk:
    return desk()


def facts(ill: Patient) -> dict[str, Fact]:
    """Return one fact of each sort that the matrix tells apart."""
    at = timezone.now() - 30 * HOUR
    dose: dict[str, Any] = {"dose": 30.0, "unit": "mg", "ended_on": today()}
    return {
        "result": NewObservation(ill.pk, "HGB", at, "minute", value=104.0, unit="g/L", performer="Lab A"),
        "hemoptysis": NewEvent(ill.pk, "hemoptysis", at, "minute", {"amount": "streaks"}),
        "sputum": NewEvent(ill.pk, "sputum", at, "minute", {"adequate": True}),
        "exacerbation": NewEvent(ill.pk, "exacerbation", at, "day", {"status": "confirmed"}),
        "diagnosis": NewEvent(ill.pk, "diagnosis", at, "day", {"text": "IPH"}),
        "planned": NewTreatment(ill.pk, "prednisolone", today(), "planned", plan="taper", **dose),
        "taken": NewTreatment(ill.pk, "prednisolone", today(), "taken", **dose),
    }


SORTS = {
    "result": ("observation", "HGB"),
    "hemoptysis": ("event", "hemoptysis"),
    "sputum": ("event", "sputum"),
    "exacerbation": ("event", "exacerbation"),
    "diagnosis": ("event", "diagnosis"),
    "planned": ("treatment", "planned"),
    "taken": ("treatment", "taken"),
}


def made(here: Desk, sort: str, *, by: User | None = None, hours_ago: float = 48) -> str:
    """Record a fact; return its page below the patient's."""
    at = timezone.now() - hours_ago * HOUR
    (outcome,) = record([facts(here.ill)[sort]], by=by, at=at, why="typed")
    return f"facts/{outcome.fact_kind}/{outcome.fact_id}/"


RETRACTION = {"retract": "1", "back-reason": "never happened"}


@pytest.mark.parametrize("role", ROLES)
def test_a_fact_is_seen_and_retracted_by_whom_the_matrix_says(here: Desk, role: str) -> None:
    for sort, (kind, what) in SORTS.items():
        rest = made(here, sort)
        known = role in set(Actor) - {"admin"}
        sees = known and Actor(role) in MATRIX[(kind, "read")]
        may = known and Actor(role) in MATRIX[changing(kind, what)]
        refused = 404 if role in {"stranger", "admin"} else 403
        shown = here.get(rest, role)
        assert shown.status_code == (200 if sees else refused), sort
        assert ("Save correction" in words(shown)) is may, sort
        assert here.post(rest, RETRACTION, role).status_code == (302 if may else refused), sort
        retract_again(rest)


def retract_again(rest: str) -> None:
    """Take a fact out of the way of the next, where nobody was allowed to."""
    _, kind, number, _ = rest.split("/")
    model: Any = {"observation": Observation, "event": Event, "treatment": Treatment}[kind]
    if model.objects.get(pk=number).retracted_revision is None:
        retract(kind, int(number), by=None, at=timezone.now(), why="")  # type: ignore[arg-type] # one of the three


def test_a_retraction_needs_a_reason_and_keeps_the_row(here: Desk) -> None:
    rest, visitor = made(here, "sputum"), here.visitor()
    before = counts()
    failed = visitor.post(here.path(rest), {"retract": "1", "back-reason": " "})
    assert (failed.status_code, counts()) == (400, before)
    assert "Say why. The reason stays in the history." in words(failed)
    assert '<a href="#id_back-reason">' in words(failed)
    assert visitor.post(here.path(rest), RETRACTION)["Location"] == here.path()
    assert Event.objects.get().retracted_revision == 2
    last = PatientRevision.objects.get(n=2)
    assert (last.why, last.by) == ("never happened", here.people["nurse"])
    assert "Retracted." in said(visitor)
    page = words(visitor.get(here.path(rest)))
    assert "never happened" in page
    assert "Save correction" not in page


def test_a_result_is_corrected_and_both_rows_know_each_other(here: Desk) -> None:
    rest, visitor = made(here, "result"), here.visitor()
    sent = {"on": yesterday(), "clock": "08:10", "value": "9,8", "unit": "g/dL", "performer": "Lab A", "reason": "typo"}
    response = visitor.post(here.path(rest), sent)
    now = Observation.objects.get(retracted_revision=None)
    assert response["Location"] == here.path(f"facts/observation/{now.pk}/")
    assert (now.value, now.status, now.performer, now.unconfirmed) == (98.0, "corrected", "Lab A", False)
    was = words(visitor.get(here.path(rest)))
    assert "Replaced by" in was
    assert "corrected</span>" in was
    assert "Replaces" in words(visitor.get(response["Location"]))


def test_the_form_is_filled_with_what_is_recorded(here: Desk) -> None:
    page = words(here.get(made(here, "result")))
    assert 'name="value" value="104"' in page
    assert '<option value="g/L" selected>' in page
    assert 'value="Lab A"' in page
    page = words(here.get(made(here, "hemoptysis")))
    assert '<option value="streaks" selected>' in page
    page = words(here.get(made(here, "planned"), "physician"))
    assert 'name="dose" value="30"' in page
    assert f'name="started_on" value="{today().isoformat()}"' in page


@pytest.mark.parametrize(
    ("sort", "sent"),
    [
        ("result", {"value": "980", "unit": "g/L", "performer": "Kept"}),
        ("hemoptysis", {"amount": "", "volume_ml": "Kept"}),
        ("planned", {"dose": "1", "unit": "mg", "drug": "Kept", "every_days": "0", "started_on": "2026-01-01"}),
    ],
)
def test_a_failed_correction_changes_nothing_and_keeps_what_was_typed(
    here: Desk, sort: str, sent: dict[str, str]
) -> None:
    rest = made(here, sort)
    before = counts()
    response = here.post(rest, {"on": yesterday(), "reason": "because", **sent}, "physician")
    page = words(response)
    assert (response.status_code, counts()) == (400, before)
    assert 'value="Kept"' in page
    assert "because</textarea>" in page
    assert "data-takes-focus" in page


def test_an_unusual_correction_is_asked_and_confirmed(here: Desk) -> None:
    rest = made(here, "result")
    sent = {"on": yesterday(), "value": "38", "unit": "g/L", "reason": "typo"}
    page = words(here.post(rest, sent))
    assert "38 g/L is unusually low for Hemoglobin. Is it right?" in page
    assert 'name="right" value="' in page
    assert here.post(rest, {**sent, "right": f"{yesterday()}  38 g/L"}).status_code == 302
    assert Observation.objects.get(retracted_revision=None).value == 38.0


def test_a_correction_onto_another_result_is_refused_with_its_reason(here: Desk) -> None:
    days = {yesterday(): 90.0, today().isoformat(): 104.0}
    zone = ZoneInfo(here.ill.time_zone)
    starts = [datetime.combine(date.fromisoformat(day), time(), tzinfo=zone) for day in days]
    rows = [
        NewObservation(here.ill.pk, "HGB", at, value=value, unit="g/L")
        for at, value in zip(starts, days.values(), strict=True)
    ]
    first, _ = record(rows, by=None, at=timezone.now(), why="")
    before = counts()
    sent = {"on": today().isoformat(), "value": "90", "unit": "g/L", "reason": "another day"}
    response = here.post(f"facts/observation/{first.fact_id}/", sent)
    assert (response.status_code, counts()) == (400, before)
    assert "Another result is recorded for this time." in words(response)


def test_nothing_changed_is_said(here: Desk) -> None:
    rest, visitor = made(here, "taken"), here.visitor()
    before = counts()
    sent = {
        "drug": "prednisolone", "dose": "30", "unit": "mg", "every_days": "1", "started_on": today().isoformat(),
        "ended_on": today().isoformat(), "reason": "look",
    }  # fmt: skip
    visitor.post(here.path(rest), sent)
    assert counts() == before
    assert "Nothing was changed: this is what is recorded." in said(visitor)


@pytest.mark.parametrize(("performer", "kept"), [("Lab A", 120.0), ("Lab B", None)])
def test_the_range_of_a_laboratory_speaks_of_its_own_results(here: Desk, performer: str, kept: float | None) -> None:
    at = timezone.now() - 30 * HOUR
    ranged = NewObservation(
        here.ill.pk, "HGB", at, value=104.0, unit="g/L", performer="Lab A", reference_low=120.0, reference_high=155.0
    )
    (outcome,) = record([ranged], by=None, at=timezone.now(), why="")
    sent = {"on": yesterday(), "value": "98", "unit": "g/L", "performer": performer, "reason": "typo"}
    here.post(f"facts/observation/{outcome.fact_id}/", sent)
    assert Observation.objects.get(retracted_revision=None).reference_low == kept


def test_an_event_keeps_its_origin(here: Desk) -> None:
    rest = made(here, "hemoptysis")
    here.post(rest, {"on": yesterday(), "amount": "massive", "reason": "it was more"})
    first, second = Event.objects.order_by("pk")
    assert (second.findings, second.origin, first.retracted_revision) == ({"amount": "massive"}, first.pk, 2)


def test_a_plan_stays_a_plan_under_its_name(here: Desk) -> None:
    rest = made(here, "planned")
    sent = {"drug": "prednisolone", "dose": "25", "unit": "mg", "every_days": "1", "started_on": "2030-01-01"}
    assert here.post(rest, {**sent, "reason": "slower"}, "physician").status_code == 302
    now = Treatment.objects.get(retracted_revision=None)
    assert (now.dose, now.intent, now.plan) == (25.0, "planned", "taper")


@pytest.mark.parametrize("sent", [RETRACTION, {"on": yesterday(), "amount": "massive", "reason": "more"}])
def test_the_second_of_two_changes_is_told_and_changes_nothing(here: Desk, sent: dict[str, str]) -> None:
    rest, visitor = made(here, "hemoptysis"), here.visitor()
    visitor.post(here.path(rest), RETRACTION)
    before = counts()
    assert visitor.post(here.path(rest), sent)["Location"] == here.path(rest)
    assert counts() == before
    assert CHANGED in said(visitor)


@pytest.mark.parametrize(
    ("sort", "role", "hours_ago", "may"),
    [
        ("hemoptysis", "patient", 1, True),
        ("taken", "patient", 23, True),
        ("hemoptysis", "patient", 25, False),
        ("hemoptysis", "caregiver", 1, False),
        ("result", "patient", 1, False),
        ("planned", "patient", 1, False),
    ],
)
def test_a_patient_mends_an_entry_of_the_last_day(
    here: Desk, sort: str, role: str, hours_ago: float, may: bool
) -> None:
    rest = made(here, sort, by=here.people[role], hours_ago=hours_ago)
    assert ("Save correction" in words(here.get(rest, role))) is may
    assert here.post(rest, RETRACTION, role).status_code == (302 if may else 403)


def test_what_a_nurse_wrote_is_not_the_patients_to_mend(here: Desk) -> None:
    rest = made(here, "hemoptysis", by=here.people["nurse"], hours_ago=1)
    assert here.post(rest, RETRACTION, "patient").status_code == 403


def test_a_fact_of_another_patient_is_not_there_even_under_ones_own(here: Desk) -> None:
    far = patient(here.ill.team)
    (outcome,) = record([facts(far)["sputum"]], by=None, at=timezone.now(), why="")
    for rest in (f"facts/event/{outcome.fact_id}/", "facts/event/999999999/", f"facts/event/{10**30}/"):
        assert here.get(rest).status_code == 404
        assert here.post(rest, RETRACTION).status_code == 404
    assert Event.objects.get().retracted_revision is None


def test_a_fact_costs_few_queries(here: Desk, django_assert_max_num_queries: Any) -> None:
    rest, visitor = made(here, "result"), here.visitor()
    with django_assert_max_num_queries(18):
        visitor.get(here.path(rest))


def test_the_webs_own_log_in_may_correct_and_retract(here: Desk, as_web: Any) -> None:
    rest, visitor = made(here, "hemoptysis"), here.visitor()
    with as_web(here.people["nurse"]):
        moved = visitor.post(here.path(rest), {"on": yesterday(), "amount": "massive", "reason": "more"})
        assert visitor.post(moved["Location"], RETRACTION).status_code == 302
    assert not Event.objects.filter(retracted_revision=None).exists()
