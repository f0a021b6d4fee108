"""The plan as a calendar: who may look, print and share it, and what a calendar program without a log-in gets."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from patients.models import CalendarLink, CaregiverLink
from tests.factories import browser, member, team
from tests.monitor.me_desk import OWN, Home, home, plan, today, words

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"/calendar/([\w-]{43})\.ics")


@pytest.fixture
def here() -> Home:
    cache.clear()
    made = home()
    plan(made.ill, 12.5)
    plan(made.ill, 10.0, started_on=today() + timedelta(days=4))
    return made


def shared(here: Home, role: str = "patient") -> str:
    """Make an address as somebody; return its path."""
    page = here.post("plan/share/", role=role)
    found = SECRET.search(page.content.decode())
    assert found is not None
    return found[0]


def program(path: str, **headers: str) -> Any:
    """Fetch an address as a calendar program does: with no cookie."""
    return Client().get(path, headers=headers)


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_the_team_sees_the_plan_by_months(here: Home, role: str) -> None:
    page = here.visitor(role).get(f"/patients/{here.ill.pk}/plan/")
    assert page.status_code == 200
    assert f"{today():%B %Y}" in words(page)
    assert "12.5 mg" in words(page)
    assert 'class="changed"' in page.content.decode()


@pytest.mark.parametrize(("role", "status"), [("coordinator", 403), ("stranger", 404), ("admin", 404)])
def test_nobody_else_does(here: Home, role: str, status: int) -> None:
    assert here.visitor(role).get(f"/patients/{here.ill.pk}/plan/").status_code == status


def test_no_plan_is_said() -> None:
    bare = home()
    assert "Nothing is planned" in words(bare.visitor("nurse").get(f"/patients/{bare.ill.pk}/plan/"))
    assert "planned nothing ahead" in words(bare.get("plan/"))


@pytest.mark.parametrize("role", OWN)
def test_a_patient_shares_the_plan_and_is_told_the_address_once(here: Home, role: str) -> None:
    path = shared(here, role)
    assert SECRET.search(here.get("plan/", role).content.decode()) is None
    answer = program(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    summaries = [str(one["summary"]) for one in Calendar.from_ical(answer.content).walk("VEVENT")]
    assert [one.replace("\u00a0", " ") for one in summaries] == [
        "From today on: 12.5 mg a day",
        "From today on: 10 mg a day",
    ]
    assert here.ill.identity.name not in answer.content.decode()


def test_an_address_ends_when_its_maker_says_so(here: Home) -> None:
    path = shared(here)
    link = CalendarLink.objects.get()
    assert "Your address" in words(here.get("plan/"))
    assert here.post(f"plan/{link.pk}/end/").status_code == 302
    assert program(path).status_code == 404
    assert here.post(f"plan/{link.pk}/end/").status_code == 404


def test_a_new_address_ends_the_old_one(here: Home) -> None:
    first, second = shared(here), shared(here)
    assert (program(first).status_code, program(second).status_code) == (404, 200)


def test_a_patient_ends_a_caregivers_address_and_not_the_other_way(here: Home) -> None:
    mine, theirs = shared(here), shared(here, "caregiver")
    own, cares = (CalendarLink.objects.get(user=here.people[role]) for role in OWN)
    assert "Address of" in words(here.get("plan/"))
    assert here.post(f"plan/{own.pk}/end/", role="stranger").status_code in {403, 404}
    assert here.post(f"plan/{cares.pk}/end/").status_code == 302
    assert (program(mine).status_code, program(theirs).status_code) == (200, 404)


def test_an_address_shows_no_more_than_its_maker_may_read(here: Home) -> None:
    path = shared(here, "caregiver")
    CaregiverLink.objects.filter(user=here.people["caregiver"]).update(ends_at=timezone.now() - timedelta(seconds=1))
    assert program(path).status_code == 404
    own = shared(here)
    person = here.people["patient"]
    person.is_active = False
    person.save()
    assert program(own).status_code == 404


def test_what_never_was_is_answered_as_what_ended(here: Home) -> None:
    path = shared(here)
    here.post(f"plan/{CalendarLink.objects.get().pk}/end/")
    ended, never = program(path), program(f"/calendar/{'a' * 43}.ics")
    assert (ended.status_code, never.status_code) == (404, 404)
    assert ended.content == never.content
    assert dict(ended.headers) == dict(never.headers)


def test_who_is_logged_in_makes_no_difference(here: Home) -> None:
    path = shared(here)
    for role in ("patient", "nurse", "stranger"):
        assert here.visitor(role).get(path).status_code == 200
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize("never", [False, True])
def test_too_many_questions_are_put_off(here: Home, monkeypatch: pytest.MonkeyPatch, never: bool) -> None:
    monkeypatch.setattr("monitor.limits.MINUTE", 10**9)
    monkeypatch.setattr("monitor.limits.allowed.__kwdefaults__", {"per_minute": 3})
    path, status = (f"/calendar/{'a' * 43}.ics", 404) if never else (shared(here), 200)
    assert [program(path).status_code for _ in range(4)] == [status, status, status, 429]
    assert program(path)["Retry-After"] == "60"


@pytest.mark.parametrize("role", ["nurse", "physician", "coordinator", "stranger", "former"])
def test_nobody_shares_the_plan_of_somebody_else(here: Home, role: str) -> None:
    assert here.post("plan/share/", role=role).status_code in {403, 404}
    assert not CalendarLink.objects.exists()


def test_a_look_shares_nothing(here: Home) -> None:
    assert here.get("plan/share/").status_code == 405
    assert not CalendarLink.objects.exists()
    assert browser(member(team())).get(here.path("plan/")).status_code == 404


def test_the_feed_is_light(here: Home, django_assert_max_num_queries: Any) -> None:
    path = shared(here)
    with django_assert_max_num_queries(30):
        program(path)
