"""Entity tags: one revision, one tag; whatever a header holds is compared and never breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import etags

REVISIONS = st.integers(0, 2**31 - 1)


def test_a_tag_is_weak_and_names_the_revision() -> None:
    assert etags.of_revision(12) == 'W/"12"'


def test_what_is_told_beside_the_facts_is_part_of_the_tag() -> None:
    one, other = etags.of_revision(12, b'{"name":"Anna"}'), etags.of_revision(12, b'{"name":"Berta"}')
    assert one != other
    assert one.startswith('W/"12.')
    assert one == etags.of_revision(12, b'{"name":"Anna"}')


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('W/"12"', True),
        ('"12"', True),
        ("*", True),
        ('"3", W/"12"', True),
        ('W/"13"', False),
        ('W/"1"', False),
        ('W/"12.0000abcd"', False),
        ("12", False),
        ("", False),
        ("W/12", False),
    ],
)
def test_an_answer_is_known_by_its_tag_alone(header: str, known: bool) -> None:
    assert etags.is_known(header, 'W/"12"') is known


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        ('W/"12"', True),
        ('"12"', True),
        ('W/"12.0000abcd"', True),
        ("*", True),
        ('W/"7", W/"12"', True),
        ('W/"11"', False),
        ('W/"120"', False),
        ('W/"1"', False),
        ("12", False),
        ("", False),
    ],
)
def test_any_tag_of_a_revision_names_it(header: str, matches: bool) -> None:
    assert etags.names_revision(header, 12) is matches


@given(REVISIONS, REVISIONS, st.binary(max_size=20))
def test_a_tag_matches_its_own_revision_and_no_other(one: int, other: int, content: bytes) -> None:
    tag = etags.of_revision(one, content)
    assert etags.is_known(tag, tag)
    assert etags.names_revision(tag, other) is (one == other)


@given(st.text(max_size=60), REVISIONS)
def test_no_header_breaks_the_comparison(header: str, revision: int) -> None:
    tag = etags.of_revision(revision)
    assert etags.is_known(header, tag) in (True, False)
    assert etags.names_revision(header, revision) in (True, False)
