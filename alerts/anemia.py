"""WHO 2024 grade of anemia by age, sex, pregnancy, altitude and smoking. Pure. The grade is shown; it corrects nothing else.

Source: WHO guideline on haemoglobin cutoffs to define anaemia, 2024 (NCBI Bookshelf who376196), read through secondary sources;
the tables of altitude and smoking, and the bands of 6–23 months and of the second trimester, are to be checked against the
guideline before use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from patients.history import PatientFacts

CITATION: Final = "WHO guideline on haemoglobin cutoffs to define anaemia, 2024"
TRIMESTERS: Final = (timedelta(weeks=14), timedelta(weeks=28))
"""Ends of first and second trimester, counted from the first day of the last period."""
TERM: Final = timedelta(weeks=42)
"""A pregnancy whose end nobody stated lasts this long."""
ALTITUDE: Final = (
    (4500.0, 33.0),
    (4000.0, 29.0),
    (3500.0, 25.0),
    (3000.0, 21.0),
    (2500.0, 18.0),
    (2000.0, 14.0),
    (1500.0, 11.0),
    (1000.0, 8.0),
    (500.0, 4.0),
)
"""From this many meters, this much is subtracted, g/L."""
SMOKING: Final = ((20.0, 6.0), (10.0, 5.0), (0.0, 3.0))
"""From this many cigarettes a day, this much is subtracted, g/L."""
LEAST_MONTHS: Final = 6
"""Below this age there is no grade."""
SMOKER: Final = 3.0
"""Subtracted for a smoker whose amount is unknown."""


class Grade(StrEnum):
    """How severe an anemia is."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"

    def worse_than(self, other: "Grade") -> bool:
        """Whether this is the more severe of two grades."""
        grades = tuple(Grade)
        return grades.index(self) > grades.index(other)


class Group(StrEnum):
    """Whom a row of the table is for."""

    CHILD_6_23_MONTHS = "child_6_23_mo"
    CHILD_24_59_MONTHS = "child_24_59_mo"
    CHILD_5_11 = "child_5_11_y"
    CHILD_12_14 = "child_12_14_y"
    WOMAN = "woman_15_plus"
    MAN = "man_15_plus"
    TRIMESTER_1 = "pregnant_t1"
    TRIMESTER_2 = "pregnant_t2"
    TRIMESTER_3 = "pregnant_t3"


BANDS: Final = {
    Group.CHILD_6_23_MONTHS: (105.0, 95.0, 70.0),
    Group.CHILD_24_59_MONTHS: (110.0, 100.0, 70.0),
    Group.CHILD_5_11: (115.0, 110.0, 80.0),
    Group.CHILD_12_14: (120.0, 110.0, 80.0),
    Group.WOMAN: (120.0, 110.0, 80.0),
    Group.MAN: (130.0, 110.0, 80.0),
    Group.TRIMESTER_1: (110.0, 100.0, 70.0),
    Group.TRIMESTER_2: (105.0, 95.0, 70.0),
    Group.TRIMESTER_3: (110.0, 100.0, 70.0),
}
"""g/L: none from the first, mild from the second, moderate from the third on, severe below."""
PREGNANT: Final = (Group.TRIMESTER_1, Group.TRIMESTER_2, Group.TRIMESTER_3)


@dataclass(frozen=True, slots=True)
class Judged:
    """A hemoglobin as graded: adjusted value, group, grade. Grade and group are None where age or sex is missing."""

    adjusted: float
    group: Group | None
    grade: Grade | None


def judged(hemoglobin: float, patient: PatientFacts, on: date) -> Judged:
    """Return the grade of a hemoglobin in g/L that a patient had on a day."""
    value = adjusted(
        hemoglobin,
        altitude_m=patient.altitude_m,
        cigarettes_per_day=patient.cigarettes_per_day,
        smokes=patient.smoking == "current",
    )
    who = group(patient.birth_date, patient.sex, trimester(patient.pregnancies, on), on)
    return Judged(value, who, grade(value, who) if who else None)


def adjusted(
    hemoglobin: float,
    *,
    altitude_m: float | None = None,
    cigarettes_per_day: float | None = None,
    smokes: bool = False,
) -> float:
    """Return hemoglobin in g/L less what height and smoking add to it."""
    height = next((less for start, less in ALTITUDE if (altitude_m or 0) >= start), 0.0)
    if cigarettes_per_day is not None and cigarettes_per_day > 0:
        smoke = next(less for start, less in SMOKING if cigarettes_per_day >= start)
    else:
        smoke = SMOKER if smokes and cigarettes_per_day is None else 0.0
    return hemoglobin - height - smoke


def grade(adjusted_hemoglobin: float, who: Group) -> Grade:
    """Return the grade of an adjusted hemoglobin in g/L."""
    none, mild, moderate = BANDS[who]
    if adjusted_hemoglobin >= none:
        return Grade.NONE
    if adjusted_hemoglobin >= mild:
        return Grade.MILD
    return Grade.MODERATE if adjusted_hemoglobin >= moderate else Grade.SEVERE


def group(birth_date: date | None, sex: str, in_trimester: int | None, on: date) -> Group | None:
    """Return the row of the table for a person on a day; None below six months, and where age or needed sex is unknown."""
    if in_trimester is not None:
        return PREGNANT[in_trimester - 1]
    months = None if birth_date is None else age_months(birth_date, on)
    if months is None or months < LEAST_MONTHS:
        return None
    limits = (
        (24, Group.CHILD_6_23_MONTHS),
        (60, Group.CHILD_24_59_MONTHS),
        (144, Group.CHILD_5_11),
        (180, Group.CHILD_12_14),
    )
    child = next((row for end, row in limits if months < end), None)
    return child or {"female": Group.WOMAN, "male": Group.MAN}.get(sex)


def severe_below(birth_date: date | None, in_trimester: int | None, on: date) -> float | None:
    """Return the adjusted hemoglobin below which an anemia is severe, g/L: the same for both sexes. None where age is unknown."""
    who = group(birth_date, "female", in_trimester, on)
    return BANDS[who][2] if who else None


def trimester(pregnancies: Sequence[tuple[date, date | None]], on: date) -> int | None:
    """Return 1, 2 or 3 on a day within a pregnancy, None otherwise. A pregnancy begins on the first day of the last period."""
    for start, end in pregnancies:
        if start <= on <= (end or start + TERM):
            return 1 + sum(on - start >= length for length in TRIMESTERS)
    return None


def age_months(birth_date: date, on: date) -> int:
    """Return completed months of life on a day."""
    whole = (on.year - birth_date.year) * 12 + on.month - birth_date.month
    return whole - (on.day < birth_date.day)
