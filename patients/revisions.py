"""Numbers for what is about to be recorded: one revision for each moment at which something changed of a patient.

Usually that is one. A history brought in with its own dates, or a result and its correction in one file, makes several.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from patients.models import Patient, PatientRevision, User

LOCK: Final = """
SELECT p.id, p.revision, (SELECT r.at FROM patients_patientrevision r WHERE r.patient_id = p.id AND r.n = p.revision)
FROM patients_patient p WHERE p.id = ANY (%s) ORDER BY p.id FOR NO KEY UPDATE OF p
"""
ADVANCE: Final = """
UPDATE patients_patient p SET revision = n.revision, changed_at = %(at)s
FROM unnest(%(patients)s::uuid[], %(revisions)s::int4[]) AS n (id, revision) WHERE p.id = n.id
"""

Moment = tuple[datetime, int]
"""When something became known, and which step it is among what became known then."""


@dataclass(slots=True)
class _Line:
    """One patient's revisions: the last there is, when it was made, and the moments that ask for one, with its own columns."""

    last: int
    last_at: datetime | None
    moments: dict[Moment, dict[str, Any]] = field(default_factory=dict)


class Revisions:
    """The revisions of one transaction. The patients are locked, in the order of their ids, until it ends."""

    def __init__(self, patients: Iterable[UUID]) -> None:
        wanted = set(patients)
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [list(wanted)])
            self._lines = {patient: _Line(last, at) for patient, last, at in cursor.fetchall()}
        if missing := wanted - self._lines.keys():
            raise Patient.DoesNotExist(f"no such patient: {len(missing)} of {len(wanted)}")
        self._numbers: dict[UUID, dict[Moment, int]] = defaultdict(dict)

    @property
    def patients(self) -> tuple[UUID, ...]:
        """Return the locked patients."""
        return tuple(self._lines)

    def need(self, patient: UUID, at: datetime, step: int = 0, **says: Any) -> None:
        """Ask for a revision of a patient at a moment; `says` are columns of its own: the file that was read, what is expected."""
        self._lines[patient].moments.setdefault((at, step), {}).update(says)

    def number(self, patient: UUID, at: datetime, step: int = 0) -> int:
        """Return the revision of a moment that was asked for, once they are written."""
        return self._numbers[patient][(at, step)]

    def write(self, *, by: User | None, at: datetime, why: str) -> tuple[UUID, ...]:
        """Write the revisions that were asked for; return the patients who have any.

        What is brought in for an earlier moment than the last revision is known from that revision on, not before.
        """
        rows = []
        for patient, line in self._lines.items():
            for offset, moment in enumerate(sorted(line.moments), start=1):
                self._numbers[patient][moment] = line.last + offset
                known_at = moment[0] if line.last_at is None else max(moment[0], line.last_at)
                number, says = line.last + offset, line.moments[moment]
                rows.append(PatientRevision(patient_id=patient, n=number, at=known_at, by=by, why=why[:200], **says))
        PatientRevision.objects.bulk_create(rows, batch_size=5000)
        changed = {patient: line.last + len(line.moments) for patient, line in self._lines.items() if line.moments}
        if changed:
            with connection.cursor() as cursor:
                values: dict[str, Any] = {"patients": list(changed), "revisions": list(changed.values()), "at": at}
                cursor.execute(ADVANCE, values)
        return tuple(changed)
