"""What is to be repeated because of a single result: a low hemoglobin, a negative sputum, new foci on a film. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from alerts.due import OVERDUE, Due, grace_of, on, reached
from alerts.monitoring import schedule
from alerts.recurrence import ACTIVE, local_day, phase
from alerts.rules import hemoglobin_fall, support
from alerts.rules.films import has_new_foci, is_clear
from alerts.rules.results import hemoglobin, known, silence
from alerts.rules.rule import Setting, number_of
from alerts.rules.sputa import is_negative, is_positive, is_unfit
from alerts.rules.wording import NBSP, grams
from patients.history import EventRecord, History

REPEAT: Final = Setting("repeat_days", 7, "d", "clinical specification B1, R1: repeat due after 7 days", 1, 28)
B7: Final = "clinical specification B7, working value: repeat at 3, 7, 14 d, then monthly three times"
SPUTUM: Final = tuple(
    Setting(f"sputum_repeat_{place}_days", day, "d", B7, 1, 365)
    for place, day in enumerate((3, 7, 14, 44, 74, 104), start=1)
)
"""Days after the first negative sputum of a run on which it is repeated; an unfit sample starts the clock again."""
SPUTUM_FROM: Final = Setting("sputum_from_years", 6, "a", "clinical specification B13", 4, 10)
NEGATIVES: Final = Setting("negatives_before_lavage", 3, "1", "clinical specification B7", 2, 6)
CONTROL: Final = Setting(
    "control_film_days", 21, "d", "clinical specification S19, B6: foci resolve in 1–3 weeks", 14, 42
)
CONTROL_LATE: Final = Setting(
    "control_film_late_days", 28, "d", "clinical specification B6: control film at 21–28 d", 21, 60
)
SETTINGS: Final = (REPEAT, *SPUTUM, SPUTUM_FROM, NEGATIVES, CONTROL, CONTROL_LATE)
REPEATED: Final[Mapping[str, str]] = {"repeat_hemoglobin": "blood_count", "control_film": "film"}
"""Which regular test a repeat stands for."""


def awaited(history: History) -> Iterator[Due]:
    """Yield repeats, then regular tests, ahead or past due: a repeat stands for the regular test that it is."""
    repeats = [due for due in (repeat_hemoglobin(history), control_film(history), repeat_sputum(history)) if due]
    instead = {REPEATED.get(due.kind) for due in repeats}
    yield from repeats
    yield from (due for due in schedule(history) if due.subject not in instead)


def repeat_hemoglobin(history: History) -> Due | None:
    """Return the repeat of a hemoglobin below the 95 % limit alone (R1): no finding, for one of 20 normal results is.

    None while a fall is open, which has its own alert, and where the newest result says nothing about today.
    """
    settings = hemoglobin_fall.RULE.resolved(history.settings)
    results = hemoglobin(history, settings, history.at, also=support.CODES)
    if silence(results):
        return None
    path = hemoglobin_fall.steps(results, settings)
    reference, value = path.references[-1], results.values[-1]
    if reference is None or path.low or path.unrecovered or value >= reference.point.limit95:
        return None
    taken = results.local(len(results) - 1).date()
    days = int(number_of(history, REPEAT))
    grace = grace_of(days, number_of(history, OVERDUE))
    why = f"{grams(value)} on {on(taken)} is below the 95{NBSP}% limit of {grams(reference.point.limit95)}"
    return Due("repeat_hemoglobin", "HGB", "Repeat hemoglobin,", why, taken + timedelta(days=days), grace)


def control_film(history: History) -> Due | None:
    """Return the control of the newest film with new foci: due after 21 days, until a film is made then or shows no foci."""
    films = known(history, history.at.timestamp(), "chest_xray", "chest_ct")
    with_foci = [film for film in films if has_new_foci(film.findings)]
    if not with_foci:
        return None
    first = with_foci[-1]
    seen = local_day(history, first.effective_at)
    due_on = seen + timedelta(days=number_of(history, CONTROL))
    for film in films[films.index(first) + 1 :]:
        if is_clear(film.findings) or local_day(history, film.effective_at) >= due_on:
            return None
    grace = int(number_of(history, CONTROL_LATE) - number_of(history, CONTROL)) + 1
    return Due("control_film", str(first.origin), "Control film,", f"new foci on {on(seen)}", due_on, grace)


def repeat_sputum(history: History) -> Due | None:
    """Return the repeat of a sputum without siderophages, or of an unfit one: while the disease is active, or none were ever found.

    Days count from the first of a run of negative ones; the run ends with a positive one, and the schedule with its last day.
    """
    born = history.patient.birth_date
    today = local_day(history, history.at)
    if born is not None and today < reached(born, int(number_of(history, SPUTUM_FROM))):
        return None
    run = _run(history)
    if not run:
        return None
    clock, count = _clock(history, run)
    last = local_day(history, run[-1].effective_at)
    offsets = [int(number_of(history, one)) for one in SPUTUM]
    coming = [day for place, day in enumerate(offsets) if place >= count - 1 and clock + timedelta(days=day) > last]
    if not coming:
        return None
    due_on = clock + timedelta(days=coming[0])
    negative = sum(is_negative(one.findings) for one in run)
    many = negative >= number_of(history, NEGATIVES)
    why = _why(run[-1], last, negative, lavage=many)
    grace = grace_of((due_on - last).days, number_of(history, OVERDUE))
    return Due("repeat_sputum", str(run[-1].origin), "Repeat sputum,", why, due_on, grace)


def _run(history: History) -> list[EventRecord]:
    """Return the sputum examinations that ask for a repeat: negative or unfit ones since siderophages were last found, if ever.

    Where they were ever found, by sputum or lavage, only those since an exacerbation began that still goes on.
    """
    events = known(history, history.at.timestamp(), "sputum", "lavage")
    positive = [place for place, one in enumerate(events) if is_positive(one)]
    since = events[positive[-1] + 1 :] if positive else events
    run = [one for one in since if one.kind == "sputum" and (is_negative(one.findings) or is_unfit(one.findings))]
    now = phase(history)
    if now.name in ACTIVE and now.since is not None:
        recent = [one for one in run if local_day(history, one.effective_at) >= now.since]
        return recent or ([] if positive else run)
    return [] if positive else run


def _clock(history: History, run: Sequence[EventRecord]) -> tuple[date, int]:
    """Return from which day the schedule counts, and how many examinations it has had: an unfit sample restarts it."""
    unfit = [place for place, one in enumerate(run) if not is_negative(one.findings)]
    start = unfit[-1] if unfit else 0
    return local_day(history, run[start].effective_at), len(run) - start


def _why(newest: EventRecord, last: date, negative: int, *, lavage: bool) -> str:
    """Return why a sputum is repeated."""
    if not is_negative(newest.findings):
        return f"the sample of {on(last)} was unfit"
    advice = "; consider a lavage" if lavage else ""
    many = f", {negative} negative so far" if negative > 1 else ""
    return f"no siderophages on {on(last)}{many}{advice}"
