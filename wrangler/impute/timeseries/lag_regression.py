"""Equations of each number over the other columns, at lags of some steps and one season before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Places, Rows
from wrangler.impute.encoding import Feature
from wrangler.impute.linear_model import Chain
from wrangler.impute.timeseries.lags import TimeAxis

NEAR = (-3, -2, -1, 0, 1, 2, 3)
WIDEST = 600
ROWS_A_TERM = 5
HARMONICS = 3
CHUNK = 16_384


@dataclass(frozen=True)
class Lags:
    """Which lags the equations read; without any, they are those of the first completion.

    Attributes
    ----------
    steps : tuple of int
    period : int
        Of the season, in steps; 0 without one.
    """

    steps: tuple[int, ...]
    period: int

    def terms(self, matrix: Floats, time_axis: TimeAxis) -> "Terms":
        """The terms of the equations, from a completed matrix."""
        return Terms(matrix, time_axis, self, [time_axis.at(step) for step in self.steps])


@dataclass(frozen=True)
class Terms:
    """The lagged matrix, computed in chunks of rows, since it is many times as wide as the matrix of the table."""

    matrix: Floats
    time_axis: TimeAxis
    lags: Lags
    places: Sequence[Rows]

    def of(self, rows: Rows) -> Floats:
        """Terms of shape (rows, lags * features + harmonics + 1)."""
        parts = [self.matrix[place[rows], :-1] for place in self.places]
        if self.lags.period:
            phases = self.time_axis.places[rows] / (self.time_axis.step * self.lags.period) % 1.0
            angles = 2.0 * np.pi * phases[:, None] * np.arange(1, HARMONICS + 1)
            parts += [np.sin(angles), np.cos(angles)]
        return np.hstack([*parts, np.ones((len(rows), 1))])

    def chunks(self) -> Sequence[Rows]:
        """All rows, in chunks."""
        rows = np.arange(len(self.matrix))
        return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]

    def gram(self, rows: Rows | None = None) -> Floats:
        """Gram matrix of the terms, over all rows or some."""
        chunks = self.chunks() if rows is None else [rows]
        return np.asarray(sum(part.T @ part for part in (self.of(chunk) for chunk in chunks)))

    def columns_of(self, feature: Feature, *, at_all: bool) -> Places:
        """The positions of a feature among the terms: at lag 0, or at all lags."""
        width = self.matrix.shape[1] - 1
        numbers = range(len(self.places)) if at_all else [self.lags.steps.index(0)]
        places = np.arange(feature.places.start, feature.places.stop)
        return np.concatenate([places + number * width for number in numbers])


def choose_lags(width: int, rows: int, period: int | None) -> Lags:
    """As many lags as the number of rows allows.

    Parameters
    ----------
    width : int
        Of the matrix of features.
    rows : int
    period : int or None
        Of the season.

    Returns
    -------
    Lags
    """
    season = period if period is not None and 2 * period <= rows else 0
    most = min(WIDEST, rows // ROWS_A_TERM)
    for steps in ((*NEAR, -season, season) if season > NEAR[-1] else NEAR, NEAR, (-1, 0, 1), (0,)):
        if len(steps) * width + 2 * HARMONICS <= most:
            return Lags(tuple(steps), season)
    return Lags((), season)


def fit_equations(terms: Terms, numbers: Sequence[Feature], known: Sequence[Bools], chain: Chain) -> Floats:
    """Fit the equations, each on the rows where its number is observed.

    The first half reads the other columns alone, the second half also the number itself before and after.

    Parameters
    ----------
    terms : Terms
    numbers : sequence of Feature
    known : sequence of ndarray of bool
        For each number, in which rows it is observed.
    chain : Chain
        Its equations are used when there are too few rows for lags.

    Returns
    -------
    ndarray of float64, shape (terms, 2 * numbers)
        Weights.
    """
    if not terms.places:
        return np.tile(np.column_stack([chain.by_name[part.name].weights[:, 0] for part in numbers]), 2)
    whole = terms.gram()
    targets = [part.places.start for part in numbers]
    crosses = np.asarray(sum(terms.of(rows).T @ terms.matrix[np.ix_(rows, targets)] for rows in terms.chunks()))
    weights = np.zeros((len(whole), 2 * len(numbers)))
    for number, (part, rows) in enumerate(zip(numbers, known, strict=True)):
        block = terms.of(np.flatnonzero(~rows))
        normal = whole - block.T @ block
        column = terms.matrix[:, part.places.start]
        cross = crosses[:, number] - block.T @ column[~rows]
        total = float((column[rows] ** 2).sum())
        for half, at_all in enumerate((True, False)):
            inputs = np.setdiff1d(np.arange(len(whole)), terms.columns_of(part, at_all=at_all))
            weights[inputs, half * len(numbers) + number] = _solved(
                normal[np.ix_(inputs, inputs)], cross[inputs], total, int(rows.sum())
            )
    return weights


def _solved(normal: Floats, cross: Floats, total: float, rows: int) -> Floats:
    """Ridge regression, its penalty from the unexplained share of the variance in a first one."""
    left, inputs = 0.5, len(normal)
    for _ in range(2):
        penalised = normal.copy()
        penalised.flat[:: inputs + 1] += 1e-3 + inputs * left / (1.0 - left)
        penalised[-1, -1] = normal[-1, -1] + 1e-6
        weights = np.asarray(np.linalg.solve(penalised, cross), dtype=np.float64)
        rest = total - 2.0 * float(weights @ cross) + float(weights @ normal @ weights)
        left = float(np.clip(rest / max(total, 1e-300) * rows / max(rows - inputs, 1), 0.01, 0.9))
    return weights


def expected(terms: Terms, weights: Floats) -> Floats:
    """Predictions of the equations, shape (numbers, 2, rows): from other columns alone, and with its own cells."""
    chunks = [terms.of(rows) @ weights for rows in terms.chunks()] if terms.places else [terms.matrix @ weights]
    expected_values = np.vstack(chunks)
    return expected_values.reshape(len(expected_values), 2, -1).transpose(2, 1, 0)
