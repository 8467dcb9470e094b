"""Draws from normal distributions that are truncated to bounds.

Source: inversion of the distribution function; on logarithms of tail probabilities, so that it holds far out in a tail.
"""

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from wrangler.impute.arrays import Floats

LEAST_UNIFORM = 1e-300


def draw_truncated(means: Floats, spread: float, low: float, high: float, random: np.random.Generator) -> Floats:
    """Draw from a normal distribution around each mean, given that the draw lies between `low` and `high`.

    Parameters
    ----------
    means : ndarray of shape (cells,)
    spread : float
        The standard deviation; with 0 the mean itself, or the nearer bound.
    low, high : float
        Infinite without a bound.
    random : Generator

    Returns
    -------
    ndarray of shape (cells,)
    """
    if spread <= 0:
        return np.clip(means, low, high)
    below, above = (low - means) / spread, (high - means) / spread
    is_upper = below > 0  # reflected into the lower tail, where logarithms keep their digits
    start, end = np.where(is_upper, -above, below), np.where(is_upper, -below, above)
    uniform = np.maximum(random.random(len(means)), LEAST_UNIFORM)
    from_start, from_end = log_ndtr(start) + np.log1p(-uniform), log_ndtr(end) + np.log(uniform)
    drawn = ndtri_exp(np.minimum(np.logaddexp(from_start, from_end), 0.0))
    return np.asarray(np.clip(means + spread * np.where(is_upper, -drawn, drawn), low, high))
