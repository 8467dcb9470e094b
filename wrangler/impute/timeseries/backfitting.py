"""Passes over the columns of a series: predictions from other columns, weighted against neighbours in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wrangler.impute.arrays import Bools, Floats
from wrangler.impute.encoding import Feature, Table
from wrangler.impute.linear_model import Chain, Linear, completed_matrix
from wrangler.impute.timeseries.gap_weights import (
    GapPredictions,
    GapWeights,
    apply_gap_weights,
    describe,
    distance_classes,
    fit_gap_weights,
    gap_predictions_at,
)
from wrangler.impute.timeseries.lag_regression import Lags, expected, fit_equations
from wrangler.impute.timeseries.lags import TimeAxis, neighbours_of
from wrangler.impute.timeseries.simulated_gaps import SimulatedGaps

ROUNDS, TOLERANCE = 10, 0.02
PASSES = 2


@dataclass(frozen=True)
class Pass:
    """One pass over the columns.

    Attributes
    ----------
    weights : ndarray of float64, shape (terms, numbers)
        Of the equations.
    gap_weights : mapping of str to mapping of int to GapWeights
        For each column, the weights of each class of distance.
    """

    weights: Floats
    gap_weights: Mapping[str, Mapping[int, GapWeights]]


@dataclass(frozen=True)
class Passes:
    """The fitted state: the first completion, the lags that equations read, and the passes."""

    linear: Linear
    lags: Lags
    step: float
    passes: tuple[Pass, ...]

    def description_of(self, name: str) -> str:
        """How a column is predicted at each class of distance, in words."""
        return describe(self.passes[-1].gap_weights[name])


@dataclass
class State:
    """The state of a table between passes.

    Attributes
    ----------
    chain : Chain
        The equations of the first completion.
    matrix : ndarray of float64, shape (rows, width)
        Completed.
    cells : list of ndarray of float64
        For each feature its encoded cells, NaN where missing.
    time_axis : TimeAxis
    """

    chain: Chain
    matrix: Floats
    cells: list[Floats]
    time_axis: TimeAxis

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features of the matrix."""
        return self.chain.features.parts

    @cached_property
    def missing_mask(self) -> list[Bools]:
        """For each feature, in which rows it is missing."""
        return [np.isnan(cells) for cells in self.cells]

    @property
    def numbers(self) -> list[int]:
        """Positions of the features that are numbers."""
        return [number for number, part in enumerate(self.features) if not part.is_categorical]


def start(linear: Linear, table: Table, time_axis: TimeAxis) -> State:
    """The table completed by the first equations."""
    assert linear.chain is not None  # noqa: S101 - without equations there are no passes
    matrix = completed_matrix(linear, table, ROUNDS, TOLERANCE)
    cells = [table.columns[part.name].cells for part in linear.chain.features.parts]
    return State(linear.chain, matrix, cells, time_axis)


def fit_passes(simulated: SimulatedGaps, truth: Table, time_axis: TimeAxis, linear: Linear, lags: Lags) -> Passes:
    """Fit on the hidden cells of simulated gaps how each column is filled.

    Parameters
    ----------
    simulated : SimulatedGaps
    truth : Table
        The table before cells were hidden.
    time_axis : TimeAxis
    linear : Linear
        Fitted on the table of `simulated`.
    lags : Lags

    Returns
    -------
    Passes
    """
    state = start(linear, simulated.table, time_axis)
    levels = {}
    for number, part in enumerate(state.features):
        if part.is_categorical and (gap_predictions := _level_predictions(state, number)) is not None:
            levels[part.name] = _fit_on_hidden(
                gap_predictions, state, number, simulated, truth.columns[part.name].cells
            )
    passes: list[Pass] = []
    for _ in range(PASSES):
        terms = lags.terms(state.matrix, time_axis)
        parts = [state.features[number] for number in state.numbers]
        known = [~state.missing_mask[number] for number in state.numbers]
        weights = fit_equations(terms, parts, known, state.chain)
        expected_values, gap_weights, fresh = expected(terms, weights), dict(levels), state.matrix.copy()
        for place, (number, part) in enumerate(zip(state.numbers, parts, strict=True)):
            gap_predictions = _gap_predictions(state, number, expected_values[place], lags)
            if gap_predictions is not None:
                cells = np.empty((len(fresh), 1))
                part.write(truth.columns[part.name].cells, cells)
                gap_weights[part.name] = _fit_on_hidden(gap_predictions, state, number, simulated, cells[:, 0])
            _write_predictions(
                fresh, state, number, gap_weights.get(part.name, {}), gap_predictions, expected_values[place]
            )
        state.matrix = fresh
        passes.append(Pass(weights, gap_weights))
    return Passes(linear, lags, time_axis.step, tuple(passes))


