"""manage.py watch: judges patients now, or as they stood at another time, and says what was found."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alerts import judging, rules, watching
from alerts.judging import Failure, Verdict
from alerts.rules.findings import to_json
from alerts.rules.rule import Finding
from patients import naming, timeline
from patients.choosing import version_at
from patients.context import ALL, working_on
from patients.models import Patient
from patients.naming import NotNamedError

LOG = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Exit status: 0 all judged, 1 a rule or a patient failed, 2 a patient or time could not be understood."""

    help = "Judges patients and writes alerts; with --at, --known-at or --dry-run it only says what it would find."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take patients, times and the form of the answer."""
        parser.add_argument("--patient", nargs="+", action="extend", default=[], metavar="ID")
        parser.add_argument("--at", metavar="T", help="judge as of this time (ISO 8601); never writes")
        parser.add_argument("--known-at", metavar="T", help="use only what was known by then; never writes")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        """Judge each patient and print one document."""
        at, known_at = moment(options["at"]), moment(options["known_at"])
        writes = not (options["dry_run"] or at or known_at)
        document: dict[str, Any] = {"findings": [], "cannot_judge": [], "recheck_at": {}}
        failed = False
        for patient_id in patients(options["patient"]):
            now = at or timezone.now()
            try:
                verdict = watching.evaluate(patient_id, at=now) if writes else look(patient_id, now, known_at)
            except Exception as error:  # one patient who cannot be judged is reported and stops nobody
                LOG.exception("watch_failed", patient_id=str(patient_id), exc_info=error)
                verdict = Verdict(failures=(Failure("", type(error).__name__),))
            add(document, patient_id, now, verdict)
            failed = failed or bool(verdict.failures)
        self._print(document, as_json=options["json"])
        if failed:
            raise SystemExit(1)

    def _print(self, document: dict[str, Any], *, as_json: bool) -> None:
        """Print the document, or a line a finding."""
        if as_json:
            self.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False))
            return
        for one in document["findings"]:
            self.stdout.write(f"{one['patient']} {one['severity']} {one['rule']}: {one['sentence']}")
        for one in document["cannot_judge"]:
            self.stdout.write(f"{one['patient']} cannot judge {one['rule'] or 'anything'}: {one['reason']}")
        self.stdout.write(f"{len(document['recheck_at'])} patients, {len(document['findings'])} findings")


def look(patient_id: UUID, at: datetime, known_at: datetime | None) -> Verdict:
    """Judge a patient without writing, on what was known at a time (None: now)."""
    with working_on([patient_id]):
        revision = None if known_at is None else timeline.revision_at(patient_id, known_at)
        numbers = None if known_at is None else version_at(Patient.objects.get(pk=patient_id), known_at)
        history = timeline.read(patient_id, at=at, revision=revision, settings_version=numbers)
    return judging.judge(history, at, rules=rules.RULES)


def add(document: dict[str, Any], patient_id: UUID, at: datetime, verdict: Verdict) -> None:
    """Put one patient's verdict into the document. A rule that raised could not judge either; rule "" stands for all of them."""
    patient = str(patient_id)
    document["findings"] += [described(patient, at, one) for one in verdict.findings]
    document["cannot_judge"] += [
        {"patient": patient, "rule": one.rule, "subject": one.subject, "reason": one.reason}
        for one in verdict.cannot_judge
    ]
    document["cannot_judge"] += [
        {"patient": patient, "rule": one.rule, "subject": "", "reason": f"failed: {one.error_type}"}
        for one in verdict.failures
    ]
    recheck = verdict.recheck_at
    document["recheck_at"][patient] = None if recheck is None else recheck.astimezone(UTC).isoformat()


def described(patient: str, at: datetime, finding: Finding) -> dict[str, Any]:
    """Return a finding as product.md lists it."""
    return {
        "patient": patient,
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "subject": finding.subject,
        "severity": finding.severity.word,
        "at": at.astimezone(UTC).isoformat(),
        "sentence": finding.sentence,
        "evidence": to_json(finding)["evidence"],
        "threshold": finding.threshold,
        "citation": finding.citation,
    }


def patients(named: list[str]) -> list[UUID]:
    """Return the patients named by our id or an unambiguous identifier, each once; all active ones where none is named.

    CommandError (status 2) where a name leads to nobody, or to several: before anything is judged.
    """
    with working_on(ALL):
        if not named:
            return list(Patient.objects.filter(active=True).order_by("pk").values_list("pk", flat=True))
        try:
            return list(dict.fromkeys(naming.patient(one) for one in named))
        except NotNamedError as error:
            raise CommandError(str(error), returncode=2) from error


def moment(text: str | None) -> datetime | None:
    """Return the time of an ISO 8601 text, UTC where it names no offset; CommandError (status 2) for another text."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is not a time of ISO 8601, like 2026-03-03T08:00Z.", returncode=2) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
