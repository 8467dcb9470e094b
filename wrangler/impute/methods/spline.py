"""Smooth curves through the neighbours of a missing cell in a series, across short gaps only.

Sources: Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5 (1984), for monotone cubics (PCHIP); Akima, J. ACM 17
(1970). Both as in scipy.interpolate and in pandas.DataFrame.interpolate. Across long gaps a curve has far larger errors
than a straight line (2.8 times, over gaps of a week in hourly weather), hence `longest_gap`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from wrangler.impute.arrays import Floats
from wrangler.impute.context import Work
from wrangler.impute.encoding import Column, Fill, Table
from wrangler.impute.methods.gap_base import GapImputer, gap_lengths_at_missing, report_edges
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method
from wrangler.impute.timeseries import Series, line, nearest, series_of

CURVES = {"pchip": PchipInterpolator, "akima": Akima1DInterpolator}


@method(
    "spline",
    "Spline",
    "Short gaps of a series are filled along a smooth curve through their neighbours, long ones along a straight line.",
    rank=23,
    cost=MeasuredCost(0.000113, 3.61e-09, 0.00775, 7.73e-07, 3.16e03, 0, 1.08e05, 210),
)
@dataclass(kw_only=True, eq=False, repr=False)
class SplineImputer(GapImputer):
    """Fill numbers on a cubic curve through the observed cells, and levels with the nearer neighbour.

    Missing cells before the first and after the last observed cell get that cell, with an event. Series do not cross
    groups.

    Parameters
    ----------
    curve : {"pchip", "akima"}
        "pchip" never leaves the range of the two neighbours; "akima" bends more freely.
    longest_gap : int, optional
        Gaps of more rows than this are not bridged by a curve.
    beyond : {"linear", "fallback", "leave"}
        Whether the missing cells in longer gaps lie on straight lines, get the median of the column, or stay missing.
        Other parameters as in `Imputer`.
    """

    curve: Annotated[
        Literal["pchip", "akima"], Option("pchip stays between the two neighbours; akima bends more freely.")
    ] = "pchip"
    longest_gap: Annotated[
        int | None, Option("Gaps of more consecutive rows than this get no curve; none for no limit.", minimum=1)
    ] = 6
    beyond: Annotated[
        Literal["linear", "fallback", "leave"],
        Option("Missing cells in longer gaps lie on straight lines, get the column's median, or stay missing."),
    ] = "linear"  # type: ignore[assignment]  # one choice more than in the base

    def _fill_column(self, fitted: None, column: Column, table: Table, work: Work) -> Fill:
        del fitted
        series = series_of(column, table)
        report_edges(column, series, work)
        far = self._in_long_gaps(column, gap_lengths_at_missing(column, series), work)
        if column.is_categorical:
            plain = smooth = series.predictions(column, nearest(series.places, *series.knots()))
        else:
            plain = series.predictions(column, line(series.places, *series.knots()))
            smooth = series.predictions(column, self._curve(series))
            smooth = np.where(np.isfinite(smooth), smooth, plain)
        return np.where(far, plain if self.beyond == "linear" else np.nan, smooth)

    def _curve(self, series: Series) -> Floats:
        """The curve at every place; NaN outside the knots and where numbers are too extreme for it."""
        knots, values = series.knots()
        if len(knots) < 2:  # noqa: PLR2004 - no curve
            return np.full(len(series.places), np.nan)
        span, size = knots[-1] - knots[0], max(float(np.abs(values).max()), 1e-300)
        with np.errstate(all="ignore"):
            places = (series.places - knots[0]) / span
            scaled = (knots - knots[0]) / span
            if not (np.diff(scaled) > 0).all():
                return np.full(len(places), np.nan)
            curve = CURVES[self.curve](scaled, values / size)(places, extrapolate=False) * size
        return np.asarray(curve)
