"""Forward and backward fill: a missing cell gets the last observed cell before it, or the next after it.

Source: last observation carried forward and next observation carried backward, as in pandas.DataFrame.ffill and bfill;
here along `order_by`, inside groups and never across them.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wrangler.impute.arrays import Bools, Rows
from wrangler.impute.context import Work
from wrangler.impute.encoding import Column, Copied, Fill, Table
from wrangler.impute.methods.gap_base import GapImputer
from wrangler.impute.registry import MeasuredCost, method
from wrangler.impute.timeseries import gap_lengths


def last_known(missing: Bools, sequence: Rows) -> Rows:
    """For each row, the last row at or before it along `sequence` whose cell is observed; -1 where there is none.

    Parameters
    ----------
    missing : ndarray of bool, shape (rows,)
    sequence : ndarray of int, shape (rows,)
        Row positions in the order of the series.

    Returns
    -------
    ndarray of int, shape (rows,)
    """
    steps = np.where(missing[sequence], -1, np.arange(len(sequence)))
    latest = np.maximum.accumulate(steps) if len(steps) else steps
    sources = np.empty(len(sequence), dtype=np.intp)
    sources[sequence] = np.where(latest >= 0, sequence[np.maximum(latest, 0)], -1)
    return sources


@dataclass(kw_only=True, eq=False, repr=False)
class CarryImputer(GapImputer):
    """Base of the forward and the backward fill: nothing is fitted, cells are copied within the filled table."""

    copies_cells: ClassVar[bool] = True
    is_backward: ClassVar[bool] = False

    def _fill_column(self, fitted: None, column: Column, table: Table, work: Work) -> Fill:
        del fitted
        sequence = table.sequence(column.name)[:: -1 if self.is_backward else 1]
        has_none = column.missing if column.is_categorical else column.missing_mask  # infinite numbers are not copied
        sources = last_known(has_none, sequence)
        lengths = np.empty(len(sequence))
        lengths[sequence] = gap_lengths(np.where(column.missing[sequence], np.nan, 0.0))
        far = self._in_long_gaps(column, lengths, work)
        others = last_known(has_none, sequence[::-1])
        reached = int(((sources < 0) & (others >= 0) & ~far).sum())
        end, side = ("last", "before them") if self.is_backward else ("first", "after them")
        message = f"missing cells at the {end} rows of '{column.name}' were filled with the nearest cell {side}."
        work.count(column.name, "fallback", reached, message)
        sources = np.where(sources < 0, others, sources)
        return Copied(np.where(far, -1, sources)[column.missing])


@method(
    "bfill",
    "Backward fill",
    "Every missing cell gets the next observed cell after it, in row order or along order_by.",
    rank=21,
    cost=MeasuredCost(0.000113, 1e-11, 0.00507, 4.67e-07, 3.08e03, 0, 7.56e04, 103),
)
@dataclass(kw_only=True, eq=False, repr=False)
class BackwardFillImputer(CarryImputer):
    """Fill with the next observed cell after it.

    Missing cells at the end, which have none, get the last observed cell before them, with an event. Text with any
    number of values can be filled. Parameters as in `GapImputer`; a gap longer than `longest_gap` is left as a whole,
    where the `limit` of pandas fills its first cells.
    """

    is_backward: ClassVar[bool] = True


@method(
    "ffill",
    "Forward fill",
    "Every missing cell gets the last observed cell before it, in row order or along order_by.",
    rank=20,
    cost=MeasuredCost(0.00011, 4.22e-10, 0.0052, 4.24e-07, 3.1e03, 0, 9.35e04, 97.2),
)
@dataclass(kw_only=True, eq=False, repr=False)
class ForwardFillImputer(CarryImputer):
    """Fill with the last observed cell before it.

    Missing cells at the start, which have none, get the next observed cell after them, with an event. Text with any
    number of values can be filled. Parameters as in `GapImputer`; a gap longer than `longest_gap` is left as a whole,
    where the `limit` of pandas fills its first cells.
    """
