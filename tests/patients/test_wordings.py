"""Words for results: statuses, reasons for a missing one, flags and findings, in four languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.analytes import analyte, catalogue, lines
from patients.event_kinds import kinds
from patients.wordings import (
    WORD_LENGTH,
    absent_reason_of,
    amount_word,
    finding_word,
    flag_of,
    folded_word,
    is_blank,
    is_uncountable,
    status_of,
)

WORDS = lines("words.csv")
STATUSES = {
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
}  # fmt: skip
"""The codes of FHIR R4 ObservationStatus."""
REASONS = {"unknown", "asked-unknown", "temp-unknown", "not-performed", "error", "unsupported", "masked"}
"""Codes of FHIR R4 DataAbsentReason."""


def of_kind(kind: str) -> list[tuple[str, str]]:
    """Return the words of a kind with their meaning."""
    return [(line["word"], line["meaning"]) for line in WORDS if line["kind"] == kind]


@pytest.mark.parametrize(
    ("kind", "read"),
    [("status", status_of), ("absent", absent_reason_of), ("flag", flag_of)],
    ids=["status", "absent", "flag"],
)
def test_every_listed_word_means_one_thing(kind: str, read: object) -> None:
    assert callable(read)
    assert [(word, meaning) for word, meaning in of_kind(kind) if read(word) != meaning] == []
    assert [(word, meaning) for word, meaning in of_kind(kind) if read(f" {word.upper()} ") != meaning] == []


def test_meanings_are_codes_of_fhir_and_hl7() -> None:
    assert {meaning for _, meaning in of_kind("status")} <= STATUSES
    assert {meaning for _, meaning in of_kind("absent")} <= REASONS
    assert {meaning for _, meaning in of_kind("flag")} == {"L", "LL", "H", "HH", "N", "A", "AA"}


def test_every_meaning_of_a_finding_is_a_word_of_some_analyte_or_amount() -> None:
    known = {word for one in catalogue().values() for word in one.allowed} | {">100", "negative", "positive"}
    known |= {str(amount) for amount in kinds()["hemoptysis"].fields["amount"].allowed}
    assert {meaning for _, meaning in of_kind("finding")} <= known


def test_no_word_is_too_long_to_be_looked_up() -> None:
    assert max(len(line["word"]) for line in WORDS) <= WORD_LENGTH


@pytest.mark.parametrize(
    ("word", "status"),
    [("F", "final"), ("P", "preliminary"), ("C", "corrected"), ("W", "entered-in-error"), ("D", "entered-in-error"),
     ("X", "cancelled"), ("I", "registered"), ("vorläufig", "preliminary"), ("VORLAUFIG", "preliminary"),
     ("Endbefund", "final"), ("définitif", "final"), ("предварительный", "preliminary"), ("entered-in-error", "entered-in-error")],
)  # fmt: skip
def test_statuses_of_hl7_and_of_laboratories(word: str, status: str) -> None:
    assert status_of(word) == status


@pytest.mark.parametrize(
    ("word", "reason"),
    [("hemolysiert", "error"), ("Hémolysé", "error"), ("гемолиз", "error"), ("QNS", "error"), ("clotted", "error"),
     ("folgt", "temp-unknown"), ("pending", "temp-unknown"), ("n.d.", "not-performed"), ("not done", "not-performed"),
     ("n.b.", "unknown"), ("siehe Kommentar", ""), ("12", ""), ("", "")],
)  # fmt: skip
def test_a_word_in_place_of_a_result_is_a_reason(word: str, reason: str) -> None:
    assert absent_reason_of(word) == reason


@pytest.mark.parametrize("cell", ["", "  ", "\t", "-", "--", "—", "–", "N/A", "null", "."])
def test_blank_cells(cell: str) -> None:
    assert is_blank(cell)


@pytest.mark.parametrize("cell", ["0", "neg", "< 5", "-1", "hemolysiert", "+"])
def test_cells_that_say_something(cell: str) -> None:
    assert not is_blank(cell)


@pytest.mark.parametrize(
    ("flag", "meaning"),
    [("L", "L"), ("low", "L"), ("-", "L"), ("--", "LL"), ("↓", "L"), ("ниже", "L"), ("erniedrigt", "L"), ("bas", "L"),
     ("H", "H"), ("+", "H"), ("++", "HH"), ("élevé", "H"), ("выше нормы", "H"), ("panic high", "HH"), ("*", "A"),
     ("normal", "N"), ("в норме", "N"), ("?", ""), ("", "")],
)  # fmt: skip
def test_flags(flag: str, meaning: str) -> None:
    assert flag_of(flag) == meaning


@pytest.mark.parametrize("code", [one.code for one in catalogue().values() if one.allowed])
def test_every_allowed_word_of_an_analyte_means_itself(code: str) -> None:
    one = analyte(code)
    assert [word for word in one.allowed if finding_word(one, word) != word] == []
    assert [word for word in one.allowed if finding_word(one, word.upper()) != word] == []


@pytest.mark.parametrize(
    ("code", "word", "meaning"),
    [
        ("SP_SIDERO", "negativ", "not found"),
        ("SP_SIDERO", "не обнаружено", "not found"),
        ("SP_SIDERO", "einzelne", "single"),
        ("SP_SIDERO", "много", "many"),
        ("SP_SIDERO", "Speichel", "sample unfit"),
        ("SP_SIDERO", "не исследовалось", "not examined"),
        ("SP_SIDERO", "moderate", "moderate"),
        ("SP_SIDERO", "1+", ""),
        ("SP_RBC", "neg.", "none"),
        ("SP_RBC", "blutig", "blood"),
        ("SP_AFB", "+", "1+"),
        ("SP_AFB", "absent", "not found"),
        ("SP_AFB", "spärlich", "scanty"),
        ("SP_ATYPICAL", "positive", "found"),
        ("SP_ATYPICAL", "Verdacht", "suspicious"),
        ("ANISO", "moderate", "2+"),
        ("ANISO", "+++", "3+"),
        ("ANISO", "негатив", ""),
        ("U_PROT_STRIP", "Spur", "trace"),
        ("U_PROT_STRIP", "(+)", "trace"),
        ("U_PROT_STRIP", "++++", "4+"),
        ("U_BLOOD_STRIP", "++++", ""),
        ("ANCA", "MPO-ANCA", "p-ANCA"),
        ("ANCA", "ц-АНЦА", "c-ANCA"),
        ("ANTI_GBM", "grenzwertig", "equivocal"),
        ("ANTI_GBM", "12 U/mL", ""),
        ("ANTI_GBM", "", ""),
    ],
)
def test_a_word_means_what_the_analyte_can_be(code: str, word: str, meaning: str) -> None:
    assert finding_word(analyte(code), word) == meaning


def test_a_number_has_no_finding_word() -> None:
    assert {finding_word(analyte("HGB"), word) for word in ("normal", "negative", "1+", "many")} == {""}


@pytest.mark.parametrize(
    ("word", "amount"),
    [("streaks", "streaks"), ("Blutfäden", "streaks"), ("прожилки крови", "streaks"), ("Teelöffel", "teaspoon"),
     ("massiv", "massive"), ("moderate", "moderate"), ("12 mL", ""), ("viel", "")],
)  # fmt: skip
def test_amounts_of_hemoptysis(word: str, amount: str) -> None:
    assert amount_word(word) == amount


@pytest.mark.parametrize("word", ["TNTC", "massenhaft", "сплошь", "all over the field"])
def test_fields_too_full_to_count(word: str) -> None:
    assert is_uncountable(word)
    assert not is_uncountable("100")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("vorläufig", "VORLÄUFIG"),
        ("vorla\u0308ufig", "vorläufig"),
        ("not  done", " not done "),
        ("1 ＋", "1 +"),
        ("Mäßig", "mässig"),
    ],
)
def test_folding_takes_away_case_accents_and_spaces(one: str, two: str) -> None:
    assert folded_word(one) == folded_word(two)


@given(st.text(max_size=2 * WORD_LENGTH))
def test_any_text_is_looked_up_and_never_raises(text: str) -> None:
    assert folded_word(folded_word(text)[:WORD_LENGTH]) == folded_word(text)[:WORD_LENGTH].strip()
    for read in (status_of, absent_reason_of, flag_of, amount_word):
        assert read(text) == read(f" {text} ") or len(text) > WORD_LENGTH - 2
    for one in catalogue().values():
        assert finding_word(one, text) in {"", *one.allowed}
