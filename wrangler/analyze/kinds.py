"""What a column holds, as far as the analysis needs: the one place where dtypes are distinguished."""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

ColumnKind: TypeAlias = Literal["number", "boolean", "date", "category", "text"]

_SECONDS_PER_DAY = 86_400.0


class AnalysisError(ValueError):
    """A table or an argument that cannot be analysed; the message names it, and what would be right."""


def column_kind(column: pd.Series) -> ColumnKind:
    """Infer what a column holds from its dtype alone.

    Parameters
    ----------
    column : Series
        Any column of a pandas table.

    Returns
    -------
    {"number", "boolean", "date", "category", "text"}
        Durations count as numbers; strings and whatever pandas keeps as objects count as text.
    """
    dtype = column.dtype
    if types.is_bool_dtype(dtype):
        return "boolean"
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if types.is_datetime64_any_dtype(dtype):
        return "date"
    if types.is_numeric_dtype(dtype) or types.is_timedelta64_dtype(dtype):
        return "number"
    return "text"


def as_numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    """Give a number, boolean or date column as floats, with NaN where a value is missing or not finite.

    Parameters
    ----------
    column : Series of n values
        Dates become days since 1970-01-01 (UTC), durations days, booleans 0 and 1.

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    AnalysisError
        If the column holds text or categories, which have no numeric value.
    """
    kind = column_kind(column)
    if kind in {"text", "category"}:
        raise AnalysisError(f"Column {column.name!r} holds {kind}, which has no numeric value; give a number column.")
    if kind == "date" or types.is_timedelta64_dtype(column.dtype):
        return _as_days(column)
    values: npt.NDArray[np.float64] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values


def _as_days(column: pd.Series) -> npt.NDArray[np.float64]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    family = "timedelta64" if types.is_timedelta64_dtype(column.dtype) else "datetime64"
    # Nanoseconds stay such: NumPy turns the earliest of them into late microseconds.
    unit, second = ("ns", 1e9) if "[ns" in str(column.dtype) else ("us", 1e6)
    ticks = column.to_numpy(dtype=f"{family}[{unit}]")
    missing = np.isnat(ticks)
    days: npt.NDArray[np.float64] = ticks.astype(np.int64) / (second * _SECONDS_PER_DAY)
    days[missing] = np.nan
    return days
