"""Pages of the demo, which no other service has."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from monitor.demo_tour import TOUR
from monitor.demo_views import DEMO_IDENTIFIER
from monitor.mailsink import keep
from tests.factories import browser, member, team

PAGES = ("/demo/", "/demo/laboratory.csv", "/demo/mail/", "/demo/mail/00000000000000000001-abcdef01.eml/")
MAIL = (
    b"Subject: An alert needs attention\r\nFrom: watch@localhost\r\nTo: nurse@example.org\r\nMessage-ID: <1@iph>\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/plain\r\n\r\nSee http://127.0.0.1:8000/alerts/1/\r\n"
    b"--x\r\nContent-Type: text/html\r\n\r\n<p>Canary <script>alert(1)</script></p>\r\n--x--\r\n"
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings: Any, tmp_path: Path) -> Path:
    """Turn this service into a demo with a folder of its own."""
    settings.DEMO, settings.LOCAL_DIR = True, tmp_path
    (tmp_path / "mail").mkdir()
    return tmp_path


@pytest.mark.parametrize("address", PAGES)
def test_outside_the_demo_there_is_nothing(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404
    assert browser(member(team())).get(address).status_code == 404


def test_outside_the_demo_no_page_speaks_of_it(client: Client) -> None:
    assert "/demo/" not in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_demo_pages_are_only_read(demo: Path, client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


def test_every_page_of_a_demo_says_so(demo: Path, client: Client) -> None:
    body = client.get("/accounts/login/").content.decode()
    assert "Patients are invented or published cases" in body
    assert 'href="/demo/mail/"' in body


def test_the_first_page_says_who_to_sign_in_as(demo: Path, client: Client) -> None:
    people = [{"role": "physician", "email": "physician@demo.example", "password": "quiet-lung-1", "sees": "One team."}]
    (demo / "demo-users.json").write_text(json.dumps({"users": people, "api_token": "canary-token"}))
    body = client.get("/demo/").content.decode()
    assert all(word in body for word in people[0].values())
    assert "canary-token" not in body
    assert f'href="/patients/?q={DEMO_IDENTIFIER}"' in body


def test_it_leads_to_everything_there_is_to_see(demo: Path, client: Client) -> None:
    (demo / "demo-users.json").write_text(json.dumps({"users": [{"role": "nurse", "email": "a@b", "password": "c"}]}))
    body = client.get("/demo/").content.decode()
    for part in TOUR:
        assert f'<h2 id="{part.slug}-h">{part.title}</h2>' in body
        for stop in part.stops:
            assert escape(stop.words) in body
            assert all(f'<a href="/patients/{id_}/">{name}</a>' in body for name, id_ in stop.patients)
    assert all(f'href="{address}"' in body for address in ("/", "/uploads/", "/demo/mail/"))


def test_the_tour_reads_no_patient(demo: Path, client: Client, django_assert_max_num_queries: Any) -> None:
    (demo / "demo-users.json").write_text(json.dumps({"users": [{"role": "nurse", "email": "a@b", "password": "c"}]}))
    with django_assert_max_num_queries(4) as queries:
        assert client.get("/demo/").status_code == 200
    assert not [one["sql"] for one in queries if '"patients_patient"' in one["sql"]]


def test_where_nobody_can_sign_in_there_is_no_tour(demo: Path, client: Client) -> None:
    assert 'id="alerts-h"' not in client.get("/demo/").content.decode()


@pytest.mark.parametrize("content", [None, "", "{", "{}", "[]"])
def test_without_accounts_it_says_how_to_make_them(demo: Path, client: Client, content: str | None) -> None:
    if content is not None:
        (demo / "demo-users.json").write_text(content)
    assert "manage.py seed_demo" in client.get("/demo/").content.decode()


def test_the_laboratory_file_is_a_table_of_the_last_days(demo: Path, client: Client) -> None:
    response = client.get("/demo/laboratory.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="laboratory.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode()), delimiter=";"))
    assert [(row["Patient ID"], row["Test"], row["Value"], row["Unit"]) for row in rows] == [
        (DEMO_IDENTIFIER, "Hemoglobin", "12,9", "g/dL"),
        (DEMO_IDENTIFIER, "Hemoglobin", "10,4", "g/dL"),
    ]
    days = [datetime.strptime(row["Sampling date"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC) for row in rows]
    assert days[1] - days[0] == timedelta(days=3)
    assert timedelta(0) < timezone.now() - days[1] < timedelta(hours=2)


def test_mails_are_listed_the_newest_first(demo: Path, client: Client) -> None:
    assert "No mail yet" in client.get("/demo/mail/").content.decode()
    names = [
        keep(
            demo / "mail",
            "watch@localhost",
            ["nurse@example.org"],
            MAIL.replace(b"An alert", f"{number} alert".encode()),
        )
        for number in (1, 2)
    ]
    body = client.get("/demo/mail/").content.decode()
    assert body.index("2 alert needs attention") < body.index("1 alert needs attention")
    assert all(f'href="/demo/mail/{name}/"' in body for name in names)
    assert "nurse@example.org" in body


def test_a_mail_is_shown_as_its_plain_text(demo: Path, client: Client) -> None:
    name = keep(demo / "mail", "watch@localhost", ["nurse@example.org"], MAIL)
    body = client.get(f"/demo/mail/{name}/").content.decode()
    assert "<h1>An alert needs attention</h1>" in body
    assert 'href="http://127.0.0.1:8000/alerts/1/"' in body
    assert "&lt;1@iph&gt;" in body
    assert "Canary" not in body  # the HTML part is never rendered


def test_a_mail_without_parts_or_subject_is_shown_too(demo: Path, client: Client) -> None:
    name = keep(demo / "mail", "a@b", ["c@d"], b"From: a@b\r\n\r\n<b>plain</b> words\r\n")
    body = client.get(f"/demo/mail/{name}/").content.decode()
    assert "(no subject)" in body
    assert "&lt;b&gt;plain&lt;/b&gt; words" in body


@pytest.mark.parametrize("name", ["missing.eml", "..", "demo-users.json", "%2e%2e%2fdemo-users.json", "a" * 300])
def test_no_other_file_is_shown(demo: Path, client: Client, name: str) -> None:
    (demo / "demo-users.json").write_text("canary")
    response = client.get(f"/demo/mail/{name}/")
    assert response.status_code == 404
    assert b"canary" not in response.content
