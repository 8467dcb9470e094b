"""Dates and durations as whole numbers of their own unit, in dtypes of NumPy, pandas or Arrow, or as objects."""

from datetime import date, tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.impute.arrays import Cells, Dtype

SECONDS_PER_DAY = 86_400
DAYS = range(date.min.toordinal() - date(1970, 1, 1).toordinal(), date.max.toordinal() - date(1970, 1, 1).toordinal())


def instants_of(column: pd.Series) -> pd.DatetimeIndex:
    """A column of dates in its own unit and time zone; days of Arrow and objects in seconds."""
    if column.dtype == object:
        return pd.DatetimeIndex(column.array).as_unit("s")
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
    is_date = pd.api.types.is_datetime64_any_dtype(column.dtype) or column.dtype == object
    return str(instants_of(empty).unit if is_date else spans_of(empty).unit)


def is_span(dtype: Dtype) -> bool:
    """Whether a column of this dtype holds durations."""
    if isinstance(dtype, pd.ArrowDtype):
        return dtype.kind == "m"
    return bool(pd.api.types.is_timedelta64_dtype(dtype))


def holds_days(dtype: Dtype) -> bool:
    """Whether a column of dates holds whole days only."""
    return isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith("date")


def holds_date_objects(column: pd.Series) -> bool:
    """Whether all cells of a column of objects are missing or a `datetime.date`, and one is; a `datetime` is none."""
    if column.dtype != object:
        return False
    cells = column.dropna()
    return bool(len(cells)) and all(type(cell) is date for cell in cells)


def date_objects(whole: npt.NDArray[np.int64]) -> Cells:
    """Objects of `datetime.date` for seconds since 1970: the nearest day that there is."""
    days = np.clip(np.rint(whole / SECONDS_PER_DAY).astype(np.int64), DAYS.start, DAYS.stop)
    return np.asarray(days.view("M8[D]").astype(object), dtype=object)


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
