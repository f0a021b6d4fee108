"""Who is meant: a patient by our id or by an identifier that only one patient has."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from patients.models import Patient, PatientIdentifier
from patients.storable import storable


class Unnamed(StrEnum):
    """Why a name leads to nobody; also the code of the issue that says so."""

    NO_PATIENT = "no_patient"
    UNKNOWN = "unknown_patient"
    AMBIGUOUS = "ambiguous_patient"
    OTHER = "other_patient"


class NotNamedError(LookupError):
    """A name leads to no patient, or to several; `why` says which."""

    def __init__(self, name: str, why: Unnamed) -> None:
        problem = "names several patients" if why is Unnamed.AMBIGUOUS else "names no patient"
        super().__init__(f"{name} {problem}: give our id or an unambiguous identifier.")
        self.why = why


def patient(name: str, *, among: QuerySet[Patient] | None = None) -> UUID:
    """Return the id of the patient whom a name means among those (all in sight); NotNamedError otherwise."""
    found = resolve([name], among=among)[name]
    if isinstance(found, Unnamed):
        raise NotNamedError(name, found)
    return found


def resolve(names: Iterable[str], *, among: QuerySet[Patient] | None = None) -> Mapping[str, UUID | Unnamed]:
    """Return whom each name means, by at most two queries. Our own id goes before an identifier that looks like one."""
    wanted = {name: storable(name.strip()) for name in names}
    inside = Patient.objects.all() if among is None else among
    ids = {text: as_id for text in wanted.values() if (as_id := _uuid(text)) is not None}
    known = set(inside.filter(pk__in=set(ids.values())).values_list("pk", flat=True)) if ids else set()
    texts = {text for text in wanted.values() if text and ids.get(text) not in known}
    owners: dict[str, set[UUID]] = {}
    if texts:
        rows = PatientIdentifier.objects.filter(value__in=texts)
        if among is not None:
            rows = rows.filter(patient__in=among)
        for value, patient_id in rows.values_list("value", "patient_id"):
            owners.setdefault(value, set()).add(patient_id)
    return {name: ids[text] if ids.get(text) in known else _one(text, owners) for name, text in wanted.items()}


def of_file(names: Iterable[str], patient_id: UUID) -> Mapping[str, UUID | Unnamed]:
    """Return whom the rows of a file sent for one patient mean: that patient, named rightly or not at all, or somebody else."""
    own = {"", str(patient_id)}
    own.update(PatientIdentifier.objects.filter(patient_id=patient_id).values_list("value", flat=True))
    return {name: patient_id if name.strip() in own else Unnamed.OTHER for name in names}


def _one(text: str, owners: Mapping[str, set[UUID]]) -> UUID | Unnamed:
    """Return the only owner of an identifier, or why there is none."""
    if not text:
        return Unnamed.NO_PATIENT
    found = owners.get(text, set())
    if len(found) == 1:
        return next(iter(found))
    return Unnamed.AMBIGUOUS if found else Unnamed.UNKNOWN


def _uuid(text: str) -> UUID | None:
    """Return the id that a text is, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
