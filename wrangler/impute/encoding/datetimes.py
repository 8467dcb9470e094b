"""Dates and durations as whole numbers of their own unit, in dtypes of NumPy, pandas or Arrow."""

from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.impute.arrays import Dtype

SECONDS_PER_DAY = 86_400


def instants_of(column: pd.Series) -> pd.DatetimeIndex:
    """A column of dates in its own unit and time zone; Arrow's days in seconds."""
    if not isinstance(column.dtype, pd.ArrowDtype):
        return pd.DatetimeIndex(column)
    kind = column.dtype.pyarrow_dtype
    unit, zone = getattr(kind, "unit", "s"), getattr(kind, "tz", None)
    plain: Any = f"datetime64[{unit}, {zone}]" if zone else f"datetime64[{unit}]"
    return pd.DatetimeIndex(column.astype(plain))


def spans_of(column: pd.Series) -> pd.TimedeltaIndex:
    """A column of durations in its own unit."""
    if not isinstance(column.dtype, pd.ArrowDtype):
        return pd.TimedeltaIndex(column)
    plain: Any = f"timedelta64[{column.dtype.pyarrow_dtype.unit}]"
    return pd.TimedeltaIndex(column.astype(plain))


def zone_of(column: pd.Series) -> tzinfo | None:
    """The time zone of a column of dates; None when it has none."""
    return instants_of(column.iloc[:0]).tz


def seconds_of_step(column: pd.Series) -> float:
    """Seconds in one step of a column of dates or durations; 1 for any other column."""
    if not (pd.api.types.is_datetime64_any_dtype(column.dtype) or is_span(column.dtype)):
        return 1.0
    return {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit_of(column)]


def unit_of(column: pd.Series) -> str:
    """The unit of a column of dates or durations: s, ms, us or ns."""
    empty = column.iloc[:0]
    is_date = pd.api.types.is_datetime64_any_dtype(column.dtype)
    return str(instants_of(empty).unit if is_date else spans_of(empty).unit)


def is_span(dtype: Dtype) -> bool:
    """Whether a column of this dtype holds durations."""
    if isinstance(dtype, pd.ArrowDtype):
        return dtype.kind == "m"
    return bool(pd.api.types.is_timedelta64_dtype(dtype))


def holds_days(dtype: Dtype) -> bool:
    """Whether a column of dates holds whole days only."""
    return isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith("date")


def instants(whole: npt.NDArray[np.int64], column: pd.Series) -> pd.DatetimeIndex:
    """Dates for whole numbers of the unit of `column`, in its zone."""
    zone = zone_of(column)
    if holds_days(column.dtype):
        whole = np.rint(whole / SECONDS_PER_DAY).astype(np.int64) * SECONDS_PER_DAY
    naive = pd.DatetimeIndex(whole.view(f"M8[{unit_of(column)}]"))
    return naive if zone is None else naive.tz_localize("UTC").tz_convert(zone)


def spans(whole: npt.NDArray[np.int64], column: pd.Series) -> pd.TimedeltaIndex:
    """Durations for whole numbers of the unit of `column`."""
    return pd.TimedeltaIndex(whole.view(f"m8[{unit_of(column)}]"))
