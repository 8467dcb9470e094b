"""Where the missing cells of a table are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from wrangler.analyze import missingness

FLAGS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=70))


def incomplete(flags: np.ndarray) -> pd.DataFrame:
    values = np.where(flags, np.nan, 1.0)
    return pd.DataFrame(values, columns=[f"c{position}" for position in range(flags.shape[1])])


@given(FLAGS)
def test_counts_per_column_and_row_are_those_of_pandas(flags):
    frame = incomplete(flags)
    missing = missingness(frame)
    assert missing.by_column()["missing"].tolist() == frame.isna().sum().tolist()
    per_row = frame.isna().sum(axis=1).value_counts().sort_index()
    assert missing.by_row()["rows"].to_dict() == per_row.to_dict()


@given(FLAGS)
def test_each_row_is_given_back_by_its_pattern(flags):
    missing = missingness(incomplete(flags))
    assert (missing.matrix[missing.row_pattern] == flags).all()
    assert missing.counts.sum() == len(flags)
    assert len(np.unique(missing.matrix, axis=0)) == len(missing.matrix)


@given(FLAGS.filter(lambda flags: len(flags) > 1))
def test_correlation_of_missingness_is_that_of_the_flags(flags):
    frame = incomplete(flags)
    ours = missingness(frame).correlation()
    expected = frame[ours.columns].isna().astype(float).corr().fillna(1.0)
    assert np.allclose(ours, expected, atol=1e-9)


@given(st.integers(0, 5), st.integers(0, 3))
def test_empty_tables_have_a_result(rows, columns):
    missing = missingness(pd.DataFrame(index=range(rows), columns=[f"c{place}" for place in range(columns)]))
    assert missing.cells == rows * columns
    assert missing.by_row()["rows"].sum() == rows
    assert len(missing.patterns()) == (1 if rows and columns else len(missing.counts))
    assert missing.correlation().shape == (0, 0)


def test_the_commonest_pattern_comes_first_with_its_columns_named():
    frame = pd.DataFrame({"a": [1, None, None, None], "b": [1, None, None, 2], "c": [1, 2, 3, 4]})
    patterns = missingness(frame).patterns()
    assert patterns["missing"].tolist() == [("a", "b"), (), ("a",)]
    assert patterns["rows"].tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["x", None], dtype="str"),
        pd.Series([1, None], dtype="Int64"),
        pd.Series([True, None], dtype="boolean"),
        pd.Series(["x", None], dtype="category"),
        pd.to_datetime(pd.Series(["2020-01-01", None])),
        pd.Series([{}, None], dtype="object"),
    ],
    ids=lambda column: str(column.dtype),
)
def test_every_kind_of_missing_value_counts(column):
    assert missingness(column.to_frame("c")).by_column()["missing"].tolist() == [1]
