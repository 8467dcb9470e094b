"""Chances of losing cells by a score: logistic in it, or by the odds of its quantiles, with a mean that is given.

Source: Schouten, Lugtig and Vink, Generating missing values for simulation purposes, J. Stat. Comput. Simul. 88 (2018),
section 2.4. The shift is solved on the scores themselves instead of on normal ones, so the share is met for any table.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from wrangler.impute.codec import Floats
from wrangler.impute.errors import ImputationError

Side = Literal["right", "left", "mid", "tail"]
MIDDLE = 0.75
BEYOND = 60.0


def standardised(score: Floats) -> Floats:
    """Of mean 0 and deviation 1; zeros when all are equal."""
    centered = score - score.mean() if len(score) else score
    spread = float(centered.std()) if len(score) else 0.0
    return centered / spread if spread > 0 else np.zeros(len(score))


def logistic_chances(score: Floats, share: float, side: Side, steepness: float) -> Floats:
    """Chances whose mean is `share`, highest where `side` says: at high or low scores, in the middle, at both ends.

    Parameters
    ----------
    score : ndarray of shape (rows,)
    share : float
    side : {"right", "left", "mid", "tail"}
    steepness : float
        Of the logistic function, for a score of deviation 1.

    Returns
    -------
    ndarray of shape (rows,)
    """
    even = standardised(score)
    if not even.any():
        return np.full(len(score), share)
    forms = {"right": even, "left": -even, "mid": MIDDLE - abs(even), "tail": abs(even) - MIDDLE}
    slope = steepness * forms[side]
    reach = float(np.abs(slope).max()) + BEYOND
    shift = brentq(lambda level: expit(slope + level).mean() - share, -reach, reach, xtol=1e-12)
    return np.asarray(expit(slope + shift))


def odds_chances(score: Floats, share: float, odds: Sequence[float]) -> Floats:
    """Chances whose mean is `share`, in the ratio of `odds` between as many quantile groups of the score.

    Where a chance would exceed 1 it stays 1, and the others make up for it.

    Raises
    ------
    ImputationError
        When the groups with odds above 0 are too small for the share.
    """
    ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable")
    relative = np.asarray(odds, dtype=np.float64)[ranks * len(odds) // max(len(score), 1)]
    if not len(score):
        return relative
    if (relative > 0).mean() < share:
        raise ImputationError(f"odds: too many of {list(odds)} are 0 for a share of {share:g}.")
    least = relative[relative > 0].min()
    factor = brentq(lambda by: np.minimum(by * relative, 1.0).mean() - share, 0.0, 1.0 / least, xtol=1e-14)
    return np.asarray(np.minimum(factor * relative, 1.0))
