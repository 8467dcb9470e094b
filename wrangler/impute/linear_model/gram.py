"""Chained ridge regression from one Gram matrix: the basis of the linear methods.

Keep G = X'X of the completed matrix X. For a feature j, the Gram matrix of the rows where j is observed is G less that
of the rows where it is missing. So each regression is one solve of the width of the matrix, without a pass over all
rows, and refreshing j costs only the rows where it is missing. The residual covariance of imputed predictors, times the
number of rows in which they are imputed, is added to the diagonal blocks: that makes the chain the EM algorithm for the
multivariate normal, but for the cross terms.

Sources: Buck (1960), J. R. Stat. Soc. B 22; Dempster, Laird and Rubin (1977), J. R. Stat. Soc. B 39; van Buuren and
Groothuis-Oudshoorn (2011), J. Stat. Softw. 45(3), for the chain; Fisher's linear discriminants for categories.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import softmax

from wrangler.impute.arrays import Bools, Floats, Places, Rows
from wrangler.impute.encoding import Feature, Features
from wrangler.impute.linear_model.conditional_mean import Completion, by_pattern
from wrangler.impute.linear_model.solvers import solved

MOST_JUDGED = 2500
LEAST_VARIANCE = 1e-3
MOST_SOLVED, SETTLED = 10, 0.1


@dataclass
class Equation:
    """How one feature follows from the others.

    Attributes
    ----------
    feature : Feature
    inputs : ndarray of int
        Columns of the matrix that are read, the intercept last.
    weights : ndarray of shape (width of the matrix, width of the feature)
        Zero at columns that are not read.
    residual : ndarray of shape (width of the feature, width of the feature)
        Residual covariance.
    discriminant : ndarray or None
        Of shape (width of the matrix, levels): discriminant scores, for a category that they predict better.
    within : ndarray or None
        Of shape (width of the matrix, pooled levels): scores that separate the pooled levels of a category; None
        when only their shares are known.
    """

    feature: Feature
    inputs: Places
    weights: Floats
    residual: Floats
    discriminant: Floats | None = None
    within: Floats | None = None

    def predicted_numbers(self, matrix: Floats) -> Floats:
        """Predicted encoded numbers of shape (rows,), within the winsorised range."""
        return self.feature.read(matrix @ self.weights, float(self.residual[0, 0]))

    def predictions(self, completed: Floats, rows: Rows) -> Floats:
        """Encoded numbers or likeliest codes at some rows of a matrix in which the feature has been completed."""
        if self.discriminant is None:
            return self.feature.read(completed[:, self.feature.places][rows], float(self.residual[0, 0]))
        return self.feature.likeliest(self.probabilities(completed[rows]))

    def probabilities(self, matrix: Floats) -> Floats:
        """Probabilities of shape (rows, levels), in the order of `feature.codes`."""
        if self.discriminant is not None:
            return np.asarray(softmax(matrix @ self.discriminant, axis=1))
        linear = matrix @ self.weights
        linear = np.clip(np.hstack([1.0 - linear.sum(axis=1, keepdims=True), linear]), 1e-3, 1.0)
        return np.asarray(linear / linear.sum(axis=1, keepdims=True))

    def level_probabilities(self, matrix: Floats, levels: int) -> Floats:
        """Probabilities of all levels, shape (rows, levels); 0 for those that were not observed."""
        within = None if self.within is None else softmax(matrix @ self.within, axis=1)
        return self.feature.spread_out(self.probabilities(matrix), levels, within)


@dataclass
class Chain:
    """Equations fitted together, and their convergence.

    Attributes
    ----------
    features : Features
    equations : list of Equation
        One for each feature.
    order : list of int
        The order in which features are refreshed: fewest missing cells first.
    changes : list of float
        Root mean square change of the imputed cells in each round, in standard deviations.
    """

    features: Features
    equations: list[Equation]
    order: list[int]
    changes: list[float] = field(default_factory=list)

    @cached_property
    def completion(self) -> Completion:
        """Solves the equations for the missing cells of rows."""
        parts = self.features.parts
        owner = np.repeat([*range(len(parts)), -1], [*(part.width for part in parts), 1])
        ones = np.zeros((self.features.width, 1))
        return Completion(np.hstack([*(equation.weights for equation in self.equations), ones]), owner)

    @cached_property
    def by_name(self) -> dict[str, Equation]:
        """The equation of each column, of those that vary."""
        return {equation.feature.name: equation for equation in self.equations}


class GramFit:
    """The state of one fit: matrix, Gram matrix, and which cells of the matrix are imputed."""

    def __init__(self, features: Features, matrix: Floats, missing: list[Bools]) -> None:
        self.features, self.matrix = features, matrix
        self.rows = [np.flatnonzero(part) for part in missing]
        self.order = sorted(range(len(missing)), key=lambda number: len(self.rows[number]))
        indicators = np.stack(missing, axis=1).astype(np.float64)
        self.shared = indicators.T @ indicators
        self.gram = matrix.T @ matrix
        self.equations = blank_equations(features)
        self.residuals = Residuals(features)
        self.variances = np.concatenate([part.variances for part in features.parts])

    def solve(self, number: int, selection: Floats) -> None:
        """Refresh the equation of one feature from the rows whose Gram matrix is `selection`."""
        equation, places = self.equations[number], self.features.parts[number].places
        normal, target = self.normal(number, selection), selection[:, places].copy()
        ridges = self.ridges(equation, normal)
        # The feature's own columns get weight 0 this way, which is quicker than to leave them out.
        normal[places], normal[:, places], target[places] = 0.0, 0.0, 0.0
        normal.flat[:: len(normal) + 1] += ridges
        weights = solved(normal, target)
        crossed = weights.T @ target
        left = selection[places, places] - crossed - crossed.T + weights.T @ normal @ weights
        equation.weights = weights
        equation.residual = left / max(selection[-1, -1], 1.0)
        self.residuals.write(number, equation.residual)

    def ridges(self, equation: Equation, normal: Floats) -> Floats:
        """The ridge of each column of the matrix; nearly 0 for the intercept.

        It is meant for inputs of unit variance. Rows with Gram matrix `normal` may hold only a part of the range of an
        input, where the same ridge would take most of its slope.
        """
        rows = max(float(normal[-1, -1]), 1.0)
        in_rows = normal.diagonal()[:-1] / rows - (normal[-1, :-1] / rows) ** 2
        ridges = np.full(len(normal), 1e-9)
        ridges[:-1] = ridge_of(equation) * np.maximum(in_rows / self.variances, LEAST_VARIANCE)
        return ridges

    def settle(self, number: int, selection: Floats) -> None:
        """Refresh the equation of one feature until its ridge, which depends on what it explains, stays the same."""
        for _ in range(MOST_SOLVED):
            before = ridge_of(self.equations[number])
            self.solve(number, selection)
            if abs(ridge_of(self.equations[number]) - before) < SETTLED * before:
                break

    def round(self) -> float:
        """Refresh all incomplete features, equation and cells in turn; returns the sum of squared changes."""
        moved = 0.0
        for number in self.order:
            if len(self.rows[number]):
                selection, block = self.known_gram(number)
                self.solve(number, selection)
                moved += self.refresh(number, block)
        return moved

    def known_gram(self, number: int) -> tuple[Floats, Floats]:
        """Gram matrix of the rows where a feature is observed, and the rows where it is missing."""
        block = self.matrix.take(self.rows[number], axis=0)
        return self.gram - block.T @ block, block

    def refresh(self, number: int, block: Floats) -> float:
        """Impute one feature in its missing rows, `block`, from its equation; returns the sum of squared changes."""
        return self.replace(number, block, block @ self.equations[number].weights)

    def replace(self, number: int, block: Floats, fresh: Floats) -> float:
        """Write `fresh` to the missing cells of a feature, in its rows `block`; returns the sum of squared changes."""
        places = self.features.parts[number].places
        change = fresh - block[:, places]
        cross = block.T @ change
        self.gram[:, places] += cross
        self.gram[places, :] += cross.T
        self.gram[places, places] += change.T @ change
        self.matrix[self.rows[number], places] = fresh
        return float((change**2).sum())

    def normal(self, number: int, selection: Floats) -> Floats:
        """`selection` with the residual variance of imputed predictors, in the rows where the feature is observed."""
        cells = np.diag(self.shared) - self.shared[number]
        return self.residuals.added(selection, cells)


class Residuals:
    """The residual covariances of all features, as the diagonal blocks of a matrix."""

    def __init__(self, features: Features) -> None:
        places = [np.arange(part.places.start, part.places.stop) for part in features.parts]
        self.down = np.concatenate([np.repeat(block, len(block)) for block in places])
        self.across = np.concatenate([np.tile(block, len(block)) for block in places])
        sizes = [len(block) ** 2 for block in places]
        self.owner = np.repeat(np.arange(len(sizes)), sizes)
        self.stops = np.cumsum(sizes)
        self.cells = np.concatenate([_unexplained(part).ravel() for part in features.parts])

    def write(self, number: int, residual: Floats) -> None:
        """Store the residual covariance of one feature."""
        self.cells[self.stops[number] - residual.size : self.stops[number]] = residual.ravel()

    def diagonal(self, cells: Floats) -> Floats:
        """What `added` adds to the diagonal."""
        on_diagonal = self.down == self.across
        return np.asarray((self.cells * cells[self.owner])[on_diagonal])

    def added(self, gram: Floats, cells: Floats) -> Floats:
        """A Gram matrix with the residuals of each feature added, times the number of its imputed cells."""
        corrected = gram.copy()
        corrected[self.down, self.across] += self.cells * cells[self.owner]
        return corrected


def keep_better(equation: Equation, discriminant: Floats, matrix: Floats, missing_rows: Rows) -> None:
    """Give an equation its discriminant if that has a smaller error than linear probabilities on observed cells."""
    feature = equation.feature
    known = np.delete(np.arange(len(matrix)), missing_rows)[:MOST_JUDGED]
    if not len(known):
        return
    rows = matrix.take(known, axis=0) if len(missing_rows) else matrix[: len(known)]
    dummies = rows[:, feature.places]
    truth = np.where(dummies.any(axis=1), dummies.argmax(axis=1) + 1, 0)
    both = rows @ np.hstack([equation.weights, discriminant])
    linear, scores = both[:, : feature.width], both[:, feature.width :]
    linear = np.hstack([1.0 - linear.sum(axis=1, keepdims=True), linear]).argmax(axis=1)
    if (scores.argmax(axis=1) != truth).sum() < (linear != truth).sum():
        equation.discriminant = discriminant


def ridge_of(equation: Equation) -> float:
    """Prior precision of the weights: as if all inputs explained equal shares of the explained variance."""
    left = min(max(float(np.trace(equation.residual)) / max(_variance(equation.feature), 1e-12), 0.01), 0.95)
    return 1e-3 + len(equation.inputs) * left / (1.0 - left)


def blank_equations(features: Features) -> list[Equation]:
    """Equations before any fit, which explain nothing."""
    return [_blank(part, features.width) for part in features.parts]


def _variance(feature: Feature) -> float:
    return sum(share * (1 - share) for share in feature.shares) if feature.is_categorical else 1.0


def _blank(feature: Feature, width: int) -> Equation:
    others = np.r_[0 : feature.places.start, feature.places.stop : width]
    return Equation(feature, others.astype(np.intp), np.zeros((width, feature.width)), _unexplained(feature))


def _unexplained(feature: Feature) -> Floats:
    """The covariance of a feature whose equation explains nothing."""
    shares = np.asarray(feature.shares)
    return np.diag(shares) - np.outer(shares, shares) if feature.is_categorical else np.eye(1)


def complete(chain: Chain, matrix: Floats, missing: list[Bools], tolerance: float, rounds: int) -> None:
    """Give missing cells the values that satisfy all equations of their rows; `matrix` is completed in place."""
    incomplete = [part for part in missing if part.any()]
    if not incomplete:
        return
    rows = np.flatnonzero(np.logical_or.reduce(incomplete))
    rows = rows[by_pattern([part[rows] for part in incomplete])]
    block, missing_mask = matrix[rows], np.stack([part[rows] for part in missing], axis=1)
    complete_sorted(chain, block, missing_mask, tolerance, rounds)
    matrix[rows] = block


def complete_sorted(chain: Chain, matrix: Floats, missing_mask: Bools, tolerance: float, rounds: int) -> None:
    """`complete` for rows sorted by pattern; `missing_mask` is of shape (rows, features)."""
    unsolved = chain.completion.complete(matrix, missing_mask)
    if len(unsolved):
        block = matrix[unsolved]
        sweep(chain, block, list(missing_mask[unsolved].T), tolerance, rounds)
        matrix[unsolved] = block


def sweep(chain: Chain, matrix: Floats, missing: list[Bools], tolerance: float, rounds: int) -> None:
    """Apply the equations one after the other until the missing cells converge; `matrix` is completed in place."""
    incomplete = [number for number in chain.order if missing[number].any()]
    missing_rows = {number: np.flatnonzero(missing[number]) for number in incomplete}
    for _ in range(rounds):
        largest = 0.0
        for number in incomplete:
            places, rows = chain.features.parts[number].places, missing_rows[number]
            fresh = matrix.take(rows, axis=0) @ chain.equations[number].weights
            largest = max(largest, float(np.abs(fresh - matrix[rows, places]).max()))
            matrix[rows, places] = fresh
        if largest < tolerance or len(incomplete) < 2:  # noqa: PLR2004 - nothing feeds back
            break
