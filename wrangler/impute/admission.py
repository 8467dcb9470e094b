"""Which tables are taken: DataFrames with unique text names, or plain arrays of numbers."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data

from wrangler.impute.errors import UnsuitableTable


def admit(estimator: Any, table: Any, *, learning: bool) -> pd.DataFrame:  # noqa: ANN401 - what scikit-learn passes
    """`table` as a DataFrame, after checking that it fits what was learnt.

    Parameters
    ----------
    estimator : BaseEstimator
        Receives `n_features_in_` and `feature_names_in_` while learning.
    table : DataFrame or array-like of shape (rows, columns)
        Arrays must hold numbers; their columns are called x0, x1, ...
    learning : bool
        Whether this is `fit`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnsuitableTable
        When column names are not text, or not unique.
    ValueError, TypeError
        scikit-learn's own refusals: wrong shape, wrong names, not numbers.
    """
    if not isinstance(table, pd.DataFrame):
        numbers = validate_data(estimator, table, reset=learning, dtype=np.float64, ensure_all_finite="allow-nan")
        return pd.DataFrame(numbers, columns=[f"x{number}" for number in range(numbers.shape[1])])
    _check_names(table)
    validate_data(estimator, table, reset=learning, skip_check_array=True)
    return table


def _check_names(frame: pd.DataFrame) -> None:
    wrong = [name for name in list[object](frame.columns) if not isinstance(name, str)]
    if wrong:
        raise UnsuitableTable(
            f"Column names must be text; {wrong[0]!r} is {type(wrong[0]).__name__}. "
            "Rename the columns, for instance by frame.columns = frame.columns.astype(str)."
        )
    double = frame.columns[frame.columns.duplicated()]
    if len(double):
        raise UnsuitableTable(f"Column names must be unique; {', '.join(sorted(set(double)))} occurs more than once.")
