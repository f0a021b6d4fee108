"""manage.py backtest: the budget as lines and as JSON, the exit status, and that nothing is written."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from alerts.models import Alert
from monitor import backtesting
from monitor.budget import Budget
from patients.models import Patient


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit status and what it printed."""
    out = StringIO()
    try:
        call_command("backtest", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_year_of_three_invented_patients_is_counted_beside_the_goal() -> None:
    status, said = run("--simulate", "3", "--years", "1", "--seed", "1", "--json")
    document: dict[str, Any] = json.loads(said)
    budget = document["budget"]
    assert document["cohort"]["patients"] == 3
    assert document["cohort"]["patient_years"] == pytest.approx(3, abs=0.05)
    assert document["cohort"]["onsets"] > 0
    assert status == (0 if budget["ok"] else 1)
    assert budget["failed"] == []
    urgent = sum(row["alerts"] for row in budget["by_rule"] if row["severity"] != "low")
    assert budget["alerts"]["moderate_high_per_patient_year"] == pytest.approx(urgent / 3, rel=0.01)
    assert 0 < budget["moderate_high_per_patient_year"] <= budget["alerts"]["moderate_high_per_patient_year"]
    assert {"tests_overdue", "hemoglobin_fall"} <= {row["rule"] for row in budget["by_rule"]}
    assert 0 < budget["todos_per_patient_year"] < 60
    names = [one["name"] for one in document["detectors"]]
    assert names[:3] == ["hemoglobin", "all_signals", "hemoglobin_fall"]


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_two_hundred_invented_patients_are_counted_over_three_years() -> None:
    _, said = run("--simulate", "200", "--years", "3", "--seed", "1", "--json")
    document = json.loads(said)
    assert document["cohort"]["patient_years"] == pytest.approx(600, abs=1)
    assert document["budget"]["failed"] == []
    found = {one["name"]: one for one in document["detectors"]}
    # clinical specification, part F: R2 finds 0.83 at 28 d and 0.92 at 14 d, PPV 0.93 and 0.86, false 0.10 and 0.20
    assert 0.6 < found["hemoglobin_fall"]["sensitivity"] < 0.95
    assert found["hemoglobin_fall"]["ppv"] > 0.75
    assert found["hemoglobin_fall"]["false_per_patient_year"] < 0.35
    assert (
        found["fall_20_g_per_l"]["sensitivity"]
        < found["hemoglobin"]["sensitivity"]
        < found["all_signals"]["sensitivity"]
    )


def test_a_quiet_folder_is_within_the_budget_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient,sex,birth_date,height_cm,time_zone\nA,female,1990-01-01,,UTC\n")
    rows = [
        f"A,HGB,{120 + day % 3},g/L,2026-01-{day:02d}T08:00:00Z,2026-01-{day:02d}T09:00:00Z,final"
        for day in (1, 15, 29)
    ]
    (tmp_path / "results.csv").write_text(
        "patient,code,value,unit,effective_at,recorded_at,status\n" + "\n".join(rows) + "\n"
    )
    status, said = run("--cohort", str(tmp_path))
    assert status == 0
    assert "detectors" not in json.loads(run("--cohort", str(tmp_path), "--json")[1])
    assert said.splitlines()[0] == "1 patients, 0.1 patient-years."
    assert "moderate and high: 0.00 cards a patient-year (goal: 1.5 at most), of 0.00 alerts; 0.00 of the cards" in said
    assert "low: 0.00 cards a patient-year (goal: 4 at most), of 0.00 alerts" in said
    assert said.splitlines()[-1] == "within the budget"


def test_what_cannot_be_judged_ends_with_two(tmp_path: Path) -> None:
    for arguments in (["--cohort", str(tmp_path)], ["--simulate", "0"]):
        with pytest.raises(CommandError) as refused:
            run(*arguments)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="one of the arguments"):
        run()


def test_beyond_the_budget_ends_with_one_and_names_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtesting, "spent", lambda _, **__: Budget(patients=1, years=1, failed={"hemoptysis"}))
    status, said = run("--simulate", "1", "--years", "0.1")
    assert status == 1
    assert "hemoptysis failed" in said
    assert "NOT within the budget" in said


@pytest.mark.django_db
def test_nothing_is_written() -> None:
    run("--simulate", "1", "--years", "0.3")
    assert not Patient.objects.exists()
    assert not Alert.objects.exists()


def test_the_demo_is_named_with_what_flatters_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtesting, "spent", lambda lives, **_: Budget(patients=len(lives.spans), years=1))
    status, said = run("--demo")
    assert status == 0
    assert "the count flatters" in said
