"""What a result says: words of a scale, reasons why there is none, findings of events."""

import pytest

from patients.analytes import catalogue
from patients.event_kinds import event_of_analyte, problems
from patients.readings import RowState
from tests.patients.raws import INFORMATION, WARNING, codes, message, read, told

SCALES = [(one.code, word) for one in catalogue().values() if one.value_type != "number" for word in one.allowed]
EVENT_NUMBERS = [
    ("TUBERCULIN", "mm"),
    ("BAL_SIDERO", "%"),
    ("GOLDE", "1"),
    ("MARROW_SIDEROBLAST", "%"),
    ("HEMOPTYSIS_24H", "mL"),
]
LATER = ("not examined", "sample unfit")


@pytest.mark.parametrize(("code", "word"), [pair for pair in SCALES if pair[0] not in event_of_analyte()])
def test_every_word_of_a_scale_is_accepted(code: str, word: str) -> None:
    reading = read(word.upper(), "", code)
    assert (reading.state, reading.value_text, reading.value, reading.unit) == (RowState.ACCEPTED, word, None, "")


@pytest.mark.parametrize(
    ("code", "written", "word"),
    [
        ("ANCA", "negativ", "negative"),
        ("ANTI_GBM", "отрицательно", "negative"),
        ("U_PROT_STRIP", "traces", "trace"),
        ("U_BLOOD_STRIP", "3 +", "3+"),
        ("ANISO", "2+", "2+"),
    ],
)
def test_a_laboratorys_word_is_understood_in_its_language(code: str, written: str, word: str) -> None:
    reading = read(written, "", code)
    assert (reading.state, reading.value_text, reading.original_value) == (RowState.ACCEPTED, word, written)


@pytest.mark.parametrize("written", ["perhaps", "13.2", "5+", "see comment"])
def test_an_unknown_word_is_held_with_the_words_that_are_known(written: str) -> None:
    reading = read(written, "", "U_PROT_STRIP")
    assert (reading.state, told(reading), reading.value_text) == (RowState.HELD, [("unknown_finding", WARNING)], "")
    assert "negative, trace, 1+, 2+, 3+, 4+" in message(reading, "unknown_finding")


def test_a_sign_before_a_word_is_held() -> None:
    assert codes(read("trace", "", "U_PROT_STRIP", comparator="<")) == ["unknown_comparator"]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("hemolyzed", "error"),
        ("hämolysiert", "error"),
        ("гемолиз", "error"),
        ("not done", "not-performed"),
        ("pending", "temp-unknown"),
    ],
)
def test_a_word_in_place_of_a_number_is_the_reason_why_there_is_none(written: str, reason: str) -> None:
    reading = read(written, "%", "Reticulocytes")
    assert (reading.state, reading.data_absent_reason) == (RowState.ACCEPTED, reason)
    assert (reading.value, reading.value_text, reading.unit, reading.issues) == (None, "", "", ())


@pytest.mark.parametrize(
    ("stated", "reason"),
    [("not-performed", "not-performed"), ("masked", "masked"), ("hemolyzed", "error"), ("whatever", "unknown")],
)
def test_a_stated_reason_is_one_of_fhirs(stated: str, reason: str) -> None:
    reading = read("", "", data_absent_reason=stated)
    assert (reading.state, reading.data_absent_reason) == (RowState.ACCEPTED, reason)


def test_a_missing_unit_does_not_matter_where_there_is_no_value() -> None:
    assert read("hemolyzed", "", "Iron").state is RowState.ACCEPTED


def test_a_value_beside_a_reason_why_there_is_none_is_held() -> None:
    reading = read("13.2", data_absent_reason="error")
    assert (reading.state, codes(reading), reading.data_absent_reason) == (RowState.HELD, ["value_and_reason"], "")
    assert read("hemolyzed", data_absent_reason="error").state is RowState.ACCEPTED
    assert read("-", data_absent_reason="not-performed").state is RowState.ACCEPTED


@pytest.mark.parametrize(
    ("code", "word"), [pair for pair in SCALES if pair[0] in event_of_analyte() and pair[1] not in LATER]
)
def test_every_word_of_an_events_scale_is_a_finding_that_its_kind_allows(code: str, word: str) -> None:
    reading = read(word, "", code)
    kind, field = event_of_analyte()[code]
    assert (reading.state, reading.event_kind, reading.event_field) == (RowState.ACCEPTED, kind, field)
    assert reading.code == code
    assert problems(kind, {field: reading.event_value}) == ()


