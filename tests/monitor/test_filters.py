"""What a worklist is narrowed to: the address is the state, and whatever nonsense it holds asks for nothing."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import RULES
from monitor.filters import SEVERITIES, TEXT_LENGTH, TITLES, Acuity, Filters, Tab, read

anything = st.builds(
    Filters,
    tab=st.sampled_from(Tab),
    team=st.one_of(st.none(), st.integers(1, 999_999)),
    severity=st.sampled_from(["", *SEVERITIES]),
    rule=st.sampled_from(["", *TITLES]),
    unacknowledged=st.booleans(),
    overdue=st.booleans(),
    text=st.text(st.characters(exclude_categories=["Z", "C"]), max_size=TEXT_LENGTH),
    page=st.integers(1, 999_999),
)


def asked(address: str) -> Filters:
    """Return the filters that an address asks for."""
    return read(dict(parse_qsl(address.removeprefix("?"))))


def test_without_anything_the_list_is_of_those_who_need_someone() -> None:
    assert read({}) == Filters()
    assert Filters().tab is Tab.NEEDS
    assert Filters().address() == "?"


@given(anything)
def test_an_address_says_all_of_it(filters: Filters) -> None:
    assert asked(filters.address(page=filters.page)) == filters


@given(anything)
def test_a_change_begins_on_the_first_page(filters: Filters) -> None:
    assert asked(filters.address(tab=Tab.ALL)) == replace(filters, tab=Tab.ALL, page=1)


@given(
    st.dictionaries(
        st.sampled_from(["tab", "team", "severity", "rule", "unacknowledged", "overdue", "q", "page"]), st.text()
    )
)
def test_no_address_breaks_it(said: dict[str, str]) -> None:
    filters = read(said)
    assert read(dict(parse_qsl(filters.address(page=filters.page).removeprefix("?")))) == filters
    assert filters.page >= 1
    assert "\0" not in filters.text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tab", "nobody"),
        ("team", "north"),
        ("team", "²"),
        ("team", "1" * 7),
        ("severity", "calm"),
        ("severity", "3"),
        ("rule", "no_such_rule"),
        ("unacknowledged", "yes"),
        ("overdue", "0"),
        ("q", "  \0 "),
        ("page", "0"),
        ("page", "-1"),
        ("page", "9" * 4000),
    ],
)
def test_what_makes_no_sense_asks_for_nothing(name: str, said: str) -> None:
    assert read({name: said}) == Filters()


def test_a_text_is_cut_and_its_spaces_are_made_plain() -> None:
    assert read({"q": "  Mara \n Veit "}).text == "Mara Veit"
    assert len(read({"q": "x" * 500}).text) == TEXT_LENGTH


@pytest.mark.parametrize(
    ("filters", "narrowed"),
    [
        (Filters(), False),
        (Filters(tab=Tab.ALL, page=3), False),
        (Filters(team=1), True),
        (Filters(severity="high"), True),
        (Filters(overdue=True), True),
        (Filters(text="Veit"), True),
    ],
)
def test_a_tab_or_a_page_narrows_nothing(filters: Filters, narrowed: bool) -> None:
    assert filters.narrowed is narrowed


def test_only_alerts_have_rules_and_can_be_acknowledged() -> None:
    assert Filters(rule="hemoptysis").by_alert
    assert Filters(unacknowledged=True).by_alert
    assert not Filters(overdue=True, text="Veit", severity="high").by_alert


def test_every_rule_can_be_chosen_by_its_title() -> None:
    assert {rule.name: rule.title for rule in RULES} == TITLES


def test_every_group_but_the_calm_and_the_snoozed_is_a_severity() -> None:
    assert set(SEVERITIES) == {acuity.value for acuity in Acuity} - {"calm", "asleep"}


def test_each_chip_leads_to_the_list_without_it() -> None:
    filters = Filters(
        tab=Tab.MINE,
        team=7,
        severity="low",
        rule="hemoptysis",
        unacknowledged=True,
        overdue=True,
        text="Veit & Co",
        page=4,
    )
    chips = filters.chips({7: "North"})
    assert [chip.words for chip in chips] == [
        "Team: North",
        "Severity: Low",
        f"Rule: {TITLES['hemoptysis']}",
        "Unacknowledged",
        "Test overdue",
        "“Veit & Co”",
    ]
    neutral: list[dict[str, Any]] = [
        {"team": None}, {"severity": ""}, {"rule": ""}, {"unacknowledged": False}, {"overdue": False}, {"text": ""},
    ]  # fmt: skip
    for chip, changes in zip(chips, neutral, strict=True):
        assert asked(chip.without) == replace(filters, page=1, **changes)


def test_a_team_that_is_not_the_persons_own_is_not_named() -> None:
    (chip,) = Filters(team=9).chips({7: "North"})
    assert chip.words == "Team: another"


def test_without_a_filter_there_is_no_chip() -> None:
    assert Filters(tab=Tab.ALL, page=2).chips({7: "North"}) == ()
