"""The fitted linear model of a table: fit, fill, class probabilities, expected values of observed cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.context import Work
from wrangler.impute.encoding import Feature, Table, fit_features
from wrangler.impute.linear_model.blockwise import BLOCK, Filling
from wrangler.impute.linear_model.chained_fit import fit_chain
from wrangler.impute.linear_model.gram import Chain, Equation, complete

ROUNDS, TOLERANCE = 20, 0.01
MOST_FEEDBACK = 0.9


@dataclass(frozen=True)
class Linear:
    """The fitted chain, None when no column varies, and the columns that it reads."""

    chain: Chain | None
    predictors: tuple[str, ...]


def sample_rows(table: Table, most: int, work: Work) -> Rows | None:
    """Rows to fit on when there are more than `most`; None for all of them."""
    work.check_deadline()
    return None if table.rows <= most else draw_rows(table.rows, most, work)


def draw_rows(rows: int, most: int, work: Work) -> Rows:
    """`most` of `rows` row positions, ascending, with an event; they depend on these numbers and the seed alone."""
    work.add_event(None, "sampled", f"Fitted on {most:,} of {rows:,} rows, chosen at random.")
    return np.sort(work.random("rows").choice(rows, most, replace=False, shuffle=False))


def fit_linear(
    table: Table,
    rounds: int,
    tolerance: float,
    work: Work,
    scored: frozenset[str] = frozenset(),
    logged: frozenset[str] = frozenset(),
) -> Linear:
    """Fit the equations between all columns of `table`, some read as their normal scores, some as their logarithms."""
    features = fit_features(table, list(table.columns), scored).logged(table, logged).bounded(work.bounds)
    names = tuple(part.name for part in features.parts)
    if not names:
        return Linear(None, names)

    report_pooled(features.parts, work)

    def step(number: int, change: float) -> None:
        work.step(number / rounds, f"round {number}, change {change:.2g}", iteration=number, error=change)

    chain = fit_chain(features, features.matrix(table), features.missing(table), rounds, tolerance, step)
    work.record.note_convergence(chain.changes, tolerance, rounds)
    return Linear(chain, names)


def report_pooled(features: Sequence[Feature], work: Work) -> None:
    """Add an event for each column of which several levels are read as one."""
    for feature in features:
        if feature.pooled:
            reason = (
                "too rare for a weight of its own" if feature.pooled_place == 0 else "rare, or beyond the commonest"
            )
            work.add_event(
                feature.name,
                "merged",
                f"{len(feature.pooled):,} levels of '{feature.name}' ({reason}) are one to the linear equations, which "
                "divide its probability among them.",
            )


def fill_linear(fitted: Linear, table: Table, targets: Sequence[str], rounds: int, work: Work) -> dict[str, Floats]:
    """Predictions for the missing cells of the targets, block by block; NaN for columns that do not vary."""
    if fitted.chain is None:
        return {name: np.full(int(table.columns[name].missing.sum()), np.nan) for name in targets}
    filling = Filling(fitted.chain, table, tuple(targets), rounds)
    blocks = [slice(start, min(start + BLOCK, table.rows)) for start in range(0, max(table.rows, 1), BLOCK)]
    filled = work.each(filling.fill, blocks)
    return {name: np.concatenate([part[name] for part in filled]) for name in targets}


def linear_probabilities(
    fitted: Linear, table: Table, targets: Sequence[str], rounds: int, work: Work
) -> dict[str, Floats]:
    """Probabilities of the levels of the targets that have an equation, shape (missing cells, levels)."""
    equations = fitted.chain.by_name if fitted.chain else {}
    levels = {name: table.columns[name].levels for name in targets if name in equations}
    if not levels or fitted.chain is None:
        return {}
    filling = Filling(fitted.chain, table, tuple(levels), rounds, levels)
    blocks = [slice(start, min(start + BLOCK, table.rows)) for start in range(0, max(table.rows, 1), BLOCK)]
    filled = work.each(filling.fill, blocks)
    return {name: np.concatenate([part[name] for part in filled]) for name in levels}


def completed_matrix(fitted: Linear, table: Table, rounds: int, tolerance: float) -> Floats:
    """The matrix of `table`, shape (rows, width), its missing cells at their conditional means."""
    if fitted.chain is None:
        return np.ones((table.rows, 1))
    features = fitted.chain.features
    matrix = features.matrix(table)
    complete(fitted.chain, matrix, features.missing(table), tolerance, rounds)
    return matrix


@dataclass(frozen=True)
class Expected:
    """What the equations predict for the observed numbers of a table, as if each were missing in its row.

    Missing cells in the other columns are completed without the number. If it were read, observed cells would be
    predicted better than missing ones can be, and whatever is fitted to the residuals would be biased for the missing
    cells.

    Attributes
    ----------
    chain : Chain
    matrix : ndarray of shape (rows, width)
        Of the table, not completed.
    missing : ndarray of bool, shape (rows, features)
    """

    chain: Chain
    matrix: Floats
    missing: Bools

    @cached_property
    def completed_cells(self) -> Floats:
        """1 where a cell of the matrix is completed and 0 elsewhere, as floats for a matrix product."""
        owner = self.chain.completion.owner
        return np.hstack([self.missing, np.zeros((len(self.missing), 1))])[:, owner]

    def predicted_numbers_from(self, completed: Floats, name: str) -> Floats:
        """`predicted_numbers` approximated from rows completed with the number, for tables too wide for the exact way.

        A number contributes to the cells completed in its row, and through them to its own prediction; that feedback is
        subtracted.
        """
        equation = self.chain.by_name[name]
        place = equation.feature.places.start
        weights = equation.weights[:, 0]
        feedback = np.clip(self.completed_cells @ (weights * self.chain.completion.weights[place]), 0.0, MOST_FEEDBACK)
        observed = completed[:, place]
        linear = (completed @ weights - feedback * observed) / (1.0 - feedback)
        predicted = equation.feature.read(linear[:, None], float(equation.residual[0, 0]))
        return np.where(self.completed_cells[:, place] > 0, np.nan, predicted)

    def predicted_numbers(self, name: str, rounds: int, tolerance: float) -> Floats:
        """Encoded numbers of shape (rows,), NaN where the number is missing; `name` must have an equation."""
        equation = self.chain.by_name[name]
        number = next(place for place, part in enumerate(self.chain.features.parts) if part.name == name)
        known = ~self.missing[:, number]
        others = self.missing.copy()
        others[:, number] = False
        is_incomplete = others.any(axis=1)
        expected = np.where(known, equation.predicted_numbers(self.matrix), np.nan)
        incomplete = np.flatnonzero(known & is_incomplete)
        if len(incomplete):
            block, missing_mask = self.matrix.take(incomplete, axis=0), others[incomplete]
            missing_mask[:, number] = True
            block[:, equation.feature.places] = 0.0
            complete(self.chain, block, list(missing_mask.T), tolerance, rounds)
            expected[incomplete] = equation.predicted_numbers(block)
        return expected


def expect(chain: Chain, table: Table) -> Expected:
    """Prepare the predictions for the observed numbers of `table`."""
    features = chain.features
    return Expected(chain, features.matrix(table), np.stack(features.missing(table), axis=1))


def matrix_without(linear: Linear, table: Table, name: str) -> Floats:
    """The matrix of `table`, shape (rows, width), completed as if the column `name` were missing in every row.

    So missing cells of the other columns are completed as in rows where `name` is missing, which is what the matrix
    is read for.
    """
    chain = linear.chain
    if chain is None:
        return np.ones((table.rows, 1))
    matrix, missing = chain.features.matrix(table), list(chain.features.missing(table))
    number = next((place for place, part in enumerate(chain.features.parts) if part.name == name), None)
    if number is not None:
        part = chain.features.parts[number]
        missing[number] = np.ones(table.rows, dtype=bool)
        matrix[:, part.places] = part.shares
    incomplete = np.flatnonzero(np.logical_or.reduce([mask for place, mask in enumerate(missing) if place != number]))
    if len(chain.features.parts) > 1 and len(incomplete):
        block = matrix[incomplete]
        complete(chain, block, [mask[incomplete] for mask in missing], TOLERANCE, ROUNDS)
        matrix[incomplete] = block
    return matrix


def equation_of(linear: Linear, name: str) -> Equation | None:
    """The equation of a column; None when it does not vary."""
    return linear.chain.by_name.get(name) if linear.chain else None
