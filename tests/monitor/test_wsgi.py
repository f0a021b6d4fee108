"""The web process: its application serves, and what looks after the watch starts with it."""

import runpy

import pytest

from monitor import sentinel, wsgi


def test_the_web_process_starts_the_sentinel(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[bool] = []
    monkeypatch.setattr(sentinel, "start", lambda: started.append(True))
    found = runpy.run_path(wsgi.__file__)
    assert started == [True]
    assert callable(found["application"])
