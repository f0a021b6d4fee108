"""Runs a command as the command line does, within the test's transaction."""

import json
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command


def run(name: str, *arguments: str) -> tuple[int, str]:
    """Return (exit status, what went to stdout); what could not be done is its status and its sentence."""
    out = StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=StringIO())
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def document(name: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Return (exit status, the one JSON document on stdout)."""
    status, said = run(name, *arguments, "--json")
    found: dict[str, Any] = json.loads(said)
    return status, found
