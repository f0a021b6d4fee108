"""Random lives of alerts: see `life_machine`. A few in each test run, thousands as a proof; and the machine finds what is wrong."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from alerts import lifecycle, sending
from tests.alerts.life_machine import Life
from tests.alerts.life_steps import RULES
from tests.alerts.scenes import scene, scripted
from tests.alerts.sink import running

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
Run = Callable[[int, int], None]


@pytest.fixture
def run(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run so many lives of so many steps."""
    script = scripted(monkeypatch, *RULES)
    with running() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.BASE_URL = "https://watch.example.org"
        fields = {"stage": scene(), "script": script, "sink": sink}
        yield lambda lives, steps: _run(type("OneLife", (Life,), fields), lives, steps)


def _run(machine: type[Life], lives: int, steps: int) -> None:
    """Only make lives: one that fails is shown as it was, for to make it shorter takes minutes of these."""
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    kept = settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=checks,
    )
    run_state_machine_as_test(machine, settings=kept)


@pytest.mark.timeout(300)
def test_whatever_comes_in_whatever_order_every_promise_holds(run: Run) -> None:
    run(6, 12)


@pytest.mark.prove
@pytest.mark.timeout(10_800)
def test_hundreds_of_long_lives(run: Run) -> None:
    run(300, 25)


def broken(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, instead: Any) -> None:
    """Put a mistake into the product."""
    monkeypatch.setattr(where, name, instead)


@pytest.mark.timeout(300)
def test_a_recovery_that_is_forgotten_would_be_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, lifecycle, "_found", lambda *_: None)
    with pytest.raises(AssertionError):
        run(30, 12)


@pytest.mark.timeout(300)
def test_a_mail_that_is_never_marked_would_be_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, sending, "_mark", lambda *_: None)
    with pytest.raises(AssertionError):
        run(30, 12)
