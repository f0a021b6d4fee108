"""Pages of recording: who may open them, what is recorded, and that nothing typed is lost and nothing is recorded by half."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from patients.access import MATRIX, Actor, adding
from patients.event_kinds import kinds
from patients.models import Event
from tests.factories import event, patient, result
from tests.monitor.recording_desk import NOTHING, ROLES, Desk, counts, desk, said, today, words, yesterday

pytestmark = pytest.mark.django_db
RESULTS = "record/results/"
STREAKS = {"on": yesterday(), "clock": "08:10", "amount": "streaks"}
HGB = {"on": yesterday(), "clock": "08:10", "value-HGB": "104", "unit-HGB": "g/L"}


@pytest.fixture
def here(db: None) -> Desk:
    return desk()


def answer(role: str, row: tuple[str, str]) -> int:
    """Return how a page answers somebody, by the matrix."""
    if role in {"stranger", "admin"}:
        return 404
    return 200 if Actor(role) in MATRIX[row] else 403


@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens_for_whom_the_matrix_says(here: Desk, role: str) -> None:
    visitor = here.visitor(role)
    pages = {
        "record/": ("diary", "add"),
        RESULTS: ("observation", "add"),
        "record/dose/": ("dose", "add"),
        "record/taper/": ("treatment", "change"),
        **{f"record/{kind}/": adding(kind) for kind in kinds()},
    }
    for rest, row in pages.items():
        assert visitor.get(here.path(rest)).status_code == answer(role, row), rest


@pytest.mark.parametrize("role", ROLES)
def test_nobody_sends_what_they_may_not_open(here: Desk, role: str) -> None:
    sent = {
        RESULTS: (HGB, ("observation", "add")),
        "record/sputum/": ({"on": yesterday(), "siderophages": "many"}, ("event", "add")),
        "record/hemoptysis/": (STREAKS, ("diary", "add")),
        "record/exacerbation/": ({"on": yesterday(), "status": "confirmed"}, ("episode", "confirm")),
        "record/diagnosis/": ({"on": yesterday(), "text": "x"}, ("diagnosis", "confirm")),
    }
    for rest, (form, row) in sent.items():
        before = counts()
        response = here.post(rest, form, role)
        expected = answer(role, row)
        assert response.status_code == (302 if expected == 200 else expected), rest
        assert (counts() != before) is (expected == 200)


@pytest.mark.parametrize("rest", ["record/ritual/", "record/HEMOPTYSIS/", "facts/patient/1/", "facts/event/-1/"])
def test_an_address_holds_only_words_of_ours(here: Desk, rest: str) -> None:
    assert here.get(rest).status_code == 404


def test_another_patient_and_none_are_the_same(here: Desk) -> None:
    far = patient()
    for rest in ("record/", RESULTS, "record/hemoptysis/"):
        foreign = here.visitor().get(f"/patients/{far.pk}/{rest}")
        missing = here.visitor().get(f"/patients/{uuid4()}/{rest}")
        assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_a_patient_finds_the_diary_and_the_dose_and_nothing_else(here: Desk) -> None:
    page = words(here.get("record/", "patient"))
    for rest in ("hemoptysis", "symptom", "dose"):
        assert here.path(f"record/{rest}/") in page
    for rest in ("results", "taper", "sputum", "diagnosis"):
        assert here.path(f"record/{rest}/") not in page


def test_a_nurse_finds_everything_but_a_physicians_word(here: Desk) -> None:
    page = words(here.get("record/"))
    for kind in kinds():
        assert (here.path(f"record/{kind}/") in page) is (adding(kind)[1] == "add"), kind


def test_what_was_recorded_last_is_listed_and_leads_to_its_page(here: Desk) -> None:
    row = result(here.ill, 104)
    page = words(here.get("record/"))
    assert here.path(f"facts/observation/{row.pk}/") in page
    assert "104\u00a0g/L" in page


def test_every_form_names_the_patient_and_the_birth_date(here: Desk) -> None:
    for rest in (RESULTS, "record/sputum/", "record/dose/"):
        page = words(here.get(rest))
        assert "Mara Veit" in page
        assert "born 17\u00a0May\u00a02015" in page


@pytest.mark.parametrize("kind", ["hemoptysis", "symptom", "sputum", "chest_xray", "transfusion"])
def test_an_event_is_recorded_with_its_findings(here: Desk, kind: str) -> None:
    sent = {
        "hemoptysis": {"amount": "teaspoon", "volume_ml": "12"},
        "symptom": {"name": "cough", "severity": "2"},
        "sputum": {"siderophages": "many", "adequate": "yes"},
        "chest_xray": {"stage": "2", "zones-left_lower": "new", "cavity": "no"},
        "transfusion": {"product": "red_cells", "units": "1,5"},
    }[kind]
    assert here.post(f"record/{kind}/", {"on": yesterday(), **sent}).status_code == 302
    assert (
        Event.objects.get().findings
        == {
            "hemoptysis": {"amount": "teaspoon", "volume_ml": 12.0},
            "symptom": {"name": "cough", "severity": 2},
            "sputum": {"siderophages": "many", "adequate": True},
            "chest_xray": {"stage": 2, "zones": {"left_lower": "new"}, "cavity": False},
            "transfusion": {"product": "red_cells", "units": 1.5},
        }[kind]
    )


def test_a_failed_event_is_shown_again_with_all_that_was_typed(here: Desk) -> None:
    sent = {"on": yesterday(), "stage": "3", "reader": "Dr. Kern", "focus_size_mm": "big", "zones-left_lower": "new"}
    response = here.post("record/chest_xray/", sent)
    page = words(response)
    assert (response.status_code, counts()) == (400, NOTHING)
    assert 'value="Dr. Kern"' in page
    assert 'value="big"' in page
    assert '<option value="3" selected>' in page
    assert '<option value="new" selected>' in page


def test_the_diary_begins_with_the_time_now_and_other_events_with_the_day(here: Desk) -> None:
    assert 'name="clock" value="' in words(here.get("record/hemoptysis/", "patient"))
    assert 'name="clock" value="' not in words(here.get("record/sputum/"))
    assert f'name="on" value="{today().isoformat()}"' in words(here.get("record/sputum/"))


def test_a_form_that_is_sent_twice_is_recorded_once(here: Desk) -> None:
    visitor = here.visitor()
    for rest, sent in (("record/hemoptysis/", STREAKS), (RESULTS, HGB)):
        before = counts()
        for _ in range(2):
            assert visitor.post(here.path(rest), {**sent, "mark": f"mark of {rest}"}).status_code == 302
        assert sum(counts()) == sum(before) + 2
    assert "This form was recorded before. Nothing was changed." in said(visitor)


def test_a_form_that_is_sent_again_after_a_correction_changes_nothing(here: Desk) -> None:
    visitor = here.visitor()
    sent = {**STREAKS, "mark": "one"}
    visitor.post(here.path("record/hemoptysis/"), sent)
    row = Event.objects.get()
    correction = {"on": yesterday(), "clock": "08:10", "amount": "massive", "reason": "it was more"}
    visitor.post(here.path(f"facts/event/{row.pk}/"), correction)
    before = counts()
    visitor.post(here.path("record/hemoptysis/"), sent)
    assert counts() == before


def test_a_form_that_failed_can_be_sent_again(here: Desk) -> None:
    visitor = here.visitor()
    assert visitor.post(here.path("record/hemoptysis/"), {"on": yesterday(), "mark": "one"}).status_code == 400
    assert visitor.post(here.path("record/hemoptysis/"), {**STREAKS, "mark": "one"}).status_code == 302


def test_the_same_event_in_a_new_form_is_said_to_be_there(here: Desk) -> None:
    visitor = here.visitor()
    for mark in ("one", "two"):
        visitor.post(here.path("record/hemoptysis/"), {**STREAKS, "mark": mark})
    assert "recorded before. Nothing was changed." in said(visitor)
    assert Event.objects.count() == 1


@pytest.mark.parametrize(("role", "told"), [("patient", True), ("caregiver", True), ("nurse", False)])
def test_who_coughed_blood_is_told_the_teams_words_at_once(role: str, told: bool) -> None:
    here = desk(emergency_text="Call 144.")
    visitor = here.visitor(role)
    visitor.post(here.path("record/hemoptysis/"), STREAKS)
    assert ("Call 144." in words(visitor.get(here.path()))) is told


def cost(visitor: Client, path: str) -> int:
    """Return how many queries a page takes."""
    with CaptureQueriesContext(connection) as asked:
        assert visitor.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize("rest", ["record/", RESULTS, "record/chest_xray/", "record/dose/", "record/taper/"])
def test_a_long_history_costs_no_more_queries(here: Desk, rest: str) -> None:
    visitor = here.visitor("physician")
    for n in range(2):
        result(here.ill, 100 + n, days_ago=n)
        event(here.ill, "sputum", days_ago=n, adequate=True)
    few = cost(visitor, here.path(rest))
    for n in range(2, 30):
        result(here.ill, 100 + n, days_ago=n)
        event(here.ill, "sputum", days_ago=n, adequate=True)
    assert cost(visitor, here.path(rest)) == few <= 20


def test_the_webs_own_log_in_may_record(here: Desk, as_web: Any) -> None:
    visitor = here.visitor()
    with as_web(here.people["nurse"]):
        for rest, sent in ((RESULTS, HGB), ("record/hemoptysis/", STREAKS)):
            assert visitor.post(here.path(rest), sent).status_code == 302
    assert counts() == (1, 1, 0, 2)
