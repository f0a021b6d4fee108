"""Runs commands of manage.py, each in a process of its own that begins with everything imported: a start costs a tenth.

`python -m tests.faults.clerk` reads one order a line: the command's words and, where its clock is to be another, the instant at
which that begins. It answers one line: exit status, and what was written.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO, Any

import django
import time_machine
from django.core.management import BaseCommand, execute_from_command_line

from monitor.embedded_places import CHECKOUT


class Clerk:
    """A process that runs commands with one database role."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.clerk"],
            cwd=CHECKOUT,
            env={**environment, "DJANGO_SETTINGS_MODULE": "monitor.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, at: datetime | None = None, options: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command, its clock beginning at `at` where given, with `options` of the database's sessions."""
        order = {"words": words, "at": None if at is None else at.isoformat(), "options": options}
        with self.lock:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        return subprocess.CompletedProcess(words, **answer)

    def stop(self) -> None:
        """End it: it has nothing more to read."""
        self.process.communicate(timeout=30)


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Do what is ordered, one after the other."""
    for line in orders:
        answers.write(json.dumps(_done(json.loads(line))) + "\n")
        answers.flush()


def _done(order: Mapping[str, Any]) -> dict[str, Any]:
    """Run one command in a child; return how it ended."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if child == 0:
            os._exit(_run(order, output, errors))
        _, status = os.waitpid(child, 0)
        texts = [(file.seek(0), file.read())[1] for file in (output, errors)]
    return {"returncode": os.waitstatus_to_exitcode(status), "stdout": texts[0], "stderr": texts[1]}


def _run(order: Mapping[str, Any], output: IO[str], errors: IO[str]) -> int:
    """Be the command."""
    if order["options"]:
        os.environ["PGOPTIONS"] = order["options"]
    if order["at"]:
        time_machine.travel(datetime.fromisoformat(order["at"])).start()
    os.dup2(output.fileno(), sys.stdout.fileno())
    os.dup2(errors.fileno(), sys.stderr.fileno())
    status = _status(order["words"])
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _status(words: Sequence[str]) -> int:
    """Run a command; return the status with which it would exit."""
    try:
        execute_from_command_line(["manage.py", *words])
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    django.setup()
    BaseCommand.requires_system_checks = []  # the parts made them when they started: each writes every mail there is
    from monitor import celery, urls  # noqa: F401 - and whatever these need: children find it loaded

    serve(sys.stdin, os.fdopen(os.dup(sys.stdout.fileno()), "w"))
