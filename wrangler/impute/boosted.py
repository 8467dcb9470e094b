"""Gradient-boosted trees that read missing predictors as missing: one fit a column, no chain.

Trees of numbers start from the linear equations and learn what these leave over, so that they lose nothing on straight
relations and small tables.

Source: histogram gradient boosting (Ke et al., LightGBM, NeurIPS 2017; scikit-learn's HistGradientBoosting), which
sends missing values down their own branch; so no column waits for another, and "is missing" can itself inform.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from wrangler.impute.base import Imputer
from wrangler.impute.codec import Floats
from wrangler.impute.filling import Fill
from wrangler.impute.linear import Linear, completed_matrix, expected_amounts, learn_linear, sample_rows
from wrangler.impute.options import Option
from wrangler.impute.registry import method
from wrangler.impute.table import Column, Rows, Table
from wrangler.impute.work import Work

MOST_CODES = 200
MOST_CLASSES = 30
FEWEST_KNOWN = 10
ROWS_A_LEAF = 150
FEWEST_LEAVES = 10
CHUNK = 16_384
ROUNDS, TOLERANCE = 20, 0.01


@dataclass(frozen=True)
class Trees:
    """The fitted trees of one column.

    Attributes
    ----------
    model : HistGradientBoostingRegressor or HistGradientBoostingClassifier
    predictors : tuple of str
    spread : float
        By which the numbers were divided; 0 when the trees answer with codes.
    low, high : float
        The observed range.
    """

    model: Any
    predictors: tuple[str, ...]
    spread: float = 0.0
    low: float = -np.inf
    high: float = np.inf

    def answer(self, matrix: npt.NDArray[np.float32], start: Floats) -> Floats:
        """Encoded numbers or codes of shape (rows,), from what the trees start at."""
        found = np.asarray(self.model.predict(matrix), dtype=np.float64)
        return np.clip(found * self.spread + start, self.low, self.high) if self.spread else found


@dataclass(frozen=True)
class Grown:
    """The linear equations, and the trees of each column that has some."""

    linear: Linear
    trees: Mapping[str, Trees]


@method(
    "boosted",
    "Boosted trees",
    "Each column is predicted by gradient-boosted trees that understand missing predictors; accurate on curved data.",
    rank=33,
)
@dataclass(kw_only=True, eq=False, repr=False)
class BoostedImputer(Imputer):
    """Fill by boosted trees: a regressor for numbers, a classifier for levels.

    Trees are grown only for columns that have holes while learning.

    Parameters
    ----------
    iterations : int
        Boosting rounds.
    leaves : int
        Most leaves of a tree; fewer are grown on few rows.
    learning_rate : float
    most_rows : int
        Trees are grown on at most this many rows of a column, chosen at random. Other parameters as in `Imputer`.
    """

    iterations: Annotated[int, Option("Boosting rounds.", minimum=1, maximum=2000)] = 80
    leaves: Annotated[int, Option("Most leaves of a tree.", minimum=2, maximum=1000)] = 31
    learning_rate: Annotated[float, Option("How much of each tree is taken.", minimum=0.001, maximum=1)] = 0.06
    most_rows: Annotated[int, Option("Most rows to grow the trees of a column on.", minimum=50)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 100

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> Grown:
        rows = sample_rows(table, self.most_rows, work)
        part = table if rows is None else table.take(rows)
        linear = learn_linear(part, ROUNDS, TOLERANCE, work)
        grown: dict[str, Trees] = {}
        for number, name in enumerate(targets):
            if table.columns[name].missing.any() and len(part.columns[name].known) >= FEWEST_KNOWN:
                work.step(number / len(targets), f"growing trees for {name}", name)
                trees = self._grow(
                    part, part.columns[name], expected_amounts(linear, part, name, ROUNDS, TOLERANCE), work
                )
                grown |= {name: trees} if trees else {}
        return Grown(linear, grown)

    def _fill(self, learnt: Grown, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        answers = {name: np.full(table.rows, np.nan) for name in targets}
        asked = np.flatnonzero(np.logical_or.reduce([table.columns[name].missing for name in targets]))
        for start in range(0, len(asked), CHUNK):
            rows = asked[start : start + CHUNK]
            work.step(start / len(asked), "filling")
            self._fill_chunk(learnt, table.take(rows), rows, answers)
        return {name: answers[name][table.columns[name].missing] for name in targets}

    @staticmethod
    def _fill_chunk(learnt: Grown, part: Table, rows: Rows, answers: dict[str, Floats]) -> None:
        matrix = completed_matrix(learnt.linear, part, ROUNDS, TOLERANCE)
        for name, trees in learnt.trees.items():
            holes = np.flatnonzero(part.columns[name].missing)
            if name in answers and len(holes):
                start = start_of(learnt.linear, matrix[holes], name)
                answers[name][rows[holes]] = trees.answer(predictor_matrix(part, trees.predictors, holes), start)

    def _grow(self, table: Table, column: Column, start: Floats, work: Work) -> Trees | None:
        rows = self._rows(column, work)
        truth = column.cells[rows]
        others = [name for name in table.columns if name != column.name]
        predictors = tuple(name for name in others if not np.isnan(table.columns[name].cells[rows]).all())
        if not predictors or len(np.unique(truth)) < 2:  # noqa: PLR2004 - nothing to tell apart
            return None
        matrix = predictor_matrix(table, predictors, rows)
        options = self._options(table, predictors, len(rows), work.random(column.name))
        if column.is_levelled:
            return Trees(HistGradientBoostingClassifier(**options).fit(matrix, truth.astype(np.intp)), predictors)
        spread = float(truth.std())
        model = HistGradientBoostingRegressor(**options).fit(matrix, (truth - start[rows]) / spread)
        return Trees(model, predictors, spread, float(truth.min()), float(truth.max()))

    def _rows(self, column: Column, work: Work) -> Rows:
        """Rows to learn from: known, and of levels that are not too rare."""
        rows = np.flatnonzero(~np.isnan(column.cells))
        if column.levels <= MOST_CLASSES:
            return rows
        counts = np.bincount(column.cells[rows].astype(np.intp), minlength=column.levels)
        kept = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
        told = f"Only the {MOST_CLASSES} most frequent of {column.levels} levels of '{column.name}' are predicted."
        work.tell(column.name, "merged", told)
        return rows[np.isin(column.cells[rows], kept)]

    def _options(
        self, table: Table, predictors: Sequence[str], rows: int, random: np.random.Generator
    ) -> dict[str, Any]:
        return {
            "max_iter": self.iterations,
            "max_leaf_nodes": int(min(max(rows // ROWS_A_LEAF, FEWEST_LEAVES), self.leaves)),
            "max_features": 0.5,
            "learning_rate": self.learning_rate,
            "min_samples_leaf": int(np.clip(rows // 50, 2, 20)),
            "l2_regularization": 1.0,
            "early_stopping": False,
            "categorical_features": [is_code(table.columns[name]) for name in predictors],
            "random_state": int(random.integers(2**31)),
        }


def start_of(linear: Linear, matrix: Floats, name: str) -> Floats:
    """What the linear equations say of a number in each row of the completed matrix; 0 when it has no equation."""
    equation = linear.chain.by_name.get(name) if linear.chain else None
    if equation is None or equation.feature.is_levelled:
        return np.zeros(len(matrix))
    return equation.amounts(matrix)


def is_code(column: Column) -> bool:
    """Whether trees split a predictor by sets of levels; ordered levels and very many are split as numbers."""
    return column.is_levelled and column.kind != "ordered" and column.levels <= MOST_CODES


def predictor_matrix(table: Table, predictors: Sequence[str], rows: Rows) -> npt.NDArray[np.float32]:
    """Cells of the predictors, shape (rows, predictors); NaN where missing."""
    matrix = np.empty((len(rows), len(predictors)), dtype=np.float32, order="F")
    for place, name in enumerate(predictors):
        matrix[:, place] = table.columns[name].cells[rows]
    return matrix
