"""The next file that is expected of a patient, as something to be done on a day. Pure."""

from typing import Final

from alerts.due import Due
from alerts.rules.grace import grace_of
from alerts.rules.rule import number_of
from alerts.rules.uploads import MISSING, expected
from patients.history import History

KIND: Final = "upload"


def next_file(history: History) -> Due | None:
    """Return when the next file is due, be it ahead or past; None where none is expected."""
    one = expected(history)
    if one is None:
        return None
    return Due(KIND, "", "Laboratory file", one.why(), one.due_on, grace_of(one.every, number_of(history, MISSING)))
