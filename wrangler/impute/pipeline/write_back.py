"""Writes imputed values into the missing cells of one column: limited, rounded, of its own dtype, marked and logged."""

from typing import Any

import numpy as np
import pandas as pd

from wrangler.impute.constraints import Limits
from wrangler.impute.encoding import Column, Fill, cells_of, is_found, is_writable, position_of, report_rounding, write
from wrangler.impute.events import Record


def place(
    frame: pd.DataFrame, completed: pd.DataFrame, encoded: Column, fill: Fill, limits: Limits | None, record: Record
) -> int:
    """Write a column's answers.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table as it came, never written to.
    completed : pandas.DataFrame
        Gets the column with its answers.
    encoded : Column
        The same column, encoded: where its cells are missing.
    fill : Fill
        One answer for each missing cell, in the order of the rows.
    limits : Limits or None
        Bounds, steps and allowed sets, where the column has any.
    record : Record
        Gets what was limited and rounded, and where cells were filled.

    Returns
    -------
    int
        Cells filled; the rest had no answer, or one that the column cannot hold.
    """
    name, codec = encoded.name, encoded.codec
    missing = np.flatnonzero(encoded.missing)
    column, position = frame[name], position_of(frame, name)
    if limits is not None:
        fill = limits.apply(fill, column, record)
    report_rounding(fill, name, codec, record)
    found = is_found(fill, len(missing)) & is_writable(fill, column, codec)
    marks, filled = encoded.missing, int(found.sum())
    if filled < len(missing):
        missing = missing[found]
        marks = np.zeros(len(frame), dtype=bool)
        marks[missing] = True
    if filled:
        array = write(column, missing, cells_of(fill, found, column, codec))
        made: Any = pd.Series(array, index=frame.index, dtype=column.dtype, copy=False)
        completed.isetitem(position, made)
    record.mark(position, marks)
    return filled
