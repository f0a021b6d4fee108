"""Hears what is new of patients, and that an alert was handed on, and wakes the watch. A hint only: the sweep finds it anyway."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.dispatch import receiver

from alerts import tasks
from alerts.changes import handed
from patients.signals import recorded

CHUNK: Final = 500
"""Patients a message: one a message costs six times the work itself (engineering, W6)."""


@receiver([recorded, handed])
def wake_the_watch(patient_ids: Sequence[UUID], **_: Any) -> None:
    """Send a message for these patients; a broker that does not answer is logged by `tasks.hint`."""
    for start in range(0, len(patient_ids), CHUNK):
        tasks.hint_evaluate(patient_ids[start : start + CHUNK])
