"""Judges an alert again from what was known then: the same rule, settings, revision and time must give the same bytes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts import judging, rules
from alerts.models import Alert
from alerts.rules.findings import to_json
from alerts.rules.rule import Rule
from patients import timeline
from patients.context import working_on


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where then and now differ; `path` names it as in the stored finding."""

    path: str
    then: object
    now: object


@dataclass(frozen=True, slots=True)
class Replay:
    """How one alert came out."""

    alert_id: UUID
    differences: tuple[Difference, ...]

    @property
    def identical(self) -> bool:
        """Return whether the bytes are the same."""
        return not self.differences

    def as_json(self) -> dict[str, object]:
        """Return the document of product.md's `replay --json`."""
        found = [{"path": one.path, "then": one.then, "now": one.now} for one in self.differences]
        return {"alert": str(self.alert_id), "identical": self.identical, "differences": found}


def replay(alert: Alert) -> Replay:
    """Judge an alert's rule again at its time, on what was known at its revision. Writes nothing."""
    rule = next((one for one in rules.RULES if one.name == alert.rule), None)
    if rule is None:
        return Replay(alert.pk, (Difference("rule", alert.rule, None),))
    now = _again(alert, rule)
    if canonical(now) == canonical(alert.finding):
        return Replay(alert.pk, ())
    return Replay(alert.pk, tuple(differences(alert.finding, now)))


def canonical(finding: object) -> bytes:
    """Return a finding as bytes: sorted keys, no spaces, no NaN."""
    return json.dumps(finding, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def differences(then: object, now: object, path: str = "") -> Iterator[Difference]:
    """Yield every place where two JSON values differ, the deepest that names it."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted({*then, *now}):
            if key in then and key in now:
                yield from differences(then[key], now[key], f"{path}/{key}")
            else:
                yield Difference(f"{path}/{key}", then.get(key), now.get(key))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for index, (left, right) in enumerate(zip(then, now, strict=True)):
            yield from differences(left, right, f"{path}/{index}")
    elif canonical(then) != canonical(now):
        yield Difference(path or "/", then, now)


def _again(alert: Alert, rule: Rule) -> dict[str, Any] | None:
    """Return the finding of the alert's subject as the rule gives it now, None where it gives none."""
    with working_on([alert.patient_id]):
        history = timeline.read(
            alert.patient_id, at=alert.evaluated_at, revision=alert.revision, settings_version=alert.settings_version
        )
    verdict = judging.judge(history, alert.evaluated_at, rules=[rule])
    return next((to_json(one) for one in verdict.findings if one.subject == alert.subject), None)
