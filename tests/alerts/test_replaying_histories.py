"""Replay over generated lives: results late, corrected, taken back, numbers chosen; every alert gives the same bytes again.

The random numbers have a seed, so that the same lives are lived each time.
"""

import io
import json
import random
from collections import Counter
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.core.management import call_command

from alerts.models import Alert
from alerts.watching import evaluate
from patients.choosing import choose
from patients.context import ALL, working_on
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment
from patients.models import CareTeam, Observation, Patient
from patients.recording import record, retract
from tests.alerts.scenes import MORNING
from tests.factories import team

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SEED = 20261130
STEPS = 10
TOGETHER = 12
"""Lives of one team: what it chooses reaches all of them."""
USUAL = {
    "HGB": (125.0, "g/L"),
    "FE": (14.0, "umol/L"),
    "TIBC": (60.0, "umol/L"),
    "RETIC": (1.0, "%"),
    "SPO2": (97.0, "%"),
}
NUMBERS = {"z99": (2.1, 2.6), "support_days": (7, 21), "acute_fall": (15, 30), "merged_days": (21, 42)}


class Life:
    """A patient whose record grows in steps, not always in order, and is judged after each."""

    def __init__(self, north: CareTeam, number: int) -> None:
        self.chance, self.north = random.Random(f"{SEED}-{number}"), north
        born = date(self.chance.choice([1985, 2012, 2019]), 6, 1)
        sex = self.chance.choice(["male", "female"])
        self.patient = Patient.objects.create(team=north, changed_at=MORNING, birth_date=born, sex=sex)
        self.now = MORNING - 700 * DAY
        self.done: Counter[str] = Counter()

    @property
    def pk(self) -> UUID:
        """Return the patient's id."""
        return self.patient.pk

    def live(self) -> Counter[str]:
        """Live all steps; return what happened, counted."""
        for _ in range(STEPS):
            self.now += self.chance.randint(5, 70) * DAY
            with working_on(ALL):
                record(self.news(), by=None, at=self.now, why="life")
                self.mend()
            evaluate(self.pk, at=self.now)
        return self.done

    def news(self) -> list[Fact]:
        """Return new results, some of them of long ago, and what else happened."""
        found: list[Fact] = []
        for _ in range(self.chance.randint(1, 4)):
            late = self.chance.random() < 0.25
            when = (
                self.now
                - self.chance.randint(20 if late else 0, 90 if late else 4) * DAY
                - timedelta(minutes=self.chance.randint(1, 600))
            )
            self.done["late"] += late
            for code in self.chance.sample(list(USUAL), k=self.chance.randint(1, 3)):
                usual, unit = USUAL[code]
                value = round(usual * self.chance.choice([1, 1, 0.98, 0.85, 0.6 if code != "SPO2" else 0.9]), 2)
                found.append(NewObservation(self.pk, code, when, "minute", value=value, unit=unit))
        return [*found, *self.events()]

    def events(self) -> list[Fact]:
        """Return an event or a dose, now and then."""
        when, today = self.now - timedelta(hours=self.chance.randint(1, 60)), self.now.date()
        several: list[Fact] = [
            NewEvent(self.pk, "hemoptysis", when, "minute", {"amount": self.chance.choice(["streaks", "teaspoon"])}),
            NewEvent(self.pk, "chest_xray", when, "day", {"foci_present": True, "new_foci": True}),
            NewEvent(self.pk, "sputum", when, "day", {"siderophages": self.chance.choice(["absent", "many"])}),
            NewEvent(self.pk, "transfusion", when, "minute", {"product": "red_cells", "units": 1}),
            NewEvent(self.pk, "exacerbation", when, "day", {"status": "confirmed"}),
            NewTreatment(
                self.pk, "prednisolone", today - 20 * DAY, "taken", dose=20, unit="mg", route="oral", ended_on=today
            ),
        ]
        return self.chance.sample(several, k=self.chance.choice([0, 1, 1, 2]))

    def mend(self) -> None:
        """Correct a result, take one back, or choose a number."""
        rows = list(Observation.objects.filter(patient_id=self.pk, retracted_revision=None).order_by("pk"))
        row, what = self.chance.choice(rows), self.chance.choice(["", "correct", "retract", "choose"])
        self.done[what] += 1
        if what == "correct":
            value = round((row.value or 1) * 1.03, 3)
            record([again(row, value)], by=None, at=self.now, why="corrected")
        elif what == "retract":
            retract("observation", row.pk, by=None, at=self.now, why="wrong patient")
        elif what == "choose":
            name = self.chance.choice(list(NUMBERS))
            low, high = NUMBERS[name]
            number = round(self.chance.uniform(low, high), 0 if isinstance(low, int) else 2)
            scopes: list[CareTeam | Patient] = [self.north, self.patient]
            choose(self.chance.choice(scopes), name, number, by=None, at=self.now, reason="life")


def again(row: Observation, value: float) -> NewObservation:
    """Return a result with another value, as a laboratory corrects it."""
    return NewObservation(
        row.patient_id, row.code, row.effective_at, row.precision, value=value, unit=row.unit, status="corrected"  # type: ignore[arg-type] # as recorded
    )  # fmt: skip


def lived(count: int) -> tuple[Counter[str], int, dict[str, object]]:
    """Live so many lives; return what happened, of how many rules there are alerts, and what replaying all of them says."""
    happened: Counter[str] = Counter()
    for number in range(count):
        if number % TOGETHER == 0:
            north = team(f"north {number}")
        happened += Life(north, number).live()
    out = io.StringIO()
    status = 0
    try:
        call_command("replay", "--all", "--json", stdout=out)
    except SystemExit as ended:
        status = int(str(ended.code))
    document = json.loads(out.getvalue())
    return happened, len(set(Alert.objects.values_list("rule", flat=True))), {**document, "status": status}


def differing(document: dict[str, object]) -> list[object]:
    """Return what did not come out the same."""
    alerts = document["alerts"]
    assert isinstance(alerts, list)
    return [one for one in alerts if not one["identical"]]


def test_every_alert_of_generated_lives_is_the_same_again() -> None:
    happened, many, document = lived(8)
    assert differing(document) == []
    assert (document["ok"], document["status"]) == (True, 0)
    assert many >= 8
    assert min(happened[one] for one in ("late", "correct", "retract", "choose")) >= 3


@pytest.mark.prove
@pytest.mark.timeout(3000)
def test_every_alert_of_a_thousand_generated_lives_is_the_same_again() -> None:
    happened, many, document = lived(1000)
    assert differing(document) == []
    assert (document["ok"], document["status"]) == (True, 0)
    assert many >= 15
    assert min(happened[one] for one in ("late", "correct", "retract", "choose")) >= 1000


def test_a_changed_fact_would_be_found(db: None) -> None:
    lived(2)
    moment: datetime = Alert.objects.earliest("pk").evaluated_at
    assert moment < MORNING
    with working_on(ALL):
        Alert.objects.filter(rule="hemoglobin_fall").update(revision=1)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("replay", "--all", stdout=out)
    assert "differs" in out.getvalue()
