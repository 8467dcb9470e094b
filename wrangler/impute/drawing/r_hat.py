"""Whether chains of draws have mixed: R-hat, the variance between chains beside that within them.

Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Bayesian Anal. 16, for the rank-normalised split R-hat,
the larger of that of location and of scale; Gelman and Rubin (1992), Stat. Sci. 7, for the F distribution that the
ratio of the variances has when draws are independent.
"""

import numpy as np
from scipy.special import fdtri, ndtri

from wrangler.impute.arrays import Floats

FEWEST_SWEEPS = 4  # two in each half


def r_hat(chains: Floats) -> float:
    """Rank-normalised split R-hat.

    Parameters
    ----------
    chains : ndarray of shape (chains, sweeps)
        Of an odd number of sweeps the first is not read.

    Returns
    -------
    float
        Near 1 when the chains have mixed; NaN of fewer than four sweeps, or when nothing varies.
    """
    half = chains.shape[1] // 2
    if chains.shape[1] < FEWEST_SWEEPS or not np.isfinite(chains).all() or not np.ptp(chains):
        return np.nan
    halves = chains[:, chains.shape[1] - 2 * half :].reshape(-1, half)
    return max(_ratio(_normalised(halves)), _ratio(_normalised(np.abs(halves - np.median(halves)))))


def r_hat_by_chance(chains: int, sweeps: int, level: float) -> float:
    """What R-hat exceeds with the probability `level` when sweeps are independent and all chains alike.

    Parameters
    ----------
    chains, sweeps : int
    level : float

    Returns
    -------
    float
        NaN of fewer than four sweeps.
    """
    half = sweeps // 2
    if sweeps < FEWEST_SWEEPS:
        return np.nan
    ratio = fdtri(2 * chains - 1, 2 * chains * (half - 1), 1.0 - level / 2)  # the larger of two
    return float(np.sqrt((half - 1 + ratio) / half))


def _normalised(halves: Floats) -> Floats:
    """Normal scores of the ranks, of ties their mean rank."""
    _, places, counts = np.unique(halves, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places].reshape(halves.shape)
    return np.asarray(ndtri((ranks - 0.375) / (halves.size + 0.25)))


def _ratio(halves: Floats) -> float:
    size = halves.shape[1]
    within, between = float(halves.var(axis=1, ddof=1).mean()), float(halves.mean(axis=1).var(ddof=1))
    return float(np.sqrt((size - 1) / size + between / within)) if within > 0 else np.nan
