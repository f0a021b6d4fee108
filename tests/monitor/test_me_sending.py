"""How a patient sends a result: nothing is kept until they looked at what was understood and said so."""

import re
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile

from patients import intake, uploading
from patients.models import Observation, Upload
from tests.factories import result, upload
from tests.monitor.me_desk import OWN, Home, home, today, words

pytestmark = pytest.mark.django_db
HEAD = "Sampling date;Test;Value;Unit\n"
LAB = (
    HEAD + "2026-11-20;Hemoglobin;12,6;g/dL\n2026-11-20;Ferritin;41;ng/mL\n2026-11-20;Serum iron;13;\n"
    "2026-11-20;Wizardry;3;x\n2026-11-20;Hemoglobin;;g/dL\n"
).encode()
"""Two values that are understood, one without a unit, one of no known test, one empty cell."""
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 80


@pytest.fixture
def here() -> Home:
    return home()


def rows_of_everything() -> dict[str, int]:
    """Return how many rows each table of the record holds."""
    return {model.__name__: model._default_manager.count() for model in apps.get_app_config("patients").get_models()}


def choose(here: Home, content: bytes = LAB, name: str = "lab.csv", role: str = "patient", **fields: str) -> Any:
    """Choose a file and press "Check it", or "Send" with `step`."""
    file = SimpleUploadedFile(name, content)
    return here.post("send/", {"file": file, "step": "check", **fields}, role)


def hidden(page: Any) -> dict[str, str]:
    """Return what the page of a preview sends beside the button."""
    found = re.findall(r'name="(seen|carried|name)" value="([^"]*)" form="sending"', page.content.decode())
    return {name: unescape(value) for name, value in found}


def send(here: Home, content: bytes = LAB, name: str = "lab.csv", role: str = "patient") -> Any:
    """Choose, look and send."""
    seen = hidden(choose(here, content, name, role))["seen"]
    return choose(here, content, name, role, step="send", seen=seen)


def read(made: Upload) -> Upload:
    """Let the file be read."""
    intake.read_upload(made.pk)
    made.refresh_from_db()
    return made


@pytest.mark.parametrize("role", OWN)
def test_what_was_understood_is_shown_and_nothing_is_kept(
    here: Home, role: str, django_capture_on_commit_callbacks: Any
) -> None:
    before = rows_of_everything()
    with django_capture_on_commit_callbacks() as hints:
        page = choose(here, role=role)
    assert page.status_code == 200
    said = words(page)
    assert "We read 2 values. Please check." in said
    assert "20 November 2026, written as 12.6 g/dL" in said
    assert "126 g/L" in said
    assert "Left for your team" in said
    assert "We are not sure about the unit." in said
    assert "We do not know this test." in said
    assert "1 other line holds nothing that is followed here." in said
    assert "Send 2 values, 2 left for the team" in said
    assert "Nothing has been sent yet." in said
    assert rows_of_everything() == before
    assert hints == []


def test_only_what_was_looked_at_is_sent(here: Home) -> None:
    response = send(here)
    made = Upload.objects.get()
    assert response["Location"] == here.path(f"send/{made.pk}/")
    assert (made.patient, made.by, made.file_name) == (here.ill, here.people["patient"], "lab.csv")
    assert uploading.original(made) == LAB


@pytest.mark.parametrize("seen", ["", "0" * 64])
def test_another_file_than_the_one_looked_at_is_shown_first(here: Home, seen: str) -> None:
    page = choose(here, step="send", seen=seen)
    assert "This is not what you looked at." in words(page)
    assert "We read 2 values" in words(page)
    assert Upload.objects.count() == 0


def test_without_script_a_small_file_is_carried_along(here: Home) -> None:
    page = choose(here)
    response = here.post("send/", {**hidden(page), "step": "send"})
    assert response.status_code == 302
    assert uploading.original(Upload.objects.get()) == LAB


def test_a_large_one_is_chosen_once_more(here: Home) -> None:
    page = choose(here, PHOTO, "photo.jpg")
    assert "Choose the same file once more" in words(page)
    assert here.post("send/", {**hidden(page), "step": "send"}).status_code == 400
    assert Upload.objects.count() == 0
    assert choose(here, PHOTO, "photo.jpg", step="send", seen=hidden(page)["seen"]).status_code == 302


def test_a_photo_goes_to_the_team_and_is_said_not_to_be_read(here: Home) -> None:
    assert "We cannot read this kind of file ourselves" in words(choose(here, PHOTO, "photo.jpg"))
    send(here, PHOTO, "photo.jpg")
    made = read(Upload.objects.get())
    assert made.state == "failed"
    page = words(here.get(f"send/{made.pk}/"))
    assert "We could not read it ourselves. Your team has it and looks at it." in page


def test_sent_twice_is_sent_once(here: Home) -> None:
    first, second = send(here), send(here)
    assert first["Location"] == second["Location"]
    assert Upload.objects.count() == 1


def test_who_sends_it_again_is_told(here: Home) -> None:
    send(here)
    seen = hidden(choose(here))["seen"]
    file = SimpleUploadedFile("lab.csv", LAB)
    page = here.visitor().post(here.path("send/"), {"file": file, "step": "send", "seen": seen}, follow=True)
    assert "You sent this before. Nothing was changed." in words(page)