def complete_along_time(fitted: Passes, table: Table, time_axis: TimeAxis) -> dict[str, Floats]:
    """Encoded predictions in every row of every column that varies; without meaning where a cell is observed."""
    state = start(fitted.linear, table, time_axis)
    for fitted_pass in fitted.passes:
        expected_values = expected(fitted.lags.terms(state.matrix, time_axis), fitted_pass.weights)
        fresh = state.matrix.copy()
        for place, number in enumerate(state.numbers):
            gap_predictions = _gap_predictions(state, number, expected_values[place], fitted.lags)
            gap_weights = fitted_pass.gap_weights.get(state.features[number].name, {})
            _write_predictions(fresh, state, number, gap_weights, gap_predictions, expected_values[place])
        state.matrix = fresh
    predictions = {}
    for number, part in enumerate(state.features):
        if part.is_categorical:
            predictions[part.name] = _levels(fitted.passes[-1].gap_weights.get(part.name, {}), state, number)
        else:
            predictions[part.name] = part.read(state.matrix[:, part.places])
    return predictions


def _fit_on_hidden(
    gap_predictions: GapPredictions, state: State, number: int, simulated: SimulatedGaps, cells: Floats
) -> dict[int, GapWeights]:
    """Weights of one column, fitted on its hidden cells, whose true values are among `cells`."""
    rows = np.flatnonzero(state.missing_mask[number])
    hidden = np.flatnonzero(simulated.hidden[state.features[number].name][rows])
    return fit_gap_weights(gap_predictions.take(hidden), cells[rows[hidden]])


def _write_predictions(
    fresh: Floats,
    state: State,
    number: int,
    gap_weights: Mapping[int, GapWeights],
    gap_predictions: GapPredictions | None,
    expected_values: Floats,
) -> None:
    """Fill one number of `fresh`; without any observed cell, from the equations alone."""
    rows = state.missing_mask[number]
    fresh[rows, state.features[number].places.start] = (
        expected_values[0][rows] if gap_predictions is None else apply_gap_weights(gap_weights, gap_predictions)
    )


def _gap_predictions(state: State, number: int, expected_values: Floats, lags: Lags) -> GapPredictions | None:
    """Predictions for the missing cells of one number; None when no cell of it is observed."""
    rows, known = np.flatnonzero(state.missing_mask[number]), np.flatnonzero(~state.missing_mask[number])
    if not len(known):
        return None
    column = state.matrix[:, state.features[number].places.start]
    around = column[state.time_axis.at(-lags.period)], column[state.time_axis.at(lags.period)]
    return gap_predictions_at(neighbours_of(rows, known, state.time_axis), column, expected_values, around, rows)


def _level_predictions(state: State, number: int) -> GapPredictions | None:
    """The nearer neighbour and the likeliest level, as codes, for the missing cells of one column of levels."""
    rows, known = np.flatnonzero(state.missing_mask[number]), np.flatnonzero(~state.missing_mask[number])
    if not len(known):
        return None
    near = neighbours_of(rows, known, state.time_axis)
    likely = _likely(state, number)
    source = np.where(near.share <= 0.5, near.before, near.after)  # noqa: PLR2004 - half way
    return GapPredictions(
        (state.cells[number][source], likely[rows]), np.empty((len(rows), 0)), distance_classes(near.steps), rows
    )


def _levels(gap_weights: Mapping[int, GapWeights], state: State, number: int) -> Floats:
    predictions = _likely(state, number)
    gap_predictions = _level_predictions(state, number)
    if gap_predictions is not None:
        predictions[state.missing_mask[number]] = apply_gap_weights(gap_weights, gap_predictions)
    return predictions


def _likely(state: State, number: int) -> Floats:
    part = state.features[number]
    probabilities = state.chain.by_name[part.name].probabilities(state.matrix)
    return part.likeliest(probabilities)
