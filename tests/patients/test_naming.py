"""A patient is found by our id or by an identifier that only one patient has, and by nothing else."""

from uuid import UUID, uuid4

import pytest

from patients.models import Patient, PatientIdentifier
from patients.naming import NotNamedError, Unnamed, of_file, patient, resolve
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Patient:
    return factories.patient(name="Anna Example", identifier="MRN-1")


@pytest.fixture
def berta() -> Patient:
    return factories.patient(name="Berta Example", identifier="MRN-2")


def test_our_id_names_a_patient(anna: Patient, berta: Patient) -> None:
    assert patient(str(anna.pk)) == anna.pk
    assert patient(str(anna.pk).upper()) == anna.pk
    assert patient(anna.pk.hex) == anna.pk


def test_an_identifier_names_a_patient(anna: Patient, berta: Patient) -> None:
    assert patient("MRN-2") == berta.pk
    assert patient("  MRN-1 ") == anna.pk


@pytest.mark.parametrize("name", ["MRN-3", "mrn-1", "MRN", "Anna Example", str(UUID(int=7)), "%", "MRN-1' OR 1=1"])
def test_anything_else_names_nobody(anna: Patient, name: str) -> None:
    with pytest.raises(NotNamedError, match="names no patient: give our id or an unambiguous identifier") as caught:
        patient(name)
    assert caught.value.why is Unnamed.UNKNOWN


def test_nothing_names_nobody(anna: Patient) -> None:
    with pytest.raises(NotNamedError) as caught:
        patient("  ")
    assert caught.value.why is Unnamed.NO_PATIENT


def test_an_identifier_of_two_patients_names_neither(anna: Patient, berta: Patient) -> None:
    PatientIdentifier.objects.create(patient=berta, issuer="another hospital", value="MRN-1")
    with pytest.raises(NotNamedError, match="names several patients") as caught:
        patient("MRN-1")
    assert caught.value.why is Unnamed.AMBIGUOUS


def test_one_identifier_of_two_issuers_is_unambiguous_for_one_patient(anna: Patient) -> None:
    PatientIdentifier.objects.create(patient=anna, issuer="another hospital", value="MRN-1")
    assert patient("MRN-1") == anna.pk


def test_an_identifier_that_looks_like_an_id_is_found(anna: Patient) -> None:
    looks = str(uuid4())
    PatientIdentifier.objects.create(patient=anna, issuer="register", value=looks)
    assert patient(looks) == anna.pk


def test_our_id_goes_before_an_identifier(anna: Patient, berta: Patient) -> None:
    PatientIdentifier.objects.create(patient=berta, issuer="register", value=str(anna.pk))
    assert patient(str(anna.pk)) == anna.pk


def test_only_those_asked_about_are_named(anna: Patient, berta: Patient) -> None:
    mine = Patient.objects.filter(team=anna.team)
    assert patient("MRN-1", among=mine) == anna.pk
    for foreign in ("MRN-2", str(berta.pk)):
        with pytest.raises(NotNamedError, match="no patient"):
            patient(foreign, among=mine)


def test_an_identifier_is_unambiguous_among_those_asked_about(anna: Patient, berta: Patient) -> None:
    PatientIdentifier.objects.create(patient=berta, issuer="another hospital", value="MRN-1")
    assert patient("MRN-1", among=Patient.objects.filter(team=anna.team)) == anna.pk


def test_many_names_are_resolved_at_once(anna: Patient, berta: Patient) -> None:
    found = resolve(["MRN-1", "", "nobody", str(berta.pk)])
    assert found == {"MRN-1": anna.pk, "": Unnamed.NO_PATIENT, "nobody": Unnamed.UNKNOWN, str(berta.pk): berta.pk}


@pytest.mark.parametrize("count", [1, 40])
def test_resolving_costs_two_queries_however_many(anna: Patient, count: int, django_assert_num_queries) -> None:
    names = [str(UUID(int=number)) for number in range(count)] + [f"MRN-{number}" for number in range(count)]
    with django_assert_num_queries(2):
        resolve(names)


def test_resolving_nothing_asks_nothing(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert resolve([]) == {}
        assert resolve([""]) == {"": Unnamed.NO_PATIENT}


def test_rows_of_a_patients_file_are_theirs_if_they_name_them_or_nobody(anna: Patient, berta: Patient) -> None:
    PatientIdentifier.objects.create(patient=anna, issuer="another hospital", value="77")
    found = of_file(["", " ", "MRN-1", " 77", str(anna.pk), "MRN-2", "Anna Example"], anna.pk)
    assert {name for name, owner in found.items() if owner == anna.pk} == {"", " ", "MRN-1", " 77", str(anna.pk)}
    assert {name for name, owner in found.items() if owner is Unnamed.OTHER} == {"MRN-2", "Anna Example"}


def test_an_identifier_shared_with_somebody_else_is_good_enough_in_ones_own_file(anna: Patient, berta: Patient) -> None:
    PatientIdentifier.objects.create(patient=berta, issuer="another hospital", value="MRN-1")
    assert of_file(["MRN-1"], anna.pk) == {"MRN-1": anna.pk}


def test_the_walls_hold_for_names(anna: Patient, berta: Patient, as_worker) -> None:
    with as_worker([anna.pk]):
        assert patient("MRN-1") == anna.pk
        with pytest.raises(NotNamedError):
            patient("MRN-2")
