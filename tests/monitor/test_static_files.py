"""Files that pages load: kept compressed, and given out as a browser takes them."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from tests.monitor.conftest import ROOT

PLOTLY = "vendor/plotly-basic.min.js"
TEXT = "function told() { return 'the same words again and again'; }\n" * 200


def answer(folder: Path, name: str, accepted: str) -> tuple[dict[str, str], int]:
    """Return the headers with which a file is given out, and how many bytes it takes."""
    files: Any = WhiteNoise(None, root=str(folder), prefix="static/")
    found = files.find_file(f"/static/{name}") or files.files[f"/static/{name}"]
    response = found.get_response("GET", {"HTTP_ACCEPT_ENCODING": accepted})
    with response.file as sent:
        return dict(response.headers), len(sent.read())


def test_a_file_is_kept_in_both_compressed_forms_and_given_out_in_the_smaller(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(TEXT)
    made = {Path(one).suffix for one in Compressor(quiet=True).compress(str(tmp_path / "a.js"))}
    assert made == {".gz", ".br"}
    by = {accepted: answer(tmp_path, "a.js", accepted) for accepted in ("gzip, deflate, br", "gzip", "")}
    assert [headers.get("Content-Encoding") for headers, _ in by.values()] == ["br", "gzip", None]
    sizes = [size for _, size in by.values()]
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(TEXT)
    assert sizes[1] < len(TEXT) / 10


@pytest.mark.prove
def test_the_image_holds_every_file_compressed(tmp_path: Path) -> None:
    """The Dockerfile's own line, run here: Plotly's bundle, 1.2 MB, is sent in less than 350 kB."""
    line = re.search(
        r"^RUN (IPH_MODE=production.*?collectstatic --no-input)", (ROOT / "Dockerfile").read_text(), re.M | re.S
    )
    assert line is not None
    words = shlex.split(line[1].replace("\\\n", " ").replace("/app/static", str(tmp_path)))
    environ = dict(word.split("=", 1) for word in words if "=" in word)
    command = [word.replace("/venv/bin/python", sys.executable) for word in words if "=" not in word]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": os.environ["PATH"], **environ}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    headers, size = answer(tmp_path, PLOTLY, "gzip, br")
    assert headers["Content-Encoding"] == "br"
    assert size < 350_000 < (tmp_path / PLOTLY).stat().st_size
