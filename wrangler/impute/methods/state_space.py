"""State-space smoothing: the conditional mean of each missing cell under a structural time series model.

Source: Harvey (1989), as in na_kalman of R's imputeTS and UnobservedComponents of statsmodels; see
`timeseries.structural_model`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from scipy.linalg import LinAlgError

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.context import Work
from wrangler.impute.cost import Growth
from wrangler.impute.encoding import Column, Fill, Table, deviation
from wrangler.impute.methods.gap_base import report_edges
from wrangler.impute.methods.single_column import ColumnImputer
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method
from wrangler.impute.timeseries import (
    MOST_STEPS_A_ROW,
    Season,
    Series,
    Smoothed,
    Structure,
    fit_ratios,
    fit_season,
    fit_season_ratio,
    fit_step,
    line,
    nearest,
    series_of,
    shifted_gaps,
    smooth,
)

MOST_POINTS = 1_500
LONGEST_SEASON = 60
FEWEST_KNOWN = 8
NARROWEST, WIDEST = 1e-6, 1e6
MARGIN = 0.9
MODELS = {False: "local level", True: "local linear trend"}


@dataclass(frozen=True)
class Model:
    """The model of one column.

    Attributes
    ----------
    has_slope : bool
    ratios : ndarray of float64
        Variances of the states, relative to that of the noise.
    step : float
        The distance that counts as 1.
    scale : (float, float)
        The center and spread by which numbers are standardised.
    season : Season or None
        Part of the state when it is short, subtracted before when it is long.
    """

    has_slope: bool
    ratios: Floats
    step: float
    scale: tuple[float, float]
    season: Season | None

    @property
    def period(self) -> int:
        """Steps of the season that is part of the state; 0 without one."""
        length = len(self.season.shape) if self.season is not None else 0
        return length if length <= LONGEST_SEASON else 0

    @property
    def description(self) -> str:
        """The model in words."""
        return MODELS[self.has_slope] + (f" with a season of {len(self.season.shape)} steps" if self.season else "")


@method(
    "state_space",
    "State space",
    "Missing cells of a series get their mean under a structural model (level, trend, season), by Kalman smoothing.",
    rank=25,
    cost=MeasuredCost(0.0899, 4.04e-06, 0.00822, 8.97e-07, 1.13e06, 0, 2.74e05, 137),
)
@dataclass(kw_only=True, eq=False, repr=False)
class StateSpaceImputer(ColumnImputer):
    """Fill numbers by a level, a trend and a season that change slowly, and levels with the nearer neighbour.

    The variances have maximum likelihood, that of the season given the others; whether there is a slope is decided on
    cells that are hidden in the pattern of the series' own gaps.

    Parameters
    ----------
    trend : {"auto", "level", "slope"}
        A level that is a random walk, or one with a slope that is a random walk; "auto" decides.
    period : int, optional
        Steps after which the season repeats; chosen by autocorrelation by default.
    draw : bool
        Draw from the smoothing distribution instead of taking its mean. Other parameters as in `Imputer`.
    """

    trend: Annotated[
        Literal["auto", "level", "slope"],
        Option("A level that is a random walk, or one with a slope that is one; auto decides on hidden cells."),
    ] = "auto"
    period: Annotated[
        int | None, Option("Steps after which the season repeats; none to find it by evidence.", minimum=2)
    ] = None
    draw: Annotated[bool, Option("Draw from the smoothing distribution instead of taking its mean.")] = False

    reads_order: ClassVar[bool] = True
    stays_in_group: ClassVar[bool] = True
    growth: ClassVar[Growth] = Growth(by_column=True)

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Model | None]:
        models: dict[str, Model | None] = {}
        for number, name in enumerate(targets):
            work.step(number / len(targets), f"fitting {name}", name)
            column = table.columns[name]
            models[name] = None if column.is_categorical else self._model(series_of(column, table), work)
        return models

    def _model(self, series: Series, work: Work) -> Model | None:
        places, values = series.knots()
        if len(places) < FEWEST_KNOWN or np.ptp(values) == 0:
            return None
        season = fit_season(places, values, self.period)
        model = Model(self.trend == "slope", np.ones(1), fit_step(places), _spread(values), season)
        kept = replace(
            series,
            rows=series.rows[-MOST_POINTS:],
            places=series.places[-MOST_POINTS:],
            values=series.values[-MOST_POINTS:],
        )
        if self.trend == "auto":
            random = work.random("hidden")
            shift = int(random.integers(len(series.rows) // 4, 3 * len(series.rows) // 4 + 1))
            hidden = shifted_gaps(~np.isnan(series.values), shift, random)
            level, slope = (_error(replace(model, has_slope=each), series, kept, hidden) for each in (False, True))
            model = replace(model, has_slope=slope < MARGIN * level)
        return _fitted_model(model, kept)

    def _fill_column(self, fitted: Model | None, column: Column, table: Table, work: Work) -> Fill:
        series = series_of(column, table)
        knots, values = series.knots()
        if column.is_categorical:
            report_edges(column, series, work)
            return series.predictions(column, nearest(series.places, knots, values))
        signal = None if fitted is None else _predict(fitted, series, work.random(column.name) if self.draw else None)
        if fitted is None or signal is None:
            message = f"'{column.name}': too few cells are observed for a model; straight lines were used."
            work.add_event(column.name, "fallback", message)
            return series.predictions(column, line(series.places, knots, values))
        work.add_event(column.name, "chosen", f"'{column.name}': the model is a {fitted.description}.")
        return series.predictions(column, signal)


def _spread(values: Floats) -> tuple[float, float]:
    return float(values.mean()), deviation(values)


def _fitted_model(model: Model, series: Series) -> Model | None:
    """The model with its variances; None when too few cells are observed."""
    plain = _points_of(model, series, with_season=False)
    if plain is None:
        return None
    ratios = fit_ratios(*plain[:2])
    laid = _points_of(model, series) if model.period else None
    if laid is None:
        return replace(model, ratios=ratios, season=None if model.period else model.season)
    return replace(model, ratios=fit_season_ratio(*laid[:2], ratios))


def _error(model: Model, series: Series, kept: Series, hidden: Bools) -> float:
    """Mean squared error on hidden cells, the season subtracted; infinite when the model cannot be fitted."""
    part = _points_of(model, kept, with_season=False)
    laid = _points_of(model, replace(series, values=np.where(hidden, np.nan, series.values)), with_season=False)
    truth = _points_of(model, series, with_season=False)
    if part is None or laid is None or truth is None:
        return float(np.inf)
    judged = np.isnan(laid[1]) & ~np.isnan(truth[1])
    try:
        signal = smooth(laid[0], laid[1], fit_ratios(part[0], part[1])).signal
    except LinAlgError:
        return float(np.inf)
    return float(((signal - truth[1])[judged] ** 2).mean()) if judged.any() else float(np.inf)


def _predict(model: Model, series: Series, random: np.random.Generator | None) -> Floats | None:
    """The smoothed series at every place, or a draw of it; None when the model cannot be applied."""
    laid = _points_of(model, series)
    if laid is None:
        return None
    structure, values, points = laid
    try:
        smoothed: Smoothed = smooth(structure, values, model.ratios)
    except LinAlgError:
        return None
    signal = smoothed.signal if random is None else smoothed.draw(random)
    center, spread = model.scale
    prediction = signal[points] * spread + center
    if model.season is not None and not model.period:
        prediction = prediction + model.season.at(series.places)
    return prediction if np.isfinite(prediction).all() else None


def _points_of(model: Model, series: Series, *, with_season: bool = True) -> tuple[Structure, Floats, Rows] | None:
    """The structure over the points of a series, the standardised value at each, and the point of each place.

    With a season in the state every step is a point, otherwise every place. None when too few cells are observed.
    """
    knots, numbers = series.knots()
    period = model.period if with_season else 0
    if model.season is not None and not period:
        numbers = numbers - model.season.at(knots)
    if model.season is not None and period:
        steps = model.season.clock.steps(series.places)
        if not len(steps) or steps[-1] - steps[0] > MOST_STEPS_A_ROW * len(steps):
            return None
        points, size = steps - steps[0], int(steps[-1] - steps[0]) + 1
        at, gaps = model.season.clock.steps(knots) - steps[0], np.ones(size - 1)
    else:
        places = np.unique(series.places)
        points, at, size = np.searchsorted(places, series.places), np.searchsorted(places, knots), len(places)
        with np.errstate(over="ignore"):
            gaps = np.clip(np.diff(places) / model.step, NARROWEST, WIDEST)
    if size <= period:
        return None
    structure = Structure(gaps, model.has_slope, period)
    values = np.full(size, np.nan)
    values[at] = (numbers - model.scale[0]) / model.scale[1]
    is_enough = np.isfinite(values).sum() > structure.diffuse + 1
    return (structure, values, points) if is_enough else None