@pytest.mark.parametrize(
    ("content", "words_"), [(b"", "There is nothing in this file."), (None, "Choose a file first.")]
)
def test_what_cannot_be_sent_is_said_beside_the_field(here: Home, content: bytes | None, words_: str) -> None:
    page = here.post("send/", {"step": "check"}) if content is None else choose(here, content)
    assert page.status_code == 400
    assert words_ in words(page)


def test_a_file_that_is_too_large_is_refused(here: Home, settings: Any) -> None:
    settings.UPLOAD_BYTES = 50
    assert choose(here).status_code == 413
    assert Upload.objects.count() == 0


def test_a_file_of_somebody_else_is_left_for_the_team(here: Home) -> None:
    content = b"Patient ID;Sampling date;Test;Value;Unit\nOTHER-9;2026-11-20;Hemoglobin;12,6;g/dL\n"
    said = words(choose(here, content))
    assert "This line does not name you." in said
    assert "OTHER-9" not in said


def test_a_value_that_is_known_already_is_said_to_be(here: Home) -> None:
    send(here)
    read(Upload.objects.get())
    said = words(choose(here, LAB + b"\n"))
    assert "known already" in said


def test_what_a_patient_sends_counts_at_once_and_waits_to_be_checked(here: Home) -> None:
    send(here)
    read(Upload.objects.get())
    assert set(Observation.objects.values_list("code", "unconfirmed")) == {("HGB", True), ("FERRITIN", True)}
    assert "Your team has not checked this value yet." in words(here.get())


@pytest.mark.parametrize(
    ("fields", "shape", "expected"),
    [
        ({"state": "received"}, "low", "It is being read."),
        ({"state": "done", "rows": [{"state": "accepted"}] * 2}, "ok", "2 values in your record."),
        ({"state": "held", "rows": [{"state": "accepted"}, {"state": "held"}]}, "mod", "1 value left for your team."),
        ({"state": "failed", "reason": "Canary"}, "mod", "We could not read it ourselves."),
    ],
)
def test_the_state_of_what_was_sent_in_plain_words(
    here: Home, fields: dict[str, Any], shape: str, expected: str
) -> None:
    made = upload(here.ill, by=here.people["patient"], file_name="home.csv", **fields)
    page = here.get(f"send/{made.pk}/")
    assert expected in words(page)
    assert "Canary" not in words(page)
    assert ("data-again" in page.content.decode()) is (shape == "low")
    assert expected in words(here.get("send/"))


def test_files_of_the_team_and_of_others_are_not_listed_here(here: Home) -> None:
    mine = upload(here.ill, by=here.people["patient"], file_name="mine.csv", state="done")
    senders = (None, here.people["nurse"])
    theirs = [upload(here.ill, by=by, file_name=f"Canary{by}.hl7", state="done") for by in senders]
    foreign = upload(by=here.people["patient"], team=here.ill.team, state="done")
    for role in OWN:
        assert "Canary" not in words(here.get("send/", role))
        assert here.get(f"send/{mine.pk}/", role).status_code == 200
        assert {here.get(f"send/{one.pk}/", role).status_code for one in [*theirs, foreign]} == {404}


def typed(here: Home, role: str = "patient", **fields: str) -> Any:
    """Type values of today and press "Check it", or "Send" with `step`."""
    return here.post("send/typed/", {"on": today().isoformat(), "clock": "00:01", "step": "check", **fields}, role)


@pytest.mark.parametrize("role", OWN)
def test_typed_values_are_looked_at_then_sent_as_a_file(here: Home, role: str) -> None:
    page = typed(here, role, HGB="12,6", **{"HGB-unit": "g/dL"})
    assert "We read 1 value. Please check." in words(page)
    assert 'value="12,6"' in page.content.decode()
    assert Upload.objects.count() == 0
    seen = hidden(page)["seen"]
    response = typed(here, role, HGB="12,6", step="send", seen=seen, **{"HGB-unit": "g/dL"})
    assert response.status_code == 302
    made = read(Upload.objects.get())
    assert (made.by, made.accepted, made.state) == (here.people[role], 1, "done")
    (row,) = Observation.objects.all()
    assert (row.code, row.value, row.unit, row.unconfirmed, row.precision) == ("HGB", 126.0, "g/L", True, "minute")


def test_values_changed_after_looking_are_shown_first(here: Home) -> None:
    seen = hidden(typed(here, HGB="126"))["seen"]
    page = typed(here, HGB="26", step="send", seen=seen)
    assert "This is not what you looked at." in words(page)
    assert Upload.objects.count() == 0


def test_another_value_for_the_same_time_is_left_for_the_team(here: Home) -> None:
    moment = f"{today().isoformat()}T00:01"
    result(here.ill, 98, effective_at=f"{moment}:00+01:00")
    assert "We have another value for this time." in words(typed(here, HGB="126"))


def test_nothing_typed_is_asked_for(here: Home) -> None:
    page = typed(here)
    assert page.status_code == 400
    assert "Type at least one value." in words(page)


def test_a_long_file_makes_a_short_page(here: Home) -> None:
    rows = "".join(f"2026-{1 + day // 28:02}-{1 + day % 28:02};Hemoglobin;12,{day % 9};g/dL\n" for day in range(280))
    page = choose(here, (HEAD + rows).encode())
    assert "and 240 more" in words(page)
    assert len(page.content) < 40_000


def test_the_preview_reads_as_the_database_lets_a_patient_read(here: Home, as_web: Any) -> None:
    for role in OWN:
        with as_web(here.people[role]):
            assert "We read 2 values" in words(choose(here, role=role))
            assert send(here, name=f"{role}.csv", role=role).status_code == 302
