"""Django's system checks of the alerts: mail that cannot be written, and log-ins that may do too much, are found at the start."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name for it
from django.db import DatabaseError, connection

from alerts.clocks import clock
from alerts.emails import TEMPLATES, Count, Letter, compose
from alerts.invariants_mail import UNREACHED
from alerts.patient_news import News
from alerts.routing import Reason
from patients.context import ALL, working_on
from patients.languages import LANGUAGES

REASONS: Final[Mapping[str, Iterable[str]]] = {"alert": Reason, "patient": News}
"""By what a message may come that says another thing for each."""


@register(Tags.templates)
def every_mail_can_be_written(**_: Any) -> list[CheckMessage]:
    """Write each message once in each language, by every reason there is for it."""
    found: list[CheckMessage] = []
    for name in TEMPLATES:
        for language in LANGUAGES:
            problem = _problem(name, language)
            if problem is not None:
                found.append(problem)
    return found


def _problem(name: str, language: str) -> CheckMessage | None:
    """Return what is wrong with one message in one language; None if it is fine."""
    try:
        messages = [compose(letter, at=datetime.now(tz=UTC)) for letter in _samples(name, language)]
    except Exception as error:  # whatever a template raises, it is this mail that cannot be written
        return Error(f"The mail {name} ({language}) cannot be written: {error}", id="alerts.E001")
    empty = any(not (message.subject and str(message.body).strip()) for message in messages)
    return Error(f"The mail {name} ({language}) is empty.", id="alerts.E002") if empty else None


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


@register(Tags.database)
def every_team_can_be_reached(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """See that in every team that follows a patient somebody who may act on an alert can be told; asked only with `--database`.

    A warning: the service must start all the same, and D21 of `manage.py doctor` says the same at night. Before the tables are made
    there is nothing to ask.
    """
    if not databases:
        return []
    try:
        with working_on(ALL), connection.cursor() as cursor:
            cursor.execute(UNREACHED, {"at": clock()})
            teams = [str(row[0]) for row in cursor.fetchall()]
    except DatabaseError:
        return []
    if not teams:
        return []
    hint = "Each needs a nurse or a physician who is not away and whose address takes mail."
    return [Warning(f"Nobody can be told of alerts in teams {', '.join(teams)}.", hint=hint, id="alerts.W004")]


def _samples(name: str, language: str) -> Iterator[Letter]:
    """Yield letters that use every part of a template."""
    for reason in REASONS.get(name, (Reason.FIRST,)):
        for counts in ((), (Count("high", 1, 9), Count("moderate", 3, 99), Count("low", 2))):
            yield Letter(
                id=UUID(int=0),
                address="somebody@example.org",
                template=name,
                reason=reason,
                alert_id=UUID(int=0),
                severity="high",
                alerts=1 + len(counts),
                counts=counts,
                open=counts,
                taken=counts,
                due=len(counts),
                overdue=len(counts),
                repeat=True,
                late=True,
                language=language,
                stop="https://example.org/",
            )
