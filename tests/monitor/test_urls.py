"""Every address of the service: who may open it, with which method, and that another team's is not there.

Row-level security is asked once more by itself, with every check of the application taken away.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from alerts.rules.rule import Severity
from patients.access import Asker
from patients.models import CaregiverLink, Patient, User
from tests.factories import (
    account,
    alert,
    browser,
    caregiver,
    event,
    member,
    mute,
    patient,
    results,
    team,
    treatment,
    upload,
)
from tests.monitor.addresses import ADMINISTERED, BOTH, CLINICAL, DEMO, LISTS, OF_ONE, OWN, POSTED, PUBLIC, SECRET

AsWeb = Callable[[User], AbstractContextManager[None]]
UNGUARDED = ("patients.adding", "patients.fact_api", "patients.upload_api")
CANARY = "Canary Quill"
pytestmark = pytest.mark.django_db


def walk(resolver: URLResolver | URLPattern) -> Iterator[URLPattern]:
    """Yield every address below a resolver."""
    if isinstance(resolver, URLPattern):
        yield resolver
        return
    for one in resolver.url_patterns:
        yield from walk(one)


NAMES = [str(one.name) for one in walk(get_resolver())]


@pytest.fixture
def things() -> dict[str, Any]:
    """Give a patient with a file and an alert; return the ids by what an address calls them."""
    ill = patient(team("far away"), CANARY, identifier=CANARY)
    low = results(ill, [124, 98.75])[-1]
    raised = alert(ill, Severity.HIGH, found={"sentence": CANARY})
    file = upload(ill, file_name=f"{CANARY}.csv", state="held", rows=[{"state": "held", "original": CANARY}])
    return {
        "patient_id": ill.pk,
        "team_id": ill.team_id,
        "upload_id": file.pk,
        "alert_id": raised.pk,
        "mute_id": mute(ill).pk,
        "observation_id": low.pk,
        "event_id": event(ill, "diagnosis", text=CANARY).pk,
        "treatment_id": treatment(ill, drug=CANARY).pk,
        "name": "00000000000000000001-abcdef01.eml",
        "kind": "hemoptysis",
        "day": 20260303,
        "secret": "a" * 43,
        "link_id": CaregiverLink.objects.get(user=caregiver(ill)).pk,
        "fact_kind": "observation",
        "fact_id": low.pk,
    }


def address(name: str, ids: dict[str, Any]) -> str:
    """Return the path of an address, with the ids that it names."""
    (pattern,) = [one for one in walk(get_resolver()) if one.name == name]
    wanted = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
    return reverse(name, kwargs={one: ids[one] for one in wanted})


def ask(visitor: Client, method: str, path: str) -> Any:
    """Send a request, with what an alert's closing asks for."""
    return getattr(visitor, method)(path, {"reason": "treated"}) if method == "post" else getattr(visitor, method)(path)


def test_every_address_has_a_name_of_its_own_and_is_claimed_once() -> None:
    claims = [*PUBLIC, *SECRET, *DEMO, *OWN, *LISTS, *OF_ONE, *CLINICAL]
    assert len(claims) == len(set(claims))
    assert sorted(NAMES) == sorted(claims)


def test_addresses_hold_ids_and_never_words_of_a_person() -> None:
    converters = {one for pattern in walk(get_resolver()) for one in re.findall(r"<(\w+):\w+>", str(pattern.pattern))}
    assert converters == {"uuid", "str", "int", "event_kind", "fact_kind"}
    assert [
        name for name in NAMES if "<str:" in str(next(p for p in walk(get_resolver()) if p.name == name).pattern)
    ] == ["mail-stop", "calendar", "demo-mail"]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted({*LISTS, *OF_ONE, *CLINICAL, *OWN}))
def test_a_stranger_is_sent_to_log_in(client: Client, things: dict[str, Any], name: str, method: str) -> None:
    response = ask(client, method, address(name, things))
    assert response.status_code in (302, 401, 403, 405)
    if response.status_code == 302:
        assert response["Location"].startswith("/accounts/login/") or name == "account_logout"
    assert CANARY not in response.content.decode()


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_what_is_public_knows_nothing_of_a_patient(client: Client, things: dict[str, Any], name: str) -> None:
    response = ask(client, "get", address(name, things))
    assert response.status_code in (200, 503)
    assert CANARY not in response.content.decode()


@pytest.mark.parametrize("name", sorted(SECRET))
def test_who_knows_no_secret_finds_nothing(client: Client, things: dict[str, Any], name: str) -> None:
    for visitor in (client, browser(member(Patient.objects.get().team))):
        response = ask(visitor, "get", address(name, things))
        assert response.status_code == 404
        assert CANARY not in response.content.decode()


