"""What must hold of the watch over the watch, as SQL: see alerts.invariants."""

from typing import Final

from alerts.invariant import Invariant

INCIDENTS: Final = (
    Invariant(
        "D22",
        """SELECT kind FROM alerts_incident WHERE ended_at IS NULL AND told_at IS NULL
        AND began_at < %(at)s - interval '1 hour' ORDER BY kind""",
        "something of the service has been wrong for an hour and no administrator was told",
        "make an account with staff status, and see that the web process runs and the server of EMAIL_URL takes mail",
    ),
)
"""What comes and goes is told each half hour at most, so an hour without a word is a telling that fails."""
