"""The outbox beside the ledger, counted by hand: what came, came again, said so, never came."""

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.figures import Figure
from monitor.figures_ledger import Killed, Row, agreement

NOBODY = Killed(0, 0, 0)


def told(rows: Sequence[Row], ledger: Mapping[str, Sequence[bool]], killed: Killed = NOBODY) -> dict[str, Any]:
    """Return value and verdict of each figure."""
    return {one.name: (one.value, one.ok) for one in agreement(rows, ledger, killed)}


def figure(rows: Sequence[Row], ledger: Mapping[str, Sequence[bool]], name: str, killed: Killed = NOBODY) -> Figure:
    """Return one figure."""
    return next(one for one in agreement(rows, ledger, killed) if one.name == name)


def test_each_once_is_as_it_should_be() -> None:
    found = told([Row("a", "sent"), Row("b", "sent")], {"a": [False], "b": [False]})
    assert found["notifications due"] == found["notifications sent"] == (2, True)
    assert found["mails that came once"] == (2, True)
    assert {name for name, (_, ok) in found.items() if not ok} == set()
    assert found["notifications lost"] == found["mails repeated"] == found["repeats unmarked"] == (0, True)


def test_rows_that_one_mail_tells_come_with_it() -> None:
    rows = [Row("a", "sent"), Row("a", "sent"), Row("a", "sent"), Row("b", "sent")]
    found = told(rows, {"a": [False], "b": [False]})
    assert (found["notifications due"][0], found["mails that came once"][0]) == (4, 2)
    assert (
        figure(rows, {}, "notifications due", Killed(3, 1, 1)).note
        == "2 mails; 3 senders killed, 1 mails in their hands"
    )


def test_what_the_server_never_had_is_lost_with_all_that_it_carried() -> None:
    rows = [Row("a", "sent"), Row("b", "sent"), Row("b", "sent"), Row("c")]
    assert told(rows, {"a": [False]})["notifications lost"] == (3, False)


def test_a_mail_without_a_copy_did_not_come() -> None:
    assert told([Row("a", "sent")], {"a": []})["notifications lost"] == (1, False)


def test_what_was_given_up_in_sight_of_everybody_is_not_lost() -> None:
    found = told([Row("a", "failed"), Row("b", "dropped"), Row("c", "sent")], {"c": [False]})
    assert found["notifications lost"] == (0, True)
    assert found["notifications failed"] == (1, False), "the mail server of a figure takes everything"
    assert found["notifications dropped"] == (1, True)


def test_a_copy_that_says_so_is_a_repeat_and_no_fault() -> None:
    found = told([Row("a", "sent"), Row("b", "sent")], {"a": [False, True], "b": [False]}, Killed(1, 1, 1))
    assert found["mails repeated"] == (1, True)
    assert found["repeats unmarked"] == (0, True)
    assert found["mails that came once"] == (1, True)
    assert found["possible repeats"] == (1, True)


def test_each_copy_after_the_first_must_say_so() -> None:
    found = told([Row("a", "sent")], {"a": [False, True, False, False]}, Killed(3, 3, 3))
    assert (found["mails repeated"], found["repeats unmarked"]) == ((3, True), (2, False))


def test_a_first_copy_may_say_so_for_nobody_knows_whether_there_was_one_before() -> None:
    found = told([Row("a", "sent")], {"a": [True]}, Killed(1, 1, 1))
    assert (found["mails repeated"], found["mails that came once"]) == ((0, True), (1, True))


def test_more_repeats_than_were_in_the_hands_of_the_dead_is_too_many() -> None:
    rows = [Row("a", "sent"), Row("b", "sent")]
    assert told(rows, {"a": [False, True], "b": [False, True]}, Killed(3, 1, 1))["mails repeated"] == (2, False)
    assert told(rows, {"a": [False, True], "b": [False, True]}, Killed(1, 2, 2))["mails repeated"] == (2, True)


def test_what_came_and_is_not_marked_would_come_for_ever() -> None:
    found = told([Row("a"), Row("b", "dropped"), Row("c", "sent")], {"a": [False], "b": [False], "c": [False]})
    assert found["mails taken, not marked sent"] == (2, False)
    assert found["notifications lost"] == (0, True)


def test_mail_of_others_is_none_of_it() -> None:
    found = told([Row("a", "sent")], {"a": [False], "alert-z": [False, False], "": [False]})
    assert (found["mails that came once"], found["repeats unmarked"]) == ((1, True), (0, True))


def test_where_nothing_was_due_nothing_is_lost() -> None:
    assert {one.value for one in agreement([], {}, NOBODY)} == {0}
