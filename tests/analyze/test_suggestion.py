"""Alerts and suggested methods."""

import numpy as np
import pandas as pd
import pytest

from wrangler.analyze import associate, column_alerts, suggest_methods
from wrangler.impute import METHODS


def alerts_of(column: pd.Series) -> set[str]:
    return set(column_alerts(column.to_frame("c"))["alert"])


@pytest.mark.parametrize(
    ("column", "alerts"),
    [
        (pd.Series([None] * 30, dtype="float64"), {"empty"}),
        (pd.Series([1.0] * 30), {"constant"}),
        (pd.Series([1.0, 2.0] * 5 + [None] * 30), {"mostly missing"}),
        (pd.Series([f"id{place}" for place in range(30)]), {"unique"}),
        (pd.Series(range(1000, 1030)), {"unique"}),
        (pd.Series([f"level{place % 60}" for place in range(300)]), {"many levels"}),
        (pd.Series(np.random.default_rng(0).lognormal(sigma=1.5, size=500)), {"skewed", "heavy tails", "outliers"}),
        (pd.Series([*np.random.default_rng(1).normal(size=200), 40.0]), {"skewed", "heavy tails", "outliers"}),
        (pd.Series(np.random.default_rng(2).normal(size=300)), set()),
        (pd.Series(["a", "b"] * 20), set()),
        (pd.to_datetime("2020-01-01") + pd.Series(pd.to_timedelta(range(40), unit="D")), set()),
    ],
)
def test_what_is_unusual_is_named_and_nothing_else(column, alerts):
    assert alerts_of(column) == alerts


@pytest.fixture
def table():
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"x": rng.normal(size=200), "level": rng.choice(["a", "b"], 200)})
    frame["y"] = frame["x"] * 2 + rng.normal(size=200)
    frame["skewed"] = rng.lognormal(sigma=1, size=200)
    frame["plain"] = rng.normal(size=200)
    frame["identifier"] = [f"p{place}" for place in range(200)]
    frame["constant"] = 1.0
    frame["empty"] = np.nan
    frame.loc[::9, frame.columns != "x"] = None
    return frame


def suggested(frame: pd.DataFrame) -> dict[str, str]:
    return suggest_methods(frame, associate(frame))["method"].to_dict()


def test_each_column_gets_the_method_that_its_shape_asks_for(table):
    assert suggested(table) == {
        "level": "mode",
        "y": "auto",
        "skewed": "median",
        "plain": "mean",
        "identifier": "leave",
        "constant": "mode",
        "empty": "leave",
    }


def test_a_series_in_time_is_interpolated():
    days = pd.Series(pd.date_range("2020-01-01", periods=100))
    frame = pd.DataFrame({"day": days, "level": np.sin(np.arange(100) / 9)})
    frame.loc[40:45, "level"] = None
    assert suggested(frame) == {"level": "interpolate"}


def test_every_suggested_method_exists_and_has_a_reason(table):
    suggestions = suggest_methods(table, associate(table))
    assert set(suggestions["method"]) <= {*METHODS, "leave"}
    assert suggestions["reason"].str.endswith(".").all()


def test_a_complete_table_needs_no_suggestion(table):
    assert suggest_methods(table[["x"]], associate(table[["x"]])).empty
