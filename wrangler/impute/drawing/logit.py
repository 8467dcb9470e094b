"""Multinomial logit of a category, from which its levels are drawn: fitted once, then moved with the completed rows.

Newton's method needs the weighted Gram matrix of the predictors at each step, which costs more than all else in a
chain of draws. So that matrix is built from a part of the rows, and kept once the fit has converged: while cells are
drawn the completed predictors change little, and a step with the same matrix finds the new maximum.

Perfect prediction would send weights to infinity. Two rows for each predictor are added, half a deviation above and
below the means, of together as much weight as there are parameters. They have the observed shares of the levels: with
equal shares, as mice has them, a rare level would be drawn too often.

Of many rows some are read. Those of rare levels are all kept and the constants corrected for it, which leaves the
weights as they are.

Sources: White, Daniel and Royston (2010), Comput. Stat. Data Anal. 54, for the added rows; Rubin (1987), example 5.3,
for the draw from the normal approximation, as in `mice::mice.impute.logreg`; Prentice and Pyke (1979), Biometrika 66,
for sampling by level.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import lapack

from wrangler.impute.arrays import Floats, Places, Rows
from wrangler.impute.linear_model import factored, solved_by

MOST_ROWS = 3000
MOST_ROWS_OF_CURVATURE = 1000
MOST_PARAMETERS = 400  # beyond, the weights are not worth their time
ROUNDS = 25
CLOSE = 0.02  # the square of a step in standard errors, for each weight, at which the fit ends
REACH = 0.5  # above and below the means, in standard deviations


@dataclass(frozen=True)
class Sample:
    """The rows that a logit reads, and those that are added.

    Attributes
    ----------
    rows : ndarray of int
        Of the matrix.
    truth : ndarray of shape (levels - 1, rows)
        1 at the level of each row, but for the first level.
    added : ndarray of shape (added rows, inputs)
    shares : ndarray of shape (levels,)
        Of the levels in each added row.
    weight : float
        Of each added row.
    """

    rows: Rows
    truth: Floats
    added: Floats
    shares: Floats
    weight: float


@dataclass(frozen=True)
class Logit:
    """The weights of greatest posterior density, and how uncertain they are.

    Attributes
    ----------
    inputs : ndarray of int
        Columns of the matrix that are read, the intercept last.
    width : int
        Number of columns of the matrix.
    sample : Sample
    penalty : ndarray of shape (levels - 1, inputs)
        Prior precision of each weight.
    offsets : ndarray of shape (levels,)
        Logarithms of the shares of rows that were kept of each level.
    weights : ndarray of shape (levels - 1, inputs)
        Against the first level.
    factor : ndarray of shape (parameters, parameters)
        Lower Cholesky factor of the precision of the weights, level by level.
    """

    inputs: Places
    width: int
    sample: Sample
    penalty: Floats
    offsets: Floats
    weights: Floats
    factor: Floats

    def moved(self, matrix: Floats, steps: int = 1) -> "Logit":
        """The same for other completed rows: a few steps with the curvature that it has."""
        block, weights = matrix.take(self.sample.rows, axis=0), self.weights
        at_full_width = np.zeros((len(weights), self.width))
        for _ in range(steps):
            at_full_width[:, self.inputs] = weights
            observed = _likelihood(block, self.sample.truth, at_full_width)[1][:, self.inputs]
            slope = observed + _prior(self.sample, weights, self.penalty)[1]
            weights = weights + _limited(solved_by(self.factor, slope.reshape(-1, 1)).reshape(slope.shape), slope)
        return replace(self, weights=weights)

    def draw(self, random: np.random.Generator) -> Floats:
        """Scores of the levels from weights drawn from their posterior, shape (width, levels)."""
        noise = random.normal(size=(self.weights.size, 1))
        noise = lapack.dtrtrs(self.factor, noise, lower=1, trans=1)[0]
        return self._scores(self.weights + noise.reshape(self.weights.shape))

    def scores(self) -> Floats:
        """Scores of the levels, shape (width, levels)."""
        return self._scores(self.weights)

    def _scores(self, weights: Floats) -> Floats:
        scores = np.zeros((self.width, len(weights) + 1))
        scores[self.inputs, 1:] = weights.T
        scores[-1] -= self.offsets
        return scores


def fit_logit(matrix: Floats, rows: Rows, truth: Places, inputs: Places, ridge: float, start: Floats) -> Logit:
    """Fit by Newton's method.

    Parameters
    ----------
    matrix : ndarray of shape (rows, width)
        Completed.
    rows : ndarray of int
        The rows where the category is observed.
    truth : ndarray of int, shape (those rows,)
        Their levels, from 0.
    inputs : ndarray of int
        Columns that are read, the intercept last.
    ridge : float
        Prior precision of a weight, as a multiple of what one row says of it.
    start : ndarray of shape (width, levels)
        Scores to start from.

    Returns
    -------
    Logit
    """
    levels = start.shape[1]
    counts = np.bincount(truth, minlength=levels)
    kept = _kept(truth, counts)
    rows, truth = rows[kept], truth[kept]
    block = matrix[np.ix_(rows, inputs)]
    sample = _sample(rows, truth, levels, block)
    offsets = np.log(np.maximum(np.bincount(truth, minlength=levels), 1) / np.maximum(counts, 1))
    shares = np.clip(sample.shares, 1e-9, 1.0)
    penalty = np.outer(ridge * (shares * (1.0 - shares))[1:], np.append(np.ones(len(inputs) - 1), 0.0)) + 1e-6
    weights = (start[inputs, 1:] - start[inputs, :1]).T
    weights[:, -1] += offsets[1:] - offsets[0]
    weights, factor = _maximised(block, sample, weights, penalty)
    return Logit(inputs, matrix.shape[1], sample, penalty, offsets, weights, factor)


def _kept(truth: Places, counts: Places) -> Rows:
    """The rows to read: all where there are not too many, and otherwise of each level at most as many as its turn."""
    if len(truth) <= MOST_ROWS:
        return np.arange(len(truth))
    left, most = MOST_ROWS, np.zeros(len(counts), dtype=np.intp)
    for turn, level in enumerate(np.argsort(counts)):
        most[level] = min(counts[level], left // (len(counts) - turn))
        left -= most[level]
    order = np.argsort(truth, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    places = [
        start + np.linspace(0, count - 1, size).astype(np.intp)
        for start, count, size in zip(starts, counts, most, strict=True)
        if size
    ]
    return np.sort(order[np.concatenate(places)])


def _sample(rows: Rows, truth: Places, levels: int, block: Floats) -> Sample:
    """The rows with those that are added, which have the shares of the levels among them."""
    middle, reach = block.mean(axis=0), REACH * block.std(axis=0)
    size = block.shape[1] - 1
    added = np.tile(middle, (2 * size, 1))
    places = np.arange(size)
    added[places, places] += reach[:-1]
    added[size + places, places] -= reach[:-1]
    shares = np.bincount(truth, minlength=levels) / len(truth)
    return Sample(rows, np.eye(levels)[1:, truth], added, shares, (size + 1) / max(2 * size, 1))


def _maximised(block: Floats, sample: Sample, weights: Floats, penalty: Floats) -> tuple[Floats, Floats]:
    """Weights of greatest posterior density, and the Cholesky factor of the curvature there."""
    best, before, step = -np.inf, weights, np.zeros_like(weights)
    factor = np.empty((0, 0))
    for _ in range(ROUNDS):
        (likelihood, observed), (prior, pull) = (
            _likelihood(block, sample.truth, weights),
            _prior(sample, weights, penalty),
        )
        height, slope = likelihood + prior, observed + pull
        if height < best - 1e-6:  # went too far
            step = step / 4
            weights = before + step
            continue
        factor = factored(_curvature(block, sample, weights, penalty))
        best, before = height, weights
        step = solved_by(factor, slope.reshape(-1, 1)).reshape(slope.shape)
        weights = weights + step
        if float((step * slope).sum()) < CLOSE * slope.size:
            break
    return weights, factor


def _limited(step: Floats, slope: Floats) -> Floats:
    """A step of at most as many standard errors as there are weights: beyond, the curvature says nothing."""
    length = float((step * slope).sum()) ** 0.5
    return np.asarray(step * min(1.0, step.size / max(length, 1e-300)))


def _probabilities(block: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Scores, the logarithm of their sum as exponentials, and probabilities; of all levels but the first.

    Levels by rows, in which sums over levels are quick.
    """
    scores = weights @ block.T
    peak = np.maximum(scores.max(axis=0), 0.0)
    probabilities = np.exp(scores - peak)
    total = probabilities.sum(axis=0) + np.exp(-peak)
    probabilities /= total
    return scores, peak + np.log(total), probabilities


