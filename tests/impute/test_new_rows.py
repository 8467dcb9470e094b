"""Rows that are filled after a fit on others: serving, merged sources, rows without a predictor."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import BoostedImputer, ForestImputer, make_imputer
from wrangler.impute.evaluation.probabilities import level_probabilities

MODELS = ("linear", "knn", "boosted", "forest", "auto")


def _double(rows: int, seed: int = 0) -> pd.DataFrame:
    """Two columns, b = 2a, and one that has nothing to do with them."""
    random = np.random.default_rng(seed)
    a = random.normal(size=rows)
    return pd.DataFrame({"a": a, "b": 2 * a + random.normal(size=rows) * 0.1, "c": random.normal(size=rows)})


@pytest.mark.parametrize("rows", [30, 100])
@pytest.mark.parametrize("method", MODELS)
def test_a_column_complete_at_fit_is_predicted_in_new_rows(method, rows):
    new = pd.DataFrame({"a": [-1.0, 0, 1], "b": np.nan, "c": 0.0})
    filled = make_imputer(method, random_state=0).fit(_double(rows)).transform(new)
    assert filled["b"].to_numpy() == pytest.approx([-2, 0, 2], abs=0.35)


@pytest.mark.parametrize("method", ["boosted", "forest"])
def test_trees_name_the_columns_that_they_left_to_the_equations(method):
    table = _double(60)
    table.loc[:9, "c"] = np.nan
    imputer = make_imputer(method, random_state=0).fit(table)
    filled = imputer.transform(pd.DataFrame({"a": [1.0], "b": [np.nan], "c": [0.0]}))
    assert filled["b"][0] == pytest.approx(2, abs=0.35)
    assert [(event.column, event.kind) for event in imputer.events_] == [("b", "fallback")]
    assert imputer.per_column_.loc["b", "method"] == "linear"


@pytest.mark.parametrize("imputer", [BoostedImputer, ForestImputer])
def test_a_curve_named_in_columns_is_followed_in_new_rows_though_complete_at_fit(imputer):
    random = np.random.default_rng(1)
    x = random.uniform(-2, 2, 400)
    table = pd.DataFrame({"x": x, "y": x**2, "z": random.normal(size=400)})
    table.loc[:39, "z"] = np.nan
    filled = (
        imputer(columns=("y", "z"), random_state=0)
        .fit(table)
        .transform(pd.DataFrame({"x": [-1.5, 0.0, 1.5], "y": np.nan, "z": 0.0}))
    )
    assert filled["y"].to_numpy() == pytest.approx([2.25, 0, 2.25], abs=0.6)


def test_auto_races_on_a_complete_table():
    random = np.random.default_rng(1)
    x = random.uniform(-2, 2, 200)
    imputer = make_imputer("auto", random_state=0).fit(pd.DataFrame({"x": x, "y": x**2}))
    filled = imputer.transform(pd.DataFrame({"x": [-1.5, 0.0, 1.5], "y": np.nan}))
    assert filled["y"].to_numpy() == pytest.approx([2.25, 0, 2.25], abs=0.5)
    assert set(imputer.race_.index) == {"x", "y"}


def test_a_level_complete_at_fit_is_predicted_in_new_rows_by_trees():
    random = np.random.default_rng(2)
    x = random.normal(size=80)
    table = pd.DataFrame({"x": x, "y": np.where(x > 0, "high", "low"), "z": random.normal(size=80)})
    table.loc[:9, "z"] = np.nan
    new = pd.DataFrame({"x": [-1.0, 1.0], "y": pd.Series([None, None], dtype=object), "z": 0.0})
    imputer = ForestImputer(random_state=0).fit(table)
    assert imputer.transform(new)["y"].tolist() == ["low", "high"]
    probabilities = level_probabilities(imputer, new, ["y"])["y"]
    assert probabilities["high"].round().tolist() == [0, 1]


@pytest.mark.parametrize("method", ["linear", "knn", "forest", "auto"])
def test_rows_without_the_predictor_do_not_bend_the_relation_of_the_others(method):
    known = pd.DataFrame({"a": np.arange(30.0), "b": np.arange(30.0) * 2})
    known.loc[3, "b"] = np.nan
    table = pd.concat([known, pd.DataFrame({"a": np.nan, "b": [500.0] * 3})], ignore_index=True)
    filled = make_imputer(method, random_state=0).fit(table).transform(pd.DataFrame({"a": [3.0], "b": [np.nan]}))
    assert filled["b"][0] == pytest.approx(6, abs=2)


@pytest.mark.parametrize("method", ["linear", "knn", "forest"])
def test_a_source_that_lacks_the_predictor_does_not_bend_the_other(method):
    random = np.random.default_rng(3)
    a = random.normal(size=60)
    first = pd.DataFrame({"a": a, "b": 2 * a})
    second = pd.DataFrame({"a": np.nan, "b": random.normal(100, 1, 60)})
    imputer = make_imputer(method, random_state=0).fit(pd.concat([first, second], ignore_index=True))
    filled = imputer.transform(pd.DataFrame({"a": [-1.0, 1.0], "b": np.nan}))
    assert filled["b"].to_numpy() == pytest.approx([-2, 2], abs=1)
