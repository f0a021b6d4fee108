"""The secrets of a set-up without configuration."""

import base64
import json
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from monitor import embedded_secrets
from monitor.embedded_places import EmbeddedError


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = embedded_secrets.load(tmp_path / "secrets.json")
    assert embedded_secrets.load(tmp_path / "secrets.json") == first


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    embedded_secrets.load(tmp_path / "secrets.json")
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_every_secret_is_another_one() -> None:
    words = [*asdict(embedded_secrets.make()).values(), *asdict(embedded_secrets.make()).values()]
    assert len(set(words)) == len(words)
    assert min(len(word) for word in words) >= 44


def test_the_encryption_key_is_one_of_aes_256() -> None:
    assert len(base64.b64decode(embedded_secrets.make().encryption_key, validate=True)) == 32


def test_passwords_need_no_escapes_in_a_url() -> None:
    made = embedded_secrets.make()
    assert all(word.isalnum() for word in (made.admin, made.owner, made.web, made.worker, made.operator, made.redis))


@pytest.mark.parametrize("content", ["", "{", "[]", "null", json.dumps({"identity": "x"})])
def test_a_damaged_file_is_one_sentence_and_stays(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(EmbeddedError, match=r"secrets\.json is damaged: restore it"):
        embedded_secrets.load(tmp_path / "secrets.json")
    assert (tmp_path / "secrets.json").read_text() == content


def test_a_draft_that_a_kill_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "secrets.new").write_text("half")
    embedded_secrets.load(tmp_path / "secrets.json")
    assert [one.name for one in tmp_path.iterdir()] == ["secrets.json"]
