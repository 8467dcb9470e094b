"""Chained ridge regression from one Gram matrix: the engine behind the linear methods.

Keep G = X'X of the completed matrix X. For a feature j, the Gram matrix of the rows where j is known is G less that of
the rows where it is missing, so each regression is a solve of the size of the matrix's width and never a pass over all
rows; refreshing j costs only its missing rows. To the diagonal blocks the residual covariance of the imputed
predictors is added, times the number of rows in which they were imputed: that makes the chain the EM algorithm for
the multivariate normal with the cross terms left out.

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


@dataclass
class Equation:
    """How one feature follows from the others.

    Attributes
    ----------
    feature : Feature
    inputs : ndarray of int
        Columns of the matrix that are read, the ones last.
    weights : ndarray of shape (width of the matrix, width of the feature)
        Zero at columns that are not read.
    residual : ndarray of shape (width of the feature, width of the feature)
        Covariance of what the equation leaves unexplained.
    discriminant : ndarray or None
        Shape (width of the matrix, levels): scores of the levels, for a category whose discriminants were better.
    """

    feature: Feature
    inputs: Places
    weights: Floats
    residual: Floats
    discriminant: Floats | None = None

    def predicted_numbers(self, matrix: Floats) -> Floats:
        """Predicted encoded numbers of shape (rows,), within the reach of what was fitted."""
        return self.feature.read(matrix @ self.weights, float(self.residual[0, 0]))

    def predictions(self, completed: Floats, rows: Rows) -> Floats:
        """Encoded numbers or likeliest codes at some rows of a matrix in which the feature itself is completed."""
        if self.discriminant is None:
            return self.feature.read(completed[:, self.feature.places][rows], float(self.residual[0, 0]))
        return np.asarray(self.feature.codes[(completed[rows] @ self.discriminant).argmax(axis=1)])

    def probabilities(self, matrix: Floats) -> Floats:
        """Probabilities of shape (rows, levels), in the order of `feature.codes`."""
        if self.discriminant is not None:
            return np.asarray(softmax(matrix @ self.discriminant, axis=1))
        linear = matrix @ self.weights
        linear = np.clip(np.hstack([1.0 - linear.sum(axis=1, keepdims=True), linear]), 1e-3, 1.0)
        return np.asarray(linear / linear.sum(axis=1, keepdims=True))

    def level_probabilities(self, matrix: Floats, levels: int) -> Floats:
        """Probabilities of all levels, shape (rows, levels); 0 for those that the equation does not know."""
        found = np.zeros((len(matrix), levels))
        found[:, self.feature.codes.astype(np.intp)] = self.probabilities(matrix)
        return found


@dataclass
class Chain:
    """Equations fitted together, and how the fitting went.

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
        """Solves the equations for the unknown cells of rows."""
        parts = self.features.parts
        owner = np.repeat([*range(len(parts)), -1], [*(part.width for part in parts), 1])
        ones = np.zeros((self.features.width, 1))
        return Completion(np.hstack([*(equation.weights for equation in self.equations), ones]), owner)

    @cached_property
    def by_name(self) -> dict[str, Equation]:
        """The equation of each column that varies."""
        return {equation.feature.name: equation for equation in self.equations}


class GramFit:
    """The state of one fit: matrix, Gram matrix, and which cells of the matrix are imputed."""

    def __init__(self, features: Features, matrix: Floats, missing: list[Bools]) -> None:
        self.features, self.matrix = features, matrix
        self.rows = [np.flatnonzero(part) for part in missing]
        self.order = sorted(range(len(missing)), key=lambda number: len(self.rows[number]))
        missing_cells = np.stack(missing, axis=1).astype(np.float64)
        self.shared = missing_cells.T @ missing_cells
        self.gram = matrix.T @ matrix
        self.equations = blank_equations(features)
        self.residuals = Residuals(features)

    def solve(self, number: int, selection: Floats) -> None:
        """Refresh the equation of one feature from the rows whose Gram matrix is `selection`."""
        equation, places = self.equations[number], self.features.parts[number].places
        normal, target = self.normal(number, selection), selection[:, places].copy()
        # Instead of being cut out, which takes longer, the feature's own columns get the answer zero.
        normal[places], normal[:, places], target[places] = 0.0, 0.0, 0.0
        normal.flat[:: len(normal) + 1] += ridges_of(equation)
        weights = solved(normal, target)
        crossed = weights.T @ target
        left = selection[places, places] - crossed - crossed.T + weights.T @ normal @ weights
        equation.weights = weights
        equation.residual = left / max(selection[-1, -1], 1.0)
        self.residuals.write(number, equation.residual)

    def round(self) -> float:
        """Refresh what has missing cells, equations and cells in turn; answers the sum of squared changes."""
        moved = 0.0
        for number in self.order:
            if len(self.rows[number]):
                selection, block = self.known_gram(number)
                self.solve(number, selection)
                moved += self.refresh(number, block)
        return moved

    def known_gram(self, number: int) -> tuple[Floats, Floats]:
        """Gram matrix of the rows where a feature is known, and the rows where it is not."""
        block = self.matrix.take(self.rows[number], axis=0)
        return self.gram - block.T @ block, block

    def refresh(self, number: int, block: Floats) -> float:
        """Impute one feature anew in its missing rows, `block`; answers the sum of squared changes."""
        return self.replace(number, block, block @ self.equations[number].weights)

    def replace(self, number: int, block: Floats, fresh: Floats) -> float:
        """Put `fresh` in the missing cells of a feature, whose rows are `block`; answers the sum of squared changes."""
        places = self.features.parts[number].places
        change = fresh - block[:, places]
        cross = block.T @ change
        self.gram[:, places] += cross
        self.gram[places, :] += cross.T
        self.gram[places, places] += change.T @ change
        self.matrix[self.rows[number], places] = fresh
        return float((change**2).sum())

    def normal(self, number: int, selection: Floats) -> Floats:
        """`selection` with what imputed predictors lack in variance, in the rows where the feature is known."""
        cells = np.diag(self.shared) - self.shared[number]
        return self.residuals.added(selection, cells)


