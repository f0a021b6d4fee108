"""Dates as laboratories write them, and the order of day and month of a whole file."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.parsers.dates import (
    DATE_LENGTH,
    DateOrder,
    ReadDate,
    all_at_midnight,
    date_parts,
    decide_order,
    read_date,
)

DAY, MONTH, UNDECIDED = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.UNDECIDED
CONTRADICTORY = DateOrder.CONTRADICTORY
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "en short": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "de short": "Jan. Feb. Mär. Apr. Mai Jun. Jul. Aug. Sep. Okt. Nov. Dez.",
    "Excel de": "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "Austria": "Jänner Feber März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "fr short": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ru nominative": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "ru short": "янв. февр. март апр. май июнь июль авг. сент. окт. нояб. дек.",
}
NUMERIC = {
    "%d.%m.%Y": DAY,
    "%d/%m/%Y": DAY,
    "%d-%m-%Y": DAY,
    "%m/%d/%Y": MONTH,
    "%m-%d-%Y": MONTH,
    "%Y-%m-%d": UNDECIDED,
    "%Y/%m/%d": UNDECIDED,
    "%Y.%m.%d": UNDECIDED,
    "%Y%m%d": UNDECIDED,
    "%d-%b-%Y": UNDECIDED,
    "%d%b%Y": UNDECIDED,
    "%B %d, %Y": UNDECIDED,
}
TIMES = {"": "", " %H:%M": "T%H:%M", ", %H:%M": "T%H:%M", " %I:%M %p": "T%H:%M", "T%H:%M:59": "T%H:%M:59"}
DAYS = st.dates(date(1920, 1, 1), date(2099, 12, 31))
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001 - a file gives local times


@pytest.mark.parametrize("form", NUMERIC)
@pytest.mark.parametrize("time", [time for time in TIMES if time != "T%H:%M:59"])
@settings(max_examples=25)
@given(moment=MOMENTS)
def test_a_date_written_in_a_form_is_read_back(form: str, time: str, moment: datetime) -> None:
    if form == "%Y%m%d" and time:
        time = "%H%M"
    expected = moment.strftime("%Y-%m-%d" + ("T%H:%M" if time else ""))
    assert read_date(moment.strftime(form + time), NUMERIC[form]) == ReadDate(expected)


@pytest.mark.parametrize("language", MONTHS)
@given(day=DAYS)
def test_a_month_by_name_is_read_back_in_every_language(language: str, day: date) -> None:
    name = MONTHS[language].split()[day.month - 1]
    for text in (
        f"{day.day} {name} {day.year}",
        f"{day.day}. {name.upper()} {day.year}",
        f"{day.day}\u00a0{name} {day.year}",
    ):
        assert read_date(text, UNDECIDED) == ReadDate(day.isoformat()), text


@given(DAYS)
def test_two_digits_of_a_year_are_read_as_posix_does(day: date) -> None:
    found = read_date(day.strftime("%d.%m.%y"), DAY)
    assert found.iso[2:] == day.isoformat()[2:]
    assert 1969 <= int(found.iso[:4]) <= 2068


@given(
    MOMENTS,
    st.sampled_from([("Z", "Z"), (" UTC", "Z"), ("+02:00", "+02:00"), ("+0530", "+05:30"), ("-03:30", "-03:30")]),
)
def test_an_offset_is_kept(moment: datetime, offset: tuple[str, str]) -> None:
    text, iso = offset
    moment = moment.replace(microsecond=0)
    expected = moment.isoformat(timespec="seconds" if moment.second else "minutes") + iso
    assert read_date(moment.isoformat(timespec="seconds") + text, UNDECIDED) == ReadDate(expected)
    assert datetime.fromisoformat(expected).utcoffset() is not None


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("9.1.2023", "2023-01-09"),
        ("9.1.23", "2023-01-09"),
        (" 09.01.2023 ", "2023-01-09"),
        ("09.01.2023 08:47", "2023-01-09T08:47"),
        ("09.01.2023, 8.47 Uhr", "2023-01-09T08:47"),
        ("09.01.2023 um 08:47 Uhr", "2023-01-09T08:47"),
        ("09/01/2023 à 08h47", "2023-01-09T08:47"),
        ("09.01.2023 в 08:47", "2023-01-09T08:47"),
        ("9 Jan 2023 at 08:47", "2023-01-09T08:47"),
        ("9/1/2023 7:05 AM", "2023-01-09T07:05"),
        ("9/1/2023 12:05 a.m.", "2023-01-09T00:05"),
        ("9/1/2023 12:05 PM", "2023-01-09T12:05"),
        ("9/1/2023 7:05:30 p.m.", "2023-01-09T19:05:30"),
        ("2023-01-09T08:47:12.123Z", "2023-01-09T08:47:12Z"),
        ("2023-01-09 08:47:00.0", "2023-01-09T08:47"),
        ("20230109083015.1234+0100", "2023-01-09T08:30:15+01:00"),
        ("20230109T083000Z", "2023-01-09T08:30Z"),
        ("1er mars 2023", "2023-03-01"),
        ("3rd March 2023", "2023-03-03"),
        ("March 3rd, 2023", "2023-03-03"),
        ("Sept. 9, 2023", "2023-09-09"),
        ("9 января 2023 г.", "2023-01-09"),
        ("9 января 2023г. 08:47", "2023-01-09T08:47"),
        ("9 fe\u0301vrier 2023", "2023-02-09"),  # an accent as a sign of its own, as macOS writes it
        ("29.02.2024", "2024-02-29"),
    ],
)
def test_forms_of_laboratories(text: str, iso: str) -> None:
    assert read_date(text, DAY).iso == iso


@pytest.mark.parametrize(
    "text",
    ["30.02.2023", "31.04.2023", "29.02.2023", "2023-02-30", "2023-13-01", "00.01.2023", "32 Jan 2023", "0000-01-01", "20230231",
     "99.99.2023"],
)  # fmt: skip
@pytest.mark.parametrize("order", [DAY, MONTH])
def test_days_that_never_were(text: str, order: DateOrder) -> None:
    assert read_date(text, order) == ReadDate(problem="impossible")


@pytest.mark.parametrize(
    "text",
    ["", "   ", "gestern", "13,3", "1.5", "2023", "2023-01", "01/2023", "Q1 2023", "44935", "1673222400", "23-01-09",
     "9 marbles 2023", "9 jui 2023", "9 Smarch 2023", "09.01/2023", "9.1", "1.2.3.4", "2023-01-09T24:00", "2023-01-09T08:60",
     "2023-01-09T08:47:60", "2023-01-09T08:47+15:00", "2023-01-09T08:47+02:75", "9/1/2023 13:05 PM", "9/1/2023 0:05 am",
     "٠٩.٠١.٢٠٢٣", "09.01.2023 x", "x" * 100, "09.01.2023" + " " * DATE_LENGTH],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert date_parts(text) is None
    assert read_date(text, DAY) == ReadDate(problem="unreadable")


@given(DAYS)
def test_day_and_month_that_could_be_exchanged_are_never_guessed(day: date) -> None:
    text = day.strftime("%d/%m/%Y")
    found = read_date(text, UNDECIDED)
    if day.day <= 12 and day.day != day.month:
        assert found == ReadDate(problem="ambiguous")
    else:
        assert found == ReadDate(day.isoformat())


@given(DAYS)
def test_the_number_above_twelve_is_the_day_on_either_side(day: date) -> None:
    if day.day > 12:
        assert read_date(day.strftime("%m/%d/%Y"), UNDECIDED) == ReadDate(day.isoformat())


def test_a_file_that_contradicts_itself_settles_only_what_cannot_be_exchanged() -> None:
    assert read_date("23/04/2023", CONTRADICTORY).problem == "ambiguous"
    assert read_date("04/04/2023", CONTRADICTORY).iso == "2023-04-04"
    assert read_date("2023-04-05", CONTRADICTORY).iso == "2023-04-05"


@pytest.mark.parametrize(
    ("texts", "language", "mark", "order"),
    [
        (["03/04/2023", "23/04/2023"], "", "", DAY),
        (["03/04/2023", "04/23/2023"], "", "", MONTH),
        (["23/04/2023", "04/23/2023"], "", "", CONTRADICTORY),
        (["03/04/2023"], "", "", UNDECIDED),
        (["03/04/2023"], "en", ".", UNDECIDED),
        (["03/04/2023"], "de", "", DAY),
        (["03/04/2023"], "fr", "", DAY),
        (["03/04/2023"], "ru", "", DAY),
        (["03/04/2023"], "en", ",", DAY),
        (["03.04.2023"], "en", ".", DAY),
        (["03.04.2023", "04/23/2023"], "", "", MONTH),
        (["2023-04-23", "9 Mar 2023", "20230423", "neg", ""], "", "", UNDECIDED),
        (["13/13/2023"], "", "", UNDECIDED),
        ([], "", "", UNDECIDED),
        ([], "de", "", DAY),
    ],
)
def test_the_order_of_a_file(texts: list[str], language: str, mark: str, order: DateOrder) -> None:
    assert decide_order(texts, language=language, decimal_mark=mark) is order


@given(st.lists(DAYS, min_size=1, max_size=30), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y"]))
def test_a_file_of_one_order_is_never_read_in_the_other(days: list[date], form: str) -> None:
    order = decide_order(day.strftime(form) for day in days)
    for day in days:
        found = read_date(day.strftime(form), order)
        assert found.problem == "ambiguous" or found.iso[2:] == day.isoformat()[2:]


@given(st.lists(DAYS, min_size=1, max_size=30))
def test_the_order_does_not_depend_on_the_order_of_the_rows(days: list[date]) -> None:
    texts = [day.strftime("%m/%d/%Y") for day in days]
    assert decide_order(texts) is decide_order(reversed(texts))


@pytest.mark.parametrize(
    ("texts", "midnight"),
    [
        (["2023-01-09 00:00", "2023-01-10 00:00:00"], True),
        (["09.01.2023 00:00", "x", ""], True),
        (["2023-01-09 00:00", "2023-01-10 08:30"], False),
        (["2023-01-09 00:00", "2023-01-10"], False),
        (["2023-01-09T00:00Z"], False),
        (["2023-01-09T00:00+01:00"], False),
        (["2023-01-09"], False),
        ([], False),
    ],
)
def test_times_that_are_always_midnight_were_never_known(texts: list[str], midnight: bool) -> None:
    assert all_at_midnight(texts) is midnight


@given(st.text(max_size=DATE_LENGTH + 20), st.sampled_from(DateOrder))
def test_any_text_is_read_or_refused_and_never_raises(text: str, order: DateOrder) -> None:
    found = read_date(text, order)
    assert bool(found.iso) is not bool(found.problem)
    decide_order([text])
    all_at_midnight([text])


@given(st.text(alphabet="0123456789.-/: TZ+janмая", max_size=24), st.sampled_from(DateOrder))
def test_what_is_read_is_iso_8601(text: str, order: DateOrder) -> None:
    found = read_date(text, order)
    if found.iso:
        assert datetime.fromisoformat(found.iso).date().isoformat() == found.iso[:10]


@given(st.dates(date(2000, 1, 1), date(2068, 12, 30)))
def test_the_day_after_is_the_day_after(day: date) -> None:
    one, two = read_date(f"{day:%d.%m.%y}", DAY), read_date(f"{day + timedelta(days=1):%d.%m.%y}", DAY)
    assert date.fromisoformat(two.iso) - date.fromisoformat(one.iso) == timedelta(days=1)
