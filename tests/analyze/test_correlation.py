"""Pearson, Spearman and Kendall against pandas and scipy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrangler.analyze import CORRELATION_METHODS, AnalysisError, correlate
from wrangler.analyze.ranks import average_ranks


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(7)
    values = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5)) + [0, 1e6, -5, 0, 3]
    values[rng.random(values.shape) < 0.2] = np.nan
    frame = pd.DataFrame(values, columns=list("abcde"))
    frame["ties"] = rng.integers(0, 4, 400)
    frame["flag"] = pd.array(rng.choice([True, False, None], 400), dtype="boolean")
    return frame


@pytest.mark.parametrize("method", CORRELATION_METHODS)
def test_coefficients_are_those_of_pandas(table, method):
    ours = correlate(table, method)
    expected = table.astype(float).corr(method)
    assert ours.matrix.columns.tolist() == ours.matrix.index.tolist() == table.columns.tolist()
    assert np.allclose(ours.matrix, expected, atol=1e-9)


@pytest.mark.parametrize("method", CORRELATION_METHODS)
def test_counts_are_the_rows_in_common(table, method):
    present = table.notna().astype(int)
    assert (correlate(table, method).counts.to_numpy() == (present.T @ present).to_numpy()).all()


@given(st.lists(st.one_of(st.just(np.nan), st.floats(-5, 5), st.integers(-3, 3).map(float)), max_size=60))
def test_ranks_are_those_of_pandas(values):
    array = np.array(values, dtype=float)
    assert np.array_equal(average_ranks(array), pd.Series(array).rank().to_numpy(), equal_nan=True)


@pytest.mark.parametrize("method", CORRELATION_METHODS)
def test_constant_empty_and_short_columns_give_no_coefficient(method):
    frame = pd.DataFrame(
        {"x": [1.0, 2, 3, 4], "constant": [5.1] * 4, "empty": [np.nan] * 4, "short": [1.0, 2, None, None]}
    )
    matrix = correlate(frame, method).matrix
    assert np.isnan(matrix.loc["x", ["constant", "empty", "short"]]).all()
    assert matrix.loc["x", "x"] == pytest.approx(1)


def test_columns_without_a_number_are_left_out_and_named():
    frame = pd.DataFrame({"n": [1.0, 2, 3], "t": ["a", "b", "c"], "d": pd.to_datetime(["2020-01-01"] * 3)})
    result = correlate(frame)
    assert result.matrix.columns.tolist() == ["n"]
    assert set(result.left_out) == {"t", "d"}
    assert {event["column"] for event in result.events()} == {"t", "d"}


def test_infinite_values_count_as_missing():
    frame = pd.DataFrame({"a": [1.0, 2, 3, np.inf], "b": [2.0, 4, 6, 1]})
    result = correlate(frame)
    assert result.matrix.loc["a", "b"] == pytest.approx(1)
    assert result.counts.loc["a", "b"] == 3


def test_pairs_are_listed_once_and_strongest_first(table):
    pairs = correlate(table).pairs(at_least=0.1)
    assert (pairs["coefficient"].abs().diff().dropna() <= 0).all()
    assert not {frozenset(pair) for pair in pairs[["left", "right"]].itertuples(index=False)} - {
        frozenset((left, right)) for left in table for right in table if left != right
    }


def test_kendall_on_a_long_table_samples_by_its_seed_and_reports_it(monkeypatch):
    monkeypatch.setattr("wrangler.analyze.correlation._KENDALL_CELLS", 500)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(3000, 2)), columns=["a", "b"])
    first, second, other = (correlate(frame, "kendall", random_state=seed) for seed in (1, 1, 2))
    assert first.notes == ["Kendall's tau was computed on 500 rows drawn at random: the table is long."]
    assert first.matrix.equals(second.matrix)
    assert not first.matrix.equals(other.matrix)


def test_spearman_past_its_budget_ranks_each_column_once_and_reports_it(table, monkeypatch):
    exact = correlate(table, "spearman")
    monkeypatch.setattr("wrangler.analyze.correlation._SPEARMAN_CELLS", 0)
    quick = correlate(table, "spearman")
    assert len(quick.notes) == 1
    assert np.nanmax(np.abs(quick.matrix - exact.matrix)) < 0.05


def test_spearman_of_many_columns_ranks_each_pair_on_its_own_rows():
    """Some columns are whole, some have missing cells, some tie: more of them than are ranked at a time."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(300, 21)) + rng.normal(size=(300, 1))
    values[:, ::3] = values[:, ::3].round()
    values[:, 4:][rng.random((300, 17)) < 0.2] = np.nan
    frame = pd.DataFrame(values).add_prefix("c")
    assert np.allclose(correlate(frame, "spearman").matrix, frame.corr("spearman"), atol=1e-12)


def test_an_unknown_method_is_refused_by_name(table):
    with pytest.raises(AnalysisError, match=r"'cosine'.*pearson, spearman, kendall"):
        correlate(table, "cosine")


@given(
    st.lists(
        st.tuples(*[st.one_of(st.just(np.nan), st.integers(-3, 3).map(float), st.floats(-5, 5))] * 3),
        min_size=3,
        max_size=40,
    )
)
def test_ranks_of_a_pair_are_those_of_its_common_rows(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    assert np.allclose(correlate(frame, "spearman").matrix, frame.corr("spearman", min_periods=3), equal_nan=True)
