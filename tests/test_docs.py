"""The documents keep up with the code: what they name exists, and what exists is named."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import get_resolver, resolve

from monitor.demo_views import DEMO_IDENTIFIER
from patients.models import Membership, User
from tests.documents import DECISIONS, LINK, OURS, PAGES, ROOT, named, quoted, slugs, table, text

FILE = re.compile(
    r"(?:monitor|alerts|patients|tests|docs)(?:/[\w.-]+)+/?|(?:Makefile|docker-compose\.yml|\.env\.example)"
)
ADDRESS = re.compile(r"/(?:demo|api|health)/[\w/]*")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in slugs(found)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_named_exists(page: Path) -> None:
    words = (word for words in quoted(page.read_text()) for word in words.split())
    missing = {word for word in words if FILE.fullmatch(word.rstrip(",.")) and not (ROOT / word.rstrip(",.")).exists()}
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_address_named_answers(page: Path) -> None:
    for address in ADDRESS.findall(page.read_text()):
        known = {f"/{pattern.pattern}" for pattern in get_resolver().url_patterns}
        assert address in known or resolve(address)


def test_every_page_is_linked_from_the_first() -> None:
    linked = {(ROOT / target.partition("#")[0]).resolve() for target in LINK.findall(text("README.md"))}
    apart = {
        page for page in PAGES if page not in linked and not any(folder in page.parents for folder in linked - {ROOT})
    }
    assert {named(page) for page in apart} == {"README.md"}


def test_the_first_page_says_what_it_must() -> None:
    words = text("README.md")
    for sentence in ("Not a medical device, not clinically validated.", "make demo", "make test", DEMO_IDENTIFIER):
        assert sentence in words
    assert all("Not a medical device" in text(f"docs/{name}.md") for name in ("clinician", "operator"))


def test_pictures_of_the_first_page_are_of_the_gallery() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text("README.md"))
    assert pictures == ["docs/gallery/worklist-1440.png", "docs/gallery/patient-1440.png"]
    assert all((ROOT / one).stat().st_size < 200_000 for one in pictures)


def settings_variables() -> set[str]:
    """Return every variable that the settings read: by name, by the role's table, and what production requires."""
    by_name = re.findall(r"\b(?:env|environ)(?:\.\w+)?\(\s*[\"']([A-Z_]+)[\"']", text("monitor/settings.py"))
    return {*by_name, *settings.DATABASE_URLS.values(), *settings.REQUIRED_IN_PRODUCTION}


def documented(heading: str) -> set[str]:
    """Return the variables of one table of the operator's page."""
    return {name for cells in table(text("docs/operator.md"), heading) for name in re.findall(r"`(\w+)`", cells[0])}


def test_every_variable_of_the_settings_is_documented() -> None:
    assert {"IPH_MODE", "DATABASE_OPERATOR_URL", "STATIC_ROOT", "FROM_EMAIL", "PORT"} <= settings_variables()
    assert not settings_variables() - documented("variable")


def test_every_variable_documented_is_read() -> None:
    sources = [path.read_text() for room in OURS for path in (ROOT / room).rglob("*.py")]
    assert not {name for name in documented("variable") if not any(f'"{name}"' in source for source in sources)}


def test_every_variable_of_compose_is_documented() -> None:
    asked = set(re.findall(r"\$\{(\w+)", text("docker-compose.yml"))) | set(
        re.findall(r"^#? ?([A-Z_]+)=", text(".env.example"), re.M)
    )
    assert not asked - documented("variable") - documented("variable of compose")
    assert not documented("variable of compose") - asked


def test_every_service_of_compose_that_is_named_exists() -> None:
    services = set(yaml.safe_load(text("docker-compose.yml"))["services"])
    lines = re.findall(
        r"^docker compose (?:exec|run|up)((?: -\S+(?: IPH_\S+)?)*) (\w+)", text("docs/operator.md"), re.M
    )
    assert {service for _, service in lines} <= services | {"worker"}
    assert lines


def commands(words: str) -> set[str]:
    """Return the lines that call manage.py."""
    return {match for one in quoted(words) for match in re.findall(r"manage\.py ([a-z_]\w*[^`\n|]*)", one)}


OWN = {name for name, app in get_commands().items() if app in OURS}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_named_exists_with_its_options(page: Path) -> None:
    for line in commands(page.read_text()):
        name, *words = line.split("#")[0].split()
        assert name in get_commands(), line
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        known = set(parser._option_string_actions)
        assert {word for word in words if word.startswith("--")} <= known, line


def test_every_command_of_ours_is_documented() -> None:
    listed = {re.findall(r"manage\.py (\w+)", cells[0])[0] for cells in table(text("docs/developer.md"), "command")}
    assert listed == OWN


def targets() -> set[str]:
    """Return what make can make for a person."""
    return set(re.findall(r"^([a-z-]+):.*## ", text("Makefile"), re.MULTILINE))


def test_every_target_named_exists_and_every_target_is_named() -> None:
    calls = [
        found
        for page in PAGES
        for words in quoted(page.read_text())
        for found in re.findall(r"\bmake ([a-z-]+)", words)
    ]
    assert set(calls) == targets() - {"help"}


def test_the_changelog_has_this_version() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert re.search(rf"^## {re.escape(project['version'])}\b", text("CHANGELOG.md"), re.MULTILINE)


def test_the_license_is_the_one_that_is_stated() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    words = text("LICENSE").split()
    assert project["license"] == "Apache-2.0"
    assert words[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text("LICENSE")


def test_decisions_are_numbered_without_a_gap_and_short() -> None:
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    prose = {page.name: re.sub(r"^\|.*$", "", page.read_text(), flags=re.MULTILINE).split() for page in DECISIONS}
    assert {name: len(words) for name, words in prose.items() if len(words) > 600} == {}


def test_every_decision_cited_in_the_code_exists() -> None:
    listing = subprocess.run(
        ["git", "grep", "-hoE", r"docs/decisions/[0-9]{4}", "--", *OURS], cwd=ROOT, capture_output=True, text=True
    )
    cited = {line.removeprefix("docs/decisions/") for line in listing.stdout.split()}
    assert cited >= {"0002", "0003", "0004", "0006"}
    assert cited <= {page.name[:4] for page in DECISIONS}


def test_the_operators_example_makes_a_team(db: None) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", text("docs/operator.md"), re.DOTALL)
    exec(code, {})  # noqa: S102 - a page of our own
    (member,) = Membership.objects.all()
    assert (member.role, member.team.digest_hour, member.user) == ("coordinator", 7, User.objects.get())
    assert member.user.check_password("a long password")
    assert member.user.access_tokens.count() == 1
