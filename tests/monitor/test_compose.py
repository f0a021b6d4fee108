"""docker-compose.yml: valid, without a default secret, and every command of ours runs as it stands there."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import Draft202012Validator

from monitor.embedded_processes import wait_until
from tests.monitor.conftest import ROOT
from tests.ports import own_port

DATA = ROOT / "tests" / "data" / "compose"
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
SECRETS = re.compile(r"PASSWORD|SECRET|KEY")
VARIABLE = re.compile(r"\$\{(\w+)(?:(:\?|:-)([^}]*))?\}")


def resolved(text: str, given: Mapping[str, str]) -> str:
    """Return a text of the file with variables replaced as Compose does; KeyError for one that must be given."""

    def replace(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        return given[name] if kind == ":?" else given.get(name, rest or "")

    return VARIABLE.sub(replace, text)


def test_the_carried_schema_is_the_published_one() -> None:
    digest = hashlib.sha256((DATA / "compose-spec.json").read_bytes()).hexdigest()
    assert digest in (DATA / "SOURCES.md").read_text()


def test_the_file_fits_the_schema_of_compose() -> None:
    schema = json.loads((DATA / "compose-spec.json").read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(COMPOSE)] == []


def test_the_schema_finds_a_mistake() -> None:
    schema = json.loads((DATA / "compose-spec.json").read_text())
    assert not Draft202012Validator(schema).is_valid({**COMPOSE, "services": {"web": {"comand": "x"}}})


def test_the_services_are_those_that_are_promised() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "postgres", "redis", "mailpit"}
    assert set(OURS) == {"web", "worker", "beat", "migrate"}


def test_no_secret_has_a_default() -> None:
    found = [(name, kind) for name, kind, _ in VARIABLE.findall(TEXT) if SECRETS.search(name)]
    assert len({name for name, _ in found}) == 8
    assert {kind for _, kind in found} == {":?"}


def test_a_missing_secret_is_named() -> None:
    assert all(name in said for name, kind, said in VARIABLE.findall(TEXT) if kind == ":?")


def test_the_example_names_every_variable_that_must_be_given_and_no_secret() -> None:
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    given = dict(line.split("=", 1) for line in lines)
    required = {name for name, kind, _ in VARIABLE.findall(TEXT) if kind == ":?"}
    assert required <= set(given)
    assert {value for name, value in given.items() if SECRETS.search(name)} == {""}


@pytest.mark.parametrize("name", OURS)
def test_our_image_runs_without_rights_on_a_read_only_system(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["user"].split(":")[0] not in {"0", "root"}
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert service["tmpfs"] == ["/tmp"]


def test_the_image_itself_is_not_roots() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001:10001"]


def test_the_image_installs_by_hash_only() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert text.count("--require-hashes") == 2
    assert "apt-get" not in text


def test_the_image_holds_code_and_pins_only() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert {line for line in lines if line.startswith("!")} == {
        "!alerts",
        "!monitor",
        "!patients",
        "!manage.py",
        "!requirements.txt",
        "!requirements-tools.txt",
    }


def test_workers_can_be_scaled() -> None:
    assert "container_name" not in TEXT
    assert "ports" not in SERVICES["worker"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_lasting_service_has_a_health_check_and_restarts(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_parts_wait_for_the_migrations(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES[name]["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_migrations_run_once_after_the_database_is_healthy() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_data_live_in_a_named_volume_where_postgresql_18_keeps_them() -> None:
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert COMPOSE["volumes"] == {"postgres": {}}


def test_the_broker_never_drops_a_message() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_servers_are_out_of_reach_from_outside() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]


def test_ports_are_opened_on_the_loopback_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_part_knows_only_the_log_in_of_its_role(name: str) -> None:
    environment = SERVICES[name]["environment"]
    role = environment["IPH_DATABASE_ROLE"]
    urls = [value for key, value in environment.items() if key.startswith("DATABASE_")]
    assert urls
    assert all(f"//iph_{role}:" in url for url in urls)


@pytest.mark.parametrize("name", OURS)
def test_production_finds_everything_it_requires(name: str) -> None:
    from monitor.settings import REQUIRED_IN_PRODUCTION

    assert SERVICES[name]["environment"]["IPH_MODE"] == "production"
    assert set(REQUIRED_IN_PRODUCTION) <= set(SERVICES[name]["environment"])


def modules(command: list[str]) -> set[str]:
    """Return the modules that a command needs."""
    program, *rest = command
    found = {rest[rest.index("-m") + 1]} if program == "python" and "-m" in rest else {program}
    found |= {word.split(":")[0] for word in rest if re.fullmatch(r"[a-z.]+:[a-z]+", word)}
    return found | ({f"{rest[rest.index('-A') + 1]}.celery"} if "-A" in rest else set())


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_every_command_names_modules_that_exist(name: str) -> None:
    health = SERVICES[name]["healthcheck"]["test"][1:]
    wanted = modules(SERVICES[name]["command"]) | modules(health)
    assert len(wanted) >= 2
    assert [one for one in wanted if find_spec(one) is None] == []


class Container:
    """A service's own command with its own environment, but here: with the embedded servers, and nothing else of ours."""

    def __init__(self, name: str, servers: Mapping[str, str], folder: Path, port: int) -> None:
        given = dict.fromkeys({word for word, _, _ in VARIABLE.findall(TEXT)}, "x")
        given |= {"IPH_ENCRYPTION_KEY": "A" * 43 + "=", "ALLOWED_HOSTS": "watch.example.org", "PORT": "8000"}
        given |= {
            "BASE_URL": "https://watch.example.org",
            "EMAIL_URL": "smtp://127.0.0.1:9",
            "BEHIND_TLS_PROXY": "true",
        }
        self.environ = {key: resolved(value, given) for key, value in SERVICES[name]["environment"].items()}
        for key in self.environ:
            if key.startswith("DATABASE_") or key == "REDIS_URL":
                role = self.environ["IPH_DATABASE_ROLE"]
                own = {"web": "DATABASE_URL", "worker": "DATABASE_WORKER_URL"}.get(role, key)
                self.environ[key] = servers[own if key == "DATABASE_URL" else key]
        scripts = str(Path(sys.executable).parent)
        self.environ["PATH"] = f"{scripts}{os.pathsep}{os.environ['PATH']}"
        self.folder, self.port, self.name, self.log = folder, port, name, folder / f"log-{name}"

    def words(self, command: list[str]) -> list[str]:
        """Return a command with the container's paths and port replaced by ours."""
        found = [word.replace("/tmp/", f"{self.folder}/") for word in command]
        return [str(self.port) if word == "8000" else word for word in found]

    def run(self) -> "subprocess.Popen[str]":
        """Start the command."""
        with self.log.open("w") as log:
            return subprocess.Popen(
                self.words(SERVICES[self.name]["command"]),
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                text=True,
            )

    def healthy(self) -> bool:
        """Ask as the health check does."""
        command = self.words(SERVICES[self.name]["healthcheck"]["test"][1:])
        command += ["--port", str(self.port)] if self.name == "web" else []
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def migrated(local: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Servers on which the one-shot service has run, twice, as after an update."""
    from monitor import embedded

    servers = embedded.attach(local)
    folder = tmp_path_factory.mktemp("migrate")
    for _ in range(2):
        process = Container("migrate", servers, folder, 8000).run()
        assert process.wait(120) == 0, (folder / "log-migrate").read_text()
    return servers


@pytest.mark.enable_socket
@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_part_runs_by_its_own_command_and_its_health_check_agrees(
    name: str, migrated: dict[str, str], tmp_path: Path
) -> None:
    container = Container(name, migrated, tmp_path, own_port())
    assert not container.healthy()
    process = container.run()
    try:
        assert wait_until(container.healthy, 40), container.log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, container.log.read_text()
    assert not container.healthy() or name == "beat"
