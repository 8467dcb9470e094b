"""k nearest neighbours: a hole is filled from the most similar rows in which it is known.

Source: Troyanskaya et al., Missing value estimation methods for DNA microarrays, Bioinformatics 17 (2001), as in
scikit-learn's KNNImputer; here for mixed types, over the table completed by chained regression (see `gram`), so that
rows with holes can be compared and can give, and among a bounded sample of donors, so that time grows with the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import NearestNeighbors

from wrangler.impute.base import Imputer
from wrangler.impute.codec import Floats
from wrangler.impute.filling import Fill
from wrangler.impute.linear import Linear, completed_matrix, fill_linear, learn_linear, sample_rows
from wrangler.impute.options import Option
from wrangler.impute.registry import method
from wrangler.impute.table import Column, Rows, Table
from wrangler.impute.work import Work

CHUNK = 8192
ROUNDS, TOLERANCE = 10, 0.02
SPARE = 2


@dataclass(frozen=True)
class Donors:
    """Rows that can give.

    Attributes
    ----------
    linear : Linear
        Completes rows so that they can be compared.
    search : NearestNeighbors or None
        Over the completed donors; None when no column varies.
    table : Table
        The donors' own cells, not completed.
    """

    linear: Linear
    search: NearestNeighbors | None
    table: Table


@method(
    "knn",
    "Nearest neighbours",
    "Each hole is filled from the most similar rows, of mixed types; follows curves and clusters that lines miss.",
    rank=32,
)
@dataclass(kw_only=True, eq=False, repr=False)
class KNNImputer(Imputer):
    """Fill with the mean, or the most frequent level, of the nearest donors, weighted by nearness.

    Parameters
    ----------
    neighbors : int
        Donors that are averaged.
    weights : {"distance", "uniform"}
        Whether nearer donors count more.
    most_donors : int
        Donors are at most this many rows, chosen at random. Other parameters as in `Imputer`.
    """

    neighbors: Annotated[int, Option("Donors that are averaged.", minimum=1, maximum=500)] = 10
    weights: Annotated[Literal["distance", "uniform"], Option("Whether nearer donors count more.")] = "distance"
    most_donors: Annotated[int, Option("Most rows to choose donors from.", minimum=10)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 20

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> Donors:
        del targets
        rows = sample_rows(table, self.most_donors, work)
        donors = table if rows is None else table.take(rows)
        linear = learn_linear(donors, ROUNDS, TOLERANCE, work)
        if linear.chain is None:
            return Donors(linear, None, donors)
        count = min(self.neighbors * SPARE, donors.rows)
        search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(_compared(linear, donors))
        return Donors(linear, search, donors)

    def _fill(self, learnt: Donors, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        answers = {name: np.full(table.rows, np.nan) for name in targets}
        asked = np.flatnonzero(np.logical_or.reduce([table.columns[name].missing for name in targets]))
        for start in range(0, len(asked) if learnt.search else 0, CHUNK):
            rows = asked[start : start + CHUNK]
            work.step(start / len(asked), "searching neighbours")
            part = table.take(rows)
            distances, places = learnt.search.kneighbors(_compared(learnt.linear, part))  # type: ignore[union-attr]
            for name in targets:
                holes = np.flatnonzero(part.columns[name].missing)
                donors = learnt.table.columns[name]
                answers[name][rows[holes]] = self._answer(donors, distances[holes], places[holes])
        found = {name: answers[name][table.columns[name].missing] for name in targets}
        return self._without_donors(learnt, table, found, work)

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

    def _answer(self, donors: Column, distances: Floats, places: Rows) -> Floats:
        given = donors.cells[places]
        usable = ~np.isnan(given)
        usable &= np.cumsum(usable, axis=1) <= self.neighbors
        weights = usable / (distances + 1e-3) if self.weights == "distance" else usable.astype(np.float64)
        total = weights.sum(axis=1)
        if donors.is_levelled:
            return _vote(given, weights, donors.levels)
        total[total == 0] = np.nan
        return np.asarray((np.where(usable, given, 0.0) * weights).sum(axis=1) / total)


def _vote(given: Floats, weights: Floats, levels: int) -> Floats:
    rows = np.broadcast_to(np.arange(len(given))[:, None], given.shape)
    votes = np.zeros((len(given), levels))
    usable = weights > 0
    np.add.at(votes, (rows[usable], given[usable].astype(np.intp)), weights[usable])
    return np.where(usable.any(axis=1), votes.argmax(axis=1), np.nan)


def _compared(linear: Linear, table: Table) -> npt.NDArray[np.float32]:
    """The completed rows on a scale where a numeric difference of one deviation weighs like another level."""
    return completed_matrix(linear, table, ROUNDS, TOLERANCE)[:, :-1].astype(np.float32)