def _likelihood(block: Floats, truth: Floats, weights: Floats) -> tuple[float, Floats]:
    """The log-likelihood of rows, and its gradient."""
    scores, norm, probabilities = _probabilities(block, weights)
    return float((truth * scores).sum() - norm.sum()), np.asarray((truth - probabilities) @ block)


def _prior(sample: Sample, weights: Floats, penalty: Floats) -> tuple[float, Floats]:
    """The logarithm of the prior density, from added rows and penalty, and its gradient."""
    shares = np.broadcast_to(sample.shares[1:, None], (len(weights), len(sample.added)))
    height, slope = _likelihood(sample.added, shares, weights)
    return sample.weight * height - 0.5 * float((penalty * weights**2).sum()), sample.weight * slope - penalty * weights


def _curvature(block: Floats, sample: Sample, weights: Floats, penalty: Floats) -> Floats:
    """The negative Hessian, from evenly spaced rows if there are many."""
    stride = -(-len(block) // MOST_ROWS_OF_CURVATURE)
    some = block[::stride]
    rows = np.concatenate([some, sample.added])
    masses = np.append(np.full(len(some), len(block) / len(some)), np.full(len(sample.added), sample.weight))
    probabilities = _probabilities(rows, weights)[2].T
    levels, size = weights.shape
    products = (probabilities[:, :, None] * rows[:, None, :]).reshape(len(rows), levels * size)
    curvature = -(products * masses[:, None]).T @ products
    for level in range(levels):
        places = slice(level * size, (level + 1) * size)
        curvature[places, places] += (rows * (masses * probabilities[:, level])[:, None]).T @ rows
    curvature.flat[:: levels * size + 1] += penalty.ravel()
    return np.asarray(curvature)
