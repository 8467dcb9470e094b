"""k nearest neighbours: a missing cell is filled from the most similar rows in which it is observed.

A number is predicted by the linear equations plus a share of the mean residual of its neighbours: so few neighbours
suffice, and where none is near the prediction is the linear one. The share is estimated for each column by regressing
the residuals of some donors on those of their own neighbours.

Source: Troyanskaya et al., Missing value estimation methods for DNA microarrays, Bioinformatics 17 (2001), as in
scikit-learn's KNNImputer; here for mixed types, in the table completed by chained regression (see `linear_model.gram`),
so that rows with missing cells can be compared and be donors, and among a bounded sample of donors, so that time is
linear in the rows. The correction is the regression adjustment of nearest neighbours (Abadie and Imbens, J. Bus. Econ.
Stat. 29, 2011).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Rows, Singles
from wrangler.impute.base import Imputer
from wrangler.impute.context import Work
from wrangler.impute.cost import NEIGHBOURS, Growth
from wrangler.impute.encoding import Fill, Table
from wrangler.impute.linear_model import (
    WIDE,
    Equation,
    Linear,
    completed_matrix,
    expect,
    fill_linear,
    fit_linear,
    linear_probabilities,
    sample_rows,
)
from wrangler.impute.methods.knn_search import Search, make_search
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method

CHUNK = 8192
ROUNDS, TOLERANCE = 10, 0.02
SPARE = 2  # donors searched for each one averaged, as some miss the column
PRIOR_SLOPE, PRIOR_ROWS, TRIED = 0.9, 30, 1000
TRIED_AT_ONCE, SHORTLIST = 400, 300


@dataclass(frozen=True)
class Donors:
    """Rows whose cells can be copied or averaged.

    Attributes
    ----------
    linear : Linear
        Completes rows so that they can be compared.
    search : Search or None
        Over the completed donors; None when no column varies.
    table : Table
        The donors' own cells, not completed.
    residuals : mapping of str to DonorResiduals
        For numbers.
    """

    linear: Linear
    search: Search | None
    table: Table
    residuals: Mapping[str, "DonorResiduals"]


@dataclass(frozen=True)
class DonorResiduals:
    """Residuals of the linear equation of one number.

    Attributes
    ----------
    values : ndarray of shape (donors,)
        Observed less predicted; NaN where the number is missing.
    slope : float
        The share of the mean residual of its neighbours that a row is expected to have, from 0 to 1.
    """

    values: Floats
    slope: float


@dataclass(frozen=True)
class NearDonors:
    """Donors of some missing cells: their values (0 if missing) and weights, of shape (missing cells, donors)."""

    values: Floats
    shares: Floats

    @property
    def is_any(self) -> Bools:
        """For each missing cell, whether it has a donor."""
        return np.asarray(self.shares.any(axis=1))

    def votes(self, levels: int) -> Floats:
        """Sum of the shares by level, of shape (missing cells, levels)."""
        votes = np.zeros((len(self.values), levels))
        rows = np.broadcast_to(np.arange(len(self.values))[:, None], self.values.shape)
        np.add.at(votes, (rows, self.values.astype(np.intp)), self.shares)
        return votes


@method(
    "knn",
    "Nearest neighbours",
    "A missing cell is filled from the most similar rows, of mixed types; follows curves and clusters that lines miss.",
    rank=32,
    cost=MeasuredCost(0.042, 6.69e-06, 0.00364, 7.81e-06, 2.09e06, 3.13e03, 1.24e07, 232),
)
@dataclass(kw_only=True, eq=False, repr=False)
class KNNImputer(Imputer):
    """Fill from the nearest donors, weighted by distance and corrected for their difference from the row.

    Parameters
    ----------
    neighbors : int
        Donors that are averaged.
    weights : {"distance", "uniform"}
        Whether nearer donors count more.
    corrected : bool
        Whether donors' cells are corrected by the linear equations; False is the plain mean or vote.
    most_donors : int
        Donors are at most this many rows, chosen at random. Other parameters as in `Imputer`.
    """

    neighbors: Annotated[int, Option("Donors that are averaged.", minimum=1, maximum=500)] = 15
    weights: Annotated[Literal["distance", "uniform"], Option("Whether nearer donors count more.")] = "distance"
    corrected: Annotated[bool, Option("Whether donors are corrected for their difference from the row.")] = True
    most_donors: Annotated[int, Option("Most rows to choose donors from.", minimum=10)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 20
    growth: ClassVar[Growth] = Growth(cap="most_donors", block=CHUNK, work=NEIGHBOURS)

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Donors:
        rows = sample_rows(table, self.most_donors, work)
        donors = table.copied() if rows is None else table.take(rows)
        linear = fit_linear(donors, ROUNDS, TOLERANCE, work.part(0.0, 0.5))
        if linear.chain is None:
            return Donors(linear, None, donors, {})
        matrix, uncertainty = compared(linear, donors)
        fitted = Donors(linear, make_search(coordinates(matrix), uncertainty), donors, {})
        incomplete = [name for name in targets if table.columns[name].missing.any()]
        return self._with_residuals(fitted, incomplete, work.part(0.5, 1.0), (matrix, uncertainty))

    def _with_residuals(
        self, fitted: Donors, names: Sequence[str], work: Work, comparison: tuple[Floats, Singles] | None = None
    ) -> Donors:
        """Add the residuals of those numbers among `names` for which they are not known yet."""
        chain = fitted.linear.chain if self.corrected else None
        wanted = [name for name in names if chain and name in chain.by_name and name not in fitted.residuals]
        wanted = [name for name in wanted if not fitted.table.columns[name].is_categorical]
        if chain is None or not wanted:
            return fitted
        matrix, uncertainty = comparison or compared(fitted.linear, fitted.table)
        expected = expect(chain, fitted.table)
        if chain.features.width > WIDE:
            return replace(fitted, residuals={**fitted.residuals, **self._at_once(fitted, wanted, matrix, uncertainty)})

        def compute(number: int, turn: Work) -> DonorResiduals:
            name = wanted[number]
            turn.step(0.0, f"comparing donors by {name}", name)
            residuals = fitted.table.columns[name].cells - expected.predicted_numbers(name, ROUNDS, TOLERANCE)
            rows = _evenly(np.flatnonzero(~np.isnan(residuals)), TRIED)
            weights = (1.0 - uncertainty[rows]) ** 2
            weights[:, chain.by_name[name].feature.places] = 0.0
            slope = self._searched_slope(fitted, coordinates(matrix[rows]), weights, residuals)
            return DonorResiduals(residuals, slope)

        computed = work.each(compute, range(len(wanted)))
        return replace(fitted, residuals={**fitted.residuals, **dict(zip(wanted, computed, strict=True))})

    def _at_once(
        self, fitted: Donors, wanted: Sequence[str], matrix: Floats, uncertainty: Singles
    ) -> dict[str, DonorResiduals]:
        """The same for a wide table: one search for all numbers, each of which ranks its result without itself."""
        chain, search = fitted.linear.chain, fitted.search
        if chain is None or search is None:
            return {}
        expected = expect(chain, fitted.table)
        rows = _evenly(np.arange(fitted.table.rows), TRIED_AT_ONCE)
        queries, weights = coordinates(matrix[rows]), (1.0 - uncertainty[rows]) ** 2
        squares, places = search.nearest(queries, weights, min(SHORTLIST, fitted.table.rows))
        by_name = {}
        for name in wanted:
            residuals = fitted.table.columns[name].cells - expected.predicted_numbers_from(matrix, name)
            number = chain.by_name[name].feature.places.start
            others = squares - search.shares(queries, weights, number, places)
            best = np.argsort(others, axis=1)[:, : self.neighbors * SPARE + 1]
            distances = np.sqrt(np.maximum(np.take_along_axis(others, best, axis=1), 0.0))
            known = ~np.isnan(residuals[rows])
            near = np.take_along_axis(places, best, axis=1)
            slope = self._slope(residuals, rows[known], distances[known], near[known])
            by_name[name] = DonorResiduals(residuals, slope)
        return by_name

    def _searched_slope(self, fitted: Donors, queries: Singles, weights: Singles, residuals: Floats) -> float:
        """The slope of residuals on those of neighbours, which are searched without the column itself."""
        rows = _evenly(np.flatnonzero(~np.isnan(residuals)), TRIED)
        count = min(self.neighbors * SPARE + 1, fitted.table.rows)
        squares, places = fitted.search.nearest(queries, weights, count)  # type: ignore[union-attr]
        return self._slope(residuals, rows, np.sqrt(squares), places)

    def _slope(self, residuals: Floats, rows: Rows, distances: Floats | Singles, places: Rows) -> float:
        """The slope of residuals at `rows` on the mean of their neighbours', shrunk to `PRIOR_SLOPE`."""
        near = self._near(np.where(places == rows[:, None], np.nan, residuals[places]), distances)
        means = (near.values * near.shares).sum(axis=1)
        prior = PRIOR_ROWS * float((means**2).mean())
        slope = (float(means @ residuals[rows]) + PRIOR_SLOPE * prior) / max(float(means @ means) + prior, 1e-300)
        return float(np.clip(slope, 0.0, 1.0))

    def _fill(self, fitted: Donors, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        fitted = self._with_residuals(fitted, targets, work.part(0.0, 0.1))
        work = work.part(0.1, 1.0)
        predictions = self._predict_all(fitted, table, {name: np.full(table.rows, np.nan) for name in targets}, work)
        return self._with_linear(fitted, table, predictions, work)

    def _level_probabilities(
        self, fitted: Donors, table: Table, targets: Sequence[str], work: Work
    ) -> Mapping[str, Floats]:
        blank = {name: np.full((table.rows, table.columns[name].levels), np.nan) for name in targets}
        predictions = self._predict_all(fitted, table, blank, work)
        unmatched = {name: np.isnan(prediction).any(axis=1) for name, prediction in predictions.items()}
        short = [name for name, cells in unmatched.items() if cells.any()]
        for name, prediction in linear_probabilities(fitted.linear, table, short, ROUNDS, work).items():
            predictions[name][unmatched[name]] = prediction[unmatched[name]]
        return predictions

    def _predict_all(
        self, fitted: Donors, table: Table, predictions: dict[str, Floats], work: Work
    ) -> dict[str, Floats]:
        """Predictions of the missing cells: numbers, codes, or probabilities where there is a column per level."""
        incomplete = np.flatnonzero(np.logical_or.reduce([table.columns[name].missing for name in predictions]))

        def fill(start: int, turn: Work) -> None:
            turn.step(0.0, "searching neighbours")
            rows = incomplete[start : start + CHUNK]
            self._fill_chunk(fitted, table.take(rows), rows, predictions)

        work.each(fill, range(0, len(incomplete) if fitted.search else 0, CHUNK))
        return {name: prediction[table.columns[name].missing] for name, prediction in predictions.items()}

    def _fill_chunk(self, fitted: Donors, part: Table, rows: Rows, predictions: dict[str, Floats]) -> None:
        matrix, uncertainty = compared(fitted.linear, part)
        count = min(self.neighbors * SPARE, fitted.table.rows)
        squares, places = fitted.search.nearest(coordinates(matrix), (1.0 - uncertainty) ** 2, count)  # type: ignore[union-attr]
        distances = np.sqrt(squares)
        for name, prediction in predictions.items():
            missing = np.flatnonzero(part.columns[name].missing)
            residuals = fitted.residuals.get(name)
            cells = fitted.table.columns[name].cells if residuals is None else residuals.values
            near = self._near(cells[places[missing]], distances[missing])
            predict = self._predict if prediction.ndim == 1 else self._votes
            prediction[rows[missing]] = predict(fitted, near, matrix[missing], name)

    def _near(self, values: Floats, distances: Floats | Singles) -> NearDonors:
        """The nearest donors in which the column is observed; their shares sum to one, or are 0 without any."""
        usable = ~np.isnan(values)
        usable &= np.cumsum(usable, axis=1) <= self.neighbors
        shares = usable / (distances + 1e-3) if self.weights == "distance" else usable.astype(np.float64)
        return NearDonors(np.where(usable, values, 0.0), shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12))

    def _predict(self, fitted: Donors, near: NearDonors, matrix: Floats, name: str) -> Floats:
        if fitted.table.columns[name].is_categorical:
            return np.where(near.is_any, self._votes(fitted, near, matrix, name).argmax(axis=1), np.nan)
        equation = self._equation(fitted, name)
        means = (near.values * near.shares).sum(axis=1)
        if equation is not None:
            means = equation.predicted_numbers(matrix) + fitted.residuals[name].slope * means
            means = np.clip(means, equation.feature.low, equation.feature.high)
        return np.where(near.is_any, means, np.nan)

    def _votes(self, fitted: Donors, near: NearDonors, matrix: Floats, name: str) -> Floats:
        """Probabilities of the levels: votes of the neighbours, and one by the equations; NaN without neighbours."""
        votes, equation = near.votes(fitted.table.columns[name].levels), self._equation(fitted, name)
        if equation is not None:
            votes += equation.level_probabilities(matrix, votes.shape[1])
        return np.where(near.is_any[:, None], votes / np.maximum(votes.sum(axis=1, keepdims=True), 1e-12), np.nan)

    def _equation(self, fitted: Donors, name: str) -> Equation | None:
        chain = fitted.linear.chain
        return chain.by_name.get(name) if chain and self.corrected else None

    @staticmethod
    def _with_linear(fitted: Donors, table: Table, predictions: dict[str, Floats], work: Work) -> dict[str, Floats]:
        """The predictions, and the linear ones where the column is missing in all of the nearest rows."""
        short = [name for name, prediction in predictions.items() if np.isnan(prediction).any()]
        if not short or fitted.search is None:
            return predictions
        linear = fill_linear(fitted.linear, table, short, ROUNDS, work)
        for name in short:
            unmatched = np.isnan(predictions[name])
            message = f"cells of '{name}' have no near donor with that column; the linear prediction was used."
            work.count(name, "fallback", int((unmatched & ~np.isnan(linear[name])).sum()), message)
            predictions[name] = np.where(unmatched, linear[name], predictions[name])
        return predictions


def _evenly(rows: Rows, most: int) -> Rows:
    """At most so many of some rows, evenly spaced."""
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(np.intp)]


def coordinates(matrix: Floats) -> Singles:
    """The matrix as coordinates: without its intercept, in single precision."""
    return matrix[:, :-1].astype(np.float32)


def compared(linear: Linear, table: Table) -> tuple[Floats, Singles]:
    """Completed rows, and for each coordinate the share of its variance that is unexplained.

    Parameters
    ----------
    linear : Linear
    table : Table

    Returns
    -------
    matrix : ndarray of shape (rows, width)
    uncertainty : ndarray of float32, shape (rows, width - 1)
        0 where a cell was observed, and the unexplained share of the column where it was completed.
    """
    chain = linear.chain
    matrix = completed_matrix(linear, table, ROUNDS, TOLERANCE)
    uncertainty = np.zeros((table.rows, matrix.shape[1] - 1), dtype=np.float32)
    if chain is None:
        return matrix, uncertainty
    for part, missing, equation in zip(
        chain.features.parts, chain.features.missing(table), chain.equations, strict=True
    ):
        uncertainty[missing, part.places] = np.clip(np.diag(equation.residual) / part.variances, 0.0, 0.999)
    return matrix, uncertainty
