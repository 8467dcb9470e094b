"""Which tables are accepted: DataFrames whose column names are unique texts, and arrays of numbers."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeGuard

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from wrangler.impute.arrays import TableLike
from wrangler.impute.encoding import Kind, kind_of, unit_of, zone_of
from wrangler.impute.errors import ImputationError, UnsuitableTable

if TYPE_CHECKING:
    import dask.dataframe as dd

ALIKE = (frozenset({Kind.NUMBER, Kind.INTEGER}), frozenset({Kind.CATEGORY, Kind.ORDERED, Kind.TEXT}))


def admit(estimator: BaseEstimator, table: TableLike, *, fitting: bool) -> pd.DataFrame:
    """`table` as a DataFrame, after the checks of scikit-learn.

    Parameters
    ----------
    estimator : BaseEstimator
        Receives `n_features_in_` and `feature_names_in_` while fitting.
    table : DataFrame or array-like of shape (rows, columns)
        Arrays must hold numbers; their columns are called x0, x1, ...
    fitting : bool
        Whether this is `fit`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnsuitableTable
        When column names are not text, or not unique.
    ValueError, TypeError
        By scikit-learn: wrong shape, names other than those fitted, not numbers.
    """
    if not isinstance(table, pd.DataFrame):
        numbers = validate_data(estimator, table, reset=fitting, dtype=np.float64, ensure_all_finite="allow-nan")
        return pd.DataFrame(numbers, columns=[f"x{number}" for number in range(numbers.shape[1])])
    _check_names(table)
    validate_data(estimator, table, reset=fitting, skip_check_array=True)
    return table


def is_partitioned(table: object) -> TypeGuard["dd.DataFrame"]:
    """Whether a table is a dask DataFrame; known without importing dask."""
    return hasattr(table, "__dask_graph__") and hasattr(table, "to_delayed") and hasattr(table, "columns")


def names_out(estimator: BaseEstimator, input_features: Collection[str] | None) -> list[str]:
    """Names of the columns that were fitted; for an array the given ones, or x0, x1, ...

    Raises
    ------
    ImputationError
        When other names are given than were fitted.
    """
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and input_features is not None and list(input_features) != list(names):
        raise ImputationError("input_features is not equal to feature_names_in_")
    if names is None:
        numbered = [f"x{number}" for number in range(estimator.n_features_in_)]
        names = numbered if input_features is None else input_features
    if len(names) != estimator.n_features_in_:
        raise ImputationError("input_features should have length equal to number of features (n_features_in_)")
    return list(names)


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


def check_alike(frame: pd.DataFrame, fitted: pd.DataFrame, kinds: Mapping[str, Kind]) -> None:
    """Refuse columns of another kind, unit or time zone than those fitted; an all-missing object column may be of any.

    Parameters
    ----------
    frame : pandas.DataFrame
    fitted : pandas.DataFrame
        Its dtypes are compared; it may have no rows.
    kinds : mapping of str to Kind
        Of the columns that are read.

    Raises
    ------
    UnsuitableTable
        Naming the column and both types.
    """
    for name, kind in kinds.items():
        column, dtype = frame[name], fitted[name].dtype
        if column.dtype == dtype and not pd.api.types.is_object_dtype(dtype):
            continue
        if not _is_alike(column, fitted[name], kind):
            raise UnsuitableTable(
                f"'{name}' is {column.dtype} ({kind_of(column)}), but was fitted as {dtype} ({kind}); convert it first."
            )


def _is_alike(column: pd.Series, fitted: pd.Series, kind: Kind) -> bool:
    new_kind = kind_of(column)
    if new_kind is not kind:
        is_all_missing = column.dtype == object and not column.notna().any()
        return is_all_missing or any({new_kind, kind} <= alike for alike in ALIKE)
    if kind is Kind.DATETIME and (zone_of(column) is None) != (zone_of(fitted) is None):
        return False
    return kind not in {Kind.DATETIME, Kind.DURATION} or unit_of(column) == unit_of(fitted)
