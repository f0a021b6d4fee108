"""A Celery worker that only answers: one round trip through it is what upload to alert is compared with.

`celery -A monitor.figures_worker worker -Q figures`, with the settings of the real one.
"""

from functools import cache

import redis
from django.conf import settings

from monitor.celery import app
from monitor.embedded_redis import client_url

TASK = "monitor.figures_worker.answer"
QUEUE = "figures"


@cache
def _redis(process: int) -> "redis.Redis":
    """Return this process's connection."""
    return redis.Redis.from_url(client_url(settings.REDIS_URL), socket_timeout=None)


@app.task(name=TASK)
def answer(key: str) -> None:
    """Say that this was executed."""
    import os

    _redis(os.getpid()).lpush(key, 1)
