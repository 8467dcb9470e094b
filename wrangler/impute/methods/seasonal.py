"""Seasonal decomposition: a repeating shape, and straight lines for the remainder.

Source: seasonal adjustment before interpolation, as in na_seadec of R's imputeTS (Moritz and Bartz-Beielstein, R
Journal 9, 2017); here the shape is estimated by generalised least squares instead of from an interpolated series (see
`timeseries.seasonality`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from wrangler.impute.context import Work
from wrangler.impute.cost import Growth
from wrangler.impute.encoding import Column, Fill, Table
from wrangler.impute.methods.gap_base import report_edges
from wrangler.impute.methods.single_column import ColumnImputer
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method
from wrangler.impute.timeseries import Season, fit_season, line, nearest, series_of


@method(
    "seasonal",
    "Seasonal",
    "Missing cells of a series get the value of their hour, weekday or month, plus a straight line for the remainder.",
    rank=24,
    cost=MeasuredCost(0.00381, 6.36e-07, 0.00537, 3.47e-07, 5.8e05, 38.7, 9.9e04, 119),
)
@dataclass(kw_only=True, eq=False, repr=False)
class SeasonalImputer(ColumnImputer):
    """Fill numbers by season and interpolation of the remainder, and levels with the nearer neighbour.

    Without `order_by` or an ascending index of dates, rows count as steps; when their steps are uneven there is no
    season, with an event. The shape of the season is fitted by `fit`, the remainder is read from the table that is
    filled.

    Parameters
    ----------
    period : int, optional
        Steps after which the season repeats; chosen by autocorrelation by default. Other parameters as in `Imputer`.
    """

    period: Annotated[
        int | None, Option("Steps after which the season repeats; none to find it by evidence.", minimum=2)
    ] = None

    reads_order: ClassVar[bool] = True
    stays_in_group: ClassVar[bool] = True
    growth: ClassVar[Growth] = Growth(by_column=True)

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Season | None]:
        del work
        seasons: dict[str, Season | None] = {}
        for name in targets:
            column = table.columns[name]
            knots = series_of(column, table).knots()
            seasons[name] = None if column.is_categorical else fit_season(*knots, self.period)
        return seasons

    def _fill_column(self, fitted: Season | None, column: Column, table: Table, work: Work) -> Fill:
        series = series_of(column, table)
        report_edges(column, series, work)
        knots, values = series.knots()
        if column.is_categorical:
            return series.predictions(column, nearest(series.places, knots, values))
        work.add_event(column.name, *description_of(column.name, fitted, self.period))
        if fitted is None:
            return series.predictions(column, line(series.places, knots, values))
        remainder = line(series.places, knots, values - fitted.at(knots))
        return series.predictions(column, remainder + fitted.at(series.places))


def description_of(name: str, season: Season | None, period: int | None) -> tuple[str, str]:
    """Kind and message of the event that reports which season was used."""
    if season is not None and period is not None:
        return "chosen", f"'{name}': a season of {period} steps was used, as asked."
    if season is not None:
        length, evidence = len(season.shape), season.evidence
        return "chosen", f"'{name}': a season of {length} steps was found; its autocorrelation is {evidence:.2f}."
    if period is not None:
        return "fallback", f"'{name}': the steps are uneven or fewer than two periods of {period}: no season was used."
    return "fallback", f"'{name}': no season was found; straight lines were used."
