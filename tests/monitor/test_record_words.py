"""What kinds and findings are called: every one of the catalogue has its words, and no two the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.record_words import GROUPS, STATES, findings_in_words, label, plain, state, title, unit
from patients.event_kinds import Kind, kinds
from tests.monitor.event_findings import findings_of


def test_every_kind_is_found_in_one_group() -> None:
    listed = [kind for group in GROUPS.values() for kind in group]
    assert sorted(listed) == sorted(kinds())


def test_every_kind_has_a_title_of_its_own() -> None:
    titles = [title(kind) for kind in kinds()]
    assert len(set(titles)) == len(titles)
    assert not any("_" in one or not one[0].isupper() for one in titles)


@pytest.mark.parametrize(("kind", "said"), [("chest_xray", "Chest film"), ("sputum", "Sputum"), ("ecg", "ECG")])
def test_titles(kind: str, said: str) -> None:
    assert title(kind) == said


@pytest.mark.parametrize("kind", kinds().values(), ids=list(kinds()))
def test_the_fields_of_a_kind_have_labels_of_their_own(kind: Kind) -> None:
    labels = [label(name) for name in kind.fields]
    assert len(set(labels)) == len(labels)
    assert not any("_" in one for one in labels)


@pytest.mark.parametrize("kind", kinds().values(), ids=list(kinds()))
def test_the_states_of_a_field_have_words_of_their_own(kind: Kind) -> None:
    for field in kind.fields.values():
        words = [state(field.name, one) for one in field.allowed]
        assert len(set(words)) == len(words)
        assert not any("_" in one for one in words)


def test_words_are_about_states_that_there_are() -> None:
    known = {
        (field.name, str(one)) for kind in kinds().values() for field in kind.fields.values() for one in field.allowed
    }
    assert set(STATES) <= known


@pytest.mark.parametrize(
    ("field", "said", "measured"),
    [
        ("volume_ml", "Volume, mL", "mL"),
        ("focus_size_mm", "Focus size, mm", "mm"),
        ("siderophages_percent", "Siderophages, %", "%"),
        ("rvsp_mmhg", "Right ventricular systolic pressure, mmHg", "mmHg"),
        ("liver_cm", "Liver, cm", "cm"),
        ("name", "Name", ""),
        ("new_foci", "New foci", ""),
        ("units", "Units", ""),
    ],
)
def test_a_label_tells_the_unit(field: str, said: str, measured: str) -> None:
    assert (label(field), unit(field)) == (said, measured)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("stage", 3, "III, large dense shadows"),
        ("severity", 0, "0, none"),
        ("severity", "mild", "mild"),
        ("cavity", True, "yes"),
        ("cavity", False, "no"),
        ("volume_ml", 12.5, "12.5"),
        ("volume_ml", 12.0, "12"),
        ("site", "lower_airway", "lower airway"),
    ],
)
def test_a_state_in_words(field: str, value: object, said: str) -> None:
    assert state(field, value) == said


def test_findings_come_in_the_order_of_the_form() -> None:
    found = findings_in_words(
        "chest_xray", {"reader": "Dr. K.", "zones": {"left_lower": "new"}, "stage": 2, "cavity": False}
    )
    assert found == [
        ("Stage", "II, many round foci"),
        ("Left lower", "new"),
        ("Cavity", "no"),
        ("Reader", "Dr. K."),
    ]


def test_what_the_catalogue_does_not_know_is_shown_as_it_is() -> None:
    assert findings_in_words("ritual", {"moon_phase": "full"}) == [("Moon phase", "full")]
    assert findings_in_words("sputum", {"adequate": None}) == []


@given(st.sampled_from(sorted(kinds())).flatmap(lambda kind: st.tuples(st.just(kind), findings_of(kinds()[kind]))))
def test_every_finding_has_a_line(drawn: tuple[str, dict[str, object]]) -> None:
    kind, findings = drawn
    count = sum(len(one) if isinstance(one, dict) else 1 for one in findings.values())
    assert len(findings_in_words(kind, findings)) == count


@given(st.text(min_size=1, max_size=20))
def test_a_plain_name_has_no_underscore(name: str) -> None:
    assert "_" not in plain(name)
