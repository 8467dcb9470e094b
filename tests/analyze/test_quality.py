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


def filled(observed: list[float], fills: list[float]) -> pd.Series:
    """The record of one column of observed values and fills."""
    before = pd.DataFrame({"x": [*observed, *[None] * len(fills)]}, dtype=float)
    after = pd.DataFrame({"x": [*observed, *fills]}, dtype=float)
    return distribution_quality(before, after, before.isna()).loc["x"]


def test_moments_are_those_of_the_observed_cells_and_of_the_completed_column():
    quality = filled([1.0, 3.0], [5.0, 7.0])
    assert quality[["observed", "filled"]].tolist() == [2, 2]
    assert quality[["mean_before", "mean_after", "std_before"]].tolist() == [2.0, 4.0, 1.0]
    assert quality["std_after"] == pytest.approx(np.sqrt(5))
    assert quality["mean_shift"] == pytest.approx(2.0)
    assert quality["std_change"] == pytest.approx(np.sqrt(5) - 1)
    assert quality["ks"] == 1.0


@pytest.mark.parametrize(("fill", "holds"), [(1.24, True), (1.26, False), (-1.24, True), (-1.26, False)])
def test_a_mean_holds_within_five_percent_of_a_standard_deviation(fill, holds):
    assert filled([-1.0, 1.0] * 12, [fill])["mean_holds"] == holds


def test_a_column_of_one_value_holds_only_by_that_value():
    same, other = filled([4.0, 4.0], [4.0]), filled([4.0, 4.0], [5.0])
    assert [same["mean_holds"], same["std_holds"]] == [True, True]
    assert [other["mean_holds"], other["std_holds"]] == [False, False]


@pytest.mark.parametrize(("distance", "holds"), [(0.049, True), (0.051, False)])
def test_correlations_hold_within_five_hundredths(distance, holds):
    before = pd.DataFrame({"x": [1.0, -1.0, 1.0, -1.0], "y": [1.0, 1.0, -1.0, -1.0]})
    after = before.assign(y=before["y"] + before["x"] * distance / np.sqrt(1 - distance**2))
    change = correlation_change(before, after)
    assert change.largest == pytest.approx(distance)
    assert change.difference.loc["x", "y"] == pytest.approx(distance)
    assert change.holds is holds


def test_one_number_column_has_no_correlation_to_move():
    change = correlation_change(pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"x": [1.0, 3.0]}))
    assert (change.largest, change.pair, change.holds) == (0.0, None, True)


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
