"""Who asks: a log-in that comes back, one clock reading, the person's zone, and one 404 for missing and foreign."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from monitor.asking import AskedRequest, asked, patient_or_404, zone_of
from patients.access import Actor, asker
from patients.models import Patient, Seen, User, What
from tests.factories import account, browser, caregiver, guest, member, patient, result, team

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def request(user: object, path: str = "/patients/?q=Mara") -> HttpRequest:
    """Return a request of somebody."""
    made = RequestFactory().get(path)
    made.user = user  # type: ignore[assignment] # strangers too
    return made


def asking(user: User) -> AskedRequest:
    """Return a request as a view sees it."""
    seen: list[AskedRequest] = []

    @asked
    def view(request: AskedRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    view(request(user))
    return seen[0]


def test_a_view_learns_who_asks_and_when() -> None:
    north = team()
    nurse = member(north, "nurse")
    before = timezone.now()
    seen = asking(nurse)
    assert seen.asker.user == nurse
    assert seen.asker.team_roles == {north.pk: Actor.NURSE}
    assert before <= seen.at <= timezone.now()
    assert seen.at is seen.asker.at


@pytest.mark.parametrize("closed", [False, True])
def test_a_stranger_is_sent_to_log_in_and_comes_back(closed: bool) -> None:
    @asked
    def view(request: AskedRequest) -> HttpResponse:
        raise AssertionError

    who: object = account(is_active=False) if closed else AnonymousUser()
    response = view(request(who))
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/patients/%3Fq%3DMara")


def test_arguments_and_names_pass_through() -> None:
    @asked
    def view(request: AskedRequest, number: int, *, word: str) -> HttpResponse:
        """Say it."""
        return HttpResponse(f"{number} {word}")

    assert view(request(account()), 4, word="steps").content == b"4 steps"
    assert (view.__name__, view.__doc__) == ("view", "Say it.")


@pytest.mark.parametrize(
    ("zone", "shown"), [("Europe/Vienna", "13:00"), ("America/New_York", "07:00"), ("UTC", "12:00")]
)
def test_times_are_read_in_the_persons_zone(zone: str, shown: str) -> None:
    @asked
    def view(request: AskedRequest) -> HttpResponse:
        return HttpResponse(f"{timezone.localtime(NOON):%H:%M}")

    assert view(request(account(time_zone=zone))).content.decode() == shown
    assert timezone.get_current_timezone_name() == "UTC"  # and nobody else's afterwards


@pytest.mark.parametrize("zone", ["", "Europe", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "x" * 64])
def test_a_zone_that_does_not_exist_is_utc(zone: str) -> None:
    assert zone_of(User(time_zone=zone)).key == "UTC"


def found(user: User, patient_id: Any, resource: str = "patient", action: str = "read") -> Patient:
    """Ask for a patient."""
    return patient_or_404(asking(user), patient_id, resource, action)


@pytest.mark.parametrize("role", ["nurse", "physician", "coordinator"])
def test_members_find_their_teams_patient_with_name_and_team(role: str, django_assert_num_queries: Any) -> None:
    ill = patient(name="Mara Veit")
    seen = found(member(ill.team, role), ill.pk)
    with django_assert_num_queries(0):
        assert (seen.pk, seen.identity.name, seen.team.name) == (ill.pk, "Mara Veit", ill.team.name)


def test_own_patients_and_cared_for_ones_are_found() -> None:
    person = account()
    ill = patient(user=person)
    assert found(person, ill.pk) == found(caregiver(ill), ill.pk) == ill


def test_missing_foreign_and_closed_ones_are_not_found() -> None:
    ill = patient()
    visiting = team()
    guest(ill, visiting, ends_at=datetime(2021, 1, 1, tzinfo=UTC))
    strangers = [
        member(team()),
        account(is_staff=True),
        member(visiting),
        member(ill.team, ends_at=datetime(2021, 1, 1, tzinfo=UTC)),
        caregiver(ill, ends_at=datetime(2021, 1, 1, tzinfo=UTC)),
    ]
    for stranger in strangers:
        with pytest.raises(Http404):
            found(stranger, ill.pk)
    with pytest.raises(Http404):
        found(member(ill.team), uuid4())


@pytest.mark.parametrize(
    ("role", "resource", "action"),
    [("coordinator", "observation", "read"), ("nurse", "alert", "close"), ("nurse", "treatment", "change")],
)
def test_who_sees_the_patient_but_may_not_act_is_told_so(role: str, resource: str, action: str) -> None:
    ill = patient()
    with pytest.raises(PermissionDenied):
        found(member(ill.team, role), ill.pk, resource, action)


def test_an_action_that_does_not_exist_is_a_bug() -> None:
    ill = patient()
    with pytest.raises(KeyError):
        found(member(ill.team), ill.pk, "patient", "frobnicate")


def test_the_asker_is_read_once(django_assert_num_queries: Any) -> None:
    user = member(team())
    with django_assert_num_queries(2):  # memberships and links
        asking(user)
    assert asker(AnonymousUser(), at=NOON) is None


def looks() -> list[tuple[Any, str]]:
    return list(Seen.objects.order_by("id").values_list("patient_id", "what"))


def test_who_finds_a_patient_has_seen_the_page(django_assert_num_queries: Any) -> None:
    ill = patient()
    asks = asking(member(ill.team))
    with django_assert_num_queries(2):  # the patient, and the look
        patient_or_404(asks, ill.pk, "patient", "read")
    assert looks() == [(ill.pk, "page")]
    patient_or_404(asks, ill.pk, "observation", "read", What.FLOWSHEET)
    assert looks() == [(ill.pk, "page"), (ill.pk, "flowsheet")]


def test_who_does_not_find_one_or_may_not_has_not_seen_it() -> None:
    ill = patient()
    with pytest.raises(Http404):
        found(member(team()), ill.pk)
    with pytest.raises(PermissionDenied):
        found(member(ill.team, "coordinator"), ill.pk, "observation", "read")
    assert looks() == []


@pytest.mark.parametrize(("method", "count"), [("GET", 1), ("HEAD", 1), ("POST", 0)])
def test_what_is_sent_is_no_look(method: str, count: int) -> None:
    ill = patient()
    asks = asking(member(ill.team))
    asks.method = method
    patient_or_404(asks, ill.pk, "patient", "read")
    assert len(looks()) == count


ADDRESSES = {
    "": "page",
    "record/": "page",
    "record/results/": "page",
    "upload/": "page",
    "facts/": "page",
    "facts/observation/{0}/": "fact",
    "history/": "history",
    "flowsheet.csv": "flowsheet",
}


@pytest.mark.parametrize("rest", ADDRESSES)
def test_every_page_of_a_patient_is_a_look(rest: str) -> None:
    ill = patient()
    row = result(ill, 98)
    visitor = browser(member(ill.team))
    for _ in range(2):
        assert visitor.get(f"/patients/{ill.pk}/{rest.format(row.pk)}").status_code == 200
    assert looks() == [(ill.pk, ADDRESSES[rest])]


def test_a_fact_that_is_not_there_was_not_seen() -> None:
    ill = patient()
    assert browser(member(ill.team)).get(f"/patients/{ill.pk}/facts/observation/1/").status_code == 404
    assert looks() == []


def test_a_page_is_shown_though_the_look_cannot_be_kept(as_web: Callable[[User], Any]) -> None:
    ill = patient(name="Mara Veit")
    result(ill, 98)
    nurse = member(ill.team, "nurse")
    visitor = browser(nurse)
    with connection.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON patients_seen FROM iph_web")
    with as_web(nurse):
        page = visitor.get(f"/patients/{ill.pk}/")
    assert (page.status_code, "Mara Veit" in page.content.decode()) == (200, True)
    assert looks() == []


def test_the_web_keeps_a_look(as_web: Callable[[User], Any]) -> None:
    ill = patient()
    nurse = member(ill.team, "nurse")
    visitor = browser(nurse)
    with as_web(nurse):
        assert visitor.get(f"/patients/{ill.pk}/").status_code == 200
        assert looks() == [(ill.pk, "page")]
