"""Gradient-boosted trees that read missing predictors as missing: one fit a column, no chain.

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
from wrangler.impute.options import Option
from wrangler.impute.registry import method
from wrangler.impute.table import Column, Rows, Table
from wrangler.impute.work import Work

MOST_CODES = 200
MOST_CLASSES = 30
FEWEST_KNOWN = 10


@dataclass(frozen=True)
class Trees:
    """The fitted trees of one column.

    Attributes
    ----------
    model : HistGradientBoostingRegressor or HistGradientBoostingClassifier
    predictors : tuple of str
    center, spread : float
        By which the numbers were standardised.
    low, high : float
        The observed range.
    """

    model: Any
    predictors: tuple[str, ...]
    center: float = 0.0
    spread: float = 1.0
    low: float = -np.inf
    high: float = np.inf

    def answer(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Encoded numbers or codes of shape (rows,)."""
        found = np.asarray(self.model.predict(matrix), dtype=np.float64)
        return np.clip(found * self.spread + self.center, self.low, self.high)


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
        Most leaves of a tree.
    learning_rate : float
    most_rows : int
        Trees are grown on at most this many rows of a column, chosen at random. Other parameters as in `Imputer`.
    """

    iterations: Annotated[int, Option("Boosting rounds.", minimum=1, maximum=2000)] = 80
    leaves: Annotated[int, Option("Most leaves of a tree.", minimum=2, maximum=1000)] = 31
    learning_rate: Annotated[float, Option("How much of each tree is taken.", minimum=0.001, maximum=1)] = 0.1
    most_rows: Annotated[int, Option("Most rows to grow the trees of a column on.", minimum=50)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 100

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> dict[str, Trees]:
        grown: dict[str, Trees] = {}
        for number, name in enumerate(targets):
            column = table.columns[name]
            if column.missing.any() and len(column.known) >= FEWEST_KNOWN:
                work.step(number / len(targets), f"growing trees for {name}", name)
                trees = self._grow(table, column, work)
                if trees is not None:
                    grown[name] = trees
        return grown

    def _fill(self, learnt: Any, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:  # noqa: ANN401
        fills: dict[str, Fill] = {}
        for number, name in enumerate(targets):
            holes = np.flatnonzero(table.columns[name].missing)
            work.step(number / len(targets), f"filling {name}", name)
            if name in learnt and len(holes):
                fills[name] = learnt[name].answer(predictor_matrix(table, learnt[name].predictors, holes))
            else:
                fills[name] = np.full(len(holes), np.nan)
        return fills

    def _grow(self, table: Table, column: Column, work: Work) -> Trees | None:
        predictors = tuple(name for name in table.columns if name != column.name)
        rows = self._rows(column, work)
        truth = column.cells[rows]
        if not predictors or len(np.unique(truth)) < 2:  # noqa: PLR2004 - nothing to tell apart
            return None
        matrix = predictor_matrix(table, predictors, rows)
        options = self._options(table, predictors, len(rows), work.random(column.name))
        if column.is_levelled:
            return Trees(HistGradientBoostingClassifier(**options).fit(matrix, truth.astype(np.intp)), predictors)
        center, spread = float(truth.mean()), float(truth.std()) or 1.0
        model = HistGradientBoostingRegressor(**options).fit(matrix, (truth - center) / spread)
        return Trees(model, predictors, center, spread, float(truth.min()), float(truth.max()))

    def _rows(self, column: Column, work: Work) -> Rows:
        """Rows to learn from: known, not too many, and of levels that are not too rare."""
        rows = np.flatnonzero(~np.isnan(column.cells))
        if column.levels > MOST_CLASSES:
            counts = np.bincount(column.cells[rows].astype(np.intp), minlength=column.levels)
            kept = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
            rows = rows[np.isin(column.cells[rows], kept)]
            told = f"Only the {MOST_CLASSES} most frequent of {column.levels} levels of '{column.name}' are predicted."
            work.tell(column.name, "merged", told)
        if len(rows) <= self.most_rows:
            return rows
        work.tell(column.name, "sampled", f"Trees for '{column.name}' grew on {self.most_rows} of {len(rows)} rows.")
        return np.sort(work.random("rows", column.name).choice(rows, self.most_rows, replace=False, shuffle=False))

    def _options(
        self, table: Table, predictors: Sequence[str], rows: int, random: np.random.Generator
    ) -> dict[str, Any]:
        return {
            "max_iter": self.iterations,
            "max_leaf_nodes": self.leaves,
            "learning_rate": self.learning_rate,
            "min_samples_leaf": int(np.clip(rows // 50, 2, 20)),
            "l2_regularization": 1.0,
            "early_stopping": False,
            "categorical_features": [is_code(table.columns[name]) for name in predictors],
            "random_state": int(random.integers(2**31)),
        }


def is_code(column: Column) -> bool:
    """Whether trees split a predictor by sets of levels; ordered levels and very many are split as numbers."""
    return column.is_levelled and column.kind != "ordered" and column.levels <= MOST_CODES


def predictor_matrix(table: Table, predictors: Sequence[str], rows: Rows) -> npt.NDArray[np.float32]:
    """Cells of the predictors, shape (rows, predictors); NaN where missing."""
    matrix = np.empty((len(rows), len(predictors)), dtype=np.float32, order="F")
    for place, name in enumerate(predictors):
        matrix[:, place] = table.columns[name].cells[rows]
    return matrix
