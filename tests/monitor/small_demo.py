"""The supervisor with small parts, for its tests: real processes and real servers, but a web page of four lines and no Celery."""

import json
import os
import sys
from pathlib import Path

from monitor import readiness, supervising
from monitor.readiness import Demo
from monitor.supervising import Part

WEB = (
    "import http.server, sys\n"
    "class Page(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self): self.send_response(200); self.end_headers()\n"
    "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Page).serve_forever()"
)
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"


def parts(demo: Demo) -> list[Part]:
    """Return a web page, something that hears no SIGTERM if asked for, and the real mail sink."""
    found = [Part("web", ("small_part", WEB, str(demo.port)), "web")]
    found += [part for part in real_parts(demo) if part.name == "mailsink"]
    if os.environ.get("SMALL_STUBBORN"):
        found.append(Part("worker", ("small_part", STUBBORN), "worker"))
    return found


def line(part: Part, log: Path) -> str:
    """Return the shell's line of a part whose code is given instead of a module."""
    return real_line(part, log).replace("-m small_part", "-c")


if __name__ == "__main__":
    real_parts, real_line = supervising.parts, supervising.command
    supervising.parts, supervising.command = parts, line
    steps = tuple(tuple(step.split()) for step in os.environ.get("SMALL_STEPS", "").split(";") if step)
    vars(supervising)["STEPS"] = steps
    readiness.worker_answers = lambda *_: True
    local = Path(os.environ["IPH_LOCAL_DIR"])
    local.mkdir(exist_ok=True, mode=0o711)
    users = {"users": [{"role": "physician", "email": "a@b", "password": "p"}], "api_token": "t"}
    (local / "demo-users.json").write_text(json.dumps(users))
    os.environ[supervising.MARK] = str(local)
    sys.exit(supervising.main())
