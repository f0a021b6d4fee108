"""Originals are sealed: nothing reads them without the key, in another place, or after a change of one bit."""

import base64
import hashlib
import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from patients import sealing
from patients.models import DataKey
from patients.sealing import SealError, key_name, opened, patient_key, seal, single_key, unseal
from tests import factories

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
KEY = bytes(range(32))
OTHER = bytes(range(1, 33))


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_what_is_sealed_opens_again(content: bytes, place: str) -> None:
    nonce, ciphertext = seal(KEY, content, bound_to=place)
    assert unseal(KEY, nonce, ciphertext, bound_to=place) == content


def test_it_is_aes_256_gcm() -> None:
    """Test case 16 of McGrew and Viega, The Galois/Counter Mode of Operation (GCM), appendix B, opens as printed there."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    assert AESGCM(key).encrypt(nonce, plain, bound) == sealed
    assert sealing._cipher(key).decrypt(nonce, sealed, bound) == plain


def test_the_ciphertext_shows_nothing_and_carries_a_tag() -> None:
    content = b"Hemoglobin 98 g/L" * 20
    nonce, ciphertext = seal(KEY, content, bound_to="upload")
    assert (len(nonce), len(ciphertext)) == (12, len(content) + 16)
    assert b"Hemoglobin" not in ciphertext


def test_the_same_content_is_never_sealed_alike() -> None:
    assert len({seal(KEY, b"same", bound_to="upload") for _ in range(50)}) == 50


@given(st.integers(min_value=0, max_value=8 * 36 - 1))
def test_a_changed_bit_does_not_open(bit: int) -> None:
    nonce, ciphertext = seal(KEY, b"twenty bytes of text", bound_to="upload")
    damaged = bytearray(ciphertext)
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        unseal(KEY, nonce, bytes(damaged), bound_to="upload")


@pytest.mark.parametrize(("key", "place"), [(OTHER, "upload"), (KEY, "another upload")])
def test_another_key_or_place_does_not_open(key: bytes, place: str) -> None:
    nonce, ciphertext = seal(KEY, b"content", bound_to="upload")
    with pytest.raises(SealError, match="does not open"):
        unseal(key, nonce, ciphertext, bound_to=place)


@pytest.mark.parametrize("length", [0, 5, 15])
def test_what_is_cut_short_does_not_open(length: int) -> None:
    nonce, ciphertext = seal(KEY, b"content", bound_to="upload")
    with pytest.raises(SealError):
        unseal(KEY, nonce, ciphertext[:length], bound_to="upload")


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_a_weaker_key_is_refused(length: int) -> None:
    with pytest.raises(SealError, match="32 bytes"):
        seal(bytes(length), b"content", bound_to="upload")


def test_a_key_is_named_by_a_digest_that_tells_nothing() -> None:
    assert key_name(KEY) == hashlib.sha256(b"iph key name" + KEY).digest()[:4]
    assert key_name(KEY) != key_name(OTHER)


@pytest.mark.django_db
def test_a_patient_has_one_key() -> None:
    patient = factories.patient()
    first, again = (patient_key(patient.pk, at=NOW) for _ in range(2))
    assert first.pk == again.pk
    assert opened(first) == opened(again)
    assert len(opened(first)) == 32


@pytest.mark.django_db
def test_patients_have_different_keys() -> None:
    keys = {opened(patient_key(factories.patient().pk, at=NOW)) for _ in range(3)}
    assert len(keys) == 3


@pytest.mark.django_db
def test_each_file_of_no_patient_has_a_key_of_its_own() -> None:
    one, two = single_key(at=NOW), single_key(at=NOW)
    assert one.patient_id is None
    assert opened(one) != opened(two)


@pytest.mark.django_db
def test_the_data_key_itself_is_stored_nowhere(settings: Settings) -> None:
    row = single_key(at=NOW)
    sealed = bytes(DataKey.objects.get(pk=row.pk).sealed)
    assert opened(row) not in sealed
    assert sealed[:4] == key_name(settings.ENCRYPTION_KEY)


@pytest.mark.django_db
def test_a_key_moved_to_another_patient_does_not_open() -> None:
    here, there = factories.patient(), factories.patient()
    stolen = bytes(patient_key(here.pk, at=NOW).sealed)
    with pytest.raises(SealError, match="does not open"):
        opened(DataKey(patient=there, sealed=stolen, created_at=NOW))


@pytest.mark.django_db
def test_another_service_key_is_told_from_damage(settings: Settings) -> None:
    row = single_key(at=NOW)
    settings.ENCRYPTION_KEY = OTHER
    with pytest.raises(SealError, match="another IPH_ENCRYPTION_KEY"):
        opened(row)


@pytest.mark.django_db
def test_a_damaged_data_key_is_told() -> None:
    row = single_key(at=NOW)
    row.sealed = bytes(row.sealed)[:-1] + bytes([bytes(row.sealed)[-1] ^ 1])
    with pytest.raises(SealError, match="damaged"):
        opened(row)


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["", "c2hvcnQ=", base64.b64encode(bytes(16)).decode()])
def test_a_service_key_of_another_length_is_refused(settings: Settings, written: str) -> None:
    settings.ENCRYPTION_KEY = base64.b64decode(written)
    with pytest.raises(SealError, match=re.escape("IPH_ENCRYPTION_KEY must be 32 bytes")):
        single_key(at=NOW)
    assert not DataKey.objects.exists()


@pytest.mark.django_db
def test_without_its_data_key_nothing_opens() -> None:
    patient = factories.patient()
    nonce, ciphertext = seal(opened(patient_key(patient.pk, at=NOW)), b"content", bound_to="upload")
    DataKey.objects.filter(patient=patient).delete()
    fresh = patient_key(patient.pk, at=NOW)
    with pytest.raises(SealError):
        unseal(opened(fresh), nonce, ciphertext, bound_to="upload")


@pytest.mark.django_db
def test_asking_for_a_known_key_costs_one_query(django_assert_num_queries) -> None:
    patient = factories.patient()
    patient_key(patient.pk, at=NOW)
    with django_assert_num_queries(1):
        patient_key(patient.pk, at=NOW)
