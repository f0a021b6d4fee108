"""A backup of the running demo, restored into an empty installation: every row is there, and the doctor has nothing to say."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import embedded, embedded_postgres, embedded_secrets
from tests.demos import RunningDemo, wait_for
from tests.monitor.conftest import passable_folder, place_of

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.timeout(400)]

LIVELY = {"alerts_heartbeat", "django_session", "monitor_cache"}
"""Tables that change while the backup is taken."""
UNJUDGED = """
SELECT count(*) FROM patients_patient p LEFT JOIN alerts_watchstate w ON w.patient_id = p.id
WHERE p.active AND coalesce(w.evaluated_revision, -1) < p.revision
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def tool(name: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's."""
    program = embedded_postgres.installation() / "bin" / name
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def url(local: Path, role: str) -> str:
    """Return the address of a folder's database for one of its log-ins."""
    secret = embedded_secrets.load(local / "secrets.json")
    name, password = ("postgres", secret.admin) if role == "admin" else (f"iph_{role}", getattr(secret, role))
    return embedded_postgres.url(place_of(local), name, password)


def contents(demo: RunningDemo) -> dict[str, str]:
    """Return a digest of every row of every table that stands still."""
    names = [name for (name,) in demo.rows(TABLES) if name not in LIVELY]
    query = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
    return {name: demo.rows(query.format(name))[0][0] for name in names}


def at_rest(demo: RunningDemo) -> dict[str, str] | None:
    """Return what a demo holds once everybody is judged and nothing changes any more, None while it does."""
    before = contents(demo)
    time.sleep(1.0)
    return before if demo.rows(UNJUDGED) == [(0,)] and contents(demo) == before else None


@pytest.fixture(scope="module")
def restored(demo: RunningDemo) -> Iterator[tuple[RunningDemo, dict[str, str]]]:
    """The second installation, and what the first held when the backup was taken. The backup is the operator's, who only reads."""
    with passable_folder() as folder:
        other = RunningDemo(folder / ".local")
        embedded.attach(other.local)
        before = wait_for(lambda: at_rest(demo), 120.0)
        tool("pg_dump", "--format", "custom", "--file", str(folder / "iph.dump"), url(demo.local, "operator"))
        tool("pg_restore", "--exit-on-error", "--dbname", url(other.local, "admin"), str(folder / "iph.dump"))
        yield other, before


def test_every_row_is_there(restored: tuple[RunningDemo, dict[str, str]]) -> None:
    other, before = restored
    assert len(before) > 20
    assert contents(other) == before


def test_the_walls_stand(restored: tuple[RunningDemo, dict[str, str]]) -> None:
    other, _ = restored
    assert other.rows("SELECT count(*) > 0 FROM patients_patient") == [(True,)]
    query = "SELECT count(*) FROM pg_policies WHERE schemaname = 'public' AND roles = '{iph_web}'"
    assert other.rows(query)[0][0] >= 15


def test_the_doctor_has_nothing_to_say(restored: tuple[RunningDemo, dict[str, str]]) -> None:
    done = restored[0].manage("doctor", "--json")
    assert [one for one in json.loads(done.stdout)["checks"] if not one["ok"] and one["id"] != "D15"] == []
