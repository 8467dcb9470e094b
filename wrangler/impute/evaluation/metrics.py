"""Measures of the error of predictions for hidden cells, each with its standard error.

The Wasserstein distance is that between the distributions of true and predicted values (Kantorovich 1942): for samples
of equal size, the mean distance of their order statistics. Its standard error comes from the jackknife (Tukey 1958)
over groups of cells. Log loss is the mean negative logarithm of the probability that was predicted for the true level.
F1 is the unweighted mean over the levels (macro F1) of the harmonic mean of precision and recall.
"""

import math
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats, Places

GROUPS = 20
LEAST_PROBABILITY = 1e-6
SMALLEST_TO_SQUARE, LARGEST_TO_SQUARE = 1e-100, 1e100
SMALLEST_EXPONENT = -1000  # its inverse is still a finite number


@dataclass(frozen=True)
class Measure:
    """An error and its standard error; NaN where there is none."""

    error: float = np.nan
    spread: float = np.nan

    def complement(self) -> "Measure":
        """The share of successes, for a share of errors."""
        return Measure(1 - self.error, self.spread)

    def times(self, factor: float) -> "Measure":
        """The same in another unit; NaN where no finite number holds it."""
        error, spread = float(self.error) * factor, float(self.spread) * factor
        return Measure(math.nan if math.isinf(error) else error, math.nan if math.isinf(spread) else spread)


def mean_of(losses: Floats) -> Measure:
    """Mean loss."""
    if not len(losses):
        return Measure()
    spread = float(losses.std(ddof=1) / np.sqrt(len(losses))) if len(losses) > 1 else np.nan
    return Measure(float(losses.mean()), spread)


def root_of(squares: Floats) -> Measure:
    """Root of the mean squared error; its standard error by the delta method."""
    mean = mean_of(squares)
    root = float(np.sqrt(mean.error))
    return Measure(root, mean.spread / (2 * root) if root > 0 else 0.0 * root)


def root_mean_square(errors: Floats) -> Measure:
    """Root of the mean squared error, also where squares of the errors underflow or overflow."""
    largest = float(np.abs(errors).max(initial=0.0))
    if not 0 < largest < math.inf or SMALLEST_TO_SQUARE < largest < LARGEST_TO_SQUARE:
        return root_of(errors**2)
    scale = math.ldexp(1.0, max(math.frexp(largest)[1] - 1, SMALLEST_EXPONENT))
    return root_of((errors / scale) ** 2).times(scale)


def wasserstein(truth: Floats, predictions: Floats) -> Measure:
    """Wasserstein distance between the distributions of true and predicted values."""
    count = min(GROUPS, len(truth))
    if count < 2 or np.isnan(predictions).any():  # noqa: PLR2004 - nothing to leave out
        return Measure(_distance(truth, predictions) if len(truth) else np.nan)
    group = np.arange(len(truth)) % count
    without = np.array([_distance(truth[group != left], predictions[group != left]) for left in range(count)])
    return Measure(_distance(truth, predictions), _jackknife_spread(without))


def f1(truth: Floats, predictions: Floats, levels: int) -> Measure:
    """Mean F1 over the levels that occur in either; a cell without a prediction counts for no level."""
    groups = min(GROUPS, len(truth))
    if not groups:
        return Measure()
    group = np.arange(len(truth)) % groups
    true, predicted = _counts(truth, group, levels), _counts(predictions, group, levels)
    hits = _counts(np.where(truth == predictions, truth, np.nan), group, levels)
    whole = [counts.sum(axis=0) for counts in (true, predicted, hits)]
    if groups < 2:  # noqa: PLR2004 - nothing to leave out
        return Measure(_mean_f1(*whole))
    left = zip(true, predicted, hits, strict=True)
    without = [_mean_f1(*(total - part for total, part in zip(whole, parts, strict=True))) for parts in left]
    return Measure(_mean_f1(*whole), _jackknife_spread(np.array(without)))


def _counts(codes: Floats, group: Places, levels: int) -> Floats:
    """How often each level occurs in each group of cells."""
    known = ~np.isnan(codes)
    places = group[known] * levels + codes[known].astype(np.intp)
    groups = int(group.max()) + 1
    return np.bincount(places, minlength=groups * levels).reshape(groups, levels).astype(np.float64)


def _mean_f1(true: Floats, predicted: Floats, hits: Floats) -> float:
    occurs = true + predicted > 0
    return float((2 * hits[occurs] / (true + predicted)[occurs]).mean()) if occurs.any() else np.nan


def _jackknife_spread(without: Floats) -> float:
    return float(np.sqrt((len(without) - 1) * ((without - without.mean()) ** 2).mean()))


def log_loss(probabilities: Floats) -> Measure:
    """Mean negative logarithm of the probabilities of the true levels, each taken as at least one in a million."""
    return mean_of(-np.log(np.maximum(probabilities, LEAST_PROBABILITY)))


def _distance(truth: Floats, predictions: Floats) -> float:
    return float(np.abs(np.sort(truth) - np.sort(predictions)).mean())
