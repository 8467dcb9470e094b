"""By what the rows of a series lie apart when `order_by` is not given: an index of dates or durations."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wrangler.impute.encoding import Table
from wrangler.impute.events import Record

if TYPE_CHECKING:
    from wrangler.impute.arrays import Floats
    from wrangler.impute.base import Imputer


def with_order_of_index(table: Table, frame: pd.DataFrame, imputer: "Imputer") -> Table:
    """`table` ordered by the index of `frame`, for methods that read the order of the rows.

    Parameters
    ----------
    table : Table
    frame : DataFrame
        The same table before it was encoded.
    imputer : Imputer

    Returns
    -------
    Table
        The same one when `order_by` is given, or the index holds no ascending dates or durations.
    """
    if not _is_asked(imputer) or not _is_dated(frame.index) or not frame.index.is_monotonic_increasing:
        return table
    return replace(table, order=_seconds(frame.index))


def report_unordered_index(frame: pd.DataFrame, imputer: "Imputer", record: Record) -> None:
    """An event when the rows are read as they stand although their index holds dates."""
    if _is_asked(imputer) and _is_dated(frame.index) and not frame.index.is_monotonic_increasing:
        message = "The index holds dates that do not ascend, so it orders no rows: sort the table, or give order_by."
        record.add_event(None, "ignored", message)


def _is_asked(imputer: "Imputer") -> bool:
    """Methods for series alone: `auto` reads an order only where one is given."""
    return imputer.reads_order and imputer.stays_in_group and imputer.order_by is None


def _is_dated(index: pd.Index) -> bool:
    return isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex)) and not index.hasnans


def _seconds(index: pd.Index) -> "Floats":
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    whole = index.to_numpy(dtype="datetime64[ns]" if isinstance(index, pd.DatetimeIndex) else "timedelta64[ns]")
    return whole.astype(np.int64) / 1e9
