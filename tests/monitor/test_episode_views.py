"""Where a physician decides on a proposed exacerbation: who may, what is recorded, and what it does to the page."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import recurrence, todos
from monitor.held_rows import Held
from monitor.patient_todos import listed
from patients import timeline
from patients.access import asker
from patients.history import History
from patients.models import Event, PatientRevision
from tests.factories import revision
from tests.monitor.recording_desk import ZONE, Desk, desk, today, words

pytestmark = pytest.mark.django_db
BEGAN = 40
"""Days ago."""


def days_ago(days: int) -> date:
    """Return a day of the patient's calendar."""
    return today() - timedelta(days=days)


def happened(here: Desk, kind: str, ago: int, **findings: Any) -> Event:
    """Record an event at noon of a day of the patient's calendar."""
    here.ill.refresh_from_db()
    noon = datetime.combine(days_ago(ago), time(12), tzinfo=ZoneInfo(ZONE))
    return Event.objects.create(
        patient=here.ill, kind=kind, effective_at=noon, findings=findings, recorded_revision=revision(here.ill, at=noon)
    )


def signs(here: Desk, ago: int = BEGAN) -> None:
    """Record what proposes an exacerbation: a film of that day, hemoptysis two days later."""
    happened(here, "chest_xray", ago, new_foci=True)
    happened(here, "hemoptysis", ago - 2, amount="teaspoon")


@pytest.fixture
def here() -> Desk:
    made = desk()
    signs(made)
    return made


def rest(ago: int = BEGAN) -> str:
    """Return the address of the exacerbation proposed from so many days ago."""
    return f"episodes/{days_ago(ago):%Y%m%d}/"


def seen(here: Desk, ago: int = BEGAN) -> dict[str, str]:
    """Return what the form holds as it is shown."""
    return {
        "seen": f"{days_ago(ago)} {days_ago(ago - 2)} 2 5",
        "start": str(days_ago(ago)),
        "until": str(days_ago(ago - 16)),
        "reason": "",
    }


def decided(here: Desk, act: str, role: str = "physician", ago: int = BEGAN, **changed: str) -> Any:
    """Send a decision."""
    return here.post(rest(ago), {**seen(here, ago), "act": act, **changed}, role)


def history(here: Desk) -> History:
    """Return what is known of the patient."""
    return timeline.read(here.ill.pk, at=timezone.now())


def stated() -> list[tuple[str, date, str | None]]:
    """Return the decisions that hold: status, first and last day."""
    rows = Event.objects.filter(kind="exacerbation", retracted_revision=None).order_by("effective_at")
    zone = ZoneInfo(ZONE)
    return [(r.findings["status"], r.effective_at.astimezone(zone).date(), r.findings.get("until")) for r in rows]


def test_the_page_shows_signs_points_days_and_the_rule(here: Desk) -> None:
    page = words(here.get(rest(), "physician"))
    for said in ("5 points, 2 sources", "new foci", "chest film, 3 points", "hemoptysis, teaspoon", "Mara Veit",
                 "from two sources at least", f'value="{days_ago(BEGAN)}"', f'value="{days_ago(BEGAN - 16)}"'):  # fmt: skip
        assert said in page
    assert "Join to the one before" not in page


@pytest.mark.parametrize(
    ("role", "status"),
    [("nurse", 403), ("coordinator", 403), ("patient", 403), ("caregiver", 403), ("stranger", 404), ("admin", 404)],
)
def test_nobody_but_a_physician_decides(here: Desk, role: str, status: int) -> None:
    assert here.get(rest(), role).status_code == status
    assert decided(here, "confirm", role).status_code == status
    assert stated() == []


def test_confirming_records_both_ends(here: Desk) -> None:
    response = decided(here, "confirm")
    assert (response.status_code, response["Location"]) == (302, here.path())
    assert stated() == [("confirmed", days_ago(BEGAN), str(days_ago(BEGAN - 16)))]
    row = Event.objects.get(kind="exacerbation")
    assert row.precision == "day"
    assert PatientRevision.objects.get(patient=here.ill, n=row.recorded_revision).by == here.people["physician"]
    assert recurrence.proposals(history(here)) == ()
    assert [one.proposed for one in recurrence.episodes(history(here))] == [False]


def test_a_physicians_own_days_go_before_the_proposed(here: Desk) -> None:
    decided(here, "confirm", start=str(days_ago(BEGAN - 1)), until=str(days_ago(BEGAN - 5)))
    assert stated() == [("confirmed", days_ago(BEGAN - 1), str(days_ago(BEGAN - 5)))]
    assert recurrence.proposals(history(here)) == ()


def test_one_that_goes_on_is_confirmed_without_an_end() -> None:
    here = desk()
    signs(here, 5)
    assert 'name="until" max' in words(here.get(rest(5), "physician")).replace('type="date" ', "")
    decided(here, "confirm", ago=5, until="")
    assert stated() == [("confirmed", days_ago(5), None)]
    assert recurrence.proposals(history(here)) == ()
    assert recurrence.phase(history(here)).words == "exacerbation, day 6"


