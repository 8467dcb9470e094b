"""Filled cells beside observed ones."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from wrangler.analyze import AnalysisError, correlation_change, distribution_quality


@pytest.fixture
def imputed():
    rng = np.random.default_rng(3)
    truth = pd.DataFrame({"x": rng.normal(10, 2, 500), "t": rng.choice(["a", "b", "c"], 500)})
    truth["y"] = truth["x"] * 2 + rng.normal(0, 1, 500)
    mask = pd.DataFrame({"x": rng.random(500) < 0.3, "t": rng.random(500) < 0.2, "y": np.zeros(500, bool)})
    frame = truth.mask(mask)
    completed = frame.fillna({"x": frame["x"].mean(), "t": "a"})
    return frame, completed, mask


def test_distances_are_those_of_scipy(imputed):
    frame, completed, mask = imputed
    quality = distribution_quality(frame, completed, mask).loc["x"]
    observed, filled = frame["x"].dropna(), completed["x"][mask["x"]]
    assert quality["ks"] == pytest.approx(stats.ks_2samp(observed, filled).statistic)
    expected = stats.wasserstein_distance(observed, filled) / observed.std(ddof=0)
    assert quality["wasserstein"] == pytest.approx(expected)


def test_total_variation_is_half_the_difference_of_shares(imputed):
    frame, completed, mask = imputed
    share = frame["t"].value_counts(normalize=True)
    assert distribution_quality(frame, completed, mask).loc["t", "total_variation"] == pytest.approx(1 - share["a"])


def test_filling_by_the_mean_keeps_the_mean_and_fails_the_spread(imputed):
    quality = distribution_quality(*imputed).loc["x"]
    assert quality["mean_holds"] is True
    assert quality["std_holds"] is False


def test_only_filled_columns_are_measured(imputed):
    assert distribution_quality(*imputed).index.tolist() == ["x", "t"]


def test_an_unchanged_table_moves_no_correlation(imputed):
    frame, _, _ = imputed
    change = correlation_change(frame, frame)
    assert change.largest == 0
    assert change.pair is None
    assert change.holds


def test_the_pair_that_moved_most_is_named(imputed):
    frame, completed, _ = imputed
    change = correlation_change(frame, completed)
    assert change.pair == ("x", "y")
    assert change.largest == pytest.approx(abs(frame["x"].corr(frame["y"]) - completed["x"].corr(completed["y"])))
    assert not change.holds


def test_tables_of_different_shape_are_refused(imputed):
    frame, completed, mask = imputed
    with pytest.raises(AnalysisError, match="completed table"):
        distribution_quality(frame, completed.head(3), mask)


@pytest.mark.parametrize(
    "column",
    [pd.Series([None, None, None], dtype="float64"), pd.Series([4.0, 4.0, None]), pd.Series([None, "a", "a"])],
    ids=["empty", "constant", "text"],
)
def test_degenerate_columns_have_a_result(column):
    frame = column.to_frame("c")
    completed = frame.fillna("a" if frame["c"].dtype == "str" else 4.0)
    assert len(distribution_quality(frame, completed, frame.isna())) == 1


def test_measures_stay_numbers_when_only_text_was_filled():
    before = pd.DataFrame({"a": [1, 2, 3, 4], "b": ["x", "y", None, "x"]})
    after = before.fillna({"b": "x"})

    quality = distribution_quality(before, after, before.isna())

    assert quality[["mean_shift", "std_change", "ks", "wasserstein"]].dtypes.eq(float).all()
