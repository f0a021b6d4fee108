"""What would become of a file, with nothing written. For one patient it only reads, so that a patient may ask, too; for a team it
takes the same path as taking the file in, in a transaction that is rolled back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from patients import keeping, naming, reporting, sandbox, settling
from patients.context import ALL, working_on
from patients.framing import frames
from patients.intake import of_team, understood_for
from patients.models import CareTeam, Patient
from patients.naming import Unnamed
from patients.sandbox import Parsed
from patients.understanding import Understood, names, understand
from patients.validation import Frame

STAND_IN: Final = "stand-in of a preview"


def preview(
    content: bytes,
    name: str,
    *,
    at: datetime,
    patient_id: UUID | None = None,
    team_id: int | None = None,
    wanted: str = "",
) -> dict[str, Any]:
    """Return the report that taking a file in would give; `patients.sandbox.Unreadable` where it cannot be read.

    Without a patient, rows that lead to nobody are told as they would end for somebody of whom nothing is known.
    """
    parsed = sandbox.parse(content, name, wanted)
    with working_on(ALL if patient_id is None else [patient_id]), transaction.atomic():
        stand_ins: set[UUID] = set()
        if patient_id is not None:
            understood = understood_for(parsed, patient_id=patient_id, team_id=None, at=at)
            rows = settling.foresee(understood.rows, at=at)
        else:
            understood, stand_ins = _with_stand_ins(parsed, team_id, at)
            rows = settling.conclude(understood.rows, by=None, at=at, upload_id=None)
        kept = keeping.kept_rows(rows)
        transaction.set_rollback(True)
    for row in kept:
        if row.patient_id in stand_ins:
            row.patient_id = None
    found = reporting.report(understood.format, kept, [reporting.described(issue) for issue in understood.issues])
    return {"state": settling.state_of(understood, rows).value, **found}


def _with_stand_ins(parsed: Parsed, team_id: int | None, at: datetime) -> tuple[Understood, set[UUID]]:
    """Return what a file says where everybody it names is somebody, and who of them only stands in."""
    found = naming.resolve(names(parsed.items), among=None if team_id is None else of_team(team_id))
    owners: dict[str, UUID | Unnamed] = dict(found)
    stand_ins = _register({name for name, owner in found.items() if isinstance(owner, Unnamed)}, at)
    owners |= stand_ins
    known = frames({owner for owner in owners.values() if not isinstance(owner, Unnamed)}, at=at)
    understood = understand(parsed.format, parsed.items, owners=owners, frames=known, unknown=Frame(now=at))
    return understood, set(stand_ins.values())


def _register(unnamed: set[str], at: datetime) -> Mapping[str, UUID]:
    """Register somebody for each name; the transaction takes them back."""
    if not unnamed:
        return {}
    team = CareTeam.objects.create(name=STAND_IN)
    made = {name: Patient(team=team, changed_at=at) for name in unnamed}
    Patient.objects.bulk_create(made.values(), batch_size=1000)
    return {name: patient.pk for name, patient in made.items()}
