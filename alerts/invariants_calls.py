"""What must hold of who is called again, as SQL: see alerts.invariants."""

from typing import Final

from alerts.invariant import Invariant

CALLS: Final = (
    Invariant(
        "D20",
        """SELECT a.id FROM alerts_alert a JOIN patients_patient p ON p.id = a.patient_id
        WHERE p.active AND a.state = 'raised' AND a.severity = 3
        AND (a.next_call_at IS NULL OR a.next_call_at < %(at)s - interval '3 min')""",
        "high alerts are open, and nobody was called about them when it was due",
        "call whoever is on duty yourself; see that the worker runs, or run manage.py sweep",
    ),
)
