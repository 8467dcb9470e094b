"""What the methods that bridge gaps share: a longest gap, and how missing cells in longer ones are treated."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from wrangler.impute.arrays import Bools, Floats
from wrangler.impute.context import Work
from wrangler.impute.encoding import Column
from wrangler.impute.methods.single_column import ColumnImputer
from wrangler.impute.options import Option
from wrangler.impute.timeseries import Series, gap_lengths


@dataclass(kw_only=True, eq=False, repr=False)
class GapImputer(ColumnImputer):
    """Base of the methods that bridge gaps of a series from its own cells; nothing is fitted, groups are not crossed.

    Parameters
    ----------
    longest_gap : int, optional
        Gaps of more rows than this are not bridged.
    beyond : {"fallback", "leave"}
        Whether the missing cells in longer gaps get the median or mode of the column, or stay missing. Other parameters
        as in `Imputer`.
    """

    longest_gap: Annotated[
        int | None, Option("Gaps of more consecutive rows than this are not bridged; none for no limit.", minimum=1)
    ] = None
    beyond: Annotated[
        Literal["fallback", "leave"],
        Option("Missing cells in longer gaps get the column's median or mode, or stay missing."),
    ] = "fallback"

    reads_order: ClassVar[bool] = True
    stays_in_group: ClassVar[bool] = True

    def _fit_column(self, column: Column, work: Work) -> None:
        """Nothing is fitted: the cells come from the table that is filled."""

    def _in_long_gaps(self, column: Column, lengths: Floats, work: Work) -> Bools:
        """Which cells lie in gaps that are too long; counted in an event."""
        if self.longest_gap is None:
            return np.zeros(len(lengths), dtype=bool)
        too_far = np.asarray(lengths > self.longest_gap)
        message = f"cells of '{column.name}' lie in gaps of more than {self.longest_gap} rows, which are not bridged."
        work.count(column.name, "left", int(too_far.sum()), message)
        return too_far

    @property
    def uses_fallback(self) -> bool:
        """Whether the cells of longer gaps get the fallback."""
        return self.beyond != "leave"


def report_edges(column: Column, series: Series, work: Work) -> None:
    """Record an event for the missing cells before the first and after the last observed cell of a series."""
    known = np.flatnonzero(~np.isnan(series.values))
    if not len(known):
        return
    missing = column.missing[series.rows]
    outside = int(missing[: known[0]].sum() + missing[known[-1] + 1 :].sum())
    message = f"missing cells of '{column.name}' lie outside its observed cells and got the nearest of them."
    work.count(column.name, "fallback", outside, message)


def gap_lengths_at_missing(column: Column, series: Series) -> Floats:
    """Length of the gap of each missing cell of a column, in rows; 0 for rows without a place."""
    return np.nan_to_num(series.predictions(column, gap_lengths(series.values).astype(np.float64)))
