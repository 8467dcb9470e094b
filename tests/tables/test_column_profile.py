"""The profile of a column: counts, moments, quantiles, histogram and most frequent values."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from wrangler.tables import column_profile, profile


def profiled(folder: Path, column: object, **more: object) -> dict[str, Any]:
    """The profile of the first column of a table."""
    pd.DataFrame({"c": column, **more}).to_parquet(folder / "table.parquet")
    found: dict[str, Any] = profile(folder / "table.parquet")["columns"][0]
    return found


def test_numbers_have_the_moments_and_quantiles_of_numpy(tmp_path: Path) -> None:
    values = [0.0, 0.0, 1.5, -2.0, 7.25, 3.0, None]
    known = np.array(values[:-1])
    found = profiled(tmp_path, values)
    assert (found["name"], found["type"], found["missing"], found["count"], found["distinct"]) == (
        "c",
        "number",
        1,
        6,
        5,
    )
    assert (found["min"], found["max"], found["zeros"], found["infinite"]) == (-2.0, 7.25, 2, 0)
    assert found["mean"] == pytest.approx(known.mean())
    assert found["std"] == pytest.approx(known.std(ddof=1))
    shares = [0.05, 0.25, 0.5, 0.75, 0.95]
    assert list(found["quantiles"]) == [str(share) for share in shares]
    assert list(found["quantiles"].values()) == pytest.approx(np.quantile(known, shares))


def test_a_histogram_has_twenty_bins_as_wide_as_each_other(tmp_path: Path) -> None:
    values = np.array([0.0, 0.4, 0.5, 9.9, 10.0, 5.2])
    histogram = profiled(tmp_path, values)["histogram"]
    counts, edges = np.histogram(values, bins=20)
    assert histogram["edges"] == pytest.approx(edges.tolist())
    assert histogram["counts"] == counts.tolist()


def test_one_number_has_one_bin_and_no_spread(tmp_path: Path) -> None:
    found = profiled(tmp_path, [4.0, None], other=[1, 2])
    assert found["histogram"] == {"edges": [4.0, 4.0], "counts": [1]}
    assert found["std"] is None


def test_a_column_without_values_has_no_bins(tmp_path: Path) -> None:
    found = profiled(tmp_path, pd.array([None, None], dtype="Float64"))
    assert (found["min"], found["histogram"]) == (None, {"edges": [], "counts": []})
    assert set(found["quantiles"].values()) == {None}


@pytest.mark.parametrize("widest", [200, 0], ids=["usual", "wide"])
def test_infinite_numbers_are_counted_and_left_out_of_moments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, widest: int
) -> None:
    monkeypatch.setattr(column_profile, "WIDE_COLUMNS", widest)
    found = profiled(tmp_path, [1.0, 2.0, np.inf, -np.inf])
    assert (found["infinite"], found["min"], found["max"], found["mean"]) == (2, 1.0, 2.0, 1.5)
    assert sum(found["histogram"]["counts"]) == 2


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    found = profiled(tmp_path, pd.array([1, 5, None], dtype="Int64"))
    assert (found["type"], found["min"], found["max"]) == ("integer", 1, 5)
    assert isinstance(found["max"], int)


def test_the_ten_most_frequent_texts_come_commonest_first_and_by_name(tmp_path: Path) -> None:
    texts = [text for place, text in enumerate("lkjihgfedcba") for _ in range(1 + place // 2)]
    found = profiled(tmp_path, [*texts, None])
    expected = [("a", 6), ("b", 6), ("c", 5), ("d", 5), ("e", 4), ("f", 4), ("g", 3), ("h", 3), ("i", 2), ("j", 2)]
    assert [(top["value"], top["count"]) for top in found["top"]] == expected
    assert "histogram" not in found


def test_texts_have_a_shortest_and_a_longest(tmp_path: Path) -> None:
    found = profiled(tmp_path, ["a", "abc", None])
    assert (found["type"], found["shortest"], found["longest"]) == ("text", 1, 3)


def test_booleans_are_counted_and_have_no_length(tmp_path: Path) -> None:
    found = profiled(tmp_path, pd.array([True, True, False, None], dtype="boolean"))
    assert found["top"] == [{"value": "true", "count": 2}, {"value": "false", "count": 1}]
    assert "longest" not in found


def test_dates_have_their_first_and_last_and_nothing_else(tmp_path: Path) -> None:
    found = profiled(tmp_path, pd.to_datetime(["2024-01-31", "2020-02-29T10:00:00", None], format="ISO8601"))
    assert (found["type"], found["min"], found["max"]) == ("date", "2020-02-29T10:00:00", "2024-01-31")
    assert not {"top", "histogram", "quantiles", "mean"} & set(found)


def test_a_long_table_has_estimates_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pd.DataFrame({"c": range(5), "t": list("aabbc")}).to_parquet(tmp_path / "table.parquet")
    exact = profile(tmp_path / "table.parquet")
    monkeypatch.setattr(column_profile, "EXACT_ROWS", 4)
    rough = profile(tmp_path / "table.parquet")
    assert (exact["rows"], exact["distinct_is_exact"], exact["quantiles_are_exact"]) == (5, True, True)
    assert (rough["rows"], rough["distinct_is_exact"], rough["quantiles_are_exact"]) == (5, False, False)
    assert rough["columns"][0]["quantiles"]["0.5"] == pytest.approx(2, abs=0.5)
    assert rough["columns"][1]["top"] == exact["columns"][1]["top"]


def test_a_table_of_exactly_as_many_rows_is_still_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_profile, "EXACT_ROWS", 5)
    pd.DataFrame({"c": range(5)}).to_parquet(tmp_path / "table.parquet")
    assert profile(tmp_path / "table.parquet")["distinct_is_exact"]


def test_each_of_many_columns_keeps_its_own_figures(tmp_path: Path) -> None:
    frame = pd.DataFrame({f"c{place}": [place, place + 1] for place in range(45)})
    frame.to_parquet(tmp_path / "table.parquet")
    columns = profile(tmp_path / "table.parquet")["columns"]
    assert [(column["name"], column["min"], column["max"]) for column in columns] == [
        (f"c{place}", place, place + 1) for place in range(45)
    ]
