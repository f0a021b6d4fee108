"""Where the embedded servers live: folders, the operating system's account they run as, and what may be touched.

PostgreSQL refuses to run as root, so under root both servers run as an unprivileged account. Nothing here ever changes the owner or
the permissions of a folder that it did not create in that same call: a clone below a private home keeps the home private, and the
data then live below `/var/lib/iph-watch`.
"""

import errno
import hashlib
import os
import pwd
import shutil
import stat
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent
SHARED: Final = Path("/var/lib/iph-watch")
"""Below this the data of a checkout live that an unprivileged account cannot reach."""
MAIL_PORT: Final = 8025
"""Where a mail sink listens if the port is free, and where mail goes if no demo runs."""
SOCKET_PATH_BYTES: Final = 107
"""The longest path of a socket: `sun_path` of Linux holds 108 bytes with the closing zero, unix(7)."""
ACCOUNTS: Final = ("postgres", "nobody", "daemon")
"""Who the servers run as under root: the first that exists."""
ROOT: Final = 0


class EmbeddedError(Exception):
    """The servers could not be provided; the message is one sentence for a person."""


@dataclass(frozen=True)
class Account:
    """A user of the operating system."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """The folders of one pair of servers, and the account that owns what they write."""

    home: Path
    sockets: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The servers' logs."""
        return self.home / "log"


def local_folder(environ: MutableMapping[str, str]) -> Path:
    """Return the folder of everything that is kept between starts: `IPH_LOCAL_DIR`, or `.local` in the checkout."""
    return Path(environ.get("IPH_LOCAL_DIR") or CHECKOUT / ".local").resolve()


def mail_port(local: Path) -> int:
    """Return the port of the mail sink of the demo that runs on a folder; where none runs, the sink's usual one."""
    try:
        return int((local / "mail-port").read_text())
    except (FileNotFoundError, ValueError):
        return MAIL_PORT


def account() -> Account:
    """Return who the servers run as: the caller, or under root the first of `ACCOUNTS`."""
    if os.geteuid() != ROOT:
        return Account(os.geteuid(), os.getegid())
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(f"PostgreSQL does not run as root, and there is no user {' or '.join(ACCOUNTS)} to run it as.")


def reachable(path: Path, who: Account, *, want: int = stat.S_IXOTH) -> bool:
    """Tell whether an account may pass every folder down to `path` and holds `want` (an `S_I?OTH` bit) on `path` itself.

    Reads permission bits only; an access-control list that grants more is not seen, which errs on the safe side.
    """
    resolved = path.resolve()
    if not resolved.exists():
        return False
    return all(_allowed(one, who, want if one == resolved else stat.S_IXOTH) for one in (resolved, *resolved.parents))


def _allowed(path: Path, who: Account, want: int) -> bool:
    """Compare the bits that the kernel would: the owner's, else the group's, else the others'."""
    found = path.stat()
    if who.uid == ROOT:
        return True
    if found.st_uid == who.uid:
        return bool(found.st_mode & (want << 6))
    if found.st_gid == who.gid:
        return bool(found.st_mode & (want << 3))
    return bool(found.st_mode & want)


def make_folder(path: Path, mode: int, owner: Account | None = None) -> None:
    """Create a folder if it is missing; only one that this call created gets the mode and the owner."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if path.is_symlink() or not path.is_dir():
            raise EmbeddedError(f"{path} is in the way: it is not a folder.") from None
        return
    if owner is not None and os.geteuid() == ROOT:
        os.chown(path, owner.uid, owner.gid)
    path.chmod(mode)


def make_local(local: Path) -> None:
    """Create the folder of what is kept: open to passing for root's unprivileged servers, closed to others otherwise."""
    make_folder(local, 0o711 if os.geteuid() == ROOT else 0o700)


def choose(local: Path, identity: str) -> Place:
    """Return the servers' folders, created if missing.

    `identity` is the random name in the checkout's secrets: data with another one belong to a checkout that was deleted. Below
    `SHARED` they are set aside; in `local` they cannot be opened any more, which is an error.
    """
    who = account()
    home, far = local / "servers", SHARED / digest(local)
    if (home / "data").exists() and not (far / "data").exists():
        who = _owner(home / "data", who)
        if not reachable(local, who):
            raise EmbeddedError(
                f"{local} holds data, but the user they belong to may no longer pass its parent folders."
            )
    elif not reachable(local, who) or _identity(far) == identity:
        make_folder(SHARED, 0o711)
        _require_own(SHARED)
        _set_aside(far, identity)
        home = far
    make_folder(home, 0o711)
    _mark(home, identity)
    make_folder(home / "log", 0o700, who)
    return Place(home, socket_folder(local, who), who)


def _owner(data: Path, who: Account) -> Account:
    """Return whom existing data belong to, so that root serves what an ordinary user made; never root itself."""
    found = data.stat()
    return who if found.st_uid == ROOT or os.geteuid() != ROOT else Account(found.st_uid, found.st_gid)


def _identity(home: Path) -> str | None:
    """Return whose data a folder holds."""
    marker = home / "identity"
    return marker.read_text() if marker.exists() else None


def digest(path: Path) -> str:
    """Return twelve characters that stand for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _mark(home: Path, identity: str) -> None:
    """Write whose data these are, or refuse data of another identity."""
    found = _identity(home)
    if found is None:
        (home / "identity").write_text(identity)
    elif found != identity:
        raise EmbeddedError(
            f"{home} was made with other secrets than those of {home.parent / 'secrets.json'}: restore that file, or forget the "
            "data with `make demo-reset`."
        )


def _set_aside(home: Path, identity: str) -> None:
    """Rename the data of a deleted checkout at the same path, so that nothing is lost and a new one can start."""
    if _identity(home) not in {None, identity}:
        home.rename(home.with_name(f"{home.name}-left-{time.time_ns()}"))


def _require_own(path: Path) -> None:
    """Refuse a folder that someone else made: they could exchange what is in it."""
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & stat.S_IWOTH:
        raise EmbeddedError(f"{path} belongs to another user or may be written by everyone, so it is not used.")


def socket_folder(local: Path, who: Account, parent: Path = Path("/tmp")) -> Path:  # noqa: S108 - verified below
    """Return the private folder of the sockets, created if missing; its short path fits a socket's name."""
    path = parent / f"iph-{who.uid}-{digest(local)}"
    make_folder(path, 0o700, who)
    found = path.lstat()
    if found.st_uid != who.uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise EmbeddedError(f"{path} belongs to another user or is open to others: remove it and start again.")
    if len(os.fsencode(path / ".s.PGSQL.5432")) > SOCKET_PATH_BYTES:
        raise EmbeddedError(f"{path} is too long for a socket's name.")
    return path


def require_space(folder: Path, needed: int) -> None:
    """Refuse to start a server on a full disk: it would fail in the middle of a write. `needed` in bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise EmbeddedError(
            f"The disk is full: {folder} has {free // 2**20} MB left and PostgreSQL needs {needed // 2**20} MB."
        )


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn an operating system's refusal into one sentence."""
    try:
        yield
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename or folder} may not be used: run as the user who set this up, who owns {folder}."
        ) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise EmbeddedError(f"The disk is full: nothing can be written below {folder}.") from error
        raise EmbeddedError(
            f"The servers cannot be provided: {error.strerror} ({error.filename or folder})."
        ) from error
