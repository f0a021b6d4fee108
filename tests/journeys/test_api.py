"""A laboratory's program: a token, a file, its report, and the alert that follows. Real servers."""

from typing import Any

import pytest

from tests.demos import ALERT_SECONDS, HOLDS_RESULTS, RunningDemo, laboratory_file, wait_for, yesterday

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def identifier(demo: RunningDemo) -> str:
    """A patient of whom nothing is known."""
    return demo.new_patient("Ada Programm")[1]


@pytest.fixture(scope="module")
def sent(demo: RunningDemo, identifier: str) -> dict[str, Any]:
    """The answer to the file."""
    status, answer = demo.send_file(identifier, laboratory_file(yesterday()))
    assert status == 202
    found: dict[str, Any] = answer
    return found


@pytest.fixture(scope="module")
def report(demo: RunningDemo, sent: dict[str, Any]) -> dict[str, Any]:
    """What became of the file."""
    return wait_for(lambda: demo.report(sent["id"]), ALERT_SECONDS)


def test_a_file_is_answered_at_once_with_where_to_look(sent: dict[str, Any]) -> None:
    assert set(sent) == {"id", "state"}
    assert sent["state"] in {"received", "reading", "done"}


def test_every_row_is_counted_once(report: dict[str, Any]) -> None:
    counts = {name: report[name] for name in ("accepted", "duplicates", "held", "rejected", "skipped")}
    assert counts == {"accepted": HOLDS_RESULTS, "duplicates": 0, "held": 0, "rejected": 0, "skipped": 1}
    assert report["rows"] == sum(counts.values()) == len(report["results"])
    assert (report["state"], report["format"]) == ("done", "csv")


def test_a_result_is_given_as_written_and_as_kept(report: dict[str, Any]) -> None:
    found = [one for one in report["results"] if one["code"] == "HGB"][-1]
    assert (found["value"], found["unit"]) == (11.3, "g/dL")
    assert (found["canonical_value"], found["canonical_unit"]) == (113.0, "g/L")
    assert (found["effective_at"], found["status"], found["state"]) == (f"{yesterday()}", "final", "accepted")


def test_the_alert_follows_within_seconds(demo: RunningDemo, identifier: str, report: dict[str, Any]) -> None:
    status, page = wait_for(
        lambda: answer if (answer := demo.ask(f"alerts/?status=open&patient={identifier}"))[1]["results"] else None,
        ALERT_SECONDS,
    )
    (alert,) = page["results"]
    assert (status, page["next"], alert["state"]) == (200, None, "raised")
    assert "113\N{NO-BREAK SPACE}g/L" in alert["finding"]["sentence"]
    assert alert["finding"]["citation"]
    values = [one["value"] for one in alert["finding"]["evidence"] if one["role"] == "result"]
    assert 113.0 in values


def test_the_same_file_again_is_the_same_upload(demo: RunningDemo, identifier: str, report: dict[str, Any]) -> None:
    status, answer = demo.send_file(identifier, laboratory_file(yesterday()))
    assert (status, answer["id"], answer["state"]) == (202, report["id"], "done")


def test_the_same_results_in_another_file_are_duplicates(
    demo: RunningDemo, identifier: str, report: dict[str, Any]
) -> None:
    again = laboratory_file(yesterday()) + b"\r\n"
    answer = demo.send_file(identifier, again)[1]
    found = wait_for(lambda: demo.report(answer["id"]), ALERT_SECONDS)
    assert (found["accepted"], found["duplicates"]) == (0, HOLDS_RESULTS)
    assert len(demo.ask(f"alerts/?status=all&patient={identifier}")[1]["results"]) == 1


def test_a_wrong_token_is_a_problem(demo: RunningDemo) -> None:
    status, problem = demo.ask("patients/", token="wrong")
    assert (status, problem["status"], problem["title"]) == (401, 401, "Unauthorized")


@pytest.mark.parametrize("patient", ["nobody", "00000000-0000-4000-8000-000000000000"])
def test_a_file_for_nobody_is_a_404_and_leaves_nothing(demo: RunningDemo, patient: str) -> None:
    before = demo.rows("SELECT count(*) FROM patients_upload")
    status, problem = demo.send_file(patient, b"Date,Test,Value,Unit\n")
    assert (status, problem["status"]) == (404, 404)
    assert demo.rows("SELECT count(*) FROM patients_upload") == before


def test_an_unreadable_file_fails_visibly(demo: RunningDemo, identifier: str) -> None:
    answer = demo.send_file(identifier, b"\x00\x01\x02 no table at all \xff" * 20)[1]
    found = wait_for(lambda: demo.report(answer["id"]), ALERT_SECONDS)
    assert (found["state"], found["accepted"]) == ("failed", 0)


def test_replay_gives_the_same_bytes(demo: RunningDemo, report: dict[str, Any]) -> None:
    done = demo.manage("replay", "--all", "--json")
    assert (done.returncode, '"ok": true' in done.stdout) == (0, True), done.stdout


def test_the_doctor_finds_nothing(demo: RunningDemo, report: dict[str, Any]) -> None:
    done = demo.manage("doctor", "--json")
    assert (done.returncode, done.stdout.count('"ok": false')) == (0, 0), done.stdout
