"""Settings refuse what is unsafe and say what is missing: asked in a process of their own, as an operator would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent.parent
COMPLETE = {
    "IPH_MODE": "production",
    "IPH_SECRET_KEY": "s" * 50,
    "IPH_ENCRYPTION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "ALLOWED_HOSTS": "watch.example.org",
    "BASE_URL": "https://watch.example.org",
    "DATABASE_URL": "postgres://iph_web:x@127.0.0.1:1/iph",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
}


def start(environment: dict[str, str], code: str = "print('started')") -> subprocess.CompletedProcess[str]:
    """Import the settings in a new process with just this environment."""
    script = f"from django.conf import settings; settings.DATABASES; {code}"
    base = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "monitor.settings"}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={**base, **environment}, capture_output=True, text=True
    )


def test_production_starts_when_complete() -> None:
    assert start(COMPLETE).stdout == "started\n"


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "IPH_MODE"])
def test_production_names_what_is_missing(name: str) -> None:
    result = start({key: value for key, value in COMPLETE.items() if key != name})
    assert result.returncode != 0
    assert f"Production does not start without {name}" in result.stderr


def test_an_unknown_mode_is_refused() -> None:
    assert "IPH_MODE is 'prod'" in start({**COMPLETE, "IPH_MODE": "prod"}).stderr


def test_a_role_without_a_log_in_is_refused() -> None:
    assert "DATABASE_WORKER_URL is not set" in start({**COMPLETE, "IPH_DATABASE_ROLE": "worker"}).stderr


def test_production_cookies_are_for_the_host_alone() -> None:
    shown = start(
        COMPLETE, "print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT)"
    )
    assert shown.stdout == "__Host-session True True\n"


def test_the_web_never_waits_long_for_redis() -> None:
    shown = start(
        {**COMPLETE, "IPH_DATABASE_ROLE": "web"}, "print(settings.CELERY_BROKER_TRANSPORT_OPTIONS['socket_timeout'])"
    )
    assert shown.stdout == "1\n"


@pytest.mark.parametrize("seconds", ["0", "-1", "10.5", "60"])
def test_an_answer_of_the_mail_server_is_not_waited_for_longer_than_a_task_may_take(seconds: str) -> None:
    assert "EMAIL_TIMEOUT is" in start({**COMPLETE, "EMAIL_TIMEOUT": seconds}).stderr


def test_dialogues_with_the_mail_server_end() -> None:
    shown = start({**COMPLETE, "EMAIL_TIMEOUT": "2.5"}, "print(settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT)")
    assert shown.stdout == "alerts.smtp.Backend 2.5\n"


def test_hints_are_disposable() -> None:
    assert settings.CELERY_TASK_IGNORE_RESULT
    assert not settings.CELERY_TASK_ACKS_LATE
    assert not settings.CELERY_TASK_REJECT_ON_WORKER_LOST


def test_the_policy_allows_this_host_only() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert not any("unsafe" in source for sources in directives.values() for source in sources)
