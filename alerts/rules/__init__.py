"""Every rule, in reading order."""

import hashlib
from collections.abc import Iterable
from typing import Final

from alerts.rules import (
    blood_count_overdue,
    film_cavity,
    film_foci_persist,
    film_migrating,
    film_new_foci,
    film_stage_worse,
    film_unilateral,
    hemoglobin_acute,
    hemoglobin_drift,
    hemoglobin_fall,
    hemoglobin_grade,
    hemoglobin_relapse,
    hemoglobin_severe,
    hemoglobin_slope,
    hemoptysis,
    infarction_pneumonia,
    iron_deficiency,
    iron_response,
    pneumocystis_prophylaxis,
    pneumothorax,
    remissions_shortening,
    reticulocytes_raised,
    severe_bleeding,
    sputum_acid_fast,
    sputum_atypical_cells,
    sputum_silent_bleeding,
    steroid_abrupt_stop,
    steroid_adherence,
    steroid_dose_floor,
    steroid_relapse_after_step,
    steroid_step_missed,
    steroid_too_fast,
    tests_overdue,
    upload_missing,
)
from alerts.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    hemoglobin_fall.RULE,
    hemoglobin_acute.RULE,
    hemoglobin_severe.RULE,
    hemoglobin_relapse.RULE,
    hemoglobin_slope.RULE,
    hemoglobin_drift.RULE,
    hemoglobin_grade.RULE,
    iron_deficiency.RULE,
    iron_response.RULE,
    reticulocytes_raised.RULE,
    remissions_shortening.RULE,
    steroid_too_fast.RULE,
    steroid_step_missed.RULE,
    steroid_adherence.RULE,
    steroid_abrupt_stop.RULE,
    steroid_relapse_after_step.RULE,
    steroid_dose_floor.RULE,
    pneumocystis_prophylaxis.RULE,
    film_new_foci.RULE,
    film_foci_persist.RULE,
    film_stage_worse.RULE,
    film_migrating.RULE,
    film_cavity.RULE,
    film_unilateral.RULE,
    sputum_silent_bleeding.RULE,
    sputum_acid_fast.RULE,
    sputum_atypical_cells.RULE,
    hemoptysis.RULE,
    severe_bleeding.RULE,
    pneumothorax.RULE,
    infarction_pneumonia.RULE,
    blood_count_overdue.RULE,
    tests_overdue.RULE,
    upload_missing.RULE,
)


def version_of(rules: Iterable[Rule]) -> str:
    """Return what names a set of rules with their versions: another rule, version or order is another text. Short: a key."""
    named = "+".join(f"{rule.name}.{rule.version}" for rule in rules)
    return f"{named.count('+') + 1} rules {hashlib.sha256(named.encode()).hexdigest()[:16]}"


RULESET_VERSION: Final = version_of(RULES)
