"""What every page is told beside its own."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone

from alerts.models import Notification, WatchState
from monitor.context_processors import service
from tests.factories import account, alive, member, patient, team


def request(user: object = None, at: datetime | None = None) -> HttpRequest:
    """Return a request of somebody."""
    made = RequestFactory().get("/")
    if user is not None:
        made.user = user  # type: ignore[assignment] # a stranger has none
    if at is not None:
        made.at = at  # type: ignore[attr-defined] # as monitor.asking sets it
    return made


@pytest.mark.parametrize("demo", [True, False])
def test_pages_know_whether_this_is_a_demo(settings: SimpleNamespace, demo: bool) -> None:
    settings.DEMO = demo
    assert service(request())["demo"] is demo


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_strangers_are_told_nothing_of_the_watch(user: object) -> None:
    assert service(request(user))["watching"] is None


@pytest.mark.django_db
def test_the_watch_is_asked_only_by_a_page_that_shows_it(django_assert_num_queries) -> None:
    user = account()
    with django_assert_num_queries(0):
        found = service(request(user))
    with django_assert_num_queries(1):
        assert found["watching"].stale is True
        assert found["watching"].never_started is True
        assert found["watching"].silent == ("mail", "sweep")


@pytest.mark.django_db
def test_the_watch_is_seen_from_the_clock_reading_of_the_request() -> None:
    now = timezone.now()
    alive(at=now)
    assert service(request(account(), at=now))["watching"].stale is False
    assert service(request(account(), at=now + timedelta(minutes=4)))["watching"].stale is True
    assert service(request(account(), at=now))["watching"].at == now


@pytest.mark.django_db
def test_a_page_shows_that_the_watch_is_blind(client: Client) -> None:
    client.force_login(member(team()))
    page = client.get("/").content.decode()
    assert "Watching has not started yet." in page
    assert 'class="watch"' not in page


@pytest.mark.django_db
def test_a_page_shows_since_when_the_watch_is_silent(client: Client) -> None:
    client.force_login(member(team()))
    alive(at=timezone.now() - timedelta(minutes=12, seconds=5))
    page = client.get("/").content.decode().replace("\u00a0", " ")
    assert "Judging stands still, since 12 min." in page
    assert "Mailing stands still, since 12 min." in page
    assert 'role="alert"' in page


@pytest.mark.django_db
def test_a_page_shows_that_the_watch_lives(client: Client) -> None:
    client.force_login(member(team()))
    alive()
    page = client.get("/").content.decode()
    assert "sign of life" in page
    assert "may be out of date" not in page


@pytest.mark.django_db
def test_what_failed_for_good_is_shown_to_administrators_alone(client: Client) -> None:
    alive()
    now = timezone.now()
    row = {"kind": "alert", "reason": "first", "created_at": now, "due_at": now, "failed_at": now}
    Notification.objects.create(recipient=account(), dedup_key="x", **row)
    for staff in (False, True):
        client.force_login(member(team(), is_staff=staff))
        page = client.get("/").content.decode()
        assert ("1 mail could not be delivered in seven days." in page) is staff
        assert ('<a href="/operations/">What to do about it</a>' in page) is staff
        assert "may be out of date" not in page


@pytest.mark.django_db
def test_a_page_names_every_sort_of_trouble_and_of_whom_none_is(client: Client) -> None:
    alive()
    ill = patient(name="Canary Quill")
    WatchState.objects.create(patient=ill, failed_at=timezone.now())
    client.force_login(member(team()))
    page = client.get("/").content.decode()
    assert "1 patient is not judged: the watch gave up after five attempts" in page
    assert 'banner--high said" role="alert"' in page
    assert "Canary" not in page
    assert str(ill.pk) not in page
