#!/usr/bin/env python3
"""The command line of IPH Watch: chooses the database role of a command, provides servers, then hands over to Django."""

import os
import sys

ROLES = {
    "migrate": "owner",
    "makemigrations": "owner",
    "sqlmigrate": "owner",
    "createcachetable": "owner",
    "seed_demo": "owner",
    "doctor": "operator",
    "runserver": "web",
}
"""Commands that need another log-in than the worker's; `cohort export` reads past row-level security, so it is an operator."""


def role_of(arguments: list[str]) -> str:
    """Return the database role that a command line runs as."""
    command = arguments[0] if arguments else ""
    if command == "cohort" and arguments[1:2] == ["export"]:
        return "operator"
    return ROLES.get(command, "worker")


def main() -> int:
    """Run one command; a failure to provide the servers is one sentence and exit status 2."""
    arguments = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")
    os.environ.setdefault("IPH_DATABASE_ROLE", role_of(arguments))
    if arguments[:1] == ["demo"]:
        os.environ["IPH_MODE"] = "demo"
    from monitor import embedded

    try:
        embedded.provide(os.environ)
    except embedded.EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
