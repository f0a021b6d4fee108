"""Django's system checks of the alerts: mail that cannot be written, and log-ins that may do too much, are found at the start."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from alerts.emails import TEMPLATES, Letter, compose


@register(Tags.templates)
def every_mail_can_be_written(**_: Any) -> list[CheckMessage]:
    """Write each message once."""
    found: list[CheckMessage] = []
    for name in TEMPLATES:
        try:
            message = compose(_sample(name), at=datetime.now(tz=UTC))
        except Exception as error:  # whatever a template raises, it is this mail that cannot be written
            found.append(Error(f"The mail {name} cannot be written: {error}", id="alerts.E001"))
            continue
        if not message.subject or not message.body:
            found.append(Error(f"The mail {name} is empty.", id="alerts.E002"))
    return found


@register(Tags.database)
def roles_are_as_expected(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """See that this process's log-in is not privileged beyond its role; asked only with `--database`."""
    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        name, superuser, bypass = cursor.fetchone() or ("", False, False)
    if superuser or (bypass and name != "iph_operator"):
        hint = "Run manage.py roles, and let DATABASE_URL name iph_web."
        return [Error(f"The log-in {name} sees past row-level security.", hint=hint, id="alerts.E003")]
    return []


def _sample(name: str) -> Letter:
    """Return a letter that uses every part of a template."""
    return Letter(
        id=UUID(int=0),
        address="somebody@example.org",
        template=name,
        reason="first",
        alert_id=UUID(int=0),
        severity="high",
        counts=(("high", 1),),
        todos=1,
        repeat=True,
        late=True,
    )
