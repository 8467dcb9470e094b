"""Pages of rows and profiles, read from the stored table."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.importing.conftest import Importer
from wrangler.tables import profile, read_rows

TABLE = (
    "name,big,number,flag,day,zoned\n"
    "x,9007199254740993,1.5,true,2024-01-31,2024-01-31T10:00:00+01:00\n"
    "NA,1,NA,,,NA\n"
    "y,-9007199254740993,2.5,false,2024-01-31T10:30:00,2024-01-31T10:00:00Z\n"
)


def test_a_page_is_json_safe(importer: Importer) -> None:
    importer(TABLE)
    rows = read_rows(importer.table, offset=0, limit=10)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert rows[0] == {
        "name": "x",
        "big": "9007199254740993",
        "number": 1.5,
        "flag": True,
        "day": "2024-01-31",
        "zoned": "2024-01-31T09:00:00+00:00",
    }
    assert rows[1] == {"name": None, "big": 1, "number": None, "flag": None, "day": None, "zoned": None}


@pytest.mark.parametrize(("offset", "limit", "expected"), [(0, 2, [0, 1]), (7, 2, [7, 8]), (9, 5, [9]), (10, 5, [])])
def test_pages_follow_the_order_of_the_file(importer: Importer, offset: int, limit: int, expected: list[int]) -> None:
    importer("\n".join(["n", *map(str, range(10)), ""]))
    assert [row["n"] for row in read_rows(importer.table, offset=offset, limit=limit)] == expected


def test_order_is_kept_over_row_groups(importer: Importer) -> None:
    importer("\n".join(["n", *map(str, range(250_000)), ""]))
    assert [row["n"] for row in read_rows(importer.table, offset=199_999, limit=3)] == [199_999, 200_000, 200_001]


def test_a_profile_is_json_safe_and_counts_right(importer: Importer) -> None:
    importer(TABLE)
    found = profile(importer.table)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [column["missing"] for column in found["columns"]] == [1, 0, 1, 1, 1, 1]
    number = found["columns"][2]
    assert (number["min"], number["max"], number["mean"], number["quantiles"]["0.5"]) == (1.5, 2.5, 2.0, 2.0)


def test_a_histogram_holds_every_value_once(importer: Importer) -> None:
    importer("\n".join(["n", *(str(i * i) for i in range(500)), "NA", ""]))
    [column] = profile(importer.table)["columns"]
    histogram = column["histogram"]
    assert sum(histogram["counts"]) == 500
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1
    assert len(histogram["counts"]) <= 30


def test_top_values_come_with_their_counts(importer: Importer) -> None:
    importer("\n".join(["s", *["a"] * 5, *["b"] * 3, "c", "NA", ""]))
    [column] = profile(importer.table)["columns"]
    assert column["top"] == [{"value": "a", "count": 5}, {"value": "b", "count": 3}, {"value": "c", "count": 1}]


def test_a_table_that_pandas_wrote_can_be_profiled(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    frame = pd.DataFrame({"c": pd.Categorical(["x", "y", "x"]), "f": [1.0, float("inf"), None], "n": [None] * 3})
    frame.to_parquet(path)
    columns = {column["name"]: column for column in profile(path)["columns"]}
    assert columns["c"]["type"] == "category"
    assert columns["f"]["missing"] == 1
    assert read_rows(path, offset=0, limit=1)[0]["c"] == "x"
