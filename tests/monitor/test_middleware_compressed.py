"""Pages are sent compressed to who asks for it; an answer of the API keeps its ETag, which a program must send back."""

import gzip

import pytest

from tests.factories import browser, member, patient, team

pytestmark = pytest.mark.django_db
ASKS = {"Accept-Encoding": "gzip, deflate, br"}


def test_a_page_is_the_same_in_a_tenth_of_its_bytes() -> None:
    north = team("north")
    for number in range(50):
        patient(north, f"A patient {number}", identifier=f"C{number}")
    one = browser(member(north))
    plain, packed = one.get("/?tab=all"), one.get("/?tab=all", headers=ASKS)
    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (None, "gzip")
    assert "Accept-Encoding" in packed.headers["Vary"]
    unpacked = gzip.decompress(packed.content)
    assert unpacked.count(b"data-row>") == plain.content.count(b"data-row>") == 50
    assert len(packed.content) < len(plain.content) / 8


def test_two_answers_of_one_page_differ_in_length_by_chance() -> None:
    one = browser(member(team("north")))
    lengths = {len(one.get("/patients/", headers=ASKS).content) for _ in range(40)}
    assert len(lengths) > 3  # random bytes and a CSRF token of its own each time: BREACH


def test_the_api_is_not_touched() -> None:
    north = team("north")
    ill = patient(north)
    one = browser(member(north))
    plain = one.get(f"/api/v1/patients/{ill.pk}/")
    packed = one.get(f"/api/v1/patients/{ill.pk}/", headers=ASKS)
    assert packed.status_code == 200
    assert "Content-Encoding" not in packed.headers
    assert packed.headers.get("ETag") == plain.headers.get("ETag")
    assert packed.content == plain.content
