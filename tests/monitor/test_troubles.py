"""What may be wrong with the service: every sort has words for one and for several, and says what mends it."""

import re
from datetime import UTC, datetime

import pytest

from monitor.troubles import SORTS, Trouble, ordered

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DISEASE = re.compile(r"iph|hemo|lung|bleed|steroid|iron", re.IGNORECASE)


@pytest.mark.parametrize("kind", SORTS)
def test_every_sort_says_what_it_means_and_what_to_do(kind: str) -> None:
    sort = SORTS[kind]
    assert sort.one[0].isupper() or sort.one.startswith("{}")
    assert bool(sort.many) is ("{}" in sort.one)
    for words in (sort.means, sort.mend):
        assert words.endswith(".")
    assert len(kind) <= 24  # the column of an incident


@pytest.mark.parametrize("kind", SORTS)
@pytest.mark.parametrize("count", [0, 1, 17])
def test_words_hold_a_count_and_nothing_else(kind: str, count: int) -> None:
    words = Trouble(kind, count, NOW).words
    assert "{}" not in words
    assert not words.endswith(".")
    assert not DISEASE.search(words)
    assert re.findall(r"\d+", words) == ([str(count)] if "{}" in SORTS[kind].one and count else [])


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Trouble("given_up", 1), "1 patient is not judged: the watch gave up after five attempts"),
        (Trouble("given_up", 3), "3 patients are not judged: the watch gave up after five attempts"),
        (Trouble("unsent"), "Some mails are overdue"),
        (Trouble("unjudged"), "New facts of some patients are not judged"),
        (Trouble("unjudged", 2), "New facts of 2 patients are not judged"),
        (Trouble("queue"), "The queue stands still"),
        (Trouble("intake"), "The part “intake” stands still"),
    ],
)
def test_words(trouble: Trouble, words: str) -> None:
    assert trouble.words == words


def test_only_mail_that_failed_makes_nobody_blind() -> None:
    assert [kind for kind in SORTS if not Trouble(kind).blind] == ["failed_mail"]
    assert Trouble("a part that joined later").blind


def test_the_worst_comes_first() -> None:
    shuffled = [Trouble(kind) for kind in sorted(SORTS)]
    assert [one.kind for one in ordered(shuffled)] == list(SORTS)
    assert [one.kind for one in ordered([Trouble("unsent"), Trouble("intake")])] == ["intake", "unsent"]
