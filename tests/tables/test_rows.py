"""Pages of rows, and the cells in them as JSON takes them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wrangler.tables import read_rows, rows


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"n": range(10), "t": [f"x{place}" for place in range(10)]}).to_parquet(path, row_group_size=4)
    return path


@pytest.mark.parametrize(
    ("offset", "limit", "expected"), [(0, 3, [0, 1, 2]), (3, 4, [3, 4, 5, 6]), (8, 9, [8, 9]), (10, 5, []), (0, 0, [])]
)
def test_a_page_begins_at_its_offset_and_ends_at_its_limit(
    stored: Path, offset: int, limit: int, expected: list[int]
) -> None:
    assert read_rows(stored, offset=offset, limit=limit) == [{"n": n, "t": f"x{n}"} for n in expected]


def test_whole_numbers_that_json_readers_round_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    safe = 2**53
    pd.DataFrame({"n": [safe, -safe, safe + 1, -safe - 1]}).to_parquet(path)
    assert [row["n"] for row in read_rows(path, offset=0, limit=9)] == [safe, -safe, str(safe + 1), str(-safe - 1)]


def test_missing_and_infinite_cells_are_null(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"x": [1.5, np.nan, np.inf], "flag": pd.array([True, None, False], dtype="boolean")}).to_parquet(path)
    assert read_rows(path, offset=0, limit=3) == [
        {"x": 1.5, "flag": True},
        {"x": None, "flag": None},
        {"x": None, "flag": False},
    ]


def test_instants_are_iso_texts_and_whole_days_are_days(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    moments = pd.to_datetime(["2024-01-31T10:30:00.25", "2024-01-31"], format="ISO8601").astype("datetime64[us]")
    days = pd.to_datetime(["2024-01-31", "2024-02-01"]).astype("datetime64[us]")
    zoned = pd.to_datetime(["2024-01-31T10:00:00Z", "2024-01-31T00:00:00Z"]).astype("datetime64[us, UTC]")
    pd.DataFrame({"moment": moments, "day": days, "zoned": zoned}).to_parquet(path)
    assert read_rows(path, offset=0, limit=2) == [
        {"moment": "2024-01-31T10:30:00.250000", "day": "2024-01-31", "zoned": "2024-01-31T10:00:00+00:00"},
        {"moment": "2024-01-31", "day": "2024-02-01", "zoned": "2024-01-31T00:00:00+00:00"},
    ]


def test_a_page_holds_no_more_cells_than_allowed_but_always_a_row(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "CELLS_PER_PAGE", 6)
    assert len(read_rows(stored, offset=0, limit=10)) == 3
    monkeypatch.setattr(rows, "CELLS_PER_PAGE", 1)
    assert len(read_rows(stored, offset=0, limit=10)) == 1


def test_categories_come_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"c": pd.Categorical(["a", None, "b"])}).to_parquet(path)
    assert [row["c"] for row in read_rows(path, offset=0, limit=3)] == ["a", None, "b"]
