"""The patient's page as known on a past day: nothing that came later, nothing to press, and the same cost."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import lifecycle, watching
from alerts.models import Alert
from patients.facts import NewObservation
from patients.models import Patient, Seen, User
from patients.recording import record, retract
from tests.factories import browser, caregiver, member, patient, team, upload

pytestmark = pytest.mark.django_db
VALUES = (124.0, 125.0, 123.0, 124.0, 125.0)


@pytest.fixture
def physician() -> User:
    return member(team("north"), first_name="Lena", last_name="Mayer")


@pytest.fixture
def ill(physician: User) -> Patient:
    """Return a patient with steady results until twenty days ago, known on the day of each."""
    made = patient(physician.memberships.get().team, "Mara Veit")
    for place, value in enumerate(VALUES):
        know(made, value, days_ago=20 + 14 * (len(VALUES) - 1 - place))
    return made


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def know(of: Patient, value: float, *, days_ago: float, known_days_ago: float | None = None) -> int:
    """Record a hemoglobin as of a past day; return its id."""
    known = ago(days_ago if known_days_ago is None else known_days_ago)
    fact = NewObservation(of.pk, "HGB", ago(days_ago), "minute", value=value, unit="g/L")
    (outcome,) = record([fact], by=None, at=known, why="test")
    assert outcome.fact_id is not None
    return outcome.fact_id


def show(visitor: Client, ill: Patient, days_ago: float | None, more: str = "") -> str:
    """Open the page as known some days ago."""
    query = "" if days_ago is None else f"?known={ago(days_ago):%Y-%m-%dT%H:%M}"
    page = visitor.get(f"/patients/{ill.pk}/{query}{more}")
    assert page.status_code == 200
    return str(page.content.decode())


def words(body: str) -> str:
    return re.sub(
        r"\s+",
        " ",
        re.sub(r"<[^>]+>", " ", re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL)).replace("\u00a0", " "),
    )


def last(body: str) -> str:
    """Return the newest hemoglobin of the strip."""
    found = re.search(r"Hemoglobin.*?(\d+) +g/L", words(body))
    return found[1] if found else ""


def test_what_was_recorded_later_is_not_shown(ill: Patient, physician: User) -> None:
    know(ill, 98, days_ago=3, known_days_ago=1)
    visitor = browser(physician)
    assert last(show(visitor, ill, None)) == "98"
    assert last(show(visitor, ill, 2)) == "125"
    assert "98" not in words(show(visitor, ill, 2, "&all")).split("Flowsheet")[1].split()


def test_what_was_retracted_later_stands_as_it_did(ill: Patient, physician: User) -> None:
    wrong = know(ill, 61, days_ago=9)
    retract("observation", wrong, by=physician, at=ago(4), why="wrong patient")
    visitor = browser(physician)
    assert last(show(visitor, ill, 5)) == "61"
    assert last(show(visitor, ill, 3)) == "125"


def test_before_anything_was_known_the_page_is_empty(ill: Patient, physician: User) -> None:
    said = words(show(browser(physician), ill, 4000))
    assert "no result" in said
    assert "Nothing to draw yet" in said
    assert "None was open then." in said


@pytest.fixture
def fallen(ill: Patient, physician: User) -> Alert:
    """Raise an alert ten days ago, that was acknowledged five days ago and resolved a day ago."""
    know(ill, 98, days_ago=10)
    watching.sweep(patients=[ill.pk], at=ago(10))
    raised = Alert.objects.get(patient=ill, rule="hemoglobin_fall")
    lifecycle.acknowledge(raised.pk, by=physician, at=ago(5), reason="repeat ordered")
    lifecycle.resolve(raised.pk, by=physician, at=ago(1), reason=lifecycle.ResolveReason.TREATED)
    return raised


@pytest.mark.parametrize(
    ("days_ago", "there", "not_yet"),
    [
        (11, "None was open then.", "98 g/L"),
        (7, "own baseline", "acknowledged by"),
        (3, "acknowledged by Lena Mayer", "Treated"),
        (0.5, "Closed alerts (", "Nobody yet"),
    ],
)
def test_alerts_stand_as_they_did(
    ill: Patient, physician: User, fallen: Alert, days_ago: float, there: str, not_yet: str
) -> None:
    said = words(show(browser(physician), ill, days_ago))
    assert there in said
    assert not_yet not in said


def test_the_banner_names_the_moment_and_leads_on(ill: Patient, physician: User) -> None:
    body = show(browser(physician), ill, 3)
    assert "banner--past" in body
    assert f"As known on {ago(3).day} {ago(3):%b}" in words(body)
    for days, text in ((4, "Day before"), (2, "Day after")):
        assert re.search(rf'href="\?known={ago(days):%Y-%m-%d}T\d\d:\d\d"[^>]*>{text}<', body)
    assert f'href="/patients/{ill.pk}/">Back to now<' in body
    assert "Day after" not in show(browser(physician), ill, 0.5)


def test_the_page_of_now_has_no_banner_and_asks_for_a_moment(ill: Patient, physician: User) -> None:
    for more in (None, -3):
        body = show(browser(physician), ill, more)
        assert "banner--past" not in body
        assert 'name="known" type="datetime-local"' in body


def test_in_the_past_there_is_nothing_to_press(ill: Patient, physician: User, fallen: Alert) -> None:
    for days in (11, 7, 3):
        body = show(browser(physician), ill, days)
        main = body[body.index("<main") : body.index("</main>")]
        assert 'method="post"' not in main
        assert not re.search(r'href="[^"]*(record|upload|flowsheet)', main)


def test_all_rows_are_those_of_the_past(ill: Patient, physician: User) -> None:
    for day in range(120):
        know(ill, 120 + day % 5, days_ago=200 + day)
    body = show(browser(physician), ill, 3)
    assert re.search(r'href="\?known=[^"]+&amp;all#course-table"', body)
    assert body.count("<tr") < show(browser(physician), ill, 3, "&all").count("<tr")


def test_the_line_of_the_figure_is_called_by_its_day(ill: Patient, physician: User) -> None:
    visitor = browser(physician)
    then = ago(3)
    for days, word in ((None, "today"), (3, f"{then.day}\u00a0{then:%b}\u00a0{then.year}")):
        page = visitor.get(f"/patients/{ill.pk}/" + ("" if days is None else f"?known={then:%Y-%m-%dT%H:%M}"))
        notes = page.context["page"].figure["layout"]["annotations"]
        assert [note["text"] for note in notes if note["name"] == "today"] == [word]


def test_the_cells_of_the_past_lead_nowhere_but_to_files_that_waited_then(ill: Patient, physician: User) -> None:
    reading = {"code": "FE", "canonical_value": 7.0, "effective_at": f"{ago(9):%Y-%m-%d}"}
    waits = upload(ill, rows=[{"state": "held", "reading": reading}], state="held", finished_at=ago(5))
    early, late, now = (show(browser(physician), ill, days) for days in (7, 3, None))
    for body, file, fact in ((early, False, False), (late, True, False), (now, True, True)):
        assert (f'href="/uploads/{waits.pk}/#row-0"' in body) is file
        assert (f'href="/patients/{ill.pk}/facts/observation/' in body) is fact


def test_the_past_says_that_files_decided_on_since_are_not_shown(ill: Patient, physician: User) -> None:
    reading = {"code": "FE", "canonical_value": 7.0, "effective_at": f"{ago(9):%Y-%m-%d}"}
    upload(ill, rows=[{"state": "accepted", "reading": reading}], finished_at=ago(5))
    told = "Rows of files that waited then and were decided on since are not shown"
    visitor = browser(physician)
    past = words(show(visitor, ill, 4000))
    assert f"Nothing else is known to have been due then. {told}" in past
    assert "Nothing was due then." not in past
    assert told in words(show(visitor, ill, 3))
    assert told not in words(show(visitor, ill, None))


def test_who_looked_is_no_part_of_the_past_but_looking_back_is_a_look(ill: Patient, physician: User) -> None:
    body = show(browser(physician), ill, 3)
    assert "/history/" not in body
    assert "/history/" in show(browser(physician), ill, None)
    assert [(one.user, one.what) for one in Seen.objects.all()] == [(physician, "page")]


def test_a_coordinator_and_strangers_see_no_more_in_the_past(ill: Patient, fallen: Alert) -> None:
    coordinator = browser(member(ill.team, "coordinator"))
    assert "g/L" not in words(show(coordinator, ill, 3))
    assert browser(member(team())).get(f"/patients/{ill.pk}/?known=2026-01-01T00:00").status_code == 404
    carer = words(show(browser(caregiver(ill)), ill, 3))
    assert "own baseline of" not in carer
    assert last(carer) == "98"


def test_the_past_costs_as_much_whatever_came_since(ill: Patient, physician: User, fallen: Alert) -> None:
    visitor = browser(physician)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            show(visitor, ill, 3)
        return len(asked)

    before = cost()
    for day in range(15):
        know(ill, 121 + day, days_ago=2.5 - day / 10)
    assert cost() == before <= 26


def test_looking_back_writes_nothing(
    ill: Patient, physician: User, fallen: Alert, as_web: Callable[[User], Any]
) -> None:
    before = list(Alert.objects.values())
    with as_web(physician):
        show(browser(physician), ill, 7)
    assert list(Alert.objects.values()) == before