class Residuals:
    """The residual covariances of all features, as the blocks on the diagonal of a matrix."""

    def __init__(self, features: Features) -> None:
        places = [np.arange(part.places.start, part.places.stop) for part in features.parts]
        self.down = np.concatenate([np.repeat(own, len(own)) for own in places])
        self.across = np.concatenate([np.tile(own, len(own)) for own in places])
        sizes = [len(own) ** 2 for own in places]
        self.owner = np.repeat(np.arange(len(sizes)), sizes)
        self.stops = np.cumsum(sizes)
        self.cells = np.concatenate([_unexplained(part).ravel() for part in features.parts])

    def write(self, number: int, residual: Floats) -> None:
        """Note the residual covariance of one feature."""
        self.cells[self.stops[number] - residual.size : self.stops[number]] = residual.ravel()

    def diagonal(self, cells: Floats) -> Floats:
        """What `added` adds to the diagonal."""
        own = self.down == self.across
        return np.asarray((self.cells * cells[self.owner])[own])

    def added(self, gram: Floats, cells: Floats) -> Floats:
        """A Gram matrix with the residuals of each feature added, times the number of its imputed cells."""
        made = gram.copy()
        made[self.down, self.across] += self.cells * cells[self.owner]
        return made


def keep_better(equation: Equation, discriminant: Floats, matrix: Floats, missing_cells: Rows) -> None:
    """Give an equation its discriminant if that has a smaller error than linear probabilities on observed cells."""
    feature = equation.feature
    known = np.delete(np.arange(len(matrix)), missing_cells)[:MOST_JUDGED]
    if not len(known):
        return
    rows = matrix.take(known, axis=0) if len(missing_cells) else matrix[: len(known)]
    dummies = rows[:, feature.places]
    truth = np.where(dummies.any(axis=1), dummies.argmax(axis=1) + 1, 0)
    both = rows @ np.hstack([equation.weights, discriminant])
    linear, scores = both[:, : feature.width], both[:, feature.width :]
    linear = np.hstack([1.0 - linear.sum(axis=1, keepdims=True), linear]).argmax(axis=1)
    if (scores.argmax(axis=1) != truth).sum() < (linear != truth).sum():
        equation.discriminant = discriminant


def ridge_of(equation: Equation) -> float:
    """Prior precision: as if the explained variance were shared evenly by all inputs."""
    left = min(max(float(np.trace(equation.residual)) / max(_variance(equation.feature), 1e-12), 0.01), 0.95)
    return 1e-3 + len(equation.inputs) * left / (1.0 - left)


def ridges_of(equation: Equation) -> Floats:
    """Of all columns of the matrix; next to none on the intercept."""
    ridges = np.full(len(equation.weights), ridge_of(equation))
    ridges[-1] = 1e-9
    return ridges


def blank_equations(features: Features) -> list[Equation]:
    """Equations that explain nothing."""
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
    """Give the missing cells of the rows the values that satisfy all equations; `matrix` is completed in place."""
    incomplete = [part for part in missing if part.any()]
    if not incomplete:
        return
    rows = np.flatnonzero(np.logical_or.reduce(incomplete))
    rows = rows[by_pattern([part[rows] for part in incomplete])]
    block, missing_mask = matrix[rows], np.stack([part[rows] for part in missing], axis=1)
    complete_sorted(chain, block, missing_mask, tolerance, rounds)
    matrix[rows] = block


def complete_sorted(chain: Chain, matrix: Floats, missing_mask: Bools, tolerance: float, rounds: int) -> None:
    """`complete` for rows that stand pattern by pattern; `missing_mask` has the shape (rows, features)."""
    left = chain.completion.complete(matrix, missing_mask)
    if len(left):
        block = matrix[left]
        sweep(chain, block, list(missing_mask[left].T), tolerance, rounds)
        matrix[left] = block


def sweep(chain: Chain, matrix: Floats, missing: list[Bools], tolerance: float, rounds: int) -> None:
    """Apply the equations one after the other until the missing cells are still; `matrix` is completed in place."""
    incomplete = [number for number in chain.order if missing[number].any()]
    missing_cells = {number: np.flatnonzero(missing[number]) for number in incomplete}
    for _ in range(rounds):
        largest = 0.0
        for number in incomplete:
            places, rows = chain.features.parts[number].places, missing_cells[number]
            fresh = matrix.take(rows, axis=0) @ chain.equations[number].weights
            largest = max(largest, float(np.abs(fresh - matrix[rows, places]).max()))
            matrix[rows, places] = fresh
        if largest < tolerance or len(incomplete) < 2:  # noqa: PLR2004 - nothing feeds back
            break
