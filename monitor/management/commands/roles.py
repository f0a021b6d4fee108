"""`manage.py roles`: the database's log-ins on a server of your own."""

import os
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from monitor import roles

URLS = {
    "iph_owner": "DATABASE_OWNER_URL",
    "iph_web": "DATABASE_URL",
    "iph_worker": "DATABASE_WORKER_URL",
    "iph_operator": "DATABASE_OPERATOR_URL",
}


class Command(BaseCommand):
    """Create or update roles, database and default privileges from DATABASE_ADMIN_URL and the four log-ins' URLs."""

    help = "Create the database's roles with the passwords in the four URLs, as DATABASE_ADMIN_URL. Safe to repeat."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say in one sentence what is missing."""
        admin = os.environ.get("DATABASE_ADMIN_URL")
        if not admin:
            raise CommandError("DATABASE_ADMIN_URL is not set: roles are made by a superuser.", returncode=2)
        passwords, database = read_urls(os.environ)
        try:
            with psycopg.connect(admin, autocommit=True) as connection:
                roles.ensure_roles(connection, passwords)
                roles.ensure_database(connection, database)
            with psycopg.connect(roles.with_database(admin, database)) as connection:
                roles.grant_defaults(connection)
        except psycopg.Error as error:
            raise CommandError(f"The roles were not made: {error}", returncode=2) from error


def read_urls(environ: "os._Environ[str] | dict[str, str]") -> tuple[dict[str, str], str]:
    """Return passwords by role and the one database that all four URLs name; CommandError says which URL is wrong."""
    passwords, databases = {}, set()
    for role, name in URLS.items():
        try:
            found, password, database = roles.credentials(environ.get(name, ""))
        except ValueError as error:
            raise CommandError(f"{name} is incomplete: {error}.", returncode=2) from error
        if found != role:
            raise CommandError(
                f"{name} must log in as {role}, since the database's policies name that role.", returncode=2
            )
        passwords[role] = password
        databases.add(database)
    if len(databases) != 1:
        raise CommandError("The four database URLs must name the same database.", returncode=2)
    return passwords, databases.pop()
