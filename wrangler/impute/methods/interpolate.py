"""Interpolation between the neighbours of a hole in a series.

Source: piecewise linear interpolation, as in pandas.DataFrame.interpolate with "linear" and "time"; levels take the
nearer neighbour. For curves see `spline`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from wrangler.impute.context import Work
from wrangler.impute.encoding import Column, Fill, Table
from wrangler.impute.methods.gap_base import GapImputer, lengths_at_holes, tell_edges
from wrangler.impute.options import Option
from wrangler.impute.registry import method
from wrangler.impute.timeseries import line, nearest, series_of


@method(
    "interpolate",
    "Interpolation",
    "Holes of a series lie on the straight line between their neighbours, by row or by the distance in order_by.",
    rank=22,
)
@dataclass(kw_only=True, eq=False, repr=False)
class InterpolateImputer(GapImputer):
    """Fill numbers on the line between their neighbours, and levels with the nearer neighbour.

    Holes before the first and after the last known cell get that cell, with an event. Series stay inside their group.
    Cells that share their place count as their mean.

    Parameters
    ----------
    spacing : {"auto", "rows", "time"}
        Whether rows count as equally spaced, or lie apart as `order_by` says; "auto" follows `order_by` when it is
        given. Other parameters as in `GapImputer`.
    """

    spacing: Annotated[
        Literal["auto", "rows", "time"],
        Option("Rows equally spaced, or apart as order_by says; auto follows order_by when it is given."),
    ] = "auto"

    def _fill_column(self, learnt: None, column: Column, table: Table, work: Work) -> Fill:
        del learnt
        series = series_of(column, table, by_rows=self.spacing == "rows")
        reader = nearest if column.is_levelled else line
        answer = series.answers(column, reader(series.places, *series.knots()))
        tell_edges(column, series, work)
        far = self._beyond_reach(column, lengths_at_holes(column, series), work)
        return np.where(far, np.nan, answer)
