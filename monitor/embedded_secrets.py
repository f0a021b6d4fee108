"""The secrets of a set-up that has no configuration: made once, kept in `.local/secrets.json` for its owner only."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from monitor.embedded_places import EmbeddedError

ENCRYPTION_KEY_BYTES = 32
"""AES-256 of the originals."""


@dataclass(frozen=True)
class Secrets:
    """All secrets as text; `identity` is no secret, it ties data to this file."""

    identity: str
    admin: str
    owner: str
    web: str
    worker: str
    operator: str
    redis: str
    secret_key: str
    encryption_key: str


def make() -> Secrets:
    """Return new secrets from the operating system's random source; hexadecimal, so that no URL needs escapes."""
    words = {one.name: secrets.token_hex(24) for one in fields(Secrets)}
    words["encryption_key"] = base64.b64encode(secrets.token_bytes(ENCRYPTION_KEY_BYTES)).decode()
    words["secret_key"] = secrets.token_urlsafe(48)
    return Secrets(**words)


def load(path: Path) -> Secrets:
    """Return the secrets of a file; create it at the first call. Call it under the servers' lock."""
    if not path.exists():
        _write(path, make())
    try:
        found = json.loads(path.read_text())
        return Secrets(**{one.name: str(found[one.name]) for one in fields(Secrets)})
    except (ValueError, KeyError, TypeError) as error:
        raise EmbeddedError(f"{path} is damaged: restore it, or forget the data with `make demo-reset`.") from error


def _write(path: Path, made: Secrets) -> None:
    """Write whole or not at all, readable by the owner only from the first byte."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(made), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
