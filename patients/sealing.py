"""Seals originals: AES-256-GCM under a data key that the service's key seals, so that destroying one row erases what it sealed.

What a seal is for is bound to it: a key copied to another patient, or a file copied to another upload, does not open.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from patients.models import DataKey

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
ID_BYTES: Final = 4
"""A sealed data key begins with the name of the service's key that sealed it, so that a wrong one is told from damage."""


class SealError(ValueError):
    """What was sealed does not open: another key, or damaged."""


def seal(key: bytes, content: bytes, *, bound_to: str) -> tuple[bytes, bytes]:
    """Return nonce and ciphertext. The nonce is random: a key seals far fewer than 2^32 contents (NIST SP 800-38D, 8.3)."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, _cipher(key).encrypt(nonce, content, bound_to.encode())


def unseal(key: bytes, nonce: bytes, ciphertext: bytes, *, bound_to: str) -> bytes:
    """Return what was sealed; SealError where key, content or what it is bound to differ."""
    try:
        return _cipher(key).decrypt(bytes(nonce), bytes(ciphertext), bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise SealError("what was sealed does not open: it is damaged or not where it belongs") from error


def patient_key(patient_id: UUID, *, at: datetime) -> DataKey:
    """Return the data key of a patient, made when first asked for; whoever asks at the same time gets the same."""
    found = DataKey.objects.filter(patient_id=patient_id).first()
    if found is not None:
        return found
    fresh = DataKey(patient_id=patient_id, sealed=_sealed_key(_owner(patient_id)), created_at=at)
    DataKey.objects.bulk_create([fresh], ignore_conflicts=True)
    return DataKey.objects.get(patient_id=patient_id)


def single_key(*, at: datetime) -> DataKey:
    """Return a new data key for a file that belongs to no patient."""
    return DataKey.objects.create(sealed=_sealed_key(_owner(None)), created_at=at)


def opened(row: DataKey) -> bytes:
    """Return the data key of a row; SealError where the service's key is another than the one that sealed it."""
    sealed = bytes(row.sealed)
    name, nonce, ciphertext = sealed[:ID_BYTES], sealed[ID_BYTES:][:NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
    key = _service_key()
    if name != key_name(key):
        raise SealError("this was sealed by another IPH_ENCRYPTION_KEY than the one that is set")
    return unseal(key, nonce, ciphertext, bound_to=_owner(row.patient_id))


def key_name(key: bytes) -> bytes:
    """Return the name of a key, which tells nothing of it."""
    return hashlib.sha256(b"iph key name" + key).digest()[:ID_BYTES]


def _sealed_key(owner: str) -> bytes:
    """Return a new data key, sealed by the service's key and bound to its owner."""
    key = _service_key()
    nonce, ciphertext = seal(key, secrets.token_bytes(KEY_BYTES), bound_to=owner)
    return key_name(key) + nonce + ciphertext


def _owner(patient_id: UUID | None) -> str:
    """Return what a data key is bound to."""
    return f"data key {patient_id or ''}"


def _service_key() -> bytes:
    """Return the service's key; SealError where it is no AES-256 key."""
    key = bytes(settings.ENCRYPTION_KEY)
    if len(key) != KEY_BYTES:
        raise SealError(f"IPH_ENCRYPTION_KEY must be {KEY_BYTES} bytes in base64, it is {len(key)}")
    return key


def _cipher(key: bytes) -> AESGCM:
    """Return the cipher; a shorter key would quietly be a weaker one."""
    if len(key) != KEY_BYTES:
        raise SealError(f"a key has {KEY_BYTES} bytes, this one {len(key)}")
    return AESGCM(key)
