"""The Celery app and every cadence. A message is only a hint that a row is due: losing all of them costs latency, nothing else."""

import os

from monitor import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")
os.environ.setdefault("IPH_DATABASE_ROLE", "worker")
embedded.provide(os.environ)

from celery import Celery  # noqa: E402 - settings read what embedded.provide sets
from celery.schedules import crontab  # noqa: E402 - the same
from celery.signals import setup_logging, worker_ready  # noqa: E402 - the same

SWEEP_SECONDS = 60.0
"""How often due rows are looked for; a hint usually wakes the work within a second (docs/decisions/0002)."""

ROUND_TRIP = "queue"
"""The cadence that shows the way from beat through Redis to a worker."""

app = Celery("iph")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["patients", "alerts"])
app.conf.beat_schedule = {
    "uploads": {"task": "patients.tasks.sweep_uploads", "schedule": SWEEP_SECONDS},
    "watch": {"task": "alerts.tasks.sweep", "schedule": SWEEP_SECONDS},
    "mail": {"task": "alerts.tasks.send_due", "schedule": SWEEP_SECONDS},
    ROUND_TRIP: {
        "task": "alerts.tasks.round_trip",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},  # one that waited is no sign of life
    },
    "quiet": {"task": "alerts.tasks.tell_week", "schedule": crontab(day_of_week="monday", hour=7, minute=1)},
    "calibrate": {"task": "alerts.tasks.calibrate", "schedule": crontab(hour=2, minute=30)},
}


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Keep Django's logging: Celery's own would print task arguments."""


@worker_ready.connect
def look_at_once(**_: object) -> None:
    """Let a worker that has just come up find what is due: after an outage nobody waits for the next tick.

    The round trip is beat's alone: a worker that sent it would show life for beat.
    """
    for name, entry in app.conf.beat_schedule.items():
        if entry["schedule"] == SWEEP_SECONDS and name != ROUND_TRIP:
            app.send_task(entry["task"])
