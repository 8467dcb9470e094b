"""How neighbours in time are weighted against other columns, by the distance to the nearest observed cell.

There are simple predictions - the line between the neighbours, the equations over other columns, and those over the
column itself as well - and a ridge regression on all of them. Each class of distance takes the one with the smallest
error on cells in simulated gaps. The regression is judged by cross-validation over whole gaps, as errors in one gap are
correlated, and must be better by a margin that shrinks with the number of gaps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats, Rows
from wrangler.impute.timeseries.lags import Neighbours

EDGES = np.array([1.5, 2.5, 4.5, 8.5, 16.5, 32.5, 64.5])
FEWEST_CELLS = 20
FEWEST_GAPS = 5
PENALTIES = (1e-2, 1.0, 10.0, 100.0)
SIMPLE = ("neighbours in time", "other columns", "other columns and its own past and future")
ALL = "a mixture"


def distance_classes(steps: Floats) -> Rows:
    """The class of each distance, nearest first."""
    return np.asarray(np.digitize(steps, EDGES))


@dataclass(frozen=True)
class GapWeights:
    """How cells are predicted at one class of distance.

    Attributes
    ----------
    base : int
        Which of the simple predictions has the smallest error.
    weights : ndarray of float64 or None
        Of the terms that are added to it; None when it is better alone.
    """

    base: int
    weights: Floats | None = None

    @property
    def description(self) -> str:
        """The prediction in words."""
        return SIMPLE[self.base] if self.weights is None else ALL


@dataclass(frozen=True)
class GapPredictions:
    """Predictions and terms for some missing cells of one column: standardised numbers, or codes.

    Attributes
    ----------
    predictions : tuple of ndarray of float64, shape (missing cells,)
        The simple predictions.
    terms : ndarray of float64, shape (missing cells, terms)
        Terms of the regression; none for levels.
    classes : ndarray of int, shape (missing cells,)
        Class of distance, nearest first.
    rows : ndarray of int, shape (missing cells,)
        Rows of the missing cells, ascending.
    """

    predictions: tuple[Floats, ...]
    terms: Floats
    classes: Rows
    rows: Rows

    def take(self, rows: Rows) -> "GapPredictions":
        """The same for some of the missing cells."""
        predictions = tuple(prediction[rows] for prediction in self.predictions)
        return GapPredictions(predictions, self.terms[rows], self.classes[rows], self.rows[rows])


def gap_predictions_at(
    near: Neighbours, column: Floats, expected_values: Floats, around: tuple[Floats, Floats], rows: Rows
) -> GapPredictions:
    """Predictions and terms for missing cells of a number at `rows`.

    Parameters
    ----------
    near : Neighbours
        Of the missing cells.
    column : ndarray of float64
        The column, standardised and completed.
    expected_values : ndarray of float64, shape (2, rows of the table)
        Predictions of the equations in every row: from other columns alone, and with its own cells.
    around : pair of ndarray of float64
        The column one season before and after every row.
    rows : ndarray of int

    Returns
    -------
    GapPredictions
    """
    line, others, full = near.between(column), expected_values[0][rows], expected_values[1][rows]
    first, last = column[near.before], column[near.after]
    second, second_last = column[near.second_before], column[near.second_after]
    terms = (
        others - near.between(expected_values[0]),
        others - line,
        full - line,
        line - 0.5 * (second + second_last),
        first - last,
        second - second_last,
        (first - last) * (near.share - 0.5),
        0.5 * (around[0] + around[1])[rows] - line,
        line,
        np.ones(len(rows)),
    )
    return GapPredictions((line, others, full), np.column_stack(terms), distance_classes(near.steps), rows)


def fit_gap_weights(gap_predictions: GapPredictions, truth: Floats) -> dict[int, GapWeights]:
    """For each class of distance the best weights, fitted with neighbouring classes where it has too few cells.

    Parameters
    ----------
    gap_predictions : GapPredictions
    truth : ndarray of float64, shape (missing cells,)
        True values of the hidden cells.

    Returns
    -------
    dict of int to GapWeights
        By class of distance; empty when too few cells were hidden.
    """
    away = np.abs(gap_predictions.classes[None, :] - np.arange(len(EDGES) + 1)[:, None])
    weights: dict[int, GapWeights] = {}
    for number in range(len(away) if len(truth) >= FEWEST_CELLS else 0):
        reach = np.partition(away[number], FEWEST_CELLS - 1)[FEWEST_CELLS - 1]
        rows = np.flatnonzero(away[number] <= reach)
        weights[number] = _fit_class(gap_predictions.take(rows), truth[rows])
    return weights


def _fit_class(gap_predictions: GapPredictions, truth: Floats) -> GapWeights:
    is_categorical = not gap_predictions.terms.shape[1]
    losses = [
        truth != prediction if is_categorical else (truth - prediction) ** 2
        for prediction in gap_predictions.predictions
    ]
    errors = [float(loss.mean()) for loss in losses]
    base = int(np.argmin(errors))
    gaps = np.cumsum(np.diff(gap_predictions.rows, prepend=gap_predictions.rows[0]) > 1)
    margin = 1.0 - 1.0 / np.sqrt(gaps[-1] + 1.0)
    if is_categorical or gaps[-1] + 1 < FEWEST_GAPS:
        return GapWeights(base)
    residuals = truth - gap_predictions.predictions[base]
    crossed = [_crossed_error(gap_predictions.terms, residuals, gaps % FEWEST_GAPS, penalty) for penalty in PENALTIES]
    if min(crossed) >= errors[base] * margin:
        return GapWeights(base)
    return GapWeights(base, _ridge(gap_predictions.terms, residuals, PENALTIES[int(np.argmin(crossed))]))


def _ridge(terms: Floats, truth: Floats, penalty: float) -> Floats:
    normal = terms.T @ terms
    normal.flat[:: len(normal) + 1] += penalty
    return np.asarray(np.linalg.solve(normal, terms.T @ truth))


def _crossed_error(terms: Floats, truth: Floats, folds: Rows, penalty: float) -> float:
    """Cross-validated mean squared error."""
    total = 0.0
    for fold in range(FEWEST_GAPS):
        out = folds == fold
        total += float(((truth[out] - terms[out] @ _ridge(terms[~out], truth[~out], penalty)) ** 2).sum())
    return total / len(truth)


def apply_gap_weights(gap_weights: Mapping[int, GapWeights], gap_predictions: GapPredictions) -> Floats:
    """Predictions for missing cells; those on the line where nothing was fitted."""
    predictions = gap_predictions.predictions[0].copy()
    for number in np.unique(gap_predictions.classes) if gap_weights else ():
        rows = np.flatnonzero(gap_predictions.classes == number)
        class_weights = gap_weights[int(number)]
        predictions[rows] = gap_predictions.predictions[class_weights.base][rows]
        if class_weights.weights is not None:
            predictions[rows] += gap_predictions.terms[rows] @ class_weights.weights
    return predictions


def describe(gap_weights: Mapping[int, GapWeights]) -> str:
    """How cells are predicted at which distance, in words."""
    lows = [1, *(int(edge + 0.5) for edge in EDGES)]
    description: list[str] = []
    last = ""
    for number, class_weights in gap_weights.items():
        if class_weights.description != last:
            description.append(f"{class_weights.description} from a distance of {lows[number]}")
        last = class_weights.description
    return ", ".join(description)
