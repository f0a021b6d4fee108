"""How numbers, units, dates and severities are written."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.rule import Severity
from monitor.templatetags import showing

NOW = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)


def plain(text: str) -> str:
    """Return a text with its no-break spaces as plain ones."""
    return text.replace(showing.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (98.0, "98"),
        (98.5, "98.5"),
        (124.37, "124.4"),
        (0.0, "0"),
        (-1.64, "−1.64"),
        (0.000012, "0.000012"),
        (0.0001, "0.0001"),
        (1240, "1240"),
        (12345.6, "12346"),
        (-250000.0, "−250000"),
        ("not detected", "not detected"),
        ("", "·"),
        (None, "·"),
    ],
)
def test_numbers(value: float | str | None, written: str) -> None:
    assert showing.number(value) == written


@given(st.floats(0.001, 1e7))
def test_a_number_is_written_to_four_digits_without_an_exponent(value: float) -> None:
    text = showing.number(value)
    assert "e" not in text
    assert float(text) == pytest.approx(value, rel=5.1e-4)
    assert showing.number(-value) == f"−{text}"


@pytest.mark.parametrize(
    ("ucum", "written"),
    [
        ("g/L", "g/L"),
        ("umol/L", "µmol/L"),
        ("ug/L", "µg/L"),
        ("10*9/L", "10⁹/L"),
        ("Cel", "°C"),
        ("a", "years"),
        ("mg/d", "mg/d"),
        ("10*12/L", "10¹²/L"),
        ("10*-3", "10⁻³"),
        ("1", ""),
        ("", ""),
        ("%", "%"),
        ("mm[Hg]", "mmHg"),
        ("{score}", "score"),
        ("mU/L", "mU/L"),
    ],
)
def test_units(ucum: str, written: str) -> None:
    assert showing.unit(ucum) == written


@pytest.mark.parametrize(
    ("sentence", "first", "rest"),
    [
        (
            "Hb 98 g/L on 23 Nov 2026, 21 % below own baseline of 124. Of stable results one in 100 falls by more than 7.7 %.",
            "Hb 98 g/L on 23 Nov 2026, 21 % below own baseline of 124.",
            "Of stable results one in 100 falls by more than 7.7 %.",
        ),
        ("Each was shorter than the one before: 400, 300.", "Each was shorter than the one before:", "400, 300."),
        ("At 7.5 mg; no plan", "At 7.5 mg;", "no plan"),
        ("No stop at all", "No stop at all", ""),
        ("One line.\nAnother.", "One line.", "Another."),
        ("", "", ""),
    ],
)
def test_the_first_clause_is_enough_alone(sentence: str, first: str, rest: str) -> None:
    assert showing.first_clause(sentence) == first
    assert showing.after_first_clause(sentence) == rest


def test_where_nothing_follows_the_whole_first_sentence_stands() -> None:
    moved = "Shadows moved: new in right lower zone on the film of 24 Nov 2026, against that of 20 Nov 2026."
    assert showing.first_sentence(f"{moved} 2 zones or more within 7 days count.") == moved
    assert showing.first_clause(moved) == "Shadows moved:"


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_no_part_of_a_sentence_is_lost(sentence: str) -> None:
    whole = showing.first_clause(sentence) + showing.after_first_clause(sentence)
    assert whole.replace(" ", "") == sentence.replace(" ", "")


@pytest.mark.parametrize(
    ("severity", "word", "shape"),
    [(Severity.HIGH, "High", "high"), (Severity.MODERATE, "Moderate", "mod"), (Severity.LOW, "Low", "low")],
)
def test_a_severity_is_a_shape_and_a_word(severity: Severity, word: str, shape: str) -> None:
    pill = showing.severity_pill(int(severity))
    assert f'href="#s-{shape}"' in pill
    assert pill.endswith(f"</svg>{word}</span>")
    assert f"sev--{showing.shape(severity)}" in pill
    assert "style=" not in pill


def test_severities_are_counted_in_words() -> None:
    assert showing.severity_pill(3, 2).endswith("2 high</span>")


@pytest.mark.parametrize(
    ("then", "written"),
    [
        (NOW - timedelta(seconds=40), "40 s"),
        (NOW - timedelta(seconds=60), "1 min"),
        (NOW - timedelta(minutes=59, seconds=59), "59 min"),
        (NOW - timedelta(hours=2), "2 h"),
        (NOW - timedelta(hours=47), "1 d"),
        (NOW - timedelta(days=74), "74 d"),
        (NOW + timedelta(minutes=5), "0 s"),
        (None, "never"),
    ],
)
def test_how_long_ago(then: datetime | None, written: str) -> None:
    assert plain(showing.ago(then, NOW)) == written


def test_moments_are_written_in_the_readers_zone() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert plain(showing.moment(late)) == "24 Nov 2026, 23:30"
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert plain(showing.moment(late)) == "25 Nov 2026, 00:30"
        assert plain(showing.day(late)) == "25 Nov 2026"


def test_a_date_has_no_zone() -> None:
    with timezone.override(ZoneInfo("Pacific/Apia")):
        assert plain(showing.day(date(2015, 5, 7))) == "7 May 2015"


@pytest.mark.parametrize(
    ("then", "zone", "written"),
    [
        (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "Europe/Berlin", "24 Nov 2026"),
        (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "UTC", "23 Nov 2026, 23:00"),
        (datetime(2026, 11, 24, 7, 40, tzinfo=UTC), "America/New_York", "24 Nov 2026, 02:40"),
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), "America/New_York", "24 Nov 2026"),
    ],
)
def test_samples_are_dated_in_the_patients_zone(then: datetime, zone: str, written: str) -> None:
    with timezone.override(ZoneInfo("Asia/Tokyo")):  # the reader's zone does not matter
        assert plain(showing.sampled(then, zone)) == written


def test_a_list_shows_only_the_day_of_a_sample() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert plain(showing.sampled_on(late, "UTC")) == "24 Nov 2026"
    assert plain(showing.sampled_on(late, "Europe/Berlin")) == "25 Nov 2026"


@pytest.mark.parametrize(("percent", "written"), [(-21, "▼ 21 %"), (3, "▲ 3 %"), (0, "0 %")])
def test_changes(percent: int, written: str) -> None:
    assert plain(showing.change(percent)) == written


def test_numbers_are_added_to_a_tenth() -> None:
    assert showing.add_number(123.1, -6.5) == 116.6


@pytest.mark.parametrize(
    ("code", "written"), [("HGB", "Hemoglobin"), ("hemoptysis", "Hemoptysis"), ("chest_imaging", "Chest imaging")]
)
def test_evidence_is_named_in_words(code: str, written: str) -> None:
    assert showing.fact(code) == written


class Asking(forms.Form):
    """A form with a field of each look."""

    name = forms.CharField(help_text="As written.")
    kind = forms.ChoiceField(choices=[("a", "A")])


def test_fields_have_our_look_and_say_what_is_wrong() -> None:
    name, kind = Asking({"name": "", "kind": "b"})
    assert 'class="input"' in showing.control(name)
    assert 'class="select"' in showing.control(kind)
    assert 'aria-invalid="true"' in showing.control(name)
    assert 'aria-describedby="id_name_helptext' in showing.control(name)


@pytest.mark.parametrize(
    ("born", "written"),
    [
        (date(2017, 11, 24), "9 y"),
        (date(2017, 11, 25), "8 y"),
        (date(2024, 11, 25), "23 mo"),
        (date(2024, 11, 24), "2 y"),
        (date(2026, 11, 20), "0 mo"),
        (None, "age unknown"),
    ],
)
def test_ages(born: date | None, written: str) -> None:
    assert plain(showing.age(born, NOW)) == written


def test_who_was_born_on_a_leap_day_ages_on_the_first_of_march() -> None:
    born = date(2024, 2, 29)
    assert plain(showing.age(born, datetime(2027, 2, 28, 12, tzinfo=UTC))) == "2 y"
    assert plain(showing.age(born, datetime(2027, 3, 1, 12, tzinfo=UTC))) == "3 y"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Lena Mayer", "LM"), ("Dr. L. M.", "DM"), ("anna maria sophie kern", "AK"), ("Cher", "C"), ("", ""), (" . ", "")],
)
def test_initials(name: str, letters: str) -> None:
    assert showing.initials(name) == letters


def test_templates_find_them_and_escape_what_they_write() -> None:
    template = Template("{% load showing %}{{ text|number }} {{ text|first_clause }} {{ text|unit }}")
    assert "<b>" not in template.render(Context({"text": "<b>5</b>"}))
