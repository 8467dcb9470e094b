"""What is hidden by the table's own pattern."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute.encoding.codec import fit_codec
from wrangler.impute.encoding.kinds import kind_of
from wrangler.impute.encoding.table import encode
from wrangler.impute.evaluation.hide_cells import hide
from wrangler.impute.evaluation.propensity import odds_of_missing


def encoded(frame: pd.DataFrame, order_by: str | None = None):
    return encode(frame, {name: fit_codec(frame[name], kind_of(frame[name])) for name in frame}, order_by)


def missing_part(*, by_x: bool) -> pd.DataFrame:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 2000))
    chance = 0.6 * (x > 0) if by_x else np.full(2000, 0.3)
    return pd.DataFrame({"x": x, "y": np.where(random.random(2000) < chance, np.nan, y)})


def test_cells_are_hidden_in_columns_with_missing_cells():
    frame = missing_part(by_x=True)
    rows = hide(encoded(frame), ["y"], 0.2, np.random.default_rng(0)).judged["y"]
    assert frame["y"].iloc[rows].notna().all()
    assert frame["x"].iloc[rows].mean() > frame["x"][frame["y"].notna()].mean() + 0.4


def test_missing_completely_at_random_gives_every_cell_the_same_odds():
    odds = odds_of_missing(encoded(missing_part(by_x=False)), ["y"], np.random.default_rng(0))["y"]
    assert odds == pytest.approx(1.0, abs=0.3)


def test_what_is_missing_together_is_hidden_together():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(1000, 4)), columns=list("abcd"))
    together = random.random(1000) < 0.3
    frame.loc[together, ["a", "b"]] = np.nan
    frame.loc[random.random(1000) < 0.3, "c"] = np.nan
    hiding = hide(encoded(frame), ["a", "b", "c"], 0.2, np.random.default_rng(0))
    seen = {name: hiding.table.columns[name].missing for name in frame}
    assert (seen["a"] == seen["b"]).all()
    assert seen["c"][hiding.judged["a"]].mean() == pytest.approx(0.44, abs=0.1)
    assert not seen["d"].any()


def test_a_block_of_columns_missing_together_is_hidden_once():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(1000, 10)), columns=list("abcdefghij"))
    frame.iloc[random.random(1000) < 0.2, :9] = np.nan
    hiding = hide(encoded(frame), list("abcdefghi"), 0.2, np.random.default_rng(0))
    known = frame["a"].notna().sum()
    assert all(len(rows) == pytest.approx(0.2 * known, abs=1) for rows in hiding.judged.values())
    assert hiding.table.columns["a"].missing.sum() == pytest.approx(1000 - 0.8 * known, abs=1)


def test_the_table_that_is_given_keeps_its_cells():
    table = encoded(missing_part(by_x=False))
    before = table.columns["y"].cells.copy()
    hiding = hide(table, ["y"], 0.2, np.random.default_rng(0))
    np.testing.assert_array_equal(table.columns["y"].cells, before)
    assert np.isnan(hiding.table.columns["y"].cells[hiding.judged["y"]]).all()


def test_columns_of_few_known_cells_are_not_judged():
    frame = pd.DataFrame({"x": np.arange(50.0), "y": [1.0, 2.0, 3.0] + [np.nan] * 47})
    assert not hide(encoded(frame), ["y"], 0.2, np.random.default_rng(0)).judged


def test_along_an_order_hidden_gaps_are_as_long_as_the_missing_ones():
    missing = np.arange(3000) % 60 < 12
    frame = pd.DataFrame({"t": np.arange(3000), "y": np.where(missing, np.nan, 1.0 * np.arange(3000))})
    rows = hide(encoded(frame, "t"), ["y"], 0.1, np.random.default_rng(1)).judged["y"]
    assert not missing[rows].any()
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    assert 5 < np.mean([len(run) for run in runs]) <= 12


def test_along_an_order_what_is_missing_together_is_hidden_together():
    missing = np.arange(3000) % 60 < 12
    frame = pd.DataFrame({name: np.where(missing, np.nan, 1.0 * np.arange(3000)) for name in "ab"})
    frame["t"] = np.arange(3000)
    judged = hide(encoded(frame, "t"), ["a", "b"], 0.1, np.random.default_rng(1)).judged
    np.testing.assert_array_equal(judged["a"], judged["b"])


def test_cells_are_hidden_beside_others_as_often_as_they_are_missing_beside_them():
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(6_000, 2)), columns=["a", "b"])
    lost = random.random(6_000) < 0.2
    frame.loc[lost, "a"] = np.nan
    frame.loc[lost & (random.random(6_000) < 0.6), "b"] = np.nan

    hiding = hide(encoded(frame), ["a"], 0.2, np.random.default_rng(0))

    assert hiding.table.columns["b"].missing_mask[hiding.judged["a"]].mean() == pytest.approx(0.6, abs=0.06)