@pytest.mark.parametrize(
    ("code", "written", "field", "value"),
    [
        ("SP_SIDERO", "not found", "siderophages", "absent"),
        ("SP_SIDERO", "не обнаружено", "siderophages", "absent"),
        ("SP_SIDERO", "single", "siderophages", "few"),
        ("SP_RBC", "blood", "erythrocytes", "many"),
        ("SP_AFB", "2+", "acid_fast_bacilli", "2+"),
        ("SP_ATYPICAL", "found", "atypical_cells", "present"),
        ("SP_SIDERO", "sample unfit", "adequate", False),
    ],
)
def test_a_sputum_is_recorded_as_the_finding_of_an_event(code: str, written: str, field: str, value: object) -> None:
    reading = read(written, "", code)
    assert (reading.state, reading.event_kind, reading.event_field, reading.event_value) == (
        RowState.ACCEPTED,
        "sputum",
        field,
        value,
    )


@pytest.mark.parametrize("written", ["not examined", "not done"])
def test_what_was_not_examined_is_no_finding(written: str) -> None:
    reading = read(written, "", "SP_AFB")
    assert (reading.state, told(reading), reading.event_value) == (
        RowState.SKIPPED,
        [("nothing_to_record", INFORMATION)],
        None,
    )


@pytest.mark.parametrize(("code", "unit"), EVENT_NUMBERS)
def test_a_number_of_an_event_is_its_finding(code: str, unit: str) -> None:
    reading = read("12", unit, code)
    kind, field = event_of_analyte()[code]
    assert (reading.state, reading.value, reading.event_value) == (RowState.ACCEPTED, 12.0, 12.0)
    assert (reading.event_kind, reading.event_field) == (kind, field)


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [("streaks", "amount", "streaks"), ("250", "volume_ml", 250.0), (">100", "volume_ml", 100.0)],
)
def test_blood_is_recorded_by_its_amount_or_volume(written: str, field: str, value: object) -> None:
    reading = read(written, "mL", "HEMOPTYSIS_24H")
    assert (reading.state, reading.event_kind, reading.event_field, reading.event_value) == (
        RowState.ACCEPTED,
        "hemoptysis",
        field,
        value,
    )


@pytest.mark.parametrize("written", ["0", "none", "нет", "negativ"])
def test_no_blood_is_no_event(written: str) -> None:
    reading = read(written, "mL", "HEMOPTYSIS_24H")
    assert (reading.state, codes(reading)) == (RowState.SKIPPED, ["nothing_to_record"])


@pytest.mark.parametrize(
    ("written", "state", "severity"),
    [("<5", RowState.HELD, WARNING), ("<=5", RowState.HELD, WARNING), (">20", RowState.ACCEPTED, INFORMATION)],
)
def test_an_event_keeps_no_comparator(written: str, state: RowState, severity: str) -> None:
    reading = read(written, "%", "BAL_SIDERO")
    assert (reading.state, told(reading)) == (state, [("comparator_not_kept", severity)])


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("final", RowState.ACCEPTED), ("corrected", RowState.ACCEPTED), ("preliminary", RowState.HELD),
        ("entered-in-error", RowState.HELD), ("cancelled", RowState.HELD), ("unknown", RowState.HELD),
    ],
)  # fmt: skip
def test_an_event_is_recorded_only_of_a_result_that_is_final(status: str, state: RowState) -> None:
    reading = read("2+", "", "SP_AFB", status=status)
    assert (reading.state, codes(reading)) == (state, ["uncertain_event"] if state is RowState.HELD else [])


@pytest.mark.parametrize("written", ["", "not examined", "0"])
def test_what_takes_an_event_back_is_never_skipped(written: str) -> None:
    reading = read(written, "mL", "HEMOPTYSIS_24H", status="entered-in-error")
    assert (reading.state, reading.event_kind) == (RowState.HELD, "hemoptysis")
    assert "uncertain_event" in codes(reading)


@pytest.mark.parametrize("written", ["nil", "нет"])
def test_a_word_for_nothing_is_a_finding_of_a_scale_and_no_number(written: str) -> None:
    assert read(written, "", "ANTI_GBM").value_text == "negative"
    assert read(written, "", "SP_SIDERO").event_value == "absent"
    assert read(written, "mg/L", "CRP").state is RowState.SKIPPED


def test_cells_all_over_the_field_are_above_a_hundred() -> None:
    reading = read("all over the field", "", "U_RBC")
    assert (reading.state, reading.value, reading.comparator, reading.unit) == (RowState.ACCEPTED, 100.0, ">", "/[HPF]")
    assert read("all over the field", "10*9/L", "WBC").state is RowState.HELD
