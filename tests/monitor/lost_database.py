"""The service in a process whose PostgreSQL does not answer: asks the pages named as arguments, prints status, type and body."""

import json
import os
import sys

import django
from django.test import Client


def main(paths: list[str]) -> None:
    """Ask every page with a session's cookie and a token, as someone who was logged in would."""
    django.setup()
    client = Client(raise_request_exception=False, headers={"Authorization": "Token lasting"})
    client.cookies["sessionid"] = "0123456789abcdefghijklmnopqrstuv"
    answers = {}
    for path in paths:
        response = client.get(path)
        headers = {name: response.headers.get(name) for name in ("Content-Type", "Retry-After", "Cache-Control")}
        answers[path] = {"status": response.status_code, "body": response.content.decode(), **headers}
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    nowhere = "postgresql://iph_web:x@127.0.0.1:1/iph?connect_timeout=2"
    os.environ |= {
        "DATABASE_URL": nowhere,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "monitor.settings",
    }
    os.environ |= {"IPH_DATABASE_ROLE": "web", "ALLOWED_HOSTS": "testserver"}
    main(sys.argv[1:])
