"""The stored file: what pandas reads from it, and how large its row groups are."""

import json
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from wrangler.tables import Kept, Output, layout, write_table

ROWS = 9_000


def written(path: Path, *columns: Kept, values: list[str] | None = None, rows: int = ROWS, **more: object) -> Path:
    """A table whose columns all hold the number of the row unless said otherwise."""
    with duckdb.connect() as con:
        source = f"(SELECT range AS n FROM range({rows}))"
        write_table(con, source, values or ["n"] * len(columns), Output(path / "table.parquet", columns, rows, **more))
    return path / "table.parquet"


def test_pandas_counts_the_rows_from_zero(tmp_path: Path) -> None:
    frame = pd.read_parquet(written(tmp_path, Kept("a", "integer", has_missing=False)))
    assert frame.index.equals(pd.RangeIndex(ROWS))
    assert frame["a"].tolist() == list(range(ROWS))


@pytest.mark.parametrize(
    ("kind", "has_missing", "value", "dtype"),
    [
        ("integer", False, "n", "int64"),
        ("integer", True, "nullif(n, 0)", "Int64"),
        ("number", True, "nullif(n, 0)::DOUBLE", "float64"),
        ("boolean", False, "n = 0", "bool"),
        ("boolean", True, "nullif(n = 0, true)", "boolean"),
        ("text", True, "nullif(n, 0)::VARCHAR", "str"),
        ("date", False, "TIMESTAMP '2024-01-31'", "datetime64[us]"),
        ("category", True, "'x'", "category"),
    ],
)
def test_each_type_comes_back_as_its_dtype(
    tmp_path: Path,
    kind: str,
    has_missing: bool,  # noqa: FBT001 - from pytest
    value: str,
    dtype: str,
) -> None:
    frame = pd.read_parquet(written(tmp_path, Kept("a", kind, has_missing), values=[value]))
    assert str(frame["a"].dtype) == dtype
    assert frame["a"].isna().sum() == ("nullif" in value)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_instants_keep_their_zone(tmp_path: Path, zone: str) -> None:
    value = "TIMESTAMPTZ '2024-01-31 12:00:00+00'"
    frame = pd.read_parquet(written(tmp_path, Kept("a", "date", has_missing=False, zone=zone), values=[value], rows=2))
    assert str(frame["a"].dtype) == f"datetime64[us, {zone}]"
    assert frame["a"][1] == pd.Timestamp("2024-01-31 12:00", tz="UTC")


def test_names_that_differ_by_case_only_both_stay(tmp_path: Path) -> None:
    columns = [Kept("a", "integer", has_missing=False), Kept("A", "integer", has_missing=False)]
    frame = pd.read_parquet(written(tmp_path, *columns, values=["n", "n + 1"]))
    assert (list(frame), frame["A"][0]) == (["a", "A"], 1)


def test_categories_have_their_order_and_only_rankings_are_ordered(tmp_path: Path) -> None:
    columns = [Kept(name, "category", has_missing=False) for name in ("size", "colour")]
    orders = {"size": ["s", "m", "l"], "colour": ["red", "blue"]}
    path = written(tmp_path, *columns, values=["'m'", "'red'"], orders=orders, unranked=frozenset({"colour"}))
    frame = pd.read_parquet(path)
    assert (list(frame["size"].cat.categories), list(frame["colour"].cat.categories)) == (
        ["s", "m", "l"],
        ["red", "blue"],
    )
    assert (frame["size"].cat.ordered, frame["colour"].cat.ordered) == (True, False)


@pytest.mark.parametrize(("columns", "rows"), [(1, 100_000), (200, 100_000), (400, 50_000), (100_000, 4_096)])
def test_a_row_group_holds_at_most_twenty_million_cells_and_a_hundred_thousand_rows(columns: int, rows: int) -> None:
    assert layout.rows_per_group(columns) == rows


def test_row_groups_of_a_file_are_that_large(tmp_path: Path) -> None:
    path = written(tmp_path, Kept("a", "integer", has_missing=False), rows=250_000)
    metadata = pq.ParquetFile(path).metadata
    sizes = [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
    assert sum(sizes) == 250_000
    assert max(sizes) == pytest.approx(100_000, rel=0.03)  # DuckDB counts in vectors of 2,048


@pytest.mark.parametrize(("columns", "values"), [(1, 5_000), (400, 5_000), (1_000, 2_000), (5_000, 400)])
def test_dictionaries_of_all_columns_together_stay_within_two_million_values(columns: int, values: int) -> None:
    assert f"DICTIONARY_SIZE_LIMIT {values}," in layout.parquet_options({}, columns)


def test_only_categories_have_a_count_of_categories(tmp_path: Path) -> None:
    columns = (Kept("a", "category", has_missing=False), Kept("b", "text", has_missing=False))
    path = written(tmp_path, *columns, values=["'x'", "'y'"])
    stored = json.loads(pq.read_schema(path).metadata[b"pandas"])["columns"]
    assert [column["metadata"] for column in stored] == [{"num_categories": 0, "ordered": False}, None]
