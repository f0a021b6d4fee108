"""Every state that a screen can show is in the demo: one table, asked of the database. And what the published cases raise."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from alerts import judging, recurrence, rules, todos
from alerts.models import Alert, Notification, Transition
from monitor.demo_cases import Case, Wanted, cases
from monitor.demo_patient import ZONE, id_of
from patients import dosing, timeline
from patients.history import History
from patients.models import (
    CaregiverLink,
    Event,
    Observation,
    Patient,
    PregnancyPeriod,
    TeamAccess,
    Treatment,
    Upload,
    UploadRow,
    User,
)
from tests.factories import browser

pytestmark = pytest.mark.django_db
Found = QuerySet[Any]


@pytest.fixture(autouse=True)
def seeded(made_demo: Path, db: None) -> None:
    """The one demo of this module."""


def films(stage: int) -> Found:
    """Return the films of a stage."""
    return Event.objects.filter(kind="chest_xray", findings__stage=stage)


STATES: dict[str, Callable[[], Found]] = {
    "alert acknowledged": lambda: Alert.objects.filter(state="acknowledged", owner__email="nurse@demo.example"),
    "alert snoozed": lambda: Alert.objects.filter(snoozed_until__gt=timezone.now(), owner__email="nurse@demo.example"),
    "alert assigned": lambda: Alert.objects.filter(transitions__verb="assigned", owner__email="physician@demo.example"),
    "alert commented": lambda: Alert.objects.filter(state="raised", transitions__verb="commented"),
    "alert found useful": lambda: Transition.objects.filter(verb="rated", detail__useful=True).exclude(reason=""),
    "alert resolved": lambda: Alert.objects.filter(state="resolved", transitions__reason="explained", closed_at__isnull=False),
    "alert recovered": lambda: Alert.objects.filter(state="recovered", transitions__verb="recovered"),
    "alert on new foci": lambda: Alert.objects.filter(rule="film_new_foci", severity=3),
    "alert on a worse stage": lambda: Alert.objects.filter(rule="film_stage_worse"),
    "alert with a note": lambda: Transition.objects.filter(verb="resolved", detail__has_key="note"),
    "mail of the past not sent": lambda: Notification.objects.filter(dropped_reason="before_the_demo"),
    "file held": lambda: Upload.objects.filter(state="held", held__gt=0, original__isnull=False),
    "file failed": lambda: Upload.objects.filter(state="failed", rows=0).exclude(reason=""),
    "file read to its end": lambda: Upload.objects.filter(state="done", accepted=F("rows"), rows__gt=0),
    "file of a team": lambda: Upload.objects.filter(patient=None, team__isnull=False, state="held"),
    "file expected": lambda: Patient.objects.filter(upload_every_days=14, uploads__state="failed"),
    "file from a patient": lambda: Upload.objects.filter(by__email="patient2@demo.example", patient__user=F("by")),
    "row held for its unit": lambda: UploadRow.objects.filter(state="held", issues__contains=[{"code": "unit_mixup"}]),
    "row of nobody known": lambda: UploadRow.objects.filter(state="held", issues__contains=[{"code": "unknown_patient"}]),
    "result corrected": lambda: Observation.objects.filter(status="corrected", retracted_revision=None),
    "result taken back": lambda: Observation.objects.filter(retracted_revision__isnull=False),
    "event taken back": lambda: Event.objects.filter(kind="infection", retracted_revision__isnull=False),
    "film of stage I": lambda: films(1),
    "film of stage II": lambda: films(2),
    "film of stage III": lambda: films(3).filter(findings__dense_shadow=True),
    "film of stage IV": lambda: films(4),
    "sputum negative": lambda: Event.objects.filter(kind="sputum", findings__siderophages="absent"),
    "sputum unfit": lambda: Event.objects.filter(kind="sputum", findings__adequate=False),
    "transfusion in units": lambda: Event.objects.filter(kind="transfusion", findings__units=2),
    "transfusion in milliliters": lambda: Event.objects.filter(kind="transfusion", findings__volume_ml__gt=0),
    "dose of zero": lambda: Treatment.objects.filter(drug="prednisolone", intent="taken", dose=0),
    "iron by mouth": lambda: Treatment.objects.filter(drug="ferrous sulfate", intent="taken"),
    "step due today": lambda: Treatment.objects.filter(intent="planned", started_on=today()),
    "ferritin very low": lambda: Observation.objects.filter(code="FERRITIN", value__lt=12),
    "iron and binding capacity": lambda: Observation.objects.filter(code="TIBC", value__gt=70),
    "spirometry": lambda: Observation.objects.filter(code="FVC"),
    "pregnant": lambda: PregnancyPeriod.objects.filter(ended_on=None),
    "was pregnant": lambda: PregnancyPeriod.objects.filter(ended_on__isnull=False),
    "died": lambda: Patient.objects.filter(active=False, death_date__isnull=False),
    "published": lambda: Patient.objects.filter(source__startswith="Published case", identity__name__startswith="Case C"),
    "two children, one caregiver": lambda: User.objects.annotate(n=Count("caregiver_links")).filter(n=2),
    "link that ended": lambda: CaregiverLink.objects.filter(ends_at__lt=timezone.now()),
    "guest of another team": lambda: TeamAccess.objects.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now())),
    "access that ended": lambda: TeamAccess.objects.filter(ends_at__lt=timezone.now(), patient__team_id__gt=F("team_id")),
}  # fmt: skip
"""By state: what of it is in the database."""


def today() -> date:
    """Return the day in the clinic."""
    return timezone.now().astimezone(ZONE).date()


def history(number: int) -> History:
    """Return what is known of a patient now."""
    return timeline.read(id_of(f"DEMO-{number}"), at=timezone.now())


@pytest.mark.parametrize("state", STATES)
def test_the_state_is_there(state: str) -> None:
    assert STATES[state]().exists()


def test_nothing_waits_to_be_read() -> None:
    assert not Upload.objects.filter(state__in=["received", "reading"]).exists()
    assert Upload.objects.count() == 6


def test_no_mail_of_the_past_waits() -> None:
    assert not Notification.objects.filter(sent_at=None, dropped_at=None, failed_at=None).exists()


def test_an_alert_rests_on_what_was_known_then() -> None:
    recovered = Alert.objects.get(state="recovered", rule="hemoglobin_fall")
    assert recovered.revision < recovered.patient.revision
    verbs = list(recovered.transitions.order_by("id").values_list("verb", flat=True))
    assert verbs == ["raised", "recovered"]
    assert recovered.closed_at is not None
    assert (recovered.closed_at - recovered.raised_at).days == 54


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (16, "acute"),
        (42, "exacerbation"),
        (45, "exacerbation"),
        (29, "incomplete remission"),
        (9, "remission"),
        (8, "unknown"),
        (46, "died"),
    ],
)
def test_every_phase_is_there(number: int, words: str) -> None:
    assert recurrence.phase(history(number)).name == words


@pytest.mark.parametrize(("number", "shorter"), [(9, True), (40, True), (25, True), (41, False)])
def test_remissions_shorten_or_grow(number: int, shorter: bool) -> None:
    closed = [one.days for one in recurrence.remissions(history(number)) if not one.open]
    assert len(closed) >= 3
    assert closed == sorted(closed, reverse=shorter)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (18, "10 mg, step 3 of 5"),
        (19, "15 mg, step 3 of 5"),
        (23, "30 mg (plan: 20 mg), step 3 of 5"),
        (27, "30 mg, step 1 of 4"),
        (44, "30 mg, step 2 of 5, to 20 mg on"),
        (52, "0 mg"),
    ],
)
def test_the_dose_is_where_the_story_wants_it(number: int, words: str) -> None:
    said = dosing.now_and_next(history(number), today()).words.replace("\xa0", " ")
    assert said.startswith(words)


@pytest.mark.parametrize(
    ("number", "kind", "overdue"),
    [(18, "confirm_step", False), (19, "confirm_step", False), (20, "confirm_step", True), (27, "repeat_sputum", True),
     (45, "repeat_sputum", True), (28, "test", True), (39, "test", True), (60, "test", True)],
)  # fmt: skip
def test_what_is_due_is_there(number: int, kind: str, overdue: bool) -> None:
    found = todos.todos(history(number), at=timezone.now())
    assert (kind, overdue) in {(one.kind, one.overdue) for one in found}


def test_most_patients_have_nothing_overdue() -> None:
    now = timezone.now()
    late = [number for number in range(1, 61) if any(one.overdue for one in todos.todos(history(number), at=now))]
    assert 5 <= len(late) <= 15


def test_the_alert_of_a_relapse_is_beside_a_dose_just_reduced() -> None:
    steps = [step for step in dosing.steps(history(22)) if step.start <= today()]
    (fall,) = [one for one in judged("DEMO-22", timezone.now()).findings if one.rule == "hemoglobin_acute"]
    assert 0 < (max(row.effective_at for row in fall.evidence).date() - steps[-1].start).days <= 28


@pytest.mark.parametrize(
    ("number", "rule"),
    [(2, "film_new_foci"), (16, "film_stage_worse"), (45, "film_migrating"), (3, "sputum_silent_bleeding")],
)
def test_what_films_and_sputum_show_is_found(number: int, rule: str) -> None:
    assert rule in {one.rule for one in judged(f"DEMO-{number}", timezone.now()).findings}


def judged(identifier: str, at: datetime) -> judging.Verdict:
    """Return what the rules say of a patient at a time."""
    return judging.judge(timeline.read(id_of(identifier), at=at), at, rules=rules.RULES)


ANSWERED = [(case, wanted) for case in cases() for wanted in case.wanted if wanted.answer]
LATER = [f"{case.number} {wanted.day} {wanted.watch}" for case in cases() for wanted in case.wanted if wanted.later]


@pytest.mark.parametrize(
    ("case", "wanted"), ANSWERED, ids=lambda one: getattr(one, "watch", getattr(one, "number", ""))
)
def test_a_published_case_raises_what_is_wanted(case: Case, wanted: Wanted) -> None:
    if wanted.answer == "held":
        (row,) = UploadRow.objects.filter(patient_id=case.id, state="held")
        assert row.issues[0]["code"] == "implausible"
        assert "10.3" in row.original
        return
    verdict = judged(case.identifier, case.moment(timezone.now(), wanted.day, wanted.hour))
    (finding,) = [one for one in verdict.findings if one.rule == wanted.answer]
    assert finding.severity.word == wanted.severity
    assert {round(row.value) for row in finding.evidence if isinstance(row.value, float)} == set(wanted.says)


def test_the_others_are_for_later() -> None:
    assert LATER == [
        "C01 -180 anemia",
        "C01 0 oxygen",
        "C01 2 film worse",
        "C03 -30 iron without response",
        "C07 -2190 hemoptysis",
        "C07 0 exacerbation",
        "C07 90 diffusing capacity",
        "C09 -2440 loss after transfusion",
        "C09 0 ferritin with inflammation",
        "C11 0 restriction",
        "C11 0 anemia",
    ]


def test_the_page_of_a_published_case_shows_its_source() -> None:
    words = Patient.objects.get(pk=id_of("CASE-C03")).source
    assert "https://doi.org/10.1186/s13052-016-0296-x" in words
    assert not Patient.objects.filter(identity__name__startswith="Case").filter(source="").exists()
    assert Patient.objects.exclude(source="").count() == 5


def test_the_source_is_on_the_page_of_a_published_case_and_of_nobody_else() -> None:
    nurse = browser(User.objects.get(email="nurse@demo.example"))
    published = nurse.get(f"/patients/{id_of('CASE-C01')}/").content.decode()
    assert "Published case C01, facts only, moved so that day 0 is" in published
    assert 'href="https://shmabstracts.org/abstract/pediatric-pulmonary-hemosiderosis/"' in published
    assert "Published case" not in nurse.get(f"/patients/{id_of('DEMO-1')}/").content.decode()
