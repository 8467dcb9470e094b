"""The columns that report where cells were missing."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import METHODS, UnsuitableTable, make_imputer

FRAME = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": ["x", "y", "x"], "c": [None, "y", "y"]}, index=[7, 7, 9])


@pytest.mark.parametrize("method", list(METHODS))
def test_indicators_stand_at_the_end_in_the_order_of_their_columns(method):
    imputer = make_imputer(method, add_indicator=True)
    completed = imputer.fit_transform(FRAME)
    assert completed.columns.tolist() == ["a", "b", "c", "a_missing", "c_missing"]
    assert completed["a_missing"].tolist() == [False, True, False]
    assert completed["c_missing"].dtype == bool
    assert completed.index.tolist() == [7, 7, 9]
    assert imputer.get_feature_names_out().tolist() == completed.columns.tolist()
    assert imputer.mask_.columns.tolist() == ["a", "b", "c"]


def test_a_column_that_stays_missing_has_an_indicator_too():
    frame = pd.DataFrame({"a": [np.nan, np.nan], "b": [1, 2]})
    assert make_imputer("mean", add_indicator=True).fit_transform(frame)["a_missing"].tolist() == [True, True]


def test_columns_that_are_not_filled_have_none():
    completed = make_imputer("mean", add_indicator=True, columns=["a"]).fit_transform(FRAME)
    assert completed.columns.tolist() == ["a", "b", "c", "a_missing"]


def test_every_table_gets_the_indicators_that_were_fitted():
    imputer = make_imputer("mode", add_indicator=True).fit(FRAME)
    fresh = pd.DataFrame({"a": [1.0], "b": [None], "c": ["y"]}).astype(FRAME.dtypes)
    assert imputer.transform(fresh).columns.tolist() == ["a", "b", "c", "a_missing", "c_missing"]
    assert [(event.column, event.kind) for event in imputer.events_] == [("b", "ignored")]


def test_an_array_gets_numbers():
    made = make_imputer("mean", add_indicator=True).fit_transform(np.array([[1.0, np.nan], [2.0, 3.0]]))
    assert made.tolist() == [[1.0, 3.0, 1.0], [2.0, 3.0, 0.0]]
    framed = make_imputer("mean", add_indicator=True).set_output(transform="pandas").fit_transform(made[:, :2])
    assert framed.columns.tolist() == ["x0", "x1"]


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(UnsuitableTable, match="add_indicator: there is already a column 'a_missing'"):
        make_imputer("mean", add_indicator=True).fit(FRAME.assign(a_missing=0))
