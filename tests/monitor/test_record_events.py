"""The form of every kind of event: what the catalogue allows is taken, everything else is refused at its field."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.record_events import NOTHING_SAID, EventForm, initial_of
from patients.event_kinds import Kind, completed, kinds, problems
from tests.monitor.event_findings import findings_of, typed

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Vienna")
BORN = date(2015, 5, 17)
KINDS = pytest.mark.parametrize("kind", kinds().values(), ids=list(kinds()))
ANY = st.sampled_from(sorted(kinds())).map(lambda name: kinds()[name])
WITH_FINDINGS = ANY.flatmap(lambda kind: st.tuples(st.just(kind), findings_of(kind)))


def form(kind: Kind | str, sent: dict[str, str] | None = None, **fields: Any) -> EventForm:
    """Return the form of a kind, sent with a date unless told otherwise."""
    known = kinds()[kind] if isinstance(kind, str) else kind
    data = None if sent is None else {"on": "2026-03-03", **sent}
    return EventForm(data, kind=known, zone=ZONE, at=AT, born=BORN, **fields)


@given(WITH_FINDINGS)
def test_a_valid_event_is_taken_as_it_is(drawn: tuple[Kind, dict[str, Any]]) -> None:
    kind, findings = drawn
    made = form(kind, typed(findings))
    assert made.is_valid(), made.errors
    assert made.findings == completed(kind.name, findings)
    assert problems(kind.name, made.findings) == ()


@given(WITH_FINDINGS)
def test_what_is_recorded_fills_the_form_and_comes_back_the_same(drawn: tuple[Kind, dict[str, Any]]) -> None:
    kind, findings = drawn
    filled = {name: str(value) for name, value in initial_of(findings).items()}
    again = form(kind, filled)
    assert again.is_valid(), again.errors
    assert again.findings == completed(kind.name, findings)


@given(WITH_FINDINGS, st.data())
def test_a_value_that_is_not_allowed_is_refused_at_its_field(drawn: tuple[Kind, dict[str, Any]], data: Any) -> None:
    kind, findings = drawn
    wrong = {"choice": "no such word", "number": "-1", "boolean": "perhaps", "date": "soon", "map": "gone"}
    guarded = [one for one in kind.fields.values() if one.type in wrong]
    assume(guarded)
    field = data.draw(st.sampled_from(guarded))
    name = f"{field.name}-{field.keys[0]}" if field.type == "map" else field.name
    sent = {**typed(findings), name: wrong[field.type]}
    made = form(kind, sent)
    assert not made.is_valid()
    assert list(made.errors) == [name]
    assert made[name].value() == wrong[field.type]


@KINDS
def test_what_is_needed_is_asked_for_at_its_field(kind: Kind) -> None:
    made = form(kind, {})
    if kind.required:
        assert set(made.errors) == set(kind.required)
        assert {error for errors in made.errors.values() for error in errors} == {"This is needed."}
    elif kind.name in {"infection", "remission"}:
        assert made.is_valid()
    else:
        assert made.errors == {next(iter(made.groups()[1].fields)).name: [NOTHING_SAID]}


@KINDS
def test_every_field_of_the_catalogue_is_on_the_page_once(kind: Kind) -> None:
    shown = [field.name for group in form(kind).groups() for field in group.fields]
    wanted = {"on", "clock"}
    for one in kind.fields.values():
        wanted |= {f"{one.name}-{key}" for key in one.keys} if one.type == "map" else {one.name}
    assert len(shown) == len(set(shown))
    assert set(shown) == wanted


@KINDS
def test_no_field_of_the_catalogue_takes_the_place_of_a_field_of_ours(kind: Kind) -> None:
    assert not {"on", "clock", "mark", "reason", "retract"} & set(kind.fields)


@pytest.mark.parametrize("value", ["-1", "1e7", "12 mL", "<5", "NaN", "inf", "1,234", "1_0", "٣", "5" * 50, "--"])
def test_a_number_is_a_plain_number(value: str) -> None:
    made = form("transfusion", {"product": "red_cells", "volume_ml": value})
    assert list(made.errors) == ["volume_ml"]


@pytest.mark.parametrize(("value", "number"), [("0", 0.0), ("12,5", 12.5), (" 12.5 ", 12.5), ("999999", 999999.0)])
def test_numbers_are_read_as_people_write_them(value: str, number: float) -> None:
    made = form("transfusion", {"product": "red_cells", "volume_ml": value})
    assert made.is_valid()
    assert made.findings["volume_ml"] == number


@pytest.mark.parametrize(
    ("volume", "amount"), [("1", "streaks"), ("5", "teaspoon"), ("30", "moderate"), ("100", "massive")]
)
def test_the_amount_of_blood_follows_from_its_volume(volume: str, amount: str) -> None:
    made = form("hemoptysis", {"volume_ml": volume})
    assert made.is_valid()
    assert made.findings == {"volume_ml": float(volume), "amount": amount}


def test_no_blood_is_no_hemoptysis() -> None:
    assert list(form("hemoptysis", {"volume_ml": "0"}).errors) == ["amount"]


def test_a_number_of_a_scale_is_kept_as_a_number() -> None:
    made = form("chest_xray", {"stage": "0"})
    assert made.is_valid()
    assert made.findings == {"stage": 0}


def test_an_episode_ends_after_it_began() -> None:
    assert list(form("exacerbation", {"status": "confirmed", "until": "2026-03-02"}).errors) == ["until"]
    assert form("exacerbation", {"status": "confirmed", "until": "2026-03-03"}).is_valid()


@pytest.mark.parametrize("text", ["x" * 2001, "a\x00b"])
def test_prose_that_cannot_be_kept_is_asked_again(text: str) -> None:
    assert list(form("diagnosis", {"text": text}).errors) == ["text"]


@given(
    ANY,
    st.dictionaries(
        st.sampled_from(["on", "clock", "amount", "name", "text", "stage", "until", "zones-left_lower", "volume_ml"]),
        st.text(max_size=30),
    ),
)
def test_whatever_is_sent_is_answered_with_words(kind: Kind, sent: dict[str, str]) -> None:
    made = form(kind, sent)
    if made.is_valid():
        assert problems(kind.name, made.findings) == ()
        assert made.instant is not None
        assert made.instant.at <= AT
    else:
        assert all(errors for errors in made.errors.values())
