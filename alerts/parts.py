"""Stories of alerts as they stand in the database (`alerts.stories`): what a finding spans, and of which story an alert is part."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from alerts.models import Alert
from alerts.stories import Part, Story, as_part, stories


def part_of(alert: Alert) -> Part:
    """Return what of an alert its story depends on: from the beginning of its bout to its newest result."""
    rows = alert.finding.get("evidence", ())
    results = [datetime.fromisoformat(row["effective_at"]) for row in rows if row["role"] == "result"]
    since = alert.finding.get("since")
    begun = datetime.fromisoformat(since) if since else None
    return as_part(alert.pk, alert.rule, alert.severity, alert.raised_at, results=results, since=begun)


def stories_of(alerts: Iterable[Alert]) -> tuple[Story, ...]:
    """Return the stories of one patient's alerts; of those that are over none."""
    return stories(part_of(alert) for alert in alerts if alert.state in Alert.OPEN_STATES)


def story_ids(alerts: Iterable[Alert]) -> Mapping[UUID, UUID]:
    """Return, by alert, the id of its story for everything that is open of the patients of some alerts: one query."""
    patients = {alert.patient_id for alert in alerts if alert.state in Alert.OPEN_STATES}
    if not patients:
        return {}
    of_patient: dict[UUID, list[Alert]] = defaultdict(list)
    for one in Alert.objects.filter(patient_id__in=patients, state__in=Alert.OPEN_STATES):
        of_patient[one.patient_id].append(one)
    told = (story for group in of_patient.values() for story in stories_of(group))
    return {part.id: story.id for story in told for part in story.parts}
