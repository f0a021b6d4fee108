"""Which patients and caregivers are told of a patient's own news, and by which rule. Pure.

Nobody is written to unasked: a patient agreed to e-mail, a caregiver asked for it since they may see the patient. Who stopped these
mails gets none; and an adult who said no to e-mail is not written about to others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from alerts.patient_news import News

HOUR: Final = 7
"""Local hour from which a day's news is told. Working value: before the day's first dose."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account that may see the patient's own pages. `asked_at`: when its owner last said yes, None where they did not.

    `since` is when their access began, None for the patient; `stopped`: they left these mails.
    """

    user_id: int
    asked_at: datetime | None = None
    since: datetime | None = None
    stopped: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Household:
    """The patient's own account and the caregivers'; `agreed` is the patient's word on e-mail (None: never asked)."""

    own: Person | None
    caregivers: tuple[Person, ...] = ()
    agreed: bool | None = None
    adult: bool = False


@dataclass(frozen=True, slots=True)
class ToldOfOwn:
    """One person, one piece of news, one reason to write."""

    recipient: int
    news: News
    because: str


def listeners(home: Household) -> tuple[tuple[int, str], ...]:
    """Return who is written to, and why they may be: the patient agreed, a caregiver asked."""
    found: dict[int, str] = {}
    if home.own is not None and home.agreed and home.own.active and not home.own.stopped:
        found[home.own.user_id] = "patient_agreed"
    if not (home.adult and home.agreed is False):
        for one in home.caregivers:
            if _asked(one):
                found.setdefault(one.user_id, "caregiver_asked")
    return tuple(found.items())


def route(
    news: Mapping[News, date], home: Household, told: Mapping[tuple[int, News], date] = MappingProxyType({})
) -> tuple[ToldOfOwn, ...]:
    """Return who is told of what: news by the day to which it belongs, `told` by the day on which a person last heard of its kind.

    Nobody hears of the same twice: who was told on its day or since knows it.
    """
    people = listeners(home)
    return tuple(
        ToldOfOwn(user, one, because)
        for one, day in news.items()
        for user, because in people
        if told.get((user, one), date.min) < day
    )


def _asked(one: Person) -> bool:
    """Whether a caregiver asked to be written to since they may see the patient: an access given again is asked about again."""
    recent = one.asked_at is not None and (one.since is None or one.asked_at >= one.since)
    return recent and one.active and not one.stopped
