"""Linear imputation: the conditional mean of every missing cell given the observed cells of its row.

Source: see `linear_model.gram`; comparable with scikit-learn's IterativeImputer(BayesianRidge) and R's Amelia, but from
sufficient statistics of a bounded sample instead of refits on all rows. The same chained equations are registered as
`iterative`: van Buuren and Groothuis-Oudshoorn, mice, J. Stat. Softw. 45(3), 2011; regressions are solved from one Gram
matrix, so that a round costs no pass over the table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from wrangler.impute.arrays import Floats
from wrangler.impute.base import Imputer
from wrangler.impute.context import Fitted, Work
from wrangler.impute.cost import LINEAR, Growth
from wrangler.impute.encoding import Fill, Table
from wrangler.impute.linear_model import (
    BLOCK,
    Linear,
    columns_to_score,
    fill_linear,
    fit_linear,
    linear_probabilities,
    sample_rows,
)
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method


@method(
    "linear",
    "Linear",
    "A missing cell is predicted from the other columns by chained ridge regression with EM's correction; very fast.",
    rank=30,
    cost=MeasuredCost(0.0309, 4.36e-06, 0.00934, 9.88e-07, 7.81e05, 802, 8.83e07, 266),
)
@dataclass(kw_only=True, eq=False, repr=False)
class LinearImputer(Imputer):
    """Fill by chained linear equations over all columns, categories included.

    Parameters
    ----------
    max_iter : int
        Most rounds through the columns.
    tolerance : float
        Rounds end when the imputed cells change less than this, in standard deviations.
    most_rows : int
        Equations are fitted on at most this many rows, chosen at random. Other parameters as in `Imputer`.
    """

    max_iter: Annotated[int, Option("Most rounds through the columns.", minimum=1, maximum=1000)] = 20
    tolerance: Annotated[float, Option("Change, in standard deviations, at which rounds end.", minimum=0)] = 0.01
    most_rows: Annotated[int, Option("Most rows to fit the equations from.", minimum=100)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 20
    growth: ClassVar[Growth] = Growth(cap="most_rows", block=BLOCK, work=LINEAR)

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Linear:
        del targets
        rows = sample_rows(table, self.most_rows, work)
        part = table if rows is None else table.take(rows)
        scored = columns_to_score(part, work.random("scores"))
        return fit_linear(part, self.max_iter, self.tolerance, work, scored)

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        return fill_linear(fitted, table, targets, self.max_iter, work)

    def _level_probabilities(
        self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work
    ) -> Mapping[str, Floats]:
        return linear_probabilities(fitted, table, targets, self.max_iter, work)


@method(
    "iterative",
    "Chained equations",
    "Columns are predicted from each other in rounds, as by scikit-learn's IterativeImputer, categories included.",
    rank=31,
    cost=MeasuredCost(0.0305, 4.55e-06, 0.00877, 1.04e-06, 7.82e05, 801, 8.84e07, 267),
)
@dataclass(kw_only=True, eq=False, repr=False)
class IterativeImputer(LinearImputer):
    """Chained equations under the name by which they are known; parameters and results are `LinearImputer`'s."""
