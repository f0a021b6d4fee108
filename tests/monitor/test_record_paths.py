"""Addresses of recording hold kinds and numbers only."""

import re
from uuid import UUID

import pytest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from monitor.record_paths import EventKind, FactKind
from patients.event_kinds import kinds
from patients.recording import MODELS

WHO = "9b2f1f0e-5d57-4b3f-9a55-0c8a6d1f0001"


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_of_event_has_its_address(kind: str) -> None:
    path = f"/patients/{WHO}/record/{kind}/"
    assert resolve(path).kwargs["kind"] == kind
    assert reverse("record-event", args=[WHO, kind]) == path


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_every_kind_of_fact_has_its_address(kind: str) -> None:
    path = f"/patients/{WHO}/facts/{kind}/12/"
    assert resolve(path).kwargs == {"patient_id": UUID(WHO), "fact_kind": kind, "fact_id": 12}
    assert reverse("fact", args=[WHO, kind, 12]) == path


@pytest.mark.parametrize("rest", ["record/prednisolone/", "record/hemoptysis2/", "facts/events/1/", "facts/event/x/"])
def test_no_other_word_is_an_address(rest: str) -> None:
    with pytest.raises(Resolver404):
        resolve(f"/patients/{WHO}/{rest}")


def test_no_kind_takes_the_place_of_a_page_of_its_own() -> None:
    for name in ("results", "dose", "taper"):
        assert name not in kinds()
        assert resolve(f"/patients/{WHO}/record/{name}/").url_name == f"record-{name}"


def test_a_word_that_is_none_makes_no_address() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("record-event", args=[WHO, "ritual"])


def test_the_patterns_match_whole_words() -> None:
    for pattern, words in ((EventKind.regex, kinds()), (FactKind.regex, MODELS)):
        assert {word for word in words if re.fullmatch(pattern, word)} == set(words)
        assert not re.fullmatch(pattern, "")
