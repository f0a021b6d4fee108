"""The people whom a trail names: read once, and only where a step names somebody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Transition
from alerts.trails import people_of
from tests.factories import account

pytestmark = pytest.mark.django_db


def step(**detail: Any) -> Transition:
    """Return a step with what is kept beside it."""
    return Transition(verb="assigned", detail=detail)


def test_those_whom_steps_name_are_read_once() -> None:
    first, second = account(), account()
    steps = [step(to=first.pk), step(note="x"), step(to=second.pk), step(to=first.pk)]
    with CaptureQueriesContext(connection) as asked:
        assert people_of(steps) == {first.pk: first, second.pk: second}
    assert len(asked) == 1


@pytest.mark.parametrize("steps", [[], [step()], [step(until="2026-11-24")], [Transition(verb="raised", detail=[])]])
def test_where_nobody_is_named_nothing_is_asked(
    steps: list[Transition], django_assert_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    with django_assert_num_queries(0):
        assert people_of(iter(steps)) == {}


def test_whose_account_is_gone_is_left_out() -> None:
    gone = account()
    number = gone.pk
    gone.delete()
    assert people_of([step(to=number)]) == {}
