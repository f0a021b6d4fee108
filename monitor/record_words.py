"""What kinds of events, their findings and their states are called on a form. Pure."""

from collections.abc import Mapping
from typing import Final

from patients.event_kinds import kinds

TITLES: Final[Mapping[str, str]] = {
    "chest_xray": "Chest film",
    "chest_ct": "Chest CT",
    "ecg": "ECG",
    "lavage": "Bronchoalveolar lavage",
    "marrow": "Bone marrow",
    "tuberculin": "Tuberculin test",
}
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Diary": ("hemoptysis", "symptom"),
    "Sputum and lavage": ("sputum", "lavage"),
    "Images and traces": ("chest_xray", "chest_ct", "scintigraphy", "ultrasound", "ecg"),
    "At the bedside": ("examination", "transfusion", "tuberculin", "procedure"),
    "Tissue": ("marrow", "biopsy"),
    "Course": ("infection", "complication", "exacerbation", "remission", "diagnosis"),
}
"""The order in which a person finds the kinds; together they are all of them."""
LABELS: Final[Mapping[str, str]] = {
    "acid_fast_bacilli": "Acid-fast bacilli",
    "golde_score": "Golde score",
    "t_flattened": "T wave flattened",
    "st_depression": "ST depression",
    "rvsp_mmhg": "Right ventricular systolic pressure",
    "xray_stage": "Stage on the film",
    "until": "Until (last day)",
    "right_heart_enlarged": "Right heart enlarged",
    "second_tone_accent": "Accent of the second tone",
}
UNITS: Final[Mapping[str, str]] = {"ml": "mL", "mm": "mm", "cm": "cm", "percent": "%", "mmhg": "mmHg"}
"""What the end of a field's name says of its unit."""
HINTS: Final[Mapping[tuple[str, str], str]] = {
    ("hemoptysis", "amount"): "Needed; or give the volume.",
    ("exacerbation", "until"): "Leave it empty while it goes on.",
}
STATES: Final[Mapping[tuple[str, str], str]] = {
    ("stage", "0"): "0 (clear)",
    ("stage", "1"): "I, veil-like haze",
    ("stage", "2"): "II, many round foci",
    ("stage", "3"): "III, large dense shadows",
    ("stage", "4"): "IV, fibrosis",
    ("xray_stage", "1"): "I",
    ("xray_stage", "2"): "II",
    ("xray_stage", "3"): "III",
    ("xray_stage", "4"): "IV",
    ("severity", "0"): "0, none",
    ("severity", "1"): "1, mild",
    ("severity", "2"): "2, moderate",
    ("severity", "3"): "3, severe",
    ("respiratory_failure", "0"): "none",
    ("respiratory_failure", "1"): "I",
    ("respiratory_failure", "2"): "II",
    ("respiratory_failure", "3"): "III",
    ("amount", "streaks"): "streaks of blood",
    ("amount", "teaspoon"): "a teaspoon (5 mL) or more",
    ("amount", "moderate"): "30 to 100 mL",
    ("amount", "massive"): "100 mL or more",
    ("acid_fast_bacilli", "pcr_positive"): "PCR positive",
}


def title(kind: str) -> str:
    """Return what a kind of event is called."""
    return TITLES.get(kind) or plain(kind)


def plain(name: str) -> str:
    """Return a name in words: "right_upper" is "Right upper"."""
    return name.replace("_", " ").capitalize()


def unit(field: str) -> str:
    """Return the unit that a field's name tells, "" for none."""
    return UNITS.get(field.rpartition("_")[2], "") if "_" in field else ""


def label(field: str) -> str:
    """Return what a field is called, with its unit."""
    measured = unit(field)
    named = LABELS.get(field) or plain(field.rpartition("_")[0] if measured else field)
    return f"{named}, {measured}" if measured else named


def state(field: str, value: object) -> str:
    """Return what a value of a field is called."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.9g}"
    return STATES.get((field, str(value))) or str(value).replace("_", " ")


def findings_in_words(kind: str, findings: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the findings of an event, each with what it is called, in the order of the kind's fields."""
    known = kinds()[kind].fields if kind in kinds() else {}
    found: list[tuple[str, str]] = []
    for name in (*known, *(one for one in findings if one not in known)):
        value = findings.get(name)
        if isinstance(value, Mapping):
            found += [(plain(str(key)), state(name, one)) for key, one in value.items()]
        elif value is not None:
            found.append((label(name), state(name, value)))
    return found