def test_rejecting_reaches_to_the_last_sign_and_keeps_the_reason(here: Desk) -> None:
    decided(here, "reject", reason="Pneumonia, treated")
    assert stated() == [("rejected", days_ago(BEGAN), str(days_ago(BEGAN - 2)))]
    row = Event.objects.get(kind="exacerbation")
    assert PatientRevision.objects.get(patient=here.ill, n=row.recorded_revision).why == "Pneumonia, treated"
    assert recurrence.episodes(history(here)) == ()


def test_a_rejection_without_a_reason_is_asked_for_one(here: Desk) -> None:
    response = decided(here, "reject")
    assert response.status_code == 400
    assert "Say why. The reason stays in the history." in words(response)
    assert stated() == []


def test_new_signs_after_a_rejection_are_proposed_anew(here: Desk) -> None:
    decided(here, "reject", reason="Pneumonia, treated")
    signs(here, 30)
    (one,) = recurrence.proposals(history(here))
    assert one.start == days_ago(30)


def test_joining_lengthens_the_confirmed_one_before(here: Desk) -> None:
    before = happened(here, "exacerbation", 100, status="confirmed", until=str(days_ago(80)))
    assert "Join to the one before" in words(here.get(rest(), "physician"))
    decided(here, "merge", reason="Never quite over")
    ((status, first, until),) = stated()
    assert (status, until) == ("confirmed", str(days_ago(BEGAN - 16)))
    assert first == before.effective_at.astimezone(ZoneInfo(ZONE)).date()
    corrected = Event.objects.get(kind="exacerbation", retracted_revision=None)
    assert corrected.origin == before.pk
    assert len(recurrence.episodes(history(here))) == 1


def test_joining_two_proposed_ones_confirms_both_as_one(here: Desk) -> None:
    signs(here, 90)
    decided(here, "merge")
    assert stated() == [("confirmed", days_ago(90), str(days_ago(BEGAN - 16)))]
    assert recurrence.proposals(history(here)) == ()


def test_what_changed_meanwhile_is_looked_at_again(here: Desk) -> None:
    old = seen(here)
    happened(here, "lavage", BEGAN - 4, hemorrhagic=True)
    visitor = here.visitor("physician")
    response = visitor.post(here.path(rest()), {**old, "act": "confirm"})
    assert response["Location"] == here.path(rest())
    assert "the signs changed a moment ago" in words(visitor.get(here.path(rest())))
    assert stated() == []


def test_one_that_is_proposed_no_longer_leads_back(here: Desk) -> None:
    decided(here, "confirm")
    visitor = here.visitor("physician")
    for response in (visitor.get(here.path(rest())), visitor.post(here.path(rest()), {**seen(here), "act": "confirm"})):
        assert (response.status_code, response["Location"]) == (302, here.path())
    assert "is proposed no longer" in words(visitor.get(here.path()))
    assert len(stated()) == 1


def test_the_patient_page_lists_it_with_its_place_for_a_physician(here: Desk) -> None:
    physician, nurse = (words(here.get("", role)) for role in ("physician", "nurse"))
    for page in (physician, nurse):
        assert "Proposed exacerbation, " in page
        assert "5 points of 2 sources" in page
        assert "It counts until a physician decides." in page
    assert f'href="{here.path(rest())}"' in physician
    assert here.path(rest()) not in nurse
    assert "Proposed exacerbation" not in words(here.get("", "caregiver"))


def test_as_known_on_a_past_day_it_is_shown_and_not_decided(here: Desk) -> None:
    page = words(here.get(f"?known={days_ago(1)}T12:00", "physician"))
    assert "Proposed exacerbation, " in page
    assert here.path(rest()) not in page


def test_the_to_do_leads_a_physician_to_the_decision(here: Desk) -> None:
    def places(role: str) -> list[tuple[str, str]]:
        who = asker(here.people[role], at=timezone.now())
        assert who is not None
        found = listed(here.ill, who, history(here), Held(), past=False)
        return [(one.href, one.act) for one in found if one.todo.kind == "episode"]

    assert places("physician") == [(here.path(rest()), "Decide")]
    assert places("nurse") == [("", "")]


def test_it_is_a_to_do_until_it_is_decided(here: Desk) -> None:
    def due() -> list[tuple[str, str]]:
        found = todos.todos(history(here), at=timezone.now())
        return [(one.subject, one.words) for one in found if one.kind == "episode"]

    ((subject, said),) = due()
    assert subject == days_ago(BEGAN).isoformat()
    assert said.startswith("Decide: exacerbation proposed from ")
    assert said.endswith(", 5 points of 2 sources")
    decided(here, "confirm")
    assert due() == []


def test_the_page_asks_the_same_number_of_times_whatever_the_number_of_signs(here: Desk) -> None:
    visitor = here.visitor("physician")

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert visitor.get(here.path(rest())).status_code == 200
        return len(found)

    queries()
    few = queries()
    for days in range(2, 30):
        happened(here, "sputum", days, erythrocytes="many")
    assert queries() == few < 20
