"""What is worked out of one history once, though many ask: rules, to-dos, figures and pages of the same moment. Pure."""

from typing import Any, Final

from patients.history import History

REMEMBERED: Final = 32
"""Histories of which what was worked out is kept: one page asks a dozen times of one or two."""


class Remembered:
    """A history by what it holds: another with the same rows, seen from the same moment, is the same.

    It holds its history, so that the identities it is compared by stay taken as long as it is kept.
    """

    __slots__ = ("history",)

    def __init__(self, history: History) -> None:
        self.history = history

    def parts(self) -> tuple[Any, ...]:
        """Return what makes it, rows by their identity: they are frozen."""
        one = self.history
        rows = (id(one.series), id(one.events), id(one.treatments), id(one.files), id(one.revision_times))
        return *rows, one.at, one.patient, one.revision, id(one.settings)

    def __hash__(self) -> int:
        return hash(self.parts())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remembered) and self.parts() == other.parts()
