"""Fisher's linear discriminants with the levels' frequencies as priors, from a Gram matrix alone.

Source: Fisher (1936), Annals of Eugenics 7; the posterior as in Geisser (1964), J. R. Stat. Soc. B 26, drawn by
Bartlett's decomposition of the Wishart distribution.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from wrangler.impute.arrays import Floats, Places
from wrangler.impute.linear_model.solvers import factored, solved_by


@dataclass(frozen=True)
class Groups:
    """The levels of a category as groups of rows, the reference level first.

    Attributes
    ----------
    inputs : ndarray of int
        Columns of the matrix that are read, without the intercept.
    width : int
        Number of columns of the matrix.
    counts : ndarray of shape (levels,)
        Rows of each level.
    means : ndarray of shape (inputs, levels)
    factor : ndarray of shape (inputs, inputs)
        Lower Cholesky factor of the covariance within levels.
    """

    inputs: Places
    width: int
    counts: Floats
    means: Floats
    factor: Floats

    def scores(self) -> Floats:
        """The matrix that gives the discriminant scores of the levels from a row, shape (width, levels)."""
        return self._scores(self.means, solved_by(self.factor, self.means), self.counts / self.counts.sum())

    def draw(self, random: np.random.Generator) -> Floats:
        """The same, from frequencies, means and a covariance drawn from their posterior."""
        size, levels = self.means.shape
        frequencies = np.maximum(random.dirichlet(self.counts), 1e-9)
        means = self.means + self.factor @ random.normal(size=(size, levels)) / np.sqrt(self.counts)
        freedom = max(self.counts.sum() - levels, size + 1.0)
        root = _bartlett(size, freedom, random)
        if size:
            root = lapack.dtrtrs(self.factor, root, lower=1, trans=1)[0]
        return self._scores(means, root @ (root.T @ means), frequencies)

    def _scores(self, means: Floats, weights: Floats, frequencies: Floats) -> Floats:
        scores = np.zeros((self.width, len(self.counts)))
        scores[self.inputs] = weights
        scores[-1] = np.log(frequencies) - 0.5 * (means * weights).sum(axis=0)
        return scores


def _bartlett(size: int, freedom: float, random: np.random.Generator) -> Floats:
    """Lower factor of a Wishart draw whose mean is the identity."""
    factor = np.tril(random.normal(size=(size, size)), -1)
    factor.flat[:: size + 1] = np.sqrt(random.chisquare(freedom - np.arange(size)))
    return np.asarray(factor / np.sqrt(freedom))


def groups_of(selection: Floats, inputs: Places, places: slice, scatter: Floats, ridge: float) -> Groups:
    """The levels of a category as groups.

    Parameters
    ----------
    selection : ndarray of shape (width, width)
        Gram matrix of the rows where the category is observed.
    inputs : ndarray of int
        Columns that are read, without the intercept.
    places : slice
        The dummies of the category.
    scatter : ndarray of shape (width, width)
        The same Gram matrix, with or without the residual variance of imputed cells.
    ridge : float
        Added to the variances within levels.

    Returns
    -------
    Groups
    """
    known = selection[-1, -1]
    counts = selection[-1, places]
    counts = np.maximum(np.append(known - counts.sum(), counts), 0.5)
    sums = selection[inputs, places]
    means = np.column_stack([selection[inputs, -1] - sums.sum(axis=1), sums]) / counts
    within = (scatter[np.ix_(inputs, inputs)] - (means * counts) @ means.T) / known
    within.flat[:: len(inputs) + 1] += ridge
    return Groups(inputs, len(selection), counts, means, factored(within))


def from_regression(weights: Floats, residual: Floats, shares: Floats) -> Floats:
    """The discriminant scores that follow from the regression of the dummies, shape (width, levels).

    The covariance within levels is that of the inputs less the part that the levels explain. So its inverse times the
    means of the levels equals the weights times a small matrix, and no system of the width of the table is solved.

    Parameters
    ----------
    weights : ndarray of shape (width, levels - 1)
        Of the regression of the dummies, the intercept last.
    residual : ndarray of shape (levels - 1, levels - 1)
        The residual covariance of the dummies.
    shares : ndarray of shape (levels - 1,)
        The means of the dummies.
    """
    frequencies = np.maximum(np.append(1.0 - shares.sum(), shares), 1e-9)
    spread = np.diag(shares) - np.outer(shares, shares)
    contrasts = np.hstack([np.full((len(shares), 1), -1.0), np.eye(len(shares))]) / frequencies
    turned = solved_by(factored(residual), spread @ contrasts)
    scores = weights @ turned
    reached = contrasts.T @ (spread - residual) @ turned
    scores[-1] += np.log(frequencies) - 0.5 * np.diag(reached) - shares @ turned
    return np.asarray(scores)
