"""How often one address may ask in a minute."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory

from monitor.limits import PER_MINUTE, allowed

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty() -> None:
    cache.clear()


def request(address: str = "192.0.2.7") -> HttpRequest:
    found: HttpRequest = RequestFactory().get("/", REMOTE_ADDR=address)
    return found


def test_so_many_a_minute_and_no_more() -> None:
    asked = [allowed(request(), "plan", at=AT + timedelta(seconds=5 * number), per_minute=3) for number in range(5)]
    assert asked == [True, True, True, False, False]


def test_the_next_minute_begins_anew() -> None:
    assert [allowed(request(), "plan", at=AT, per_minute=1) for _ in range(2)] == [True, False]
    assert allowed(request(), "plan", at=AT + timedelta(minutes=1), per_minute=1)


def test_another_address_or_another_thing_is_counted_apart() -> None:
    assert allowed(request(), "plan", at=AT, per_minute=1)
    assert allowed(request("192.0.2.8"), "plan", at=AT, per_minute=1)
    assert allowed(request(), "other", at=AT, per_minute=1)


def test_a_household_has_room() -> None:
    assert all(allowed(request(), "plan", at=AT) for _ in range(PER_MINUTE))
    assert not allowed(request(), "plan", at=AT)


def test_an_emptied_cache_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> int:
        raise ValueError

    monkeypatch.setattr("monitor.limits.cache.incr", gone)
    assert allowed(request(), "plan", at=AT, per_minute=0)


def test_no_address_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []
    monkeypatch.setattr("monitor.limits.cache.add", lambda key, *_: keys.append(key))
    monkeypatch.setattr("monitor.limits.cache.incr", lambda _: 1)
    allowed(request(), "plan", at=AT)
    assert len(keys) == 1
    assert "192.0.2.7" not in keys[0]
