"""Neighbours in time for short gaps, other columns for long ones, weighted by the distance to the nearest value.

Each column has equations over the other columns, at the same time and at lags of a few steps and one season. The line
between the observed neighbours, the predictions of the equations for the missing cell and for its neighbours, and the
cells one season away are then weighted for each class of distance; the weights are fitted on cells hidden in simulated
gaps. Filled cells of one column predict those of others, so there are two passes.

Sources: kriging with external drift (Wackernagel, Multivariate Geostatistics, 2003), for lines through the residuals of
equations; stacked regressions (Breiman, Machine Learning 24, 1996), for the weights; `linear_model.gram` for the first
completion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from wrangler.impute.arrays import Floats, Rows
from wrangler.impute.base import Imputer
from wrangler.impute.context import Fitted, Work
from wrangler.impute.cost import Growth
from wrangler.impute.encoding import Fill, Table
from wrangler.impute.events import ColumnOutcome
from wrangler.impute.linear_model import fill_linear, fit_linear
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method
from wrangler.impute.timeseries import (
    Passes,
    TimeAxis,
    choose_lags,
    complete_along_time,
    fit_passes,
    fit_season,
    fit_step,
    line,
    most_common,
    nearest,
    series_of,
    simulate_gaps,
)

ROUNDS, TOLERANCE = 10, 0.02
FEWEST_ROWS = 40
BLOCKS = 4
MOST_ASKED = 6


@method(
    "series",
    "Series with other columns",
    "Short gaps of a series are filled from neighbours in time, long ones from other columns, weighed by distance.",
    rank=26,
    cost=MeasuredCost(0.141, 4.11e-05, 0.00312, 7.7e-06, 1.62e05, 5.86e03, 6.49e04, 5.55e03),
)
@dataclass(kw_only=True, eq=False, repr=False)
class SeriesImputer(Imputer):
    """Fill a series from its own past and future and from the other columns, by weights fitted on hidden cells.

    Rows whose place is missing are filled from the other columns alone; tables of fewer than 40 rows by interpolation.
    Series do not cross groups.

    Parameters
    ----------
    period : int, optional
        Steps after which the season repeats; chosen by autocorrelation by default.
    most_rows : int
        Fitted on at most this many rows, in blocks along the order. Other parameters as in `Imputer`.
    """

    period: Annotated[
        int | None, Option("Steps after which the season repeats; none to find it by evidence.", minimum=2)
    ] = None
    most_rows: Annotated[int, Option("Most rows to fit from, in blocks along the order.", minimum=100)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    reads_order: ClassVar[bool] = True
    stays_in_group: ClassVar[bool] = True
    growth: ClassVar[Growth] = Growth(cap="most_rows")

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Passes | None:
        rows, places = placed_rows(table)
        if len(rows) > self.most_rows:
            size, last = self.most_rows // BLOCKS, len(rows) - self.most_rows // BLOCKS
            kept = np.concatenate([np.arange(size) + start for start in np.linspace(0, last, BLOCKS).astype(np.intp)])
            work.add_event(None, "sampled", f"Fitted on {len(kept):,} of {len(rows):,} rows, in {BLOCKS} blocks.")
            rows, places = rows[kept], places[kept]
        if len(rows) < FEWEST_ROWS:
            return None
        along = table.take(rows)
        time_axis = TimeAxis(places, fit_step(places))
        simulated = simulate_gaps(along, work.random("rehearsal"))  # part of the seed, so not renamed
        linear = fit_linear(simulated.table, ROUNDS, TOLERANCE, work)
        if linear.chain is None:
            return None
        period = self.period or self._found_period(table, targets)
        lags = choose_lags(linear.chain.features.width, len(rows), period)
        return fit_passes(simulated, along, time_axis, linear, lags)

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        filled = {name: self._line(table, name) for name in targets}
        if fitted is None:
            return {name: prediction[table.columns[name].missing] for name, prediction in filled.items()}
        rows, places = placed_rows(table)
        work.step(0.0, "filling from neighbours and other columns")
        predictions = complete_along_time(fitted, table.take(rows), TimeAxis(places, fitted.step))
        for name, prediction in predictions.items():
            if name in filled and table.columns[name].cells is not table.order:
                filled[name][rows] = prediction
        placeless = np.setdiff1d(np.arange(table.rows), rows)
        if len(placeless):
            self._fill_placeless(fitted, table.take(placeless), placeless, filled, work)
        return {name: prediction[table.columns[name].missing] for name, prediction in filled.items()}

    def _outcome(self, fitted: Passes | None, name: str) -> ColumnOutcome:
        if fitted is None or name not in fitted.passes[-1].gap_weights:
            return ColumnOutcome(
                self.method, 0, "by interpolation, as too few rows or cells were there to fit weights on"
            )
        description = fitted.description_of(name)
        return ColumnOutcome(
            self.method, 0, f"by weights fitted on hidden cells: {description}" if description else "as asked"
        )

    def _found_period(self, table: Table, targets: Sequence[str]) -> int | None:
        columns = [table.columns[name] for name in targets if not table.columns[name].is_categorical]
        columns = columns[:: max(len(columns) // MOST_ASKED, 1)]
        seasons = (fit_season(*series_of(column, table).knots()) for column in columns)
        return most_common(len(season.shape) for season in seasons if season is not None)

    @staticmethod
    def _line(table: Table, name: str) -> Floats:
        """Interpolation of one column, in every row that has a place."""
        column, prediction = table.columns[name], np.full(table.rows, np.nan)
        series = series_of(column, table)
        prediction[series.rows] = (nearest if column.is_categorical else line)(series.places, *series.knots())
        return prediction

    @staticmethod
    def _fill_placeless(fitted: Passes, part: Table, rows: Rows, filled: dict[str, Floats], work: Work) -> None:
        names = [name for name in filled if part.columns[name].missing.any()]
        for name, prediction in fill_linear(fitted.linear, part, names, ROUNDS, work).items() if names else ():
            filled[name][rows[part.columns[name].missing]] = prediction


def placed_rows(table: Table) -> tuple[Rows, Floats]:
    """Rows whose place is observed, sorted by place, and their places."""
    if table.order is None:
        return np.arange(table.rows), np.arange(table.rows, dtype=np.float64)
    rows = np.argsort(table.order, kind="stable")
    rows = rows[~np.isnan(table.order[rows])]
    return rows, table.order[rows]
