"""What is due on a patient's page: where each kind is done, for whom, and that in the past there is nothing to do about it."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.urls import resolve, reverse
from django.utils import timezone

from alerts.due import Todo
from alerts.monitoring import TESTS
from alerts.todos import KINDS
from monitor import patient_todos
from monitor.held_rows import Held
from monitor.patient_todos import ASKED, Item, listed
from patients.access import Asker, adding, asker
from patients.event_kinds import kinds
from patients.history import History
from patients.models import Observation, Patient, PatientRevision, User
from tests import factories
from tests.factories import browser

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FILE = UUID(int=9)


@pytest.fixture
def ill() -> Patient:
    return factories.patient(name="Mara Veit")


def asking(user: User) -> Asker:
    who = asker(user, at=timezone.now())
    assert who is not None
    return who


def known(of: Patient, **fields: Any) -> History:
    """Return a history of the patient that holds two results, of which the first waits to be verified."""
    unconfirmed = np.array([True, True, False])
    some = factories.series("HGB", [90, 98, 99], end=NOW, ids=np.array([4, 5, 6]), unconfirmed=unconfirmed)
    return factories.history(some, at=NOW, **fields)


def items(
    monkeypatch: pytest.MonkeyPatch,
    ill: Patient,
    user: User,
    *found: Todo,
    past: bool = False,
    held: Held | None = None,
) -> tuple[Item, ...]:
    """Return the items of these to-dos."""
    monkeypatch.setattr(patient_todos, "todos", lambda history, *, at, held_rows: found)
    return listed(ill, asking(user), known(ill), held or Held(2, FILE), past=past)


def todo(kind: str, subject: str = "", **fields: Any) -> Todo:
    usual = {"words": f"Do {kind}", "due_on": date(2026, 11, 20), "overdue": False}
    return Todo(kind, subject, **{**usual, **fields})


PLACES = [
    ("held_rows", "", "upload", {"upload_id": FILE}, "Open the file"),
    ("verify_value", "HGB", "fact", {"fact_kind": "observation", "fact_id": 5}, "Look at it"),
    ("confirm_step", "12", "record-dose", {}, "Record what is taken"),
    ("repeat_hemoglobin", "HGB", "record-results", {}, "Record results"),
    ("control_film", "7", "record-event", {"kind": "chest_xray"}, "Record it"),
    ("repeat_sputum", "7", "record-event", {"kind": "sputum"}, "Record it"),
    ("test", "blood_count", "record-results", {}, "Record results"),
    ("test", "film", "record-event", {"kind": "chest_xray"}, "Record it"),
    ("episode", "2026-11-02", "episode", {"day": 20261102}, "Decide"),
    ("decide_cortisol", "", "record-taper", {}, "Look at the plan"),
    ("tuberculin", "", "record-event", {"kind": "tuberculin"}, "Record it"),
    ("upload", "", "send", {}, "Upload the file"),
    ("film_conflict", "7", "fact", {"fact_kind": "event", "fact_id": 7}, "Look at it"),
    ("confirm_stage", "7", "fact", {"fact_kind": "event", "fact_id": 7}, "Look at it"),
    ("screening", "", "record", {}, "Record what was done"),
    ("lung_volumes", "", "record-results", {}, "Record results"),
]


@pytest.mark.parametrize(("kind", "subject", "name", "named", "act"), PLACES)
def test_each_is_done_at_its_place(
    ill: Patient, monkeypatch: pytest.MonkeyPatch, kind: str, subject: str, name: str, named: dict[str, Any], act: str
) -> None:
    (item,) = items(monkeypatch, ill, factories.member(ill.team), todo(kind, subject))
    ids = named if name == "upload" else {"patient_id": ill.pk, **named}
    assert (item.href, item.act) == (reverse(name, kwargs=ids), act)


def test_every_kind_has_a_place() -> None:
    assert {kind for kind, *_ in PLACES} == set(KINDS)


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.subject)
def test_every_regular_test_is_recorded_where_a_physician_may(
    ill: Patient, monkeypatch: pytest.MonkeyPatch, test: Any
) -> None:
    physician = factories.member(ill.team)
    (item,) = items(monkeypatch, ill, physician, todo("test", test.subject))
    assert resolve(item.href).url_name == ("record-event" if test.kinds else "record-results")
    assert browser(physician).get(item.href).status_code == 200


def test_whatever_ends_as_an_event_is_asked_of_the_matrix() -> None:
    ends = {*patient_todos.EVENTS.values(), *(kind for test in TESTS for kind in test.kinds)}
    assert ends <= set(kinds())
    assert {adding(kind) for kind in ends} <= set(ASKED)


@pytest.mark.parametrize(
    ("role", "open_to"),
    [
        ("physician", set(KINDS)),
        ("nurse", set(KINDS) - {"episode", "decide_cortisol"}),
        ("coordinator", {"held_rows", "upload"}),
    ],
)
def test_who_may_not_do_it_is_not_led_there(
    ill: Patient, monkeypatch: pytest.MonkeyPatch, role: str, open_to: set[str]
) -> None:
    every = [todo(kind, subject) for kind, subject, *_ in PLACES]
    found = items(monkeypatch, ill, factories.member(ill.team, role), *every)
    assert [one.todo for one in found] == every
    assert {one.todo.kind for one in found if one.href} == open_to
    assert all(bool(one.href) == bool(one.act) for one in found)


def test_in_the_past_there_is_nothing_to_do_about_it(ill: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [todo(kind, subject) for kind, subject, *_ in PLACES]
    found = items(monkeypatch, ill, factories.member(ill.team), *every, past=True)
    assert found == tuple(Item(one) for one in every)


def test_held_rows_are_counted_in_the_list(ill: Patient) -> None:
    found = listed(ill, asking(factories.member(ill.team)), known(ill), Held(3, FILE), past=False)
    (held,) = [one for one in found if one.todo.kind == "held_rows"]
    assert "3" in held.todo.words
    assert held.href == f"/uploads/{FILE}/"


@pytest.fixture
def due(ill: Patient) -> Patient:
    """Let a blood count be overdue, a value wait to be verified, and a row be held."""
    factories.result(ill, 124, days_ago=80)
    factories.result(ill, 9.1, days_ago=3, code="FE", unit="umol/L", unconfirmed=True)
    factories.upload(ill, rows=[{"state": "held", "reading": {}}], state="held")
    return ill


def section(page: Any) -> str:
    """Return the section of the page, without hidden words."""
    found = re.search(r'<section class="panel" id="todos".*?</section>', page.content.decode(), re.DOTALL)
    assert found
    return found[0]


def test_the_page_lists_what_is_due_with_a_link_each(due: Patient) -> None:
    page = browser(factories.member(due.team)).get(f"/patients/{due.pk}/")
    said = section(page)
    assert said.count("<li>") == said.count('class="btn btn--s"') == 3
    assert said.index("Blood count") < said.index("Verify") < said.index("held")
    assert '<span class="badge badge--watch">1 overdue</span>' in said
    fact = Observation.objects.get(code="FE").pk
    assert f'href="/patients/{due.pk}/facts/observation/{fact}/"' in said
    assert page.context["page"].overdue == 1
    assert '<dt>To-dos</dt><dd><a href="#todos"><span class="num">3</span></a>' in page.content.decode()


def test_every_link_of_the_page_leads_somewhere(due: Patient) -> None:
    visitor = browser(factories.member(due.team, "nurse"))
    hrefs = re.findall(r'href="([^"]+)"', section(visitor.get(f"/patients/{due.pk}/")))
    assert [visitor.get(href).status_code for href in hrefs] == [200, 200, 200]


def test_where_nothing_is_due_the_page_says_so(ill: Patient) -> None:
    factories.result(ill, 124)
    assert "Nothing is due." in section(browser(factories.member(ill.team)).get(f"/patients/{ill.pk}/"))


def test_as_known_on_a_day_it_was_due_and_has_no_link(due: Patient) -> None:
    """The blood count was known and late two days before; the value to verify came since."""
    then = timezone.now() - timedelta(days=79)
    PatientRevision.objects.filter(patient=due, n=Observation.objects.get(code="HGB").recorded_revision).update(at=then)
    day = f"{timezone.now() - timedelta(days=2):%Y-%m-%dT%H:%M}"
    said = section(browser(factories.member(due.team)).get(f"/patients/{due.pk}/?known={day}"))
    assert "To-dos then" in said
    assert "Blood count" in said
    assert "Verify" not in said
    assert "href" not in said


@pytest.mark.parametrize("role", ["caregiver", "coordinator"])
def test_who_reads_no_alerts_has_no_such_list(due: Patient, role: str) -> None:
    user = factories.caregiver(due) if role == "caregiver" else factories.member(due.team, role)
    body = browser(user).get(f"/patients/{due.pk}/").content.decode()
    assert 'id="todos"' not in body
    assert "To-dos" not in body
