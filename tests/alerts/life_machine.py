"""The life of alerts as a machine: results, corrections, the clock, people and crashes in any order, on real tables and real SMTP.

What every step must leave true is asked after each; what must be true in the end, once all has had its time: of doctor, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerts import digests, invariants, notifying, sending, tasks, watching
from alerts.changes import ConflictError, Verb
from alerts.models import Alert, Delivery, Notification, RuleFailure
from alerts.muting import MuteConflictError
from alerts.rules.rule import Answer, Finding
from patients.context import ALL, working_on
from patients.facts import NewObservation
from patients.models import Patient
from patients.recording import record
from tests.alerts.life_steps import ACTS, LONG, RULES, SAID, SAYS, STEPS, TO_BE_SEEN, CrashedError, dies
from tests.alerts.scenes import MORNING, Scene, Script, clear, finding, learn, person, unknown
from tests.alerts.sink import DROP, Sink, plain


class Life(RuleBasedStateMachine):
    """Two patients of one team, three rules that answer as told, a mail server that answers as told."""

    stage: Scene
    script: Script
    sink: Sink

    def __init__(self) -> None:
        super().__init__()
        self.now = MORNING
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.patients = (self.stage.patient, person(self.stage.team, clinician=self.stage.physician))
        self.rows = {one.pk: self._result(one) for one in self.patients}
        self.said: dict[tuple[UUID, str], Any] = {}
        self.script.lines, self.script.only_for = {}, {}
        self.sink.kept.clear()
        self.sink.contents.clear()
        self.sink.recipients.clear()

    def teardown(self) -> None:
        """Let everything come to its end, ask once more, and take the example back."""
        try:
            self.comes_to_its_end()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def _result(self, one: Patient) -> int:
        """Record a result on which every finding rests; return its row."""
        fact = NewObservation(one.pk, "HGB", MORNING - timedelta(hours=2), "minute", value=98, unit="g/L")
        with working_on(ALL):
            (outcome,) = record([fact], by=None, at=MORNING - timedelta(hours=1), why="typed")
        assert outcome.fact_id is not None
        return outcome.fact_id

    def answers(self, one: Patient) -> dict[str, list[Answer] | Exception]:
        """Return what each rule says of a patient now."""
        found: dict[str, list[Answer] | Exception] = {}
        for name in RULES:
            says: Any = self.said.get((one.pk, name), "nothing")
            if isinstance(says, dict):
                found[name] = [finding(name, row=self.rows[one.pk], **says)]
            else:
                usual: dict[str, list[Answer] | Exception] = {
                    "clear": [clear(name)],
                    "unknown": [unknown(name)],
                    "nothing": [],
                    "breaks": ValueError("a value that must not be told"),
                }
                found[name] = usual[says]
        return found

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Let the rules answer for whichever patient is judged."""
        usual = self.script.judge

        def judge(name: str, history: Any) -> Any:
            self.script.lines = self.answers(next(one for one in self.patients if one.pk == history.patient.id))  # type: ignore[assignment] # lists of answers
            return usual(name, history)

        self.script.judge = judge  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.script.judge = usual  # type: ignore[method-assign]

    @rule(number=st.integers(0, 1), says=st.dictionaries(st.sampled_from(RULES), SAYS, min_size=1))
    def something_new_is_known(self, number: int, says: dict[str, Any]) -> None:
        """New facts: rules answer otherwise, and the patient is due."""
        one = self.patients[number]
        self.said |= {(one.pk, name): what for name, what in says.items()}
        learn(one, at=self.now)

    @rule(minutes=st.sampled_from([1, 10, 31, 61, 600, 1440, 10080]))
    def time_passes(self, minutes: int) -> None:
        """The clock goes on, and the worker does what is due."""
        self.now += timedelta(minutes=minutes)
        self.works()

    @rule(when=st.sampled_from(["telling", "storing"]))
    def the_judge_crashes(self, when: str) -> None:
        """An evaluation dies before it commits: nothing of it may be there."""
        self.now += timedelta(minutes=1)
        name = {"telling": "tell", "storing": "_store"}[when]
        where: Any = notifying if when == "telling" else watching
        with self.asked(), dies(where, name):
            watching.sweep(at=self.now)

    @rule()
    def the_sender_crashes_after_a_mail_was_taken(self) -> None:
        """A sender dies between the server's 250 and its mark: the mail may come again, and says so."""
        self.now += timedelta(minutes=1)
        with dies(sending, "_mark"):
            try:
                sending.send_due(at=self.now)
            except CrashedError:
                return

    @rule(how=st.sampled_from(["250 OK", "451 try again", "550 no such user", DROP]), who=st.integers(0, 2))
    def the_server_answers(self, how: str, who: int) -> None:
        """The mail server takes, puts off, refuses or hangs up."""
        people = (self.stage.nurse, self.stage.physician, self.stage.administrator)
        self.sink.contents[people[who].email] = how

    @rule(act=st.sampled_from(sorted(ACTS)), which=st.integers(0, 5))
    def somebody_acts(self, act: str, which: int) -> None:
        """A person does something with an alert; what is over, or another's by then, is refused in words."""
        found = list(Alert.objects.order_by("raised_at", "pk"))
        if not found:
            return
        try:
            ACTS[act](self.stage, found[which % len(found)], self.now)
        except (ConflictError, MuteConflictError, ValueError):
            return

    def works(self) -> None:
        """One pass of the worker: judge, write digests, send, show life."""
        with self.asked():
            watching.sweep(at=self.now)
        digests.write_due(at=self.now)
        sending.send_due(at=self.now)
        for part in ("sweep", "mail"):
            tasks.beat(part, at=self.now)

    @invariant()
    def one_open_alert_a_finding(self) -> None:
        """Never two open alerts of a subject."""
        opened = [(one.patient_id, one.rule, one.subject) for one in Alert.objects.filter(state__in=Alert.OPEN_STATES)]
        assert len(opened) == len(set(opened))

    @invariant()
    def every_chain_is_a_life(self) -> None:
        """Every chain of steps begins with raising, joins without a gap, and ends where the alert stands."""
        for one in Alert.objects.all():
            state = ""
            for step in one.transitions.order_by("pk"):
                if step.verb in SAID:
                    assert step.before == step.after == state
                    continue
                assert step.before == state, (step.verb, step.before, state)
                sources, targets = STEPS[Verb(step.verb)]
                assert step.before in sources, (step.verb, step.before)
                assert step.after in targets, (step.verb, step.after)
                state = step.after
            assert state == one.state

    @invariant()
    def what_was_taken_is_written_down(self) -> None:
        """Never a mail that the server has and nobody tried, never one marked as sent that it has not."""
        came = [str(message["Message-ID"]).strip("<>").partition("@")[0] for message in self.sink.messages]
        tried = {str(one) for one in Delivery.objects.values_list("notification_id", flat=True)}
        sent = Notification.objects.filter(sent_at__isnull=False, carried_by=None, channel="email")
        assert set(came) <= tried
        assert {str(one) for one in sent.values_list("pk", flat=True)} <= set(came)
        for one in set(came):
            repeats = ["This may be a repeat." in plain(message) for message in self.of(one)]
            assert not repeats[0] or Delivery.objects.filter(notification_id=one, outcome="unclear").exists()
            assert all(repeats[1:]), "a second copy that does not say so"

    def of(self, notification: str) -> list[Any]:
        """Return the mails of one row, in order."""
        return [
            one for one in self.sink.messages if str(one["Message-ID"]).strip("<>").partition("@")[0] == notification
        ]

    def comes_to_its_end(self) -> None:
        """The server takes everything, and enough time passes: each finding has its alert or a reason, nothing due is unsent."""
        self.sink.contents.clear()
        for (patient_id, name), says in list(self.said.items()):
            if says == "breaks":
                self.said[patient_id, name] = "nothing"
        for one in self.patients:
            learn(one, at=self.now)
        for _ in range(3):
            self.now += timedelta(minutes=20)
            self.works()
        self.now += LONG
        self.works()
        self.works()
        for one in self.patients:
            self.every_finding_has_its_alert(one)
        self.nothing_due_is_left()
        self.doctor_finds_nothing()

    def every_finding_has_its_alert(self, one: Patient) -> None:
        """A rule's finding has an open alert, or a person resolved it, or its rule has failed."""
        for name, answers in self.answers(one).items():
            if isinstance(answers, Exception) or not any(isinstance(answer, Finding) for answer in answers):
                continue
            newest = Alert.objects.filter(patient=one, rule=name).order_by("-raised_at", "-changed_at").first()
            failed = RuleFailure.objects.filter(patient=one, rule=name).exists()
            assert failed or (newest is not None and newest.state in (*Alert.OPEN_STATES, "resolved")), name
            if newest is not None and newest.state == "resolved":
                assert newest.transitions.filter(verb=Verb.RESOLVED).latest("pk").reason != ""

    def nothing_due_is_left(self) -> None:
        """No mail that was due is neither sent nor declared failed nor dropped for a reason."""
        left = Notification.objects.filter(
            sent_at=None, failed_at=None, dropped_at=None, due_at__lt=self.now - timedelta(minutes=30), channel="email"
        )
        assert list(left.values_list("reason", "due_at")) == []
        assert not Notification.objects.filter(dropped_at__isnull=False, dropped_reason="").exists()

    def doctor_finds_nothing(self) -> None:
        """Every invariant holds, but for mails that were refused and rules that broke: those are to be seen."""
        broken = {one.id: one.message for one in invariants.examine(at=self.now) if not one.ok}
        assert {name: words for name, words in broken.items() if name not in TO_BE_SEEN} == {}
