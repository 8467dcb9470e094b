"""Which of the pooled levels of a category a cell has: by their shares, given the predictors of the rows of each.

The equation of the category gives the probability that a cell has one of them (see `encoding.design_matrix`); here it
is divided. A level of few rows says little of itself, so the means of the levels are shrunk to their common mean, by
how much levels of that size differ beyond chance: where they do not, the division is by shares alone.

Source: Efron and Morris (1975), J. Am. Stat. Assoc. 70, for the shrinkage; Searle, Casella and McCulloch (1992),
Variance Components, section 3.6, for the variance between groups from an analysis of variance.
"""

from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats, Places
from wrangler.impute.linear_model import factored, solved_by

FEW_ROWS = 2  # per input, beyond the levels: with fewer, the covariance is that of all rows


@dataclass(frozen=True)
class PooledLevels:
    """The pooled levels of one category as groups of rows.

    Attributes
    ----------
    counts : ndarray of shape (levels,)
        Rows of each.
    means : ndarray of shape (inputs, levels)
        Shrunk to the mean of all.
    factor : ndarray of shape (inputs, inputs)
        Lower Cholesky factor of the covariance of the inputs.
    variances : ndarray of shape (levels,)
        Of each mean given the rows, as a multiple of that covariance.
    """

    counts: Floats
    means: Floats
    factor: Floats
    variances: Floats

    def draw(self, random: np.random.Generator) -> Floats:
        """Scores whose softmax divides a probability among the levels, shape (inputs + 1, levels), the constant last.

        Shares and means are drawn from their posterior.
        """
        noise = self.factor @ random.normal(size=self.means.shape)
        means = self.means + noise * np.sqrt(self.variances)
        shares = np.maximum(random.dirichlet(self.counts), 1e-12)
        weights = solved_by(self.factor, means)
        return np.vstack([weights, np.log(shares) - 0.5 * (means * weights).sum(axis=0)])


def fit_pooled(inputs: Floats, places: Places, levels: int) -> PooledLevels:
    """Fit from the rows that have one of the pooled levels.

    Parameters
    ----------
    inputs : ndarray of shape (rows, inputs)
        Completed predictors.
    places : ndarray of int, shape (rows,)
        Which of the levels each row has.
    levels : int
        Each has at least one row.

    Returns
    -------
    PooledLevels
    """
    counts = np.bincount(places, minlength=levels).astype(np.float64)
    sums = np.zeros((levels, inputs.shape[1]))
    np.add.at(sums, places, inputs)
    means, common = (sums / counts[:, None]).T, inputs.mean(axis=0)
    rows, size = inputs.shape
    freedom = rows - levels
    has_rows = freedom >= FEW_ROWS * size
    centered = inputs - (means.T[places] if has_rows else common)
    covariance = centered.T @ centered / max(freedom if has_rows else rows, 1)
    covariance.flat[:: size + 1] += 1e-3 + size / rows
    factor = factored(covariance)
    apart = means - common[:, None]
    excess = float((apart * solved_by(factor, apart)).sum(axis=0) @ counts) / max(size, 1) - (levels - 1)
    between = max(excess / max(rows - float(counts @ counts) / rows, 1e-9), 0.0)
    trusted = counts * between / (counts * between + 1.0)
    return PooledLevels(counts, common[:, None] + apart * trusted, factor, between / (counts * between + 1.0))
