"""Rows are kept as they ended, whatever they hold, and many cost few questions."""

from dataclasses import asdict, replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.keeping import BATCH, COLUMNS, KeptRow, keep, kept_rows
from patients.models import Upload, UploadRow
from patients.parsers.raw import warning
from patients.readings import RowState
from patients.understanding import Row
from tests import factories
from tests.patients.files import reading, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload() -> Upload:
    return factories.upload(factories.patient())


def stored(upload: Upload) -> list[KeptRow]:
    """Return the rows of a file as the database holds them."""
    found = UploadRow.objects.filter(upload=upload).order_by("position")
    return [KeptRow(**{name: getattr(row, name) for name in COLUMNS}) for row in found]


def test_what_is_kept_comes_back(upload: Upload) -> None:
    issue = warning("3", "Result", "implausible", "Not possible.", 'it\'s "odd" \\ ☃')
    held = replace(reading(row="3", state=RowState.HELD), issues=(issue,))
    known = replace(rows(reading())[0], fact_kind="observation", fact_id=2**40)
    kept = kept_rows([known, Row(held, None)])
    keep(upload.pk, kept)
    assert stored(upload) == kept
    assert [asdict(row)["position"] for row in kept] == [0, 1]


def test_every_column_of_a_row_is_written() -> None:
    columns = {field.attname for field in UploadRow._meta.concrete_fields} - {"id", "upload_id"}
    assert columns == set(COLUMNS)


def test_a_fact_without_a_row_of_its_own_is_not_named(upload: Upload) -> None:
    (kept,) = kept_rows([replace(rows(reading())[0], fact_kind="observation", fact_id=None)])
    assert (kept.fact_kind, kept.fact_id) == ("", None)


def test_a_long_place_is_cut_to_its_column(upload: Upload) -> None:
    kept = kept_rows(rows(reading(row="r" * 500, column="c" * 500)))
    keep(upload.pk, kept)
    assert (len(kept[0].row), len(kept[0].column)) == (200, 200)


def test_nothing_is_kept_of_nothing(upload: Upload, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        keep(upload.pk, [])


@pytest.mark.parametrize(("count", "queries"), [(1, 1), (BATCH, 1), (BATCH + 1, 2)])
def test_many_rows_cost_few_questions(upload: Upload, count: int, queries: int, django_assert_num_queries) -> None:
    kept = kept_rows(rows(reading()) * count)
    with django_assert_num_queries(queries):
        keep(upload.pk, kept)
    positions = UploadRow.objects.filter(upload=upload).order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(count))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=60), st.floats(-1e12, 1e12))
def test_whatever_a_row_holds_can_be_kept(upload: Upload, text: str, number: float) -> None:
    odd = reading(
        value=None, row=text, column=text, original=text, original_value=text, patient=text, event_value=number,
        issues=(warning(text, text, "code", text, text),),
    )  # fmt: skip
    UploadRow.objects.filter(upload=upload).delete()
    kept = kept_rows([Row(odd, UUID(int=7))])
    keep(upload.pk, kept)
    assert stored(upload) == kept


def test_the_worker_may_keep_rows(upload: Upload, as_role) -> None:
    with as_role("iph_worker"):
        keep(upload.pk, kept_rows(rows(reading())))
    assert upload.row_results.count() == 1
