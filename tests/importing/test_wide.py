"""Tables of very many columns take another way to pages and profiles, and give what the usual way gives."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from tests.campaign import short_or_whole
from tests.importing.conftest import Importer
from tests.importing.tables import frames
from wrangler.importing.column_types import infer
from wrangler.importing.readers.delimited import reader
from wrangler.tables import aggregates, column_profile, profile, read_rows, rows, writer

pytestmark = pytest.mark.slow

COLUMNS = short_or_whole(2_500, 9_900)  # test_large.py has a table of as many as are taken in each run of the suite
IMPORTED_COLUMNS = short_or_whole(1_500, 3_000)


@pytest.fixture
def every_table_is_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "WIDE_COLUMNS", 0)
    monkeypatch.setattr(column_profile, "WIDE_COLUMNS", 0)


@pytest.fixture
def imports_go_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_AT_ONCE", 0)
    for module in (infer, aggregates, writer):
        monkeypatch.setattr(module, "COLUMNS_AT_ONCE", 2)
    monkeypatch.setattr(aggregates, "FLAT_COLUMNS", 0)
    monkeypatch.setattr(writer, "LEAST_ROWS_PER_GROUP", 1_000)
    monkeypatch.setattr(writer, "CELLS_AT_ONCE", 0)


def read_all(path: Path) -> tuple[object, object]:
    return read_rows(path, offset=0, limit=100), profile(path)


@settings(max_examples=short_or_whole(8, 200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=frames())
def test_both_ways_give_the_same(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = tmp_path / "table.parquet"
    frame.to_parquet(path)
    usual = read_all(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "WIDE_COLUMNS", 0)
        patch.setattr(column_profile, "WIDE_COLUMNS", 0)
        assert read_all(path) == usual


@pytest.mark.usefixtures("every_table_is_wide")
def test_instants_are_the_same_texts(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    days = pd.to_datetime(["2024-01-31", "0001-01-01", None]).astype("datetime64[us]")
    moments = pd.to_datetime(["2024-01-31T10:30:00.5", "1899-12-31T23:59:59", "2024-01-31"], format="ISO8601").astype(
        "datetime64[us]"
    )
    zoned = pd.to_datetime(["2024-01-31T00:00:00+01:00"] * 3, utc=True).astype("datetime64[us, UTC]")
    pd.DataFrame({"day": days, "moment": moments, "zoned": zoned}).to_parquet(path)
    first, second, third = read_rows(path, offset=0, limit=3)
    assert first == {"day": "2024-01-31", "moment": "2024-01-31T10:30:00.500000", "zoned": "2024-01-30T23:00:00+00:00"}
    assert (second["day"], second["moment"]) == ("0001-01-01", "1899-12-31T23:59:59")
    assert (third["day"], third["moment"]) == (None, "2024-01-31")


@pytest.mark.usefixtures("every_table_is_wide")
@pytest.mark.parametrize(("offset", "expected"), [(0, [0, 1, 2]), (3, [3, 4, 5]), (9, [9]), (10, [])])
def test_pages_cross_row_groups(tmp_path: Path, offset: int, expected: list[int]) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"n": range(10), "a.b": range(10), "a": range(10)}).to_parquet(path, row_group_size=4)
    found = read_rows(path, offset=offset, limit=3)
    assert found == [{"n": n, "a.b": n, "a": n} for n in expected]


def test_a_page_of_a_wide_table_holds_fewer_rows(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({f"c{number}": range(100) for number in range(COLUMNS)}).to_parquet(path)
    first = read_rows(path, offset=0, limit=1000)
    assert 10 <= len(first) < 100
    assert read_rows(path, offset=len(first), limit=1)[0]["c0"] == len(first)


def test_a_very_wide_table_can_be_profiled(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({f"c{n}": [None, "x", "x"] if n % 2 else [n, n + 1, None] for n in range(COLUMNS)}).to_parquet(path)
    columns = profile(path)["columns"]
    assert [(c["missing"], c.get("top"), c.get("max")) for c in columns[-2:]] == [
        (1, None, COLUMNS - 1),
        (1, [{"value": "x", "count": 2}], None),
    ]


def wide_text(count: int) -> str:
    """Columns of whole numbers, numbers with missing cells and texts in turn; 40 rows."""
    cells = [("1", "NA", "x"), ("2", "0.5", "y z")]
    lines = [",".join(cells[row % 2][place % 3] for place in range(count)) for row in range(40)]
    return "\n".join([",".join(f"c{place}" for place in range(count)), *lines, ""])


def test_thousands_of_columns_come_in(importer: Importer) -> None:
    result = importer(wide_text(IMPORTED_COLUMNS))
    assert [column["type"] for column in result.columns] == ["integer", "number", "text"] * (IMPORTED_COLUMNS // 3)
    assert {column["missing"] for column in result.columns[1::3]} == {20}
    last = pd.read_parquet(importer.table).iloc[-1, -3:]
    assert list(last) == [2, 0.5, "y z"]


def test_a_wide_line_that_does_not_fit_is_refused_by_its_number(importer: Importer) -> None:
    refused = importer.refusal(wide_text(1_200) + "1,2,3\n")
    assert (refused.code, refused.facts["lines"]) == ("ragged_lines", [42])


LATE = [f"{n},{n}.5,t{n},2024-01-{n % 28 + 1:02},{'true' if n % 3 else ''},1" for n in range(2_500)]


def test_an_import_in_parts_gives_the_same(importer: Importer, request: pytest.FixtureRequest) -> None:
    text = "\n".join(["a,b,c,d,e,f", *LATE, "7,NA,-999,2024-01-31T10:00:00,false,word", ""])
    usual, frame = importer(text), importer.frame(text)
    request.getfixturevalue("imports_go_in_parts")
    assert importer(text) == usual
    pd.testing.assert_frame_equal(pd.read_parquet(importer.table), frame)


@pytest.mark.usefixtures("imports_go_in_parts")
def test_categories_and_names_alike_keep_their_kind_in_parts(importer: Importer) -> None:
    frame = importer.frame("a,A,b\nx,1,2024-01-01T00:00:00Z\ny,2,2024-01-02T00:00:00Z\n", types={"a": "category"})
    assert [str(dtype) for dtype in frame.dtypes] == ["category", "int64", "datetime64[us, UTC]"]
    assert list(frame["a"]) == ["x", "y"]
