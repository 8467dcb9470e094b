"""Where imputations of one table differ."""

import numpy as np
import pandas as pd
import pytest

from wrangler.analyze import fill_differences

FRAME = pd.DataFrame(
    {
        "n": [0.0, 2.0, np.nan, np.nan],
        "c": ["a", None, None, None],
        "whole": [1, 2, 3, 4],
        "b": pd.array([True, False, None, True], dtype="boolean"),
        "d": pd.to_datetime(["2026-01-01", "2026-01-03", None, None]),
    }
)
MASK = FRAME.isna()


def completed(n: float = 1.0, c: str = "a", *, b: bool = True) -> pd.DataFrame:
    return FRAME.fillna({"n": n, "c": c, "b": b, "d": pd.Timestamp("2026-01-02")})


@pytest.fixture
def table() -> pd.DataFrame:
    tables = {"low": completed(), "high": completed(3.0, "b", b=False)}
    return fill_differences(FRAME, tables, dict.fromkeys(tables, MASK)).set_index("column")


def test_numbers_differ_by_standard_deviations_of_the_observed(table):
    assert table.loc["n", ["filled", "differing", "share"]].tolist() == [2, 2, 1.0]
    assert table.loc["n", ["mean_difference", "largest_difference"]].tolist() == [2.0, 2.0]


def test_changes_of_levels_are_counted(table):
    assert table.loc["c", ["filled", "differing", "changes"]].tolist() == [3, 3, "a to b (3)"]
    assert table.loc["b", "changes"] == "True to False (1)"


def test_cells_filled_alike_do_not_differ_and_columns_without_filled_cells_are_left_out(table):
    assert table.loc["d", ["differing", "mean_difference"]].tolist() == [0, 0.0]
    assert "whole" not in table.index


def test_only_cells_that_both_filled_are_compared():
    tables = {"one": completed(), "two": completed(1.5)}
    masks = {"one": MASK, "two": MASK.assign(n=[False, False, True, False], c=False)}
    found = fill_differences(FRAME, tables, masks).set_index("column")
    assert found.loc["n", "filled"] == 1
    assert "c" not in found.index


def test_every_pair_is_compared_once():
    tables = {name: completed() for name in ("x", "y", "z")}
    pairs = fill_differences(FRAME, tables, dict.fromkeys(tables, MASK))[["first", "second"]].drop_duplicates()
    assert pairs.to_numpy().tolist() == [["x", "y"], ["x", "z"], ["y", "z"]]
