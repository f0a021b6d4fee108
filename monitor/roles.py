"""The database's log-ins and what each may do: one SQL for the embedded servers, for docker-compose and for the tests.

iph_owner owns tables and migrations; iph_web serves requests; iph_worker runs tasks and commands; iph_operator only reads, past
row-level security, for doctor, export and backup. Web and worker are bound by row-level security, and so is the owner (forced).
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

ROLES: Final = ("iph_owner", "iph_web", "iph_worker", "iph_operator")
OWNER: Final = "iph_owner"
ATTRIBUTES: Final = {
    "iph_owner": "LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS CREATEDB",
    "iph_web": "LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOCREATEDB",
    "iph_worker": "LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOCREATEDB",
    "iph_operator": "LOGIN NOSUPERUSER NOCREATEROLE BYPASSRLS NOCREATEDB",
}
"""CREATEDB lets tests make their database."""
LOCK: Final = 0x697068
"""Two set-ups at once wait for one another; the number is "iph"."""

DEFAULTS: Final = """
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO iph_owner, iph_web, iph_worker', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO iph_operator', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO iph_web, iph_worker, iph_operator;
ALTER DEFAULT PRIVILEGES FOR ROLE iph_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO iph_web, iph_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE iph_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO iph_web, iph_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE iph_owner IN SCHEMA public GRANT SELECT ON TABLES TO iph_operator;
ALTER DEFAULT PRIVILEGES FOR ROLE iph_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO iph_operator;
"""
"""Per database, for tables made from now on: a new (test) database needs it before its migrations."""


class Cursor(Protocol):
    """What runs a statement: psycopg's cursor and Django's alike."""

    def execute(self, query: str, /) -> object:
        """Run one string of statements."""


class Connection(Protocol):
    """What gives a cursor."""

    def cursor(self) -> AbstractContextManager[Cursor]:
        """Open a cursor."""


def grant_defaults(connection: Connection) -> None:
    """Give the roles their default privileges in the current database. Run as its owner iph_owner, or as superuser."""
    with connection.cursor() as cursor:
        cursor.execute(DEFAULTS)


def ensure_roles(connection: "psycopg.Connection[tuple[object, ...]]", passwords: Mapping[str, str]) -> None:
    """Create the four roles, or bring existing ones to these attributes and passwords. `passwords` by role. Run as superuser.

    A password leaves this process as its SCRAM verifier, so no log of the server can hold it.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        known = {str(name) for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES:
            name = sql.Identifier(role)
            if role not in known:
                connection.execute(sql.SQL("CREATE ROLE {}").format(name))
            verifier = connection.pgconn.encrypt_password(passwords[role].encode(), role.encode(), b"scram-sha-256")
            connection.execute(
                sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(
                    name, sql.SQL(ATTRIBUTES[role]), sql.Literal(verifier.decode())
                )
            )
        connection.execute("ALTER ROLE iph_operator SET default_transaction_read_only = on")
        # Without INHERIT, so that a policy for the web never speaks for the owner; SET lets tests step into a role.
        connection.execute("GRANT iph_web, iph_worker, iph_operator TO iph_owner WITH INHERIT FALSE, SET TRUE")


def ensure_database(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    """Create a database that iph_owner owns, if it is missing. Run as superuser, in autocommit."""
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
            )
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def credentials(url: str) -> tuple[str, str, str]:
    """Return (role, password, database) of a database URL; ValueError if one is missing."""
    parts = urlsplit(url)
    found = (unquote(parts.username or ""), unquote(parts.password or ""), unquote(parts.path.lstrip("/")))
    if not all(found):
        raise ValueError(
            "a database URL names a role, a password and a database: postgresql://role:password@host/database"
        )
    return found


def with_database(url: str, name: str) -> str:
    """Return a database URL for another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
