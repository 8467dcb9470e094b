"""Interpolation between the neighbours of a missing cell in a series.

Source: piecewise linear interpolation, as in pandas.DataFrame.interpolate with "linear" and "time"; levels take the
nearer neighbour. For curves see `methods.spline`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from wrangler.impute.context import Work
from wrangler.impute.encoding import Column, Fill, Table
from wrangler.impute.methods.gap_base import GapImputer, gap_lengths_at_missing, report_edges
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method
from wrangler.impute.timeseries import line, nearest, series_of


@method(
    "interpolate",
    "Interpolation",
    "Missing cells of a series lie on the line between their neighbours, by row or by the distance in order_by.",
    rank=22,
    cost=MeasuredCost(0.000124, 0, 0.00561, 6.01e-07, 2.98e03, 0, 7.47e04, 169),
)
@dataclass(kw_only=True, eq=False, repr=False)
class InterpolateImputer(GapImputer):
    """Fill numbers on the line between their neighbours, and levels with the nearer neighbour.

    Missing cells before the first and after the last observed cell get that cell, with an event. Series do not cross
    groups. Cells at the same place count as their mean.

    Parameters
    ----------
    spacing : {"auto", "rows", "time"}
        Whether rows count as equally spaced, or lie apart as `order_by` or an ascending index of dates says; "auto"
        follows these where there is one. Other parameters as in `GapImputer`.
    """

    spacing: Annotated[
        Literal["auto", "rows", "time"],
        Option(
            "Rows equally spaced, or apart as order_by or an index of dates says; auto follows these if there is one."
        ),
    ] = "auto"

    def _fill_column(self, fitted: None, column: Column, table: Table, work: Work) -> Fill:
        del fitted
        series = series_of(column, table, by_rows=self.spacing == "rows")
        reader = nearest if column.is_categorical else line
        prediction = series.predictions(column, reader(series.places, *series.knots()))
        report_edges(column, series, work)
        far = self._in_long_gaps(column, gap_lengths_at_missing(column, series), work)
        return np.where(far, np.nan, prediction)
