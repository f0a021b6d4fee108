"""Work done one by one: what goes wrong with one is logged and reaches no other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from celery.exceptions import SoftTimeLimitExceeded

LOG = structlog.get_logger(__name__)
TIME_IS_UP: Final = (SoftTimeLimitExceeded,)
"""What concerns all of them, and ends the work: a task that goes on after it is killed ten seconds later, wherever it is then."""


@contextmanager
def alone(event: str, **ids: object) -> Iterator[None]:
    """Log whatever goes wrong in the block under an event, with the ids of what it was about, and go on after it.

    Only that a task's time is up concerns all of them, and ends the work.
    """
    try:
        yield
    except TIME_IS_UP:
        raise
    except Exception as error:  # whatever happens to one must not reach the next
        LOG.exception(event, **ids, exc_info=error)
