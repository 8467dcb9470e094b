"""The table as a design matrix: numbers winsorised and standardised, categories as dummies but for a reference level.

Only the matrix is winsorised, never the data: otherwise one gross error would move every other column.

Levels beyond the commonest, or of too few rows for a weight of their own, are pooled: they share one dummy, or the
reference when all of them together have too few rows. Which of them a cell has is a second question, answered by their
shares among each other.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.encoding.lazy_cells import EVERY_ROW
from wrangler.impute.encoding.table import Column, Table

MOST_LEVELS = 40
FEWEST_ROWS_OF_A_LEVEL = 3
TAIL = 0.01
REACH = 4.0
BEYOND = 0.5  # standard deviations by which predictions may leave the observed range
SCORES = np.linspace(-3.0, 3.0, 121)
LOG_SCORES = np.linspace(-10.0, 10.0, 1001)  # beyond the observed ones, as draws may leave their range
SPREAD_OUT = 3.0**0.5


@dataclass(frozen=True)
class Feature:
    """How one column of the table becomes one or more columns of the matrix.

    Attributes
    ----------
    name : str
    places : slice
        Its columns in the matrix.
    is_categorical : bool
    center, spread, low, high : float
        Numbers are clipped to [low, high], then standardised by center and spread.
    levels : tuple of int
        Codes with a dummy each, after the reference level, which has none.
    reference : int
        The most frequent code.
    shares : tuple of float
        The means of its columns, which stand where a cell is missing.
    pooled : tuple of int
        Codes of the levels that are read as one, the most frequent first; none or at least two.
    pooled_shares : tuple of float
        Their shares among each other.
    knots : tuple of float
        Ascending numbers that correspond to `scores`, for a number that is read as its normal score or its logarithm.
    bounds : tuple of float
        What drawn cells may be, standardised.
    """

    name: str
    places: slice
    is_categorical: bool
    center: float = 0.0
    spread: float = 1.0
    low: float = -np.inf
    high: float = np.inf
    levels: tuple[int, ...] = ()
    reference: int = -1
    shares: tuple[float, ...] = (0.0,)
    pooled: tuple[int, ...] = ()
    pooled_shares: tuple[float, ...] = ()
    knots: tuple[float, ...] = ()
    bounds: tuple[float, float] = (-np.inf, np.inf)

    @property
    def width(self) -> int:
        """Number of columns in the matrix."""
        return int(self.places.stop - self.places.start)

    def write(self, values: Floats, out: Floats) -> None:
        """Write encoded `values` of shape (rows,) into `out` of shape (rows, width); NaN becomes the mean."""
        if self.knots:
            out[:, 0] = np.interp(values, self.knots, self.scores)
        elif not self.is_categorical:
            np.clip(values, self.low, self.high, out=out[:, 0])
            out[:, 0] -= self.center
            out[:, 0] /= self.spread
        else:
            np.equal(values[:, None], self.codes[None, 1:], out=out)
            if self.pooled_place > 0:
                out[:, -1] = ~np.isin(values, self.codes[:-1])
        missing_mask = np.isnan(values)
        if missing_mask.any():
            out[missing_mask] = self.shares

    def read(self, predictions: Floats, residual: float = 0.0) -> Floats:
        """Encoded values of shape (rows,) for predicted columns of shape (rows, width): a number in range, or a level.

        A number read as its normal score is the mean over the normal residual, by Gauss-Hermite quadrature of three
        nodes.
        """
        if self.knots:
            nodes = [predictions[:, 0] + node * np.sqrt(max(residual, 0.0)) for node in (-SPREAD_OUT, 0.0, SPREAD_OUT)]
            low, middle, high = (np.interp(node, self.scores, self.knots) for node in nodes)
            return np.asarray((low + 4.0 * middle + high) / 6.0)
        if not self.is_categorical:
            return np.asarray(np.clip(predictions[:, 0] * self.spread + self.center, self.low, self.high))
        rest = 1.0 - predictions.sum(axis=1, keepdims=True)
        return self.likeliest(np.hstack([rest, predictions]))

    def likeliest(self, probabilities: Floats) -> Floats:
        """The likeliest level by the probabilities of `codes`; pooled levels count as the commonest of them does."""
        if self.pooled:
            probabilities = probabilities.copy()
            probabilities[:, self.pooled_place] *= self.pooled_shares[0]
        return np.asarray(self.codes[probabilities.argmax(axis=1)])

    @property
    def scores(self) -> Floats:
        """The standardised numbers that `knots` correspond to."""
        return SCORES if len(self.knots) == len(SCORES) else LOG_SCORES

    def standardised(self, numbers: Floats) -> Floats:
        """Encoded numbers in the scale of the matrix, not winsorised."""
        if self.knots:
            return np.asarray(np.interp(numbers, self.knots, self.scores))
        return np.asarray((numbers - self.center) / self.spread)

    def encoded(self, standardised: Floats) -> Floats:
        """The inverse of `standardised`."""
        if self.knots:
            return np.asarray(np.interp(standardised, self.scores, self.knots))
        return np.asarray(standardised * self.spread + self.center)

    def spread_out(self, probabilities: Floats, levels: int, within: Floats | None = None) -> Floats:
        """Probabilities of all levels, shape (rows, levels), from those of `codes`.

        Parameters
        ----------
        probabilities : ndarray of shape (rows, codes)
        levels : int
        within : ndarray of shape (rows, pooled levels), optional
            Probabilities of the pooled levels given that it is one of them; their shares by default.

        Returns
        -------
        ndarray
            0 for levels that were not observed.
        """
        spread = np.zeros((len(probabilities), levels))
        spread[:, self.codes.astype(np.intp)] = probabilities
        if self.pooled:
            shares = np.asarray(self.pooled_shares) if within is None else within
            spread[:, list(self.pooled)] = probabilities[:, self.pooled_place, None] * shares
        return spread

    def logged(self, known: Floats) -> "Feature":
        """The same, a number read as its logarithm; `known` are positive numbers."""
        limits = self.encoded(np.array(self.bounds))
        return replace(self, knots=_log_knots(known)).bounded(*limits)

    def bounded(self, low: float, high: float) -> "Feature":
        """The same with encoded bounds for its drawn cells; levels have none."""
        if self.is_categorical:
            return self
        limits = np.array([low, high])
        least, most = np.where(np.isinf(limits), limits, self.standardised(limits))
        return replace(self, bounds=(float(least), float(most)))

    @property
    def variances(self) -> Floats:
        """Variances of its columns in the matrix, over the rows where it is observed."""
        shares = np.asarray(self.shares)
        return np.maximum(shares * (1.0 - shares), 1e-12) if self.is_categorical else np.ones(1)

    @property
    def codes(self) -> Floats:
        """The codes that are kept distinct, the reference level first; pooled levels are the commonest of them."""
        return np.array((self.reference, *self.levels), dtype=np.float64)

    @property
    def pooled_place(self) -> int:
        """Where the pooled levels are among `codes`: at 0 with the reference, or last; -1 when there are none."""
        if not self.pooled:
            return -1
        return 0 if self.pooled[0] == self.reference else len(self.levels)


def fit_feature(column: Column, start: int) -> Feature | None:
    """The feature of one column, at `start` in the matrix; None when it does not vary."""
    known = column.known
    if column.is_categorical:
        return _categorical(column, known, start)
    if len(known) < 2:  # noqa: PLR2004 - no spread
        return None
    low, high = _limits(known)
    least, most = column.codec.natural_range
    beyond = BEYOND * float(known.std())
    low, high = max(low, least, column.codec.low - beyond), min(high, most, column.codec.high + beyond)
    inner = np.clip(known, low, high)
    center, spread = float(inner.mean()), float(inner.std())
    if spread <= 1e-12 * max(abs(center), 1e-60):
        return None
    places = slice(start, start + 1)
    return Feature(column.name, places, is_categorical=False, center=center, spread=spread, low=low, high=high)


def _knots(known: Floats) -> tuple[float, ...]:
    """Quantiles at the normal probabilities of the scores, spread so that they rise strictly."""
    quantiles = np.quantile(known, ndtr(SCORES))
    least_step = (quantiles[-1] - quantiles[0]) * 1e-9
    return tuple((np.maximum.accumulate(quantiles) + least_step * np.arange(len(quantiles))).tolist())


def _log_knots(known: Floats) -> tuple[float, ...]:
    """The numbers whose logarithms are the scores, standardised."""
    logs = np.log(known)
    return tuple(np.exp(logs.mean() + logs.std() * LOG_SCORES).tolist())


def _limits(known: Floats) -> tuple[float, float]:
    """Median plus and minus a multiple of the distance to the outer percentiles, on each side by itself."""
    bottom, middle, top = np.quantile(known, (TAIL, 0.5, 1 - TAIL))
    low = middle - REACH * (middle - bottom) if bottom < middle else known.min()
    high = middle + REACH * (top - middle) if top > middle else known.max()
    return float(low), float(high)


def _categorical(column: Column, known: Floats, start: int) -> Feature | None:
    counts = np.bincount(known.astype(np.intp), minlength=column.levels)
    ranked = [int(code) for code in np.argsort(-counts, kind="stable") if counts[code]]
    fewest = min(FEWEST_ROWS_OF_A_LEVEL, max(len(known) // 4, 1))
    kept = [code for code in ranked[: MOST_LEVELS + 1] if counts[code] >= fewest]
    pooled = ranked[len(kept) :]
    if not kept or len(ranked) < 2:  # noqa: PLR2004 - one level does not vary
        return None
    has_dummy = len(kept) == 1 or counts[pooled].sum() >= fewest  # some levels must be kept distinct
    dummies = [*kept[1:], pooled[0]] if pooled and has_dummy else kept[1:]
    if pooled and not has_dummy:
        pooled = [kept[0], *pooled]
    masses = counts.astype(np.float64)
    masses[pooled[:1]] = counts[pooled].sum()
    if len(pooled) == 1:
        pooled = []
    within = counts[pooled] / counts[pooled].sum()
    return Feature(
        column.name,
        slice(start, start + len(dummies)),
        is_categorical=True,
        levels=tuple(dummies),
        reference=kept[0],
        shares=tuple((masses[dummies] / len(known)).tolist()),
        pooled=tuple(pooled),
        pooled_shares=tuple(within.tolist()),
    )


@dataclass(frozen=True)
class Features:
    """All features of a table, in the order of the matrix; its last column is all ones."""

    parts: tuple[Feature, ...]
    width: int

    def matrix(self, table: Table) -> Floats:
        """Matrix of shape (rows, width); missing cells are at their mean."""
        return self._written(np.empty((table.rows, self.width)), table, EVERY_ROW)

    def matrix_at(self, table: Table, rows: Rows) -> Floats:
        """The same for some rows of the table, column by column in memory, which is quickest to write."""
        return self._written(np.empty((len(rows), self.width), order="F"), table, rows)

    def _written(self, matrix: Floats, table: Table, rows: Rows | slice) -> Floats:
        for part in self.parts:
            part.write(table.columns[part.name].stored.read(rows), matrix[:, part.places])
        matrix[:, -1] = 1.0
        return matrix

    def scored(self, table: Table, names: Container[str]) -> "Features":
        """The same features, the numbers among `names` read as their normal scores."""
        parts = [
            replace(part, knots=_knots(table.columns[part.name].known)) if part.name in names else part
            for part in self.parts
        ]
        return Features(tuple(parts), self.width)

    def logged(self, table: Table, names: Container[str]) -> "Features":
        """The same features, the positive numbers among `names` read as their logarithms."""
        parts = [part.logged(table.columns[part.name].known) if part.name in names else part for part in self.parts]
        return Features(tuple(parts), self.width)

    def bounded(self, bounds: Mapping[str, tuple[float, float]]) -> "Features":
        """The same features, with bounds, encoded, for the drawn cells of some numbers."""
        parts = [part.bounded(*bounds[part.name]) if part.name in bounds else part for part in self.parts]
        return Features(tuple(parts), self.width)

    def missing(self, table: Table) -> list[Bools]:
        """For each feature, in which rows it is missing."""
        return [table.columns[part.name].missing_mask for part in self.parts]


def fit_features(table: Table, names: Sequence[str], scored: Container[str] = ()) -> Features:
    """Fit how the columns `names` become a matrix.

    Parameters
    ----------
    table : Table
    names : sequence of str
    scored : container of str
        Those of them whose numbers are read as their normal scores.

    Returns
    -------
    Features
        Of the columns that vary.
    """
    parts: list[Feature] = []
    start = 0
    for name in names:
        part = fit_feature(table.columns[name], start)
        if part is not None:
            parts.append(part)
            start += part.width
    return Features(tuple(parts), start + 1).scored(table, scored)
