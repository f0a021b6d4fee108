"""Ports for what tests start: far apart, so that runs and test processes side by side do not take each other's."""

import random

from monitor import readiness

FIRST, LAST = 18200, 28000
_CHOICE = random.SystemRandom()
"""Not the seeded one of the tests: two processes would choose the same port at the same moment."""


def own_port() -> int:
    """Return a free port that no other process is likely to be about to take."""
    return readiness.free_port(_CHOICE.randrange(FIRST, LAST))
