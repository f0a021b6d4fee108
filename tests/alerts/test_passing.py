"""Whether the mail server takes mail: what the last hour's attempts say, told apart from what is one recipient's fault."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from alerts.models import Delivery, Notification
from alerts.passing import REMEMBERED, SEVERAL, takes_mail
from patients.models import User
from tests.alerts.scenes import MORNING
from tests.factories import account

pytestmark = pytest.mark.django_db
SERVICE = [("deferred", None), ("deferred", 535), ("deferred", 550), ("unclear", None)]
RECIPIENT = [("refused", 550), ("deferred", 450), ("refused", None)]


def attempt(minutes: float, outcome: str, code: int | None = None, *, to: User | None = None) -> Delivery:
    """Let an attempt have ended so many minutes before the morning."""
    at = MORNING - timedelta(minutes=minutes)
    row = Notification.objects.create(
        recipient=to or account(),
        kind="alert",
        reason="first",
        dedup_key=f"{minutes}-{outcome}",
        created_at=at,
        due_at=at,
    )
    return Delivery.objects.create(
        notification=row, attempt=1, started_at=at, ended_at=at, outcome=outcome, smtp_code=code
    )


def test_where_nothing_was_tried_nothing_speaks_against_it() -> None:
    assert takes_mail(at=MORNING)


@pytest.mark.parametrize(("outcome", "code"), SERVICE)
def test_one_attempt_that_the_service_failed_is_enough(outcome: str, code: int | None) -> None:
    attempt(1, outcome, code)
    assert not takes_mail(at=MORNING)


@pytest.mark.parametrize(("outcome", "code"), RECIPIENT)
def test_one_wrong_address_is_no_dead_server(outcome: str, code: int | None) -> None:
    nurse = account()
    for minutes in range(1, 9):
        attempt(minutes, outcome, code, to=nurse)
    assert takes_mail(at=MORNING)


@pytest.mark.parametrize(("people", "takes"), [(SEVERAL - 1, True), (SEVERAL, False)])
def test_several_people_turned_away_are_the_servers_doing(people: int, takes: bool) -> None:
    for number in range(people):
        attempt(1 + number, "refused", 550)
    assert takes_mail(at=MORNING) is takes


@pytest.mark.parametrize(("since", "takes"), [(9, False), (1, True)])
def test_what_was_taken_since_forgives_what_went_before(since: float, takes: bool) -> None:
    attempt(5, "deferred")
    attempt(since, "accepted", 250)
    assert takes_mail(at=MORNING) is takes


def test_attempts_of_an_hour_ago_or_of_this_moment_say_nothing() -> None:
    attempt(REMEMBERED / timedelta(minutes=1) + 0.1, "deferred")
    Delivery.objects.filter(pk=attempt(0, "started").pk).update(ended_at=None)
    attempt(-5, "deferred")
    assert takes_mail(at=MORNING)


def test_the_worker_may_ask(as_role: Callable[[str], AbstractContextManager[None]]) -> None:
    attempt(1, "unclear")
    with as_role("iph_worker"):
        assert not takes_mail(at=MORNING)


def test_it_is_two_queries(django_assert_num_queries: Callable[[int], AbstractContextManager[None]]) -> None:
    with django_assert_num_queries(2):
        takes_mail(at=MORNING)
