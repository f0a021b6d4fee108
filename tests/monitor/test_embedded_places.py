"""Folders and accounts: what is chosen, what is refused, and that nothing of others is ever changed."""

import errno
import os
import pwd
import stat
from pathlib import Path

import pytest

from monitor import embedded, embedded_places
from monitor.embedded_places import Account, EmbeddedError, choose, explained, make_folder, reachable, socket_folder

SOMEBODY = Account(54321, 54321)
"""An account that owns nothing here."""


def mode(path: Path) -> int:
    """Return a path's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_local_is_in_the_checkout_unless_named() -> None:
    assert embedded_places.local_folder({}) == Path(__file__).resolve().parent.parent.parent / ".local"
    assert embedded_places.local_folder({"IPH_LOCAL_DIR": "/srv/iph"}) == Path("/srv/iph")


def test_an_ordinary_user_runs_the_servers_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getegid", lambda: 100)
    assert embedded_places.account() == Account(1000, 100)


def test_root_runs_them_as_an_existing_unprivileged_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(embedded_places, "ACCOUNTS", ("no-such-user", "nobody"))
    nobody = pwd.getpwnam("nobody")
    assert embedded_places.account() == Account(nobody.pw_uid, nobody.pw_gid)


def test_root_without_such_a_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(embedded_places, "ACCOUNTS", ("no-such-user",))
    with pytest.raises(EmbeddedError, match="does not run as root, and there is no user no-such-user"):
        embedded_places.account()


@pytest.mark.parametrize(("bits", "expected"), [(0o755, True), (0o711, True), (0o750, False), (0o700, False)])
def test_a_private_parent_closes_what_is_below(folder: Path, bits: int, expected: bool) -> None:
    (folder / "home" / "below").mkdir(parents=True)
    (folder / "home").chmod(bits)
    assert reachable(folder / "home" / "below", SOMEBODY) is expected


@pytest.mark.parametrize(("bits", "expected"), [(0o644, True), (0o640, False)])
def test_reading_asks_for_the_last_bit_only_of_the_file(folder: Path, bits: int, expected: bool) -> None:
    (folder / "file").touch()
    (folder / "file").chmod(bits)
    assert reachable(folder / "file", SOMEBODY, want=stat.S_IROTH) is expected


def test_owner_and_group_are_judged_by_their_own_bits(folder: Path) -> None:
    found = folder.stat()
    folder.chmod(0o010)
    assert not reachable(folder, Account(found.st_uid or 1, 54321)) or found.st_uid == 0
    assert reachable(folder, Account(54321, found.st_gid))
    folder.chmod(0o701)
    assert not reachable(folder, Account(54321, found.st_gid))
    folder.chmod(0o755)


def test_what_does_not_exist_is_out_of_reach(folder: Path) -> None:
    assert not reachable(folder / "missing", SOMEBODY)


def test_root_reaches_everything(folder: Path) -> None:
    folder.chmod(0o000)
    assert reachable(folder, Account(0, 0))
    folder.chmod(0o755)


def test_only_a_folder_made_now_gets_its_mode(folder: Path) -> None:
    make_folder(folder / "new", 0o711)
    make_folder(folder / "new", 0o777)
    assert mode(folder / "new") == 0o711


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_in_the_way_is_refused(folder: Path, kind: str) -> None:
    if kind == "file":
        (folder / "x").touch()
    else:
        (folder / "x").symlink_to(folder)
    with pytest.raises(EmbeddedError, match="is in the way"):
        make_folder(folder / "x", 0o700)


def test_local_shows_its_content_to_nobody_else(fresh: Path) -> None:
    embedded_places.make_local(fresh)
    assert mode(fresh) & 0o066 == 0


def test_a_reachable_checkout_keeps_its_data_itself(fresh: Path) -> None:
    fresh.mkdir(mode=0o711)
    place = choose(fresh, "me")
    assert place.home == fresh / "servers"
    assert (place.data, place.log) == (place.home / "data", place.home / "log")
    assert (place.home / "identity").read_text() == "me"


class TestPrivateHome:
    """A clone below a folder that the servers' account may not pass."""

    @pytest.fixture
    def private(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (folder / "home").mkdir(mode=0o700)
        monkeypatch.setattr(embedded_places, "SHARED", folder / "shared")
        (folder / "home" / ".local").mkdir(mode=0o711)
        return folder / "home" / ".local"

    @pytest.fixture
    def elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the servers' account be one that owns nothing, also where the tests are not run by root."""
        monkeypatch.setattr(embedded_places, "reachable", lambda path, who, **_: "home" not in path.parts)

    def test_its_data_live_in_the_shared_folder(self, private: Path, elsewhere: None, folder: Path) -> None:
        assert choose(private, "me").home == folder / "shared" / embedded_places.digest(private)

    def test_a_deleted_checkouts_data_are_set_aside(self, private: Path, elsewhere: None, folder: Path) -> None:
        before = choose(private, "me").home
        (before / "data").mkdir()
        after = choose(private, "another").home
        left = list((folder / "shared").glob(f"{before.name}-left-*"))
        assert after == before
        assert not (after / "data").exists()
        assert [(one / "data").exists() for one in left] == [True]

    def test_data_stay_where_they_are_when_the_home_is_opened(self, private: Path, folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(embedded_places, "reachable", lambda *_, **__: False)
            closed = choose(private, "me").home
            (closed / "data").mkdir()
        assert choose(private, "me").home == closed

    def test_data_that_can_no_longer_be_reached_are_an_error(self, private: Path, elsewhere: None) -> None:
        (private / "servers" / "data").mkdir(parents=True)
        with pytest.raises(EmbeddedError, match="may no longer pass its parent folders"):
            choose(private, "me")

    def test_the_servers_run_and_no_permission_changes(self, private: Path, folder: Path) -> None:
        before = {path: (mode(path), path.stat().st_uid) for path in (folder, private.parent, private)}
        servers = embedded.attach(private)
        assert "iph" in servers["DATABASE_URL"]
        assert {path: (mode(path), path.stat().st_uid) for path in before} == before

    def test_a_shared_folder_open_to_everyone_is_refused(self, private: Path, elsewhere: None, folder: Path) -> None:
        (folder / "shared").mkdir()
        (folder / "shared").chmod(0o777)
        with pytest.raises(EmbeddedError, match="may be written by everyone"):
            choose(private, "me")

    def test_forgetting_takes_what_was_set_aside_with_it(self, private: Path, elsewhere: None, folder: Path) -> None:
        choose(private, "me")
        choose(private, "another")
        embedded.forget(private)
        assert list((folder / "shared").iterdir()) == []


def test_data_keep_their_owner_when_root_serves_them(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fresh / "servers" / "data").mkdir(parents=True)
    owner = os.stat_result((0o700, 0, 0, 1, 1234, 1234, 0, 0, 0, 0))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", lambda self, **_: owner)
    assert embedded_places._owner(fresh / "servers" / "data", SOMEBODY) == Account(1234, 1234)


def test_sockets_have_a_short_private_folder(folder: Path) -> None:
    who = embedded_places.account()
    path = socket_folder(folder / ("long" * 50), who)
    assert (mode(path), path.stat().st_uid, len(str(path)) < 60) == (0o700, who.uid, True)
    path.rmdir()


def test_a_socket_folder_that_others_may_open_is_refused(folder: Path) -> None:
    who = embedded_places.account()
    path = socket_folder(folder, who, parent=folder)
    path.chmod(0o755)
    with pytest.raises(EmbeddedError, match="belongs to another user or is open to others"):
        socket_folder(folder, who, parent=folder)


def test_a_socket_folder_of_another_user_is_refused(folder: Path) -> None:
    (folder / f"iph-{SOMEBODY.uid}-{embedded_places.digest(folder)}").mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        socket_folder(folder, SOMEBODY, parent=folder)


def test_a_link_in_place_of_the_socket_folder_is_refused(folder: Path) -> None:
    who = embedded_places.account()
    (folder / f"iph-{who.uid}-{embedded_places.digest(folder)}").symlink_to(folder)
    with pytest.raises(EmbeddedError, match="is in the way"):
        socket_folder(folder, who, parent=folder)


def test_a_path_too_long_for_a_socket_is_refused(folder: Path) -> None:
    parent = folder / ("x" * 80)
    parent.mkdir()
    with pytest.raises(EmbeddedError, match="too long for a socket"):
        socket_folder(folder, embedded_places.account(), parent=parent)


def test_a_full_disk_is_told_before_a_start(folder: Path) -> None:
    embedded_places.require_space(folder, 1)
    with pytest.raises(
        EmbeddedError, match=r"The disk is full: .* has \d+ MB left and PostgreSQL needs 953674316406 MB"
    ):
        embedded_places.require_space(folder, 10**18)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left"), "The disk is full: nothing can be written below /somewhere."),
        (OSError(errno.EDQUOT, "Quota"), "The disk is full: nothing can be written below /somewhere."),
        (PermissionError(errno.EACCES, "no", "/a"), "/a may not be used: run as the user who set this up, who owns"),
        (OSError(errno.EROFS, "Read-only", "/a"), r"The servers cannot be provided: Read-only \(/a\)."),
    ],
)
def test_a_refusal_of_the_system_is_one_sentence(error: OSError, sentence: str) -> None:
    with pytest.raises(EmbeddedError, match=sentence), explained(Path("/somewhere")):
        raise error


@pytest.mark.parametrize(("content", "port"), [("8031", 8031), ("", 8025), ("damaged", 8025), (None, 8025)])
def test_the_mail_sinks_port_is_read_where_a_demo_runs(tmp_path: Path, content: str | None, port: int) -> None:
    if content is not None:
        (tmp_path / "mail-port").write_text(content)
    assert embedded_places.mail_port(tmp_path) == port
