"""Linear imputation: the conditional mean of every hole given the known cells of its row.

Source: see `gram`; comparable with scikit-learn's IterativeImputer(BayesianRidge) and R's Amelia, from sufficient
statistics of a bounded sample instead of refitting on all rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np

from wrangler.impute.base import Imputer
from wrangler.impute.codec import Floats
from wrangler.impute.features import Features, learn_features
from wrangler.impute.filling import Fill
from wrangler.impute.gram import Chain, complete, learn_chain
from wrangler.impute.options import Option
from wrangler.impute.registry import method
from wrangler.impute.table import Rows, Table
from wrangler.impute.work import Work

CHUNK = 4096


@dataclass(frozen=True)
class Linear:
    """What was learnt: nothing when no column varies."""

    chain: Chain | None
    predictors: tuple[str, ...]


def sample_rows(table: Table, most: int, work: Work) -> Rows | None:
    """Rows to learn from when there are more than `most`; None for all of them."""
    if table.rows <= most:
        return None
    work.tell(None, "sampled", f"Learnt from {most} of {table.rows} rows, chosen at random.")
    return np.sort(work.random("rows").choice(table.rows, most, replace=False, shuffle=False))


@method(
    "linear",
    "Linear",
    "Each hole is predicted from the other columns by chained ridge regression with EM's correction; very fast.",
    rank=30,
)
@dataclass(kw_only=True, eq=False, repr=False)
class LinearImputer(Imputer):
    """Fill by chained linear equations over all columns, categories included.

    Parameters
    ----------
    rounds : int
        Most rounds through the columns.
    tolerance : float
        Rounds end when the imputed cells change less than this, in standard deviations.
    most_rows : int
        Equations are learnt from at most this many rows, chosen at random. Other parameters as in `Imputer`.
    """

    rounds: Annotated[int, Option("Most rounds through the columns.", minimum=1, maximum=1000)] = 20
    tolerance: Annotated[float, Option("Change, in standard deviations, at which rounds end.", minimum=0)] = 0.01
    most_rows: Annotated[int, Option("Most rows to learn the equations from.", minimum=100)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 20

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> Linear:
        del targets
        rows = sample_rows(table, self.most_rows, work)
        return learn_linear(table if rows is None else table.take(rows), self.rounds, self.tolerance, work)

    def _fill(self, learnt: Any, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:  # noqa: ANN401
        return fill_linear(learnt, table, targets, self.rounds, work)


def learn_linear(table: Table, rounds: int, tolerance: float, work: Work) -> Linear:
    """Learn the equations between all columns of `table`."""
    features = learn_features(table, list(table.columns))
    names = tuple(part.name for part in features.parts)
    if not names:
        return Linear(None, names)

    def step(turn: int, change: float) -> None:
        work.step(turn / rounds, f"round {turn}, change {change:.2g}", iteration=turn)

    chain = learn_chain(features, features.matrix(table), features.missing(table), rounds, tolerance, step)
    return Linear(chain, names)


def fill_linear(learnt: Linear, table: Table, targets: Sequence[str], rounds: int, work: Work) -> dict[str, Floats]:
    """Answers for the missing cells of the targets, chunk by chunk; NaN for columns that do not vary."""
    answers = {name: np.full(table.rows, np.nan) for name in targets}
    asked = np.flatnonzero(np.logical_or.reduce([table.columns[name].missing for name in targets]))
    for start in range(0, len(asked) if learnt.chain else 0, CHUNK):
        rows = asked[start : start + CHUNK]
        work.step(start / len(asked), "filling")
        _fill_chunk(learnt.chain, table.take(rows), rows, answers, rounds)  # type: ignore[arg-type]
    return {name: answers[name][table.columns[name].missing] for name in targets}


def completed_matrix(learnt: Linear, table: Table, rounds: int, tolerance: float) -> Floats:
    """The matrix of `table`, shape (rows, width), its missing cells at their conditional means."""
    if learnt.chain is None:
        return np.ones((table.rows, 1))
    features = learnt.chain.features
    matrix = features.matrix(table)
    complete(learnt.chain, matrix, features.missing(table), tolerance, rounds)
    return matrix


def expected_amounts(learnt: Linear, table: Table, name: str, rounds: int, tolerance: float) -> Floats:
    """What the equations say of a number in each row as if it were missing there; 0 when it has no equation.

    Holes in the other columns are completed without it: were it read, known cells would look better predicted than
    holes ever are, and whatever is learnt from the difference would be wrong exactly where it is needed.
    """
    equation = learnt.chain.by_name.get(name) if learnt.chain else None
    if learnt.chain is None or equation is None or equation.feature.is_levelled:
        return np.zeros(table.rows)
    features = learnt.chain.features
    matrix, missing = features.matrix(table), features.missing(table)
    number = next(place for place, part in enumerate(features.parts) if part.name == name)
    missing[number] = np.ones(table.rows, dtype=bool)
    matrix[:, equation.feature.places] = 0.0
    holed = np.flatnonzero(np.logical_or.reduce([part for place, part in enumerate(missing) if place != number]))
    if len(features.parts) > 1 and len(holed):
        block = matrix[holed]
        complete(learnt.chain, block, [part[holed] for part in missing], tolerance, rounds)
        matrix[holed] = block
    return equation.amounts(matrix)


def _fill_chunk(chain: Chain, part: Table, rows: Rows, answers: dict[str, Floats], rounds: int) -> None:
    features: Features = chain.features
    matrix, missing = features.matrix(part), features.missing(part)
    complete(chain, matrix, missing, 1e-3, rounds)
    for equation, holes in zip(chain.equations, missing, strict=True):
        feature = equation.feature
        if feature.name in answers and feature.is_levelled:
            likely = equation.probabilities(matrix[holes]).argmax(axis=1)
            answers[feature.name][rows[holes]] = feature.codes[likely]
        elif feature.name in answers:
            answers[feature.name][rows[holes]] = feature.read(matrix[holes][:, feature.places])
