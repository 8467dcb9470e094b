"""All regressions of a wide table at once, from a few factorisations of the Gram matrix that they have in common.

Solved one by one, the regressions of a round cost the fourth power of the width. But the inverse P of the regularised
Gram matrix of all columns gives every one of them: the weights of a block j are -P[rest, j] P[j, j]^-1, and P[j, j]^-1
is its residual cross product. So a round costs the cube of the width; with fewer rows than columns the Gram matrix of
the rows is factored, and a round costs rows times the square of the width.

Targets with similar ridges share one. Rows in which a target itself is imputed are not left out, as in `gram`, but lie
on its equation with the residual added, by which EM comes to the same equation.

Source: Dempster, Laird and Rubin (1977), J. R. Stat. Soc. B 39, for EM; Whittaker (1990), Graphical Models in Applied
Multivariate Statistics, for regressions read from an inverse.
"""

from collections.abc import Iterator

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.encoding import Features
from wrangler.impute.linear_model.discriminants import from_regression
from wrangler.impute.linear_model.gram import MOST_SOLVED, SETTLED, Residuals, blank_equations, keep_better, ridge_of
from wrangler.impute.linear_model.solvers import factored, solved_by

STEP = 2.0  # factor within which ridges are shared


class JointFit:
    """The state of one fit of a wide matrix: the matrix, which of its cells are imputed, and all equations."""

    def __init__(self, features: Features, matrix: Floats, missing: list[Bools]) -> None:
        self.features, self.matrix = features, matrix
        self.rows = [np.flatnonzero(part) for part in missing]
        self.order = sorted(range(len(missing)), key=lambda number: len(self.rows[number]))
        self.equations = blank_equations(features)
        self.residuals = Residuals(features)
        self.owner = np.repeat(np.arange(len(features.parts)), [part.width for part in features.parts])

    def round(self) -> float:
        """Refresh all equations, then the missing cells by column; returns the sum of squared changes."""
        self.solve()
        moved = 0.0
        for number in self.order:
            rows, places = self.rows[number], self.features.parts[number].places
            if len(rows):
                fresh = self.matrix.take(rows, axis=0) @ self.equations[number].weights
                moved += float(((fresh - self.matrix[rows, places]) ** 2).sum())
                self.matrix[rows, places] = fresh
        return moved

    def conclude(self) -> None:
        """Refresh all equations until their ridges stay the same, with discriminants where these predict better."""
        for _ in range(MOST_SOLVED):
            before = self._ridges()
            self.solve()
            if (abs(self._ridges() - before) < SETTLED * before).all():
                break
        for equation, rows in zip(self.equations, self.rows, strict=True):
            if equation.feature.is_categorical:
                shares = np.asarray(equation.feature.shares)
                discriminant = from_regression(equation.weights, equation.residual, shares)
                keep_better(equation, discriminant, self.matrix, rows)

    def solve(self) -> None:
        """Refresh all equations from the current matrix."""
        means = self.matrix[:, :-1].mean(axis=0)
        centered = self.matrix[:, :-1] - means
        inverse, ridges = self._inverse(centered)
        for number, (part, equation) in enumerate(zip(self.features.parts, self.equations, strict=True)):
            left = np.linalg.inv(inverse[part.places, part.places])
            weights = np.empty_like(equation.weights)
            weights[:-1] = inverse[:, part.places] @ -left
            weights[part.places] = 0.0
            weights[-1] = means[part.places] - means @ weights[:-1]
            equation.weights = weights
            equation.residual = (left - ridges[number] * np.eye(part.width)) / len(centered)
            self.residuals.write(number, equation.residual)

    def _ridges(self) -> Floats:
        return np.array([ridge_of(equation) for equation in self.equations])

    def _inverse(self, centered: Floats) -> tuple[Floats, Floats]:
        """The inverse of the Gram matrix, in the columns of each feature that with its ridge, and the ridges."""
        cells = np.array([len(rows) for rows in self.rows], dtype=np.float64)
        inverse = np.empty((len(self.owner), len(self.owner)), order="F")
        ridges = self._ridges()
        is_wide = len(centered) < len(self.owner)
        added = self.residuals.diagonal(cells)
        gram = None if is_wide else self.residuals.added(centered.T @ centered, cells)
        for numbers, ridge in alike(ridges.copy()):
            ridges[numbers] = ridge
            columns = np.flatnonzero(np.isin(self.owner, numbers))
            if gram is None:
                inverse[:, columns] = _from_rows(centered, added + ridge, columns)
            else:
                inverse[:, columns] = _from_gram(gram, ridge, columns)
        return inverse, ridges


def alike(ridges: Floats) -> Iterator[tuple[Rows, float]]:
    """Targets whose ridges differ by less than the factor `STEP`, and the geometric mean, which they share."""
    logs = np.log(ridges) / np.log(STEP)
    classes = np.floor(logs)
    for level in np.unique(classes):
        numbers = np.flatnonzero(classes == level)
        yield numbers, float(STEP ** logs[numbers].mean())


def _from_gram(gram: Floats, ridge: float, columns: Rows) -> Floats:
    """Some columns of the inverse of a Gram matrix with a ridge."""
    raised = gram.copy()
    raised.flat[:: len(raised) + 1] += ridge
    target = np.zeros((len(gram), len(columns)), order="F")
    target[columns, np.arange(len(columns))] = 1.0
    return solved_by(factored(raised), target)


def _from_rows(centered: Floats, diagonal: Floats, columns: Rows) -> Floats:
    """Some columns of the inverse of `centered.T @ centered` with a diagonal added, by Woodbury's identity."""
    scaled = centered / diagonal
    kernel = scaled @ centered.T
    kernel.flat[:: len(kernel) + 1] += 1.0
    inverse = -solved_by(factored(kernel), scaled[:, columns]).T @ scaled
    inverse[np.arange(len(columns)), columns] += 1.0 / diagonal[columns]
    return np.asarray(inverse.T)
