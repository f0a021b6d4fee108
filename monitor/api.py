"""The API of the worklist, and the page that shows the whole API to a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Alert
from monitor.dashboard import worklist
from monitor.filters import SEVERITIES, TITLES, Acuity, Filters, Tab
from monitor.rows import Row
from patients.asked import Asked
from patients.describing import documented, page_of
from patients.models import Patient

METHODS: Final = ("get", "post", "put", "patch", "delete")
TABS: Final[Mapping[str, Tab]] = {"needs": Tab.NEEDS, "all": Tab.ALL, "mine": Tab.MINE, "snoozed": Tab.SNOOZED}
YES_OR_NO: Final = ["true", "false"]


class WorklistQuery(serializers.Serializer[Any]):
    """Whom to list, as the worklist's page has it."""

    tab = serializers.ChoiceField(list(TABS), default="needs")
    team = serializers.IntegerField(required=False, min_value=1, max_value=999_999)
    severity = serializers.ChoiceField(list(SEVERITIES), required=False)
    rule = serializers.ChoiceField(sorted(TITLES), required=False)
    unacknowledged = serializers.ChoiceField(YES_OR_NO, default="false")
    overdue = serializers.ChoiceField(YES_OR_NO, default="false")
    page = serializers.IntegerField(required=False, min_value=1, max_value=999_999, default=1)


class WorklistAlertSerializer(serializers.Serializer[Any]):
    """The alert that puts a patient where they are."""

    id = serializers.UUIDField()
    rule = serializers.CharField()
    severity = serializers.ChoiceField(["high", "moderate", "low"])
    state = serializers.ChoiceField(Alert.OPEN_STATES)
    sentence = serializers.CharField()
    raised_at = serializers.DateTimeField()
    owner = serializers.CharField(allow_null=True)
    snoozed_until = serializers.DateTimeField(allow_null=True)


class PointSerializer(serializers.Serializer[Any]):
    """The last hemoglobin in g/L, and its change against the own baseline in percent."""

    effective_at = serializers.DateTimeField()
    value = serializers.FloatField()
    change_percent = serializers.IntegerField(allow_null=True)


class TodoSerializer(serializers.Serializer[Any]):
    """What is due."""

    kind = serializers.CharField()
    subject = serializers.CharField()
    words = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    overdue = serializers.BooleanField()


class WorklistRowSerializer(serializers.Serializer[Any]):
    """A patient, with all that says why they are there."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    identifier = serializers.CharField()
    acuity = serializers.ChoiceField([one.value for one in Acuity])
    alert = WorklistAlertSerializer(allow_null=True)
    more = serializers.IntegerField(help_text="How many other alerts are open.")
    phase = serializers.CharField()
    hemoglobin = PointSerializer(allow_null=True)
    silent_days = serializers.IntegerField(allow_null=True)
    prednisone = serializers.CharField(help_text="The dose now and the next step, in words.")
    remissions = serializers.ListField(
        child=serializers.IntegerField(), help_text="Lengths of the last closed ones in days."
    )
    remission_days = serializers.IntegerField(allow_null=True, help_text="Days of the open one.")
    todos = TodoSerializer(many=True)
    evaluated_at = serializers.DateTimeField(allow_null=True, help_text="When the watch last judged.")


class WorklistView(Asked):
    """Who needs someone."""

    serializer_class = WorklistRowSerializer
    queryset = Patient.objects.none()
    query_class = WorklistQuery

    @documented({200: page_of(WorklistRowSerializer, "Worklist")}, query=WorklistQuery)
    def get(self, request: Request) -> Response:
        """List who needs someone, the most urgent first, 50 a page."""
        if not self.asker.may("alert", "read"):
            raise PermissionDenied
        asked = Filters(
            tab=TABS[self.query["tab"]],
            team=self.query.get("team"),
            severity=self.query.get("severity", ""),
            rule=self.query.get("rule", ""),
            unacknowledged=self.query["unacknowledged"] == "true",
            overdue=self.query["overdue"] == "true",
            page=self.query["page"],
        )
        listed = worklist(self.asker, asked)
        rows = [told(row) for group in listed.groups for row in group.rows]
        return Response({"results": rows, "next": self.following() if listed.has_next else None})

    def following(self) -> str:
        """Return the address of the next page."""
        query = self.request.query_params.copy()
        query["page"] = str(self.query["page"] + 1)
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def told(row: Row) -> dict[str, Any]:
    """Return a row as the API tells it."""
    last = row.last
    return {
        "id": str(row.patient.pk),
        "name": row.name,
        "identifier": row.identifier,
        "acuity": row.acuity.value,
        "alert": None if row.alert is None else _alert(row),
        "more": row.more,
        "phase": row.phase.words,
        "hemoglobin": last and {"effective_at": last.at, "value": last.value, "change_percent": row.change},
        "silent_days": row.silent_days,
        "prednisone": row.course.words,
        "remissions": row.closed,
        "remission_days": row.open_days,
        "todos": [
            {name: getattr(one, name) for name in ("kind", "subject", "words", "due_on", "overdue")}
            for one in row.todos
        ],
        "evaluated_at": row.judged_at,
    }


def _alert(row: Row) -> dict[str, Any]:
    """Return the alert of a row that has one."""
    alert, severity = row.alert, row.severity
    if alert is None or severity is None:
        raise ValueError("this row has no alert")
    columns = {"id": str(alert.pk), "rule": alert.rule, "state": alert.state, "raised_at": alert.raised_at}
    owner = None if alert.owner is None else str(alert.owner)
    more = {"owner": owner, "snoozed_until": alert.snoozed_until}
    return {**columns, "severity": severity.word, "sentence": row.sentence, **more}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as the page shows it: what it is about, what it does in a sentence and more, what it takes and answers."""

    tag: str
    method: str
    path: str
    title: str
    more: str
    parameters: tuple[tuple[str, str, str], ...]
    takes: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]


def operations(schema: Mapping[str, Any]) -> list[Operation]:
    """Return every operation of a schema, in the order of their paths."""
    return [
        Operation(
            one.get("tags", [""])[0],
            method.upper(),
            path,
            *_told(one.get("description", "")),
            tuple(
                (each["name"], each["in"], _plain(each.get("description", ""))) for each in one.get("parameters", ())
            ),
            tuple(one.get("requestBody", {}).get("content", ())),
            tuple((status, _plain(answer.get("description", ""))) for status, answer in one["responses"].items()),
        )
        for path, methods in schema["paths"].items()
        for method, one in methods.items()
        if method in METHODS
    ]


def _plain(words: str) -> str:
    """Return words without the marks of code."""
    return words.replace("`", "")


def _told(words: str) -> tuple[str, str]:
    """Return the first paragraph of a description, and the others."""
    title, _, more = _plain(words).partition("\n\n")
    return title, more


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """Show what the API offers: the schema as a page, with no script and nothing from elsewhere."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # it has no types
    return render(request, "api.html", {"operations": operations(schema), "nav": "api"})
