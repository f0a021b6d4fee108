"""Every process of ours sends its hints to our broker, in whatever thread: Celery's own default would be RabbitMQ."""

import os
import subprocess
import sys
import threading

import pytest
from celery import current_app
from django.conf import settings

from alerts import tasks
from tests.monitor.conftest import ROOT


def test_our_app_is_the_current_one() -> None:
    assert current_app.main == "iph"
    assert current_app.conf.broker_url == settings.REDIS_URL
    assert tasks.evaluate.app.conf.task_default_queue == "iph"


def test_our_app_is_the_current_one_in_other_threads_too() -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(tasks.evaluate.app.conf.broker_url))
    thread.start()
    thread.join()
    assert found == [settings.REDIS_URL]


STARTS = (
    "import django; django.setup()",
    "import monitor.wsgi",
    "import monitor.celery, django; django.setup()",
)


@pytest.mark.parametrize("start", STARTS)
def test_however_a_process_starts_its_hints_go_to_our_broker(start: str) -> None:
    code = f"{start}; from alerts import tasks; print(tasks.evaluate.app.conf.broker_url)"
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "monitor.settings", "REDIS_URL": "redis://127.0.0.1:1/7"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.stdout == "redis://127.0.0.1:1/7\n", done.stderr
