"""Sputum and lavage: fit, with siderophages, or without."""

from typing import Any

import pytest

from alerts.rules.sputa import KINDS, POSITIVE, is_negative, is_positive, is_unfit, sample_words, siderophage_words
from patients.event_kinds import kinds
from tests.alerts.rules.pictures import sample


@pytest.mark.parametrize(
    ("findings", "unfit", "positive", "negative"),
    [
        ({}, False, False, False),
        ({"siderophages": "absent"}, False, False, True),
        ({"siderophages": "few"}, False, True, False),
        ({"siderophages": "many", "adequate": True}, False, True, False),
        ({"siderophages": "many", "adequate": False}, True, False, False),
        ({"siderophages": "absent", "adequate": False}, True, False, False),
        ({"siderophages_percent": 35}, False, True, False),
        ({"siderophages_percent": 0}, False, False, True),
        ({"acid_fast_bacilli": "absent"}, False, False, False),
    ],
)
def test_what_a_sample_says(findings: dict[str, Any], *, unfit: bool, positive: bool, negative: bool) -> None:
    one = sample(1, **findings)
    assert (is_unfit(one.findings), is_positive(one), is_negative(one.findings)) == (unfit, positive, negative)


def test_every_amount_of_the_catalogue_is_positive_or_none() -> None:
    assert {*POSITIVE, "absent"} == set(kinds()["sputum"].fields["siderophages"].allowed)
    assert set(KINDS) <= set(kinds())


def test_words() -> None:
    assert siderophage_words(sample(1, siderophages="many")) == "many"
    assert siderophage_words(sample(1, siderophages_percent=41)) == "41 %"
    assert siderophage_words(sample(1)) == ""
    assert [sample_words(sample(1, kind=kind)) for kind in KINDS] == ["sputum", "lavage fluid"]
