"""k nearest neighbours: a hole is filled from the most similar rows in which it is known.

A neighbour's cell counts as its difference from what the equations expect there, added to what they expect here: so
few neighbours suffice, and where none is near the answer is the linear one.

Source: Troyanskaya et al., Missing value estimation methods for DNA microarrays, Bioinformatics 17 (2001), as in
scikit-learn's KNNImputer; here for mixed types, over the table completed by chained regression (see `gram`), so that
rows with holes can be compared and can give, and among a bounded sample of donors, so that time grows with the rows.
The correction is the regression adjustment of nearest neighbours (Abadie and Imbens, J. Bus. Econ. Stat. 29, 2011).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from wrangler.impute.base import Imputer
from wrangler.impute.codec import Floats
from wrangler.impute.filling import Fill
from wrangler.impute.linear import Linear, completed_matrix, expected_amounts, fill_linear, learn_linear, sample_rows
from wrangler.impute.options import Option
from wrangler.impute.registry import method
from wrangler.impute.search import Search, Singles, make_search
from wrangler.impute.table import Bools, Column, Rows, Table
from wrangler.impute.work import Work

CHUNK = 8192
ROUNDS, TOLERANCE = 10, 0.02
SPARE = 2
TRUST = 0.9


@dataclass(frozen=True)
class Donors:
    """Rows that can give.

    Attributes
    ----------
    linear : Linear
        Completes rows so that they can be compared.
    search : Search or None
        Over the completed donors; None when no column varies.
    table : Table
        The donors' own cells, not completed.
    expected : mapping of str to ndarray of shape (donors,)
        What the linear equations say of each number, in every donor.
    """

    linear: Linear
    search: Search | None
    table: Table
    expected: Mapping[str, Floats]


@dataclass(frozen=True)
class Near:
    """Donors of some holes of one column, all of shape (holes, donors): places, cells (0 if unknown), shares."""

    places: Rows
    given: Floats
    shares: Floats

    @property
    def is_any(self) -> Bools:
        """Whether a hole has a donor at all."""
        return np.asarray(self.shares.any(axis=1))

    def votes(self, levels: int) -> Floats:
        """Shares by level, of shape (holes, levels)."""
        votes = np.zeros((len(self.given), levels))
        rows = np.broadcast_to(np.arange(len(self.given))[:, None], self.given.shape)
        np.add.at(votes, (rows, self.given.astype(np.intp)), self.shares)
        return votes


@method(
    "knn",
    "Nearest neighbours",
    "Each hole is filled from the most similar rows, of mixed types; follows curves and clusters that lines miss.",
    rank=32,
)
@dataclass(kw_only=True, eq=False, repr=False)
class KNNImputer(Imputer):
    """Fill from the nearest donors, weighted by nearness and corrected for what differs.

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

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> Donors:
        rows = sample_rows(table, self.most_donors, work)
        donors = table if rows is None else table.take(rows)
        linear = learn_linear(donors, ROUNDS, TOLERANCE, work)
        if linear.chain is None:
            return Donors(linear, None, donors, {})
        matrix, doubts = compared(linear, donors)
        search = make_search(coordinates(matrix), doubts)
        equations = linear.chain.by_name
        numbers = [name for name in targets if name in equations and not donors.columns[name].is_levelled]
        return Donors(
            linear, search, donors, {n: expected_amounts(linear, donors, n, ROUNDS, TOLERANCE) for n in numbers}
        )

    def _fill(self, learnt: Donors, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        answers = {name: np.full(table.rows, np.nan) for name in targets}
        asked = np.flatnonzero(np.logical_or.reduce([table.columns[name].missing for name in targets]))
        for start in range(0, len(asked) if learnt.search else 0, CHUNK):
            rows = asked[start : start + CHUNK]
            work.step(start / len(asked), "searching neighbours")
            self._fill_chunk(learnt, table.take(rows), rows, answers)
        found = {name: answers[name][table.columns[name].missing] for name in targets}
        return self._without_donors(learnt, table, found, work)

    def _fill_chunk(self, learnt: Donors, part: Table, rows: Rows, answers: dict[str, Floats]) -> None:
        matrix, doubts = compared(learnt.linear, part)
        count = min(self.neighbors * SPARE, learnt.table.rows)
        squares, places = learnt.search.nearest(coordinates(matrix), (1.0 - doubts) ** 2, count)  # type: ignore[union-attr]
        distances = np.sqrt(squares)
        for name, answer in answers.items():
            holes = np.flatnonzero(part.columns[name].missing)
            near = self._near(learnt.table.columns[name], distances[holes], places[holes])
            answer[rows[holes]] = self._answer(learnt, near, matrix[holes], name)

    def _near(self, donors: Column, distances: Floats, places: Rows) -> Near:
        """The nearest donors that know the column, and how much each counts; the counts sum to one, or are all 0."""
        given = donors.cells[places]
        usable = ~np.isnan(given)
        usable &= np.cumsum(usable, axis=1) <= self.neighbors
        shares = usable / (distances + 1e-3) if self.weights == "distance" else usable.astype(np.float64)
        return Near(places, np.where(usable, given, 0.0), shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12))

    def _answer(self, learnt: Donors, near: Near, matrix: Floats, name: str) -> Floats:
        column, chain = learnt.table.columns[name], learnt.linear.chain
        equation = chain.by_name.get(name) if chain and self.corrected else None
        if column.is_levelled:
            votes = near.votes(column.levels)
            if equation is not None:
                votes[:, equation.feature.codes.astype(np.intp)] += equation.probabilities(matrix)
            return np.where(near.is_any, votes.argmax(axis=1), np.nan)
        if equation is None:
            return np.where(near.is_any, (near.given * near.shares).sum(axis=1), np.nan)
        surplus = ((near.given - learnt.expected[name][near.places]) * near.shares).sum(axis=1)
        answer = equation.amounts(matrix) + TRUST * surplus
        return np.where(near.is_any, np.clip(answer, equation.feature.low, equation.feature.high), np.nan)

    @staticmethod
    def _without_donors(learnt: Donors, table: Table, found: dict[str, Floats], work: Work) -> dict[str, Floats]:
        """The linear answer where none of the nearest rows knows the column."""
        short = [name for name, answer in found.items() if np.isnan(answer).any()]
        if not short or learnt.search is None:
            return found
        linear = fill_linear(learnt.linear, table, short, ROUNDS, work)
        for name in short:
            lost = np.isnan(found[name])
            told = f"cells of '{name}' have no near donor that knows the column; linear equations answered."
            work.count(name, "fallback", int((lost & ~np.isnan(linear[name])).sum()), told)
            found[name] = np.where(lost, linear[name], found[name])
        return found


def coordinates(matrix: Floats) -> Singles:
    """The matrix as coordinates: without its ones, in single precision."""
    return matrix[:, :-1].astype(np.float32)


def compared(linear: Linear, table: Table) -> tuple[Floats, Singles]:
    """Completed rows, and of each coordinate the share of its variance that is not known.

    Parameters
    ----------
    linear : Linear
    table : Table

    Returns
    -------
    matrix : ndarray of shape (rows, width)
    doubts : ndarray of float32, shape (rows, width - 1)
        0 where a cell was observed, and the unexplained share of the column where it was completed.
    """
    chain = linear.chain
    matrix = completed_matrix(linear, table, ROUNDS, TOLERANCE)
    doubts = np.zeros((table.rows, matrix.shape[1] - 1), dtype=np.float32)
    if chain is None:
        return matrix, doubts
    for part, missing, equation in zip(
        chain.features.parts, chain.features.missing(table), chain.equations, strict=True
    ):
        doubts[missing, part.places] = np.clip(np.diag(equation.residual) / part.variances, 0.0, 0.999)
    return matrix, doubts