@pytest.mark.parametrize("name", sorted(DEMO))
def test_the_demos_pages_are_only_the_demos(client: Client, things: dict[str, Any], name: str) -> None:
    assert ask(client, "get", address(name, things)).status_code == 404


def allowed(name: str) -> set[str]:
    """Return the methods of an address."""
    if name in {"account_login", "account_signup", "account_logout", "account_change_password"}:
        return {"get", "head", "post"}
    safe = set() if name in POSTED else {"get", "head"}
    posts = {"post"} if name in POSTED | BOTH else set()
    return safe | posts | {"options"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_no_other_method_is_answered(things: dict[str, Any], name: str, settings: Any) -> None:
    settings.DEMO = True
    visitor = browser(member(Patient.objects.get().team))
    refused = {
        method: ask(visitor, method, address(name, things)).status_code
        for method in {"get", "post", "put", "patch", "delete"} - allowed(name)
    }
    assert refused
    assert set(refused.values()) == {405}


@pytest.mark.parametrize("name", sorted(CLINICAL))
def test_another_teams_things_are_not_there(things: dict[str, Any], name: str) -> None:
    visitor = browser(member(team("nearby")))
    missing = {**things, CLINICAL[name]: uuid4() if isinstance(things[CLINICAL[name]], UUID) else 2**40}
    for method in {"get", "post"} & allowed(name):
        foreign, nothing = (ask(visitor, method, address(name, ids)) for ids in (things, missing))
        assert foreign.status_code == nothing.status_code == 404
        assert foreign.content == nothing.content


@pytest.mark.parametrize("name", sorted({*LISTS} - {"patient-new"}))
def test_lists_hold_nothing_of_another_team(things: dict[str, Any], name: str) -> None:
    visitor = browser(member(team("nearby")))
    for query in ("", f"?q={CANARY}", f"?patient={CANARY}", f"?patient={things['patient_id']}", "?status=all"):
        body = ask(visitor, "get", address(name, things) + query).content.decode()
        echo = (f"“{CANARY}”", f'value="{CANARY}"')  # what was searched for is said again
        assert CANARY not in body.replace(echo[0], "").replace(echo[1], "")


@pytest.mark.parametrize("name", sorted({*CLINICAL} - ADMINISTERED))
def test_an_administrator_reads_nothing_clinical(things: dict[str, Any], name: str) -> None:
    visitor = browser(account(is_staff=True, is_superuser=True))
    for method in {"get", "post"} & allowed(name):
        assert ask(visitor, method, address(name, things)).status_code == 404


@pytest.mark.parametrize("name", sorted({*CLINICAL} - POSTED))
def test_the_responsible_team_finds_its_own(things: dict[str, Any], name: str) -> None:
    visitor = browser(member(Patient.objects.get().team))
    assert ask(visitor, "get", address(name, things)).status_code in (200, 302)


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every check of the application away."""

    def everybody(*_: object) -> QuerySet[Patient]:
        return Patient.objects.all()

    monkeypatch.setattr(Asker, "may", lambda *_: True)
    monkeypatch.setattr(Asker, "patients", everybody)
    for module in (
        "monitor.patient_views",
        "monitor.upload_views",
        "patients.api",
        "alerts.api",
        *UNGUARDED,
    ):
        monkeypatch.setattr(f"{module}.patients_for", everybody)


@pytest.mark.parametrize("name", sorted(CLINICAL))
def test_without_the_applications_checks_the_database_still_shows_nothing(
    things: dict[str, Any], name: str, unguarded: None, as_web: AsWeb
) -> None:
    stranger = member(team("nearby"))
    visitor = browser(stranger)
    for method in {"get", "post"} & allowed(name):
        with as_web(stranger):
            response = ask(visitor, method, address(name, things))
        assert response.status_code == 404
        assert CANARY not in response.content.decode()


@pytest.mark.parametrize("name", sorted({*LISTS} - {"patient-new", "settings"}))
def test_without_the_applications_checks_the_databases_lists_are_empty(
    things: dict[str, Any], name: str, unguarded: None, as_web: AsWeb
) -> None:
    stranger = member(team("nearby"))
    visitor = browser(stranger)
    with as_web(stranger):
        response = ask(visitor, "get", address(name, things))
    assert response.status_code == 200
    assert CANARY not in response.content.decode()


def test_taking_the_checks_away_works_at_all(things: dict[str, Any], unguarded: None) -> None:
    """Else the two tests above would prove nothing: as the owner, who sees every row, the page opens."""
    response = ask(browser(member(team("nearby"))), "get", address("patient", things))
    assert response.status_code == 200
    assert CANARY in response.content.decode()
