"""A cavity: high, latching, whoever read the film."""

from alerts.rules.film_cavity import RULE
from alerts.rules.rule import Clear, Severity
from tests.alerts.rules.histories import event, on
from tests.alerts.rules.pictures import answers, asked_again, date, film, found, only, rows

CAVITY = film(0, cavity=True)


def test_no_cavity_is_clear() -> None:
    assert answers(RULE, film(0, cavity=False), film(3), event(4, "lavage"), at=5) == (Clear("film_cavity", ""),)


def test_a_cavity_is_high_and_waits_for_a_person() -> None:
    one = only(RULE, CAVITY, at=5)
    assert (one.severity, one.latching, one.subject, one.since) == (Severity.HIGH, True, "1000", on(0))
    assert one.sentence == (
        f"Cavity on the film of {date(0)}. Hemosiderosis makes none: tuberculosis or cancer must be excluded."
    )
    assert one.clears_when == "A person closes it, with a reason."
    assert rows(one) == [("result", 1000)]
    assert (one.threshold, one.arithmetic) == ("A cavity on a film", ("Films with a cavity: 1",))
    assert [(row.code, row.value, row.unit) for row in one.evidence] == [("chest_xray", "cavity", "")]


def test_seen_again_it_is_the_same_alert() -> None:
    one = only(RULE, CAVITY, film(30, kind="chest_ct", cavity=True), at=31)
    assert (one.subject, one.numbers, one.level) == ("1000", {"films": 2}, 0)
    assert one.sentence.endswith(f" Seen again on the CT of {date(30)}.")
    assert rows(one) == [("result", 1000), ("result", 1030)]


def test_a_later_film_without_it_does_not_end_it() -> None:
    assert only(RULE, CAVITY, film(30, cavity=False, foci_present=False), at=31) == only(RULE, CAVITY, at=31)


def test_another_readers_cavity_is_told() -> None:
    assert found(RULE, film(0, reader="A", cavity=False), film(1, reader="B", cavity=True), at=2)


def test_after_half_a_year_it_is_no_news_and_the_next_is_another() -> None:
    assert not found(RULE, CAVITY, at=180)
    assert only(RULE, CAVITY, film(180, cavity=True), at=181).subject == "1000"
    assert only(RULE, CAVITY, film(181, cavity=True), at=182).subject == "1181"
    assert found(RULE, CAVITY, at=180, seen_days=200)


def test_asked_again_when_it_is_no_news_or_the_next_becomes_true() -> None:
    assert asked_again(RULE, CAVITY, at=5) == on(180)
    assert asked_again(RULE, CAVITY, film(9, cavity=True), at=5) == on(9)
    assert asked_again(RULE, film(0), at=5) is None
