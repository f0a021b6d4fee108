"""What there is to look at in the demo, patient by patient, as its first page lists it. Pure."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from monitor.demo_patient import id_of


@dataclass(frozen=True, slots=True)
class Stop:
    """Something to look at, and who shows it."""

    words: str
    identifiers: tuple[str, ...]

    @property
    def patients(self) -> tuple[tuple[str, UUID], ...]:
        """Return identifier and id of each patient."""
        return tuple((one, id_of(one)) for one in self.identifiers)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the tour; `slug` is its place in the page."""

    slug: str
    title: str
    stops: tuple[Stop, ...]


def _stop(words: str, *who: int | str) -> Stop:
    """Return a stop; a number is a patient of the cohort."""
    return Stop(words, tuple(f"DEMO-{one}" if isinstance(one, int) else f"CASE-{one}" for one in who))


TOUR: Final = (
    Part("alerts", "Alerts, from raised to closed", (
        _stop("An acute fall, a severe anemia", 2, 5),
        _stop("A slow fall, nobody has it yet", 3, 38),
        _stop("Hemoptysis with a steady hemoglobin", 4),
        _stop("A relapse while the dose is being reduced", 22),
        _stop("Acknowledged five days ago by the nurse", 35),
        _stop("Snoozed for some days, with the reason", 44),
        _stop("Assigned by the nurse to the physician", 39),
        _stop("With a comment, and what was thought of it", 23),
        _stop("Resolved by the physician, with the reason", 36),
        _stop("Recovered by itself", 37),
    )),
    Part("course", "The course of the disease", (
        _stop("Stable for years", 1, 8),
        _stop("In an exacerbation", 27, 42, 45),
        _stop("Recovering after a relapse", 7, 29),
        _stop("The acute form, just found", 16),
        _stop("Remissions that grow shorter", 9, 25, 40),
        _stop("Remissions that grow longer", 41),
        _stop("Fibrosis, film of stage IV", 10, 34, 47),
        _stop("Dense shadows that move, film of stage III", 29, 45),
        _stop("New foci on the film", 2, 16, 42),
        _stop("Siderophages well into a remission", 3),
        _stop("Iron deficient", 11, 24, 43),
        _stop("Too little is known to judge", 6, 30),
        _stop("Silent for months", 28),
        _stop("Died", 46),
    )),
    Part("doses", "Prednisolone, step by step", (
        _stop("The next step is due today", 18),
        _stop("A step that nobody confirmed: missed, overdue", 19, 20),
        _stop("Still on the dose before, as the mother said", 23),
        _stop("The next step in two days", 44),
        _stop("Stopped at once from 10 mg", 52),
    )),
    Part("people", "Of every age", (
        _stop("An infant, a child of two, one of three", 16, 17, 6),
        _stop("Siblings with one caregiver", 2, 15),
        _stop("Pregnant, and a pregnancy that is over", 31, 32),
        _stop("The eldest, 84 years old", 33),
        _stop("High above the sea, or a smoker", 13, 49),
    )),
    Part("record", "The record and its files", (
        _stop("A typing error corrected, a result that came late", 14, 51),
        _stop("An event taken back: it was another patient's", 50),
        _stop("A file with a row that waits for a person", 49, "C11"),
        _stop("A file that nobody can read", 48),
        _stop("A file expected every fortnight that has not come", 48),
        _stop("Tests overdue while the dose is being reduced", 39),
        _stop("A sputum to repeat: negative, or no use", 27, 45),
    )),
    Part("teams", "Who sees whom", (
        _stop("The second team's patient, open to the first as a guest", 57),
        _stop("The first team's patient, open to the second for a while", 12),
        _stop("Moved to the second team: the first sees nothing any more", 58),
        _stop("A caregiver whose link ended on the 18th birthday", 8),
    )),
    Part("published", "Published cases, each with its source", (
        _stop("Facts of published histories, named by case", "C01", "C03", "C07", "C09", "C11"),
    )),
)  # fmt: skip
